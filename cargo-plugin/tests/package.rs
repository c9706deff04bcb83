//! Names, versions and target paths.

use cargo_tuf::package::{InvalidSpec, PackageId, PackageName, PackageSpec, Wanted};

fn name(text: &str) -> PackageName {
    text.parse().expect("a name")
}

#[test]
fn index_paths_are_those_of_the_sparse_protocol() {
    for (text, path) in [
        ("a", "index/1/a"),
        ("ab", "index/2/ab"),
        ("abc", "index/3/a/abc"),
        ("abcd", "index/ab/cd/abcd"),
        ("Inflector", "index/in/fl/inflector"),
        ("a-b_c", "index/a-/b_/a-b_c"),
    ] {
        assert_eq!(name(text).index_path(), path);
    }
}

#[test]
fn crate_paths_keep_the_name_and_the_version() {
    let package =
        PackageId { name: name("Inflector"), version: "2.0.13+zstd.1.5.6".parse().expect("a version") };
    assert_eq!(package.crate_path(), "crates/Inflector/Inflector-2.0.13+zstd.1.5.6.crate");
}

#[test]
fn rejects_text_that_is_no_name() {
    let long = "a".repeat(65);
    for text in ["", "-", "1a", "a/b", "..", "a.b", "a b", "ä", "a\0", long.as_str()] {
        assert!(text.parse::<PackageName>().is_err(), "{text:?}");
    }
}

#[test]
fn versions_are_read_as_cargo_install_reads_them() {
    let spec = |text: &str| text.parse::<PackageSpec>().map(|spec| spec.wanted);
    assert_eq!(spec("a"), Ok(Wanted::Newest));
    assert_eq!(spec("a@1.2.3"), Ok(Wanted::Exactly("1.2.3".parse().expect("a version"))));
    for requirement in ["^1.2", "~1", "=1.2.3", ">=1, <2", "1.*", "*"] {
        let parsed = requirement.parse().expect("a requirement");
        assert_eq!(spec(&format!("a@{requirement}")), Ok(Wanted::Matching(parsed)));
    }
    for text in ["a@", "a@1", "a@1.2", "a@x", "a@^x"] {
        assert!(matches!(spec(text), Err(InvalidSpec::Version(_))), "{text}");
    }
}
