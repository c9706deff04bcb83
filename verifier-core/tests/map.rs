//! The map file: what it may say (TAP 4).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends so")]

use tuf_verifier_core::{Defect, Failure, Malformed, MapRequest, Misuse, RepositoryMap};

/// A map with the repositories `a` and `b`, one mapping, and this text in the place of that one.
fn with(that: &str, this: &str) -> Result<RepositoryMap, Malformed> {
    let map = r#"{
        "repositories": {"a": ["https://a.example.com/"], "b": ["https://b.example.com/"]},
        "mapping": [{"paths": ["*"], "repositories": ["a", "b"], "threshold": 2, "terminating": true}]
    }"#;
    assert!(map.contains(that), "{that}");
    RepositoryMap::parse(map.replacen(that, this, 1).as_bytes())
}

/// The map is refused because of this field, and the sentence says so.
#[track_caller]
fn rejects(that: &str, this: &str, field: &str, expected: &str) {
    let malformed = with(that, this).expect_err(this);
    assert_eq!(malformed.code(), "malformed-metadata");
    assert_eq!((&*malformed.name, malformed.offset), ("map.json", None));
    assert_eq!(malformed.defect.to_string(), format!("the field {field} must be {expected}"), "{this}");
}

#[track_caller]
fn rejects_without(that: &str, this: &str, field: &'static str) {
    assert_eq!(with(that, this).expect_err(this).defect, Defect::MissingField(field));
}

const DISTINCT: &str = "a non-empty array of distinct repositories of the map";
const PATTERNS: &str = "a non-empty array of path patterns, each of which covers a target path";
const THRESHOLD: &str = "an integer from 1 to the number of repositories of the mapping";
const URLS: &str = "an object of non-empty arrays of URLs";

const URLS_OF_BOTH: &str = r#"["https://a.example.com/"], "b": ["https://b.example.com/"]"#;

fn urls_of_both(one: &str, other: &str) -> String {
    format!(r#"["{one}"], "b": ["{other}"]"#)
}

/// Whether the only mapping, which has this pattern, covers the path.
fn covers(pattern: &str, path: &str) -> bool {
    let map = with(r#"["*"]"#, &format!(r#"["{pattern}"]"#)).unwrap();
    matches!(map.search(path).unwrap().next(), MapRequest::Ask { .. })
}

#[test]
fn accepts_the_example_of_the_tap() {
    let map = RepositoryMap::parse(
        br#"{
            "repositories": {
                "Django": ["https://djangoproject.com/"],
                "PyPI": ["https://pypi.python.org/", "https://mirror.example.com/"]
            },
            "mapping": [
                {
                    "paths": ["/django/django-1.*.tgz"],
                    "repositories": ["Django", "PyPI"],
                    "threshold": 1,
                    "terminating": false
                },
                {"paths": ["*"], "repositories": ["PyPI"], "terminating": true, "threshold": 1}
            ]
        }"#,
    )
    .unwrap();
    let repositories: Vec<(&str, usize)> =
        map.repositories().iter().map(|found| (&*found.name, found.urls.len())).collect();
    assert_eq!(repositories, [("Django", 1), ("PyPI", 2)]);
    let urls = &map.repositories().last().unwrap().urls;
    assert_eq!(*urls, ["https://pypi.python.org/".into(), "https://mirror.example.com/".into()]);
    for (path, first) in
        [("django/django-1.11.tgz", "Django"), ("django/django-2.0.tgz", "PyPI"), ("six", "PyPI")]
    {
        assert_eq!(map.search(path).unwrap().next(), MapRequest::Ask { repository: first.into() }, "{path}");
    }
}

#[test]
fn accepts_a_map_that_maps_nothing() {
    let map = RepositoryMap::parse(br#"{"repositories": {}, "mapping": []}"#).unwrap();
    assert!(map.repositories().is_empty());
}

#[test]
fn accepts_unknown_fields() {
    with(r#""threshold""#, r#""since": {"a": [1]}, "threshold""#).unwrap();
    with(r#""mapping""#, r#""comment": "two", "mapping""#).unwrap();
}

#[test]
fn accepts_a_url_twice_in_one_repository() {
    with(r#"["https://a.example.com/"]"#, r#"["https://a.example.com", "https://a.example.com/"]"#).unwrap();
}

#[test]
fn rejects_what_is_no_json_of_the_strict_subset() {
    for (that, this, words) in [
        (r#""mapping""#, r#""mapping": [], "mapping""#, "the same name twice in one object"),
        (r#""b": ["#, r#""a": ["#, "the same name twice in one object"),
        ("2", "2.0", "a number with a fraction or an exponent"),
        (
            r#""repositories": {"#,
            "// a comment\n\"repositories\": {",
            "no name where a member of an object should be",
        ),
    ] {
        let malformed = with(that, this).expect_err(this);
        assert_eq!((malformed.code(), &*malformed.name), ("malformed-json", "map.json"), "{this}");
        assert_eq!(malformed.defect, Defect::Json(words));
        assert!(malformed.offset.is_some());
    }
}

#[test]
fn rejects_what_is_no_map() {
    let malformed = RepositoryMap::parse(b"[]").unwrap_err();
    assert_eq!(malformed.to_string(), "malformed metadata: map.json: the field map must be an object");
    rejects_without(r#""mapping""#, r#""mappings""#, "mapping");
    rejects(r#"[{"paths""#, r#"{}, "ignored": [{"paths""#, "mapping", "an array");
    rejects(r#"[{"paths""#, r#"[1, {"paths""#, "mapping", "an array of objects");
    rejects(
        r#"{"a": ["https://a.example.com/"], "b": ["https://b.example.com/"]}"#,
        "[]",
        "repositories",
        "an object",
    );
    let malformed = RepositoryMap::parse(br#"{"mapping": []}"#).unwrap_err();
    assert_eq!(malformed.defect, Defect::MissingField("repositories"));
}

#[test]
fn rejects_a_mapping_that_lacks_one_of_its_four_elements() {
    for field in ["paths", "repositories", "threshold", "terminating"] {
        // The first `repositories` of the map is not the mapping's.
        let that = format!(r#""{field}": {}"#, if field == "repositories" { r#"["# } else { "" });
        rejects_without(&that, &that.replacen(field, "other", 1), field);
    }
}

#[test]
fn rejects_an_unknown_repository() {
    for unknown in [r#"["a", "c"]"#, r#"["a", "B"]"#, r#"["a", ""]"#] {
        rejects(r#"["a", "b"]"#, unknown, "repositories", DISTINCT);
    }
}

/// It would count twice towards the threshold.
#[test]
fn rejects_the_same_repository_twice_in_one_mapping() {
    rejects(r#"["a", "b"]"#, r#"["a", "a"]"#, "repositories", DISTINCT);
    rejects(r#"["a", "b"]"#, r#"["a", "b", "a"]"#, "repositories", DISTINCT);
}

/// It would count twice towards the threshold, under two names.
#[test]
fn rejects_a_url_of_two_repositories() {
    let expected = "an object in which no two repositories have a URL in common";
    for url in [
        "https://a.example.com/",
        "https://a.example.com",
        "http://a.example.com/",
        "HTTPS://A.Example.COM/",
        "https://a.example.com:443/",
        "https://a.example.com:0443/",
        "HTTPS://a.example.com:443/",
        "https://a.example.com:/",
        "http://a.example.com:80/",
        "https://a.example.com./",
        "https://user:secret@a.example.com/",
        "https://%61.example.com/",
        "https://a.example.com//",
        "https://a.example.com/./x/../",
        "https://a.example.com/%2e/#part",
    ] {
        rejects("https://b.example.com/", url, "repositories", expected);
    }
    for (one, other) in [
        ("https://h/a%2Db/C", "https://h/a-b/%43/"),
        ("https://h/%c3%a4", "https://h/ä"),
        ("https://h/a%2fb", "https://h/a%2Fb"),
        ("https://127.0.0.1/x", "https://127.1/x"),
        ("https://127.0.0.1/x", "https://2130706433/x"),
        ("https://127.0.0.1/x", "https://0x7f.0.0.01/x"),
        ("https://127.0.0.1/x", "https://0177.0.0.1/x"),
        ("https://127.0.0.1/x", "https://[::ffff:127.0.0.1]/x"),
        ("https://[::1]/x", "http://[0:0:0:0:0:0:0:1]/x"),
        ("https://h?of=a/b", "https://h/?of=a/b"),
        ("oci://registry/x/", "oci://registry/x"),
    ] {
        rejects(URLS_OF_BOTH, &urls_of_both(one, other), "repositories", expected);
    }
}

#[test]
fn accepts_urls_that_differ_in_more_than_spelling() {
    for (one, other) in [
        ("https://h/a", "https://h/A"),
        ("https://h/a", "https://h/a/b"),
        ("https://h/a%2Fb", "https://h/a/b"),
        ("https://h:8443/a", "https://h/a"),
        ("https://h/a?of=1", "https://h/a?of=2"),
        ("https://127.0.0.1/", "https://127.0.1/x"),
        // Neither a number that is too large for its place nor one with a sign makes an address.
        ("https://1.0.0.257/", "https://1.0.1.1/"),
        ("https://257.0.0.1/", "https://1.0.0.1/"),
        ("https://127.0.0.1/", "https://127.0.0.+1/"),
        // Bytes that are no UTF-8, which are different ones.
        ("https://h/%ff", "https://h/%fe"),
        ("oci://registry/x", "OCI://registry/x"),
    ] {
        assert!(with(URLS_OF_BOTH, &urls_of_both(one, other)).is_ok(), "{one} and {other}");
    }
}

#[test]
fn rejects_a_mapping_without_repositories() {
    rejects(r#"["a", "b"]"#, "[]", "repositories", DISTINCT);
    rejects(r#"["a", "b"]"#, r#"["a", 1]"#, "repositories", DISTINCT);
    rejects(r#"["a", "b"]"#, r#""a""#, "repositories", DISTINCT);
}

#[test]
fn rejects_a_threshold_that_nothing_or_everything_meets() {
    for threshold in
        ["0", "-1", "3", "18446744073709551615", "18446744073709551616", r#""2""#, "true", "null"]
    {
        rejects(r#""threshold": 2"#, &format!(r#""threshold": {threshold}"#), "threshold", THRESHOLD);
    }
}

#[test]
fn rejects_a_terminating_that_is_no_boolean() {
    for terminating in ["1", r#""true""#, "null"] {
        rejects("true", terminating, "terminating", "a boolean");
    }
}

#[test]
fn rejects_a_repository_without_urls() {
    for urls in ["[]", r#""https://a.example.com/""#, r#"["https://a.example.com/", 1]"#, "{}"] {
        rejects(r#"["https://a.example.com/"]"#, urls, "repositories", URLS);
    }
}

/// What the mapping was meant for would fall to a later one.
#[test]
fn rejects_a_mapping_that_covers_nothing() {
    rejects(r#"["*"]"#, "[]", "paths", PATTERNS);
    for pattern in ["", "/", "//*", "a//*", "./*", "../*", "a/..", "a/", "/*/", r"a\\b", "a\\u0000b"] {
        rejects(r#"["*"]"#, &format!(r#"["*", "{pattern}"]"#), "paths", PATTERNS);
    }
    rejects(r#"["*"]"#, "[1]", "paths", PATTERNS);
    rejects(r#"["*"]"#, r#""*""#, "paths", PATTERNS);
}

#[test]
fn accepts_path_patterns_as_delegations_have_them() {
    for (pattern, path, expected) in [
        ("*.tgz", "a.tgz", true),
        ("*.tgz", "a/b.tgz", false),
        ("a/*", "a/b", true),
        ("a/*", "a/b/c", false),
        ("**", "a/b", false),
        ("*/*", "a/b", true),
        ("foo-?.[0-9]", "foo-a.7", true),
        ("foo", "foo2", false),
    ] {
        assert_eq!(covers(pattern, path), expected, "{pattern} and {path}");
    }
}

#[test]
fn accepts_every_path_for_a_lone_star() {
    for path in ["a", "a/b", "a/b/c.tgz", ".a/b"] {
        assert!(covers("*", path), "{path}");
    }
}

#[test]
fn accepts_one_slash_before_a_pattern_and_ignores_it() {
    assert!(covers("/a/*", "a/b"));
    assert!(covers("/*", "a"));
    assert!(!covers("/*", "a/b"), "only a lone `*` covers everything");
}

#[test]
fn accepts_a_path_that_any_of_the_patterns_covers() {
    let map = with(r#"["*"]"#, r#"["a/*", "b/*"]"#).unwrap();
    for (path, expected) in [("a/x", true), ("b/x", true), ("c/x", false)] {
        assert_eq!(matches!(map.search(path).unwrap().next(), MapRequest::Ask { .. }), expected, "{path}");
    }
}

#[test]
fn rejects_an_unsafe_target_path() {
    let map = with("2", "2").unwrap();
    for path in ["", "/a", "../a", "a/../b", "a//b", "a\\b", "a/", "a\n"] {
        let refused = map.search(path).map(|search| search.next()).unwrap_err();
        assert_eq!(refused, Failure::Misuse(Misuse::UnsafePath(path.into())));
    }
}
