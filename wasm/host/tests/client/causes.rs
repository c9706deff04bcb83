//! Errors in words.

use std::io;

use tuf_verifier_host::{Error, SourceError, with_causes};

fn unreachable(location: &str, cause: &str) -> Error {
    SourceError::Unreachable { location: location.to_owned(), source: io::Error::other(cause.to_owned()) }
        .into()
}

#[test]
fn names_every_cause_once() {
    let error = unreachable("https://repository.example/", "no route");
    assert_eq!(with_causes(&error), "cannot reach https://repository.example/: no route");
    let inner = SourceError::Read {
        location: "https://repository.example/a".to_owned(),
        source: io::Error::other("reset"),
    };
    let outer = SourceError::Unreachable {
        location: "https://repository.example/".to_owned(),
        source: io::Error::other(inner),
    };
    assert_eq!(
        with_causes(&outer),
        "cannot reach https://repository.example/: cannot read https://repository.example/a: reset"
    );
    let alone =
        Error::MissingTarget { path: "a".to_owned(), fetch_path: "b".to_owned(), advice: String::new() };
    assert_eq!(with_causes(&alone), alone.to_string());
}

#[test]
fn shows_what_a_terminal_would_obey() {
    let cause = "one\r\ntwo\tthree\u{2028}\u{1b}]0;owned\u{7}\u{9b}\u{202e}\u{2066}\0 ä €";
    assert_eq!(
        with_causes(&unreachable("a", cause)),
        "cannot reach a: one  two three \\u{1b}]0;owned\\u{7}\\u{9b}\\u{202e}\\u{2066}\\u{0} ä €"
    );
}
