//! Names of the repositories of a map file, which become names of folders (TAP 4).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends so")]

use tuf_verifier_core::{Malformed, RepositoryMap};

/// The map with one repository of this name.
fn named(name: &str) -> Result<RepositoryMap, Malformed> {
    let map = format!(r#"{{"repositories": {{"{name}": ["https://example.com/"]}}, "mapping": []}}"#);
    RepositoryMap::parse(map.as_bytes())
}

#[track_caller]
fn rejects(name: &str) {
    let malformed = named(name).expect_err(name);
    assert_eq!((malformed.code(), &*malformed.name), ("malformed-metadata", "map.json"), "{name}");
    let expected = "the field repositories must be an object whose names are safe as names of folders";
    assert_eq!(malformed.defect.to_string(), expected, "{name}");
}

/// A name becomes the name of a folder. GHSA-jqc5-w2xx-5vq4: a client wrote to wherever a name such as `../escaped` led.
#[test]
fn rejects_go_tuf_tap_4_repository_name_traversal() {
    let separators =
        ["../escaped", "..", ".", "a/b", "/etc", "a/../../b", r"a\\b", r"..\\escaped", "C:", "C:a", "a:b"];
    let edges = ["", " ", "a ", " a", "a.", ".a", "a\\u0000", "a\\n", "a\\u202eb", "%2e%2e", "~", "a\\u00a0"];
    separators.into_iter().chain(edges).for_each(rejects);
}

#[test]
fn rejects_a_repository_name_that_is_a_device() {
    ["con", "NUL", "Aux", "prn", "com1", "LPT9", "COM0", "nul.txt", "con .a", "nul.tar.gz"]
        .into_iter()
        .for_each(rejects);
}

/// Some systems take letters beyond ASCII for the same in several forms.
#[test]
fn rejects_a_repository_name_beyond_ascii() {
    ["\u{e9}", "e\u{301}", "\u{ff23}on", "com\u{b9}", "\u{65e5}\u{672c}"].into_iter().for_each(rejects);
}

#[test]
fn rejects_a_repository_name_of_more_than_100_characters() {
    assert!(named(&"a".repeat(100)).is_ok());
    rejects(&"a".repeat(101));
}

#[test]
fn accepts_names_of_folders() {
    for name in
        ["a", "PyPI", "sigstore-tuf-root", "v1.2_x", "two words", "a..b", "console", "com10", "-", "a.con"]
    {
        assert!(named(name).is_ok(), "{name}");
    }
}

/// They would be one folder where case is ignored.
#[test]
fn rejects_repository_names_that_differ_by_case_alone() {
    let expected = "the field repositories must be an object whose names differ by more than case";
    for (one, other) in [("a", "A"), ("PyPI", "pypi"), ("b-1", "B-1")] {
        let map =
            format!(r#"{{"repositories": {{"{one}": ["x"], "c": ["y"], "{other}": ["z"]}}, "mapping": []}}"#);
        let malformed = RepositoryMap::parse(map.as_bytes()).unwrap_err();
        assert_eq!(malformed.defect.to_string(), expected, "{one} and {other}");
    }
}
