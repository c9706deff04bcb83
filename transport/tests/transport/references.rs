//! Where the value of a `Location` header leads to.

use tuf_transport::{Location, LocationError};

fn base() -> Location {
    Location::parse("http://a.example:8080/b/c/d?q").expect("a URL")
}

fn resolved(reference: &str) -> String {
    base().resolve(reference).expect(reference).uri().to_string()
}

/// RFC 3986, section 5.4, but for its references of other schemes.
#[test]
fn resolves_references() {
    for (reference, path) in [
        ("g", "/b/c/g"),
        ("./g", "/b/c/g"),
        ("g/", "/b/c/g/"),
        ("/g", "/g"),
        ("?y", "/b/c/d?y"),
        ("g?y", "/b/c/g?y"),
        ("g#s", "/b/c/g"),
        ("g?y#s", "/b/c/g?y"),
        (";x", "/b/c/;x"),
        (".", "/b/c/"),
        ("./", "/b/c/"),
        ("..", "/b/"),
        ("../g", "/b/g"),
        ("../..", "/"),
        ("../../g", "/g"),
        ("g?y/../x", "/b/c/g?y/../x"),
        ("g#s/../x", "/b/c/g"),
        ("g.", "/b/c/g."),
        ("..g", "/b/c/..g"),
        ("./g/.", "/b/c/g/"),
        ("g/../h", "/b/c/h"),
    ] {
        assert_eq!(resolved(reference), format!("http://a.example:8080{path}"), "{reference}");
    }
}

#[test]
fn leads_out_of_no_origin_by_dots() {
    for reference in ["../../../g", "/../g", "/./g", "/a/../../g", "/g/../../../g"] {
        assert_eq!(resolved(reference), "http://a.example:8080/g", "{reference}");
    }
}

#[test]
fn a_reference_with_a_host_is_another_origin() {
    for (reference, leads_to) in [
        ("//b.example/g", "http://b.example/g"),
        ("//a.example/g", "http://a.example/g"),
        ("https://a.example:8080/g", "https://a.example:8080/g"),
        ("HTTP://b.example/g", "http://b.example/g"),
    ] {
        let next = base().resolve(reference).expect(reference);
        assert_eq!(next.uri().to_string(), leads_to);
        assert_ne!(next.origin(), base().origin(), "{reference}");
    }
    let same = base().resolve("//A.example:8080/g").expect("a URL");
    assert_eq!(same.origin(), base().origin());
}

#[test]
fn rejects_what_leads_nowhere() {
    for (reference, error) in [
        ("//", LocationError::Unreadable),
        ("http://", LocationError::Unreadable),
        ("\u{1}", LocationError::Unreadable),
        ("a b", LocationError::Unreadable),
        ("ftp://a.example/g", LocationError::Scheme),
        ("//user:hunter2@a.example/g", LocationError::Credentials),
        ("http://user@a.example:8080/g", LocationError::Credentials),
        ("//a.example:x/g", LocationError::Port),
    ] {
        assert_eq!(base().resolve(reference), Err(error), "{reference}");
    }
    for reference in ["file:///etc/passwd", "javascript:alert(1)", "http:g", "mailto:a"] {
        assert!(base().resolve(reference).is_err(), "{reference}");
    }
}
