//! Path patterns, and target paths that may not leave the base URL.

use tuf_tests::{Answer, Delegation, Device, Repository};
use tuf_verifier_core::{Failure, Misuse, NotFound};

/// Whether a role that is delegated this pattern may speak for the path.
fn covers(pattern: &str, path: &str) -> bool {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("role", &[pattern])).add_target("role", path, b"1");
    match Device::new(repository.publish()).find(&repository.mirror, path).unwrap() {
        Answer::Found(target) => *target.role == *"role",
        Answer::NotFound(reason) => {
            assert_eq!(reason, NotFound::Absent);
            false
        }
    }
}

fn assert_covers(cases: &[(&str, &str, bool)]) {
    for (pattern, path, expected) in cases {
        assert_eq!(covers(pattern, path), *expected, "{pattern} and {path}");
    }
}

#[test]
fn accepts_the_examples_of_the_specification() {
    assert_covers(&[
        ("targets/*.tgz", "targets/foo.tgz", true),
        ("targets/*.tgz", "targets/bar.tgz", true),
        ("targets/*.tgz", "targets/foo.txt", false),
        ("foo-version-?.tgz", "foo-version-2.tgz", true),
        ("foo-version-?.tgz", "foo-version-a.tgz", true),
        ("foo-version-?.tgz", "foo-version-alpha.tgz", false),
        ("*.tgz", "foo.tgz", true),
        ("*.tgz", "bar.tgz", true),
        ("*.tgz", "targets/foo.tgz", false),
        ("foo.tgz", "foo.tgz", true),
        ("foo.tgz", "foo.tgz2", false),
    ]);
}

#[test]
fn rejects_a_wildcard_across_a_separator() {
    assert_covers(&[
        ("*", "a/b", false),
        ("a*", "a/b", false),
        ("a*b", "a/b", false),
        ("a?b", "a/b", false),
        ("a[/]b", "a/b", false),
        ("a[.-0]b", "a/b", false),
        ("a[!x]b", "a/b", false),
        ("**", "a/b", false),
        ("a/**", "a/b/c", false),
        ("a/**/c", "a/b/d/c", false),
        ("a/**/c", "a/b/c", true),
        ("*/*", "a/b", true),
        ("*/*", "a", false),
        ("*/*", "a/b/c", false),
    ]);
}

#[test]
fn accepts_stars_that_stand_for_any_number_of_characters() {
    assert_covers(&[
        ("*", "a", true),
        ("*", ".hidden", true),
        ("a*", "a", true),
        ("*a", "a", true),
        ("*a*b*", "xxaxxbxx", true),
        ("*a*b*", "xxbxxaxx", false),
        ("*ab", "aab", true),
        ("a*b*c", "abcbc", true),
        ("a*b*c", "abcb", false),
        ("*.tar.*", "x.tar.tar.gz", true),
        ("a/*/c/*", "a/b/c/d", true),
        ("a/*", "a/ü", true),
    ]);
}

#[test]
fn accepts_question_marks_that_stand_for_one_character() {
    assert_covers(&[
        ("?", "a", true),
        ("?", "ü", true),
        ("?", "😀", true),
        ("?", "ab", false),
        ("a?", "a", false),
        ("?*", "a", true),
        ("*?", "ab", true),
    ]);
}

#[test]
fn accepts_sets_as_glob_7_reads_them() {
    assert_covers(&[
        ("[ab]", "a", true),
        ("[ab]", "c", false),
        ("[a-c]x", "bx", true),
        ("[a-c]x", "dx", false),
        ("[!a-c]", "d", true),
        ("[!a-c]", "b", false),
        ("[]a]", "]", true),
        ("[!]a]", "b", true),
        ("[!]a]", "]", false),
        ("[a-]", "-", true),
        ("x[--0]", "x.", true),
        ("[*]", "*", true),
        ("[*]", "a", false),
        ("[?]", "?", true),
        ("[c-a]", "b", false),
        ("[", "[", true),
        ("[a", "[a", true),
        ("[a", "a", false),
        ("[a", "xa", false),
        ("x[ab", "x[ab", true),
        ("*[0-9]", "v7", true),
        ("[é-ü]", "ö", true),
    ]);
}

#[test]
fn accepts_everything_else_as_itself() {
    assert_covers(&[
        ("{a,b}", "a", false),
        ("{a,b}", "{a,b}", true),
        ("!a", "b", false),
        ("a.c", "abc", false),
        ("A", "a", false),
        ("e\u{301}", "\u{e9}", false),
        ("a/", "a", false),
        ("/a", "a", false),
        ("./a", "a", false),
        ("a//b", "a/b", false),
        ("a%2Fb", "a/b", false),
        ("", "a", false),
        ("(a|b)+", "(a|b)+", true),
    ]);
}

#[test]
fn accepts_patterns_that_would_take_a_backtracking_matcher_for_ever() {
    assert!(!covers(&"*a".repeat(60), &"a".repeat(59)));
    assert!(!covers(&format!("{}b", "a*".repeat(100)), &"a".repeat(2_000)));
    assert!(covers(&"*".repeat(1_000), "a"));
}

#[test]
fn accepts_any_one_of_several_patterns() {
    let mut repository = Repository::new();
    repository
        .delegate("targets", Delegation::paths("role", &["a/*", "b/*"]))
        .add_target("role", "b/x", b"1");
    let answer = Device::new(repository.publish()).find(&repository.mirror, "b/x").unwrap();
    assert!(matches!(answer, Answer::Found(_)));
}

#[test]
fn rejects_a_target_that_one_role_of_the_chain_was_not_delegated() {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("outer", &["a/*"]));
    repository.delegate("outer", Delegation::paths("inner", &["*/*"])).add_target("inner", "b/x", b"1");
    let answer = Device::new(repository.publish()).find(&repository.mirror, "b/x").unwrap();
    assert_eq!(answer, Answer::NotFound(NotFound::Absent));
}

#[test]
fn rejects_unsafe_target_paths() {
    let mut repository = Repository::new();
    let paths = [
        "",
        "/",
        "/etc/passwd",
        "//host/x",
        ".",
        "..",
        "../x",
        "a/../../x",
        "a/..",
        "./a",
        "a/./b",
        "a//b",
        "a/",
        "a\\b",
        "..\\x",
        "C:\\x",
        "a\u{0}b",
        "a\nb",
        "a\u{7f}b",
        "a\u{85}b",
    ];
    for path in paths {
        repository.add_target("targets", path, b"1");
    }
    let mut device = Device::new(repository.publish());
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    for path in paths {
        let failure = drive.find(&repository.mirror, path).unwrap_err();
        assert_eq!(failure, Failure::Misuse(Misuse::UnsafePath(path.into())));
    }
    assert!(matches!(drive.find(&repository.mirror, "app-1.0.tar.gz"), Ok(Answer::Found(_))));
}

#[test]
fn accepts_odd_paths_that_stay_below_the_base() {
    for path in [
        "...", ".a", "a..", "a/...b", "a:b", "https:x", "%2e%2e/x", "~", "a b", "ü", "e\u{301}", "CON",
        "a?b#c",
    ] {
        let mut repository = Repository::new();
        repository.add_target("targets", path, b"1");
        match Device::new(repository.publish()).find(&repository.mirror, path).unwrap() {
            Answer::Found(target) => {
                assert_eq!(*target.path, *path);
                assert_eq!(repository.mirror.targets[&target.fetch_path], b"1", "{path}");
            }
            Answer::NotFound(reason) => panic!("{path}: {reason:?}"),
        }
    }
}
