//! Redirects.

use tuf_test_server::Answer;
use tuf_verifier_host::Error;

use crate::RealParts;
use crate::site::{Site, repository};

pub(crate) const TESTS: &[RealParts] = &[
    ("redirect-within-the-origin", within_the_origin),
    ("redirect-to-another-origin", to_another_origin),
    ("redirect-to-an-allowed-origin", to_an_allowed_origin),
];

/// A site whose timestamp is elsewhere.
fn redirecting(to: String) -> Site {
    Site::answering(&repository().mirror, move |path| {
        let head = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
        (path == "/metadata/timestamp.json").then(|| Answer::Raw(head.into_bytes()))
    })
}

/// Says that the connection closes: the next request must not be sent on it.
const MOVED: &[u8] =
    b"HTTP/1.1 302 Found\r\nLocation: /moved\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn within_the_origin() {
    let timestamp = repository().mirror.file("timestamp.json").to_vec();
    let site = Site::answering(&repository().mirror, move |path| match path {
        "/metadata/timestamp.json" => Some(Answer::Raw(MOVED.to_vec())),
        "/moved" => Some(Answer::Bytes(timestamp.clone())),
        _ => None,
    });
    let session = site.refresh().expect("it has moved within the origin");
    assert_eq!(session.report().timestamp.version, 1);
    assert!(site.requests().contains(&"/moved".to_owned()));
}

fn to_another_origin() {
    let other = Site::of(&repository().mirror);
    let site = redirecting(format!("{}/metadata/timestamp.json", other.url()));
    let error = site.refresh().map(drop).expect_err("it leads to another origin");
    assert_eq!(error.code(), "source-redirect");
    assert!(matches!(error, Error::Source(_)), "no verdict: {error:?}");
    assert_eq!(other.requests(), [""; 0]);
}

fn to_an_allowed_origin() {
    let other = Site::of(&repository().mirror);
    let site = redirecting(format!("{}/metadata/timestamp.json", other.url()));
    let source = site.builder().allow_redirect_origin(&other.url());
    let session = site.refresh_by(source).expect("the application allows it");
    assert_eq!(session.report().timestamp.version, 1);
    assert_eq!(other.requests(), ["/metadata/timestamp.json"]);
}
