//! Targets from some place on.

use std::io::Read;

use tuf_verifier_host::source::Resume;
use tuf_verifier_host::{HttpSource, Source, SourceError};

use crate::server::{Reply, Server, answer, ok};
use crate::source;

/// Length of the file that the servers here have.
const LENGTH: u64 = 10;

/// What a stream says of itself, and its bytes.
#[derive(Debug, PartialEq, Eq)]
struct Streamed {
    start: u64,
    validator: Option<String>,
    bytes: Vec<u8>,
}

fn stream_from(source: &HttpSource, offset: u64, validator: Option<&str>) -> Result<Streamed, SourceError> {
    let resume = Resume { offset, length: LENGTH, validator };
    let mut stream = source.target_from("a", resume)?.expect("the server has the file");
    let mut bytes = Vec::new();
    stream.bytes.read_to_end(&mut bytes).expect("the server sends what it says");
    Ok(Streamed { start: stream.start, validator: stream.validator, bytes })
}

fn partial(content_range: &str, body: &[u8]) -> Reply {
    Reply::Send(answer(206, &format!("Content-Range: {content_range}\r\n"), body))
}

/// The validator of an answer with these headers.
fn validator_of(headers: &'static str) -> Option<String> {
    let server = Server::start(move |_| Reply::Send(answer(200, headers, b"0123456789")));
    stream_from(&source(&server), 0, None).expect("an answer").validator
}

#[test]
fn asks_for_the_whole_without_a_range() {
    let server = Server::start(|_| ok(b"0123456789"));
    let whole = Streamed { start: 0, validator: None, bytes: b"0123456789".to_vec() };
    assert_eq!(stream_from(&source(&server), 0, Some("\"tag\"")).expect("an answer"), whole);
    assert_eq!(server.seen()[0].header("range"), None);
    assert_eq!(server.seen()[0].header("if-range"), None);
}

#[test]
fn asks_for_the_rest() {
    for said in ["bytes 4-9/10", "bytes 4-9/*", "Bytes 4-9/10"] {
        let server = Server::start(move |_| partial(said, b"456789"));
        let rest = Streamed { start: 4, validator: None, bytes: b"456789".to_vec() };
        assert_eq!(stream_from(&source(&server), 4, None).expect("an answer"), rest);
        assert_eq!(server.seen()[0].header("range"), Some("bytes=4-"));
        assert_eq!(server.seen()[0].header("if-range"), None);
    }
}

#[test]
fn names_the_state_of_the_file() {
    let server = Server::start(|_| partial("bytes 4-9/10", b"456789"));
    stream_from(&source(&server), 4, Some("\"tag\"")).expect("an answer");
    assert_eq!(server.seen()[0].header("if-range"), Some("\"tag\""));
}

#[test]
fn takes_the_whole_where_the_server_sends_it() {
    let server = Server::start(|_| ok(b"0123456789"));
    let whole = Streamed { start: 0, validator: None, bytes: b"0123456789".to_vec() };
    assert_eq!(stream_from(&source(&server), 4, None).expect("an answer"), whole);
}

#[test]
fn rejects_another_range() {
    for said in [
        "bytes 0-9/10",
        "bytes 3-9/10",
        "bytes 5-9/10",
        "bytes 4-3/10",
        "bytes 4-9/9",
        "bytes 4-9/",
        "bytes +4-9/10",
        "bytes 4-9",
        "bytes */10",
        "bytes 4-99999999999999999999/*",
        "lines 4-9/10",
        "4-9/10",
        "",
    ] {
        let server = Server::start(move |_| partial(said, b"456789"));
        let error = stream_from(&source(&server), 4, None).expect_err("these are other bytes");
        assert!(matches!(error, SourceError::Protocol { .. }), "{said}: {error:?}");
        assert!(error.to_string().contains("from 4 on"), "{error}");
    }
}

#[test]
fn rejects_a_part_without_its_range() {
    let multipart = "Content-Type: multipart/byteranges; boundary=x\r\n";
    for headers in ["", multipart] {
        let server = Server::start(move |_| Reply::Send(answer(206, headers, b"456789")));
        let error = stream_from(&source(&server), 4, None).expect_err("it could be any part");
        assert!(matches!(error, SourceError::Protocol { .. }), "{error:?}");
    }
}

#[test]
fn rejects_a_part_where_the_whole_was_asked_for() {
    let server = Server::start(|_| partial("bytes 0-9/10", b"0123456789"));
    let error = stream_from(&source(&server), 0, None).expect_err("nobody asked for a part");
    assert!(matches!(error, SourceError::Status { status: 206, .. }), "{error:?}");
}

#[test]
fn asks_for_the_whole_where_the_file_is_shorter() {
    let server = Server::start(|seen| match seen.header("range") {
        Some(_) => Reply::Send(answer(416, "Content-Range: bytes */3\r\n", b"")),
        None => ok(b"012"),
    });
    let whole = Streamed { start: 0, validator: None, bytes: b"012".to_vec() };
    assert_eq!(stream_from(&source(&server), 4, Some("\"tag\"")).expect("an answer"), whole);
    assert_eq!(server.seen()[1].header("if-range"), None);
    let server = Server::start(|_| Reply::Send(answer(416, "", b"")));
    let error = stream_from(&source(&server), 4, None).expect_err("there is no way to have it");
    assert!(matches!(error, SourceError::Status { status: 416, .. }), "{error:?}");
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn asks_for_the_rest_behind_a_redirect_too() {
    let server = Server::start(|seen| match seen.path() {
        "/targets/a" => Reply::Send(answer(302, "Location: /b\r\n", b"")),
        _ => partial("bytes 4-9/10", b"456789"),
    });
    assert_eq!(stream_from(&source(&server), 4, None).expect("an answer").start, 4);
    assert_eq!(server.seen()[1].header("range"), Some("bytes=4-"));
}

#[test]
fn a_strong_tag_names_the_state_of_a_file() {
    assert_eq!(validator_of("ETag: \"abc\"\r\n").as_deref(), Some("\"abc\""));
    assert_eq!(validator_of("ETag: W/\"abc\"\r\n"), None);
    assert_eq!(validator_of(""), None);
}

#[test]
fn a_time_of_change_names_the_state_of_a_file_once_it_has_passed() {
    let headers = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Sun, 06 Nov 1994 08:49:38 GMT\r\n";
    assert_eq!(validator_of(headers).as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    for headers in [
        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
        "Last-Modified: yesterday\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
        "ETag: W/\"abc\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Mon, 07 Nov 1994 08:49:37 GMT\r\n",
    ] {
        assert_eq!(validator_of(headers), None, "{headers}");
    }
}
