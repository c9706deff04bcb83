//! Limits of length and time, enforced while reading.

use std::io::{self, Read, Write};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tuf_verifier_host::source::{Phase, Resume, Timeouts};
use tuf_verifier_host::{Source, SourceError};

use crate::server::{Reply, Server, answer, ok};
use crate::{build, builder, failure, fetch, fetch_target, source};

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Limits that no test reaches unless it sets another.
fn patient() -> Timeouts {
    let long = Duration::from_secs(600);
    Timeouts {
        connect: long,
        response: long,
        idle: long,
        window: long,
        min_bytes: 0,
        metadata: long,
        target: None,
    }
}

fn fails_with(reply: fn() -> Reply, timeouts: Timeouts) -> SourceError {
    let server = Server::start(move |_| reply());
    failure(&build(builder(&server).timeouts(timeouts)))
}

#[test]
fn accepts_a_file_of_the_allowed_length() {
    let server = Server::start(|_| ok(&[b'x'; 1_000]));
    assert_eq!(fetch(&source(&server)).expect("an answer"), Some(vec![b'x'; 1_000]));
}

#[test]
fn stops_one_byte_past_the_allowed_length() {
    let replies: [fn() -> Reply; 4] = [
        || ok(&[0; 5_000]),
        || Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
        || Reply::Endless(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n".to_vec()),
        || Reply::Stall([CHUNKED.as_bytes(), b"7d0\r\n", &[0; 2_000]].concat()),
    ];
    for reply in replies {
        let server = Server::start(move |_| reply());
        assert_eq!(fetch(&source(&server)).expect("an answer"), Some(vec![0; 1_001]));
    }
}

#[test]
fn reads_nothing_past_a_limit_of_zero() {
    let server = Server::start(|_| ok(b"xyz"));
    assert_eq!(source(&server).metadata("a.json", 0).expect("an answer"), Some(b"x".to_vec()));
    assert_eq!(source(&server).metadata("a.json", u64::MAX).expect("an answer"), Some(b"xyz".to_vec()));
}

#[test]
fn reads_chunks() {
    let server = Server::start(|_| Reply::Send([CHUNKED.as_bytes(), b"2\r\n{}\r\n0\r\n\r\n"].concat()));
    assert_eq!(fetch(&source(&server)).expect("an answer"), Some(b"{}".to_vec()));
}

#[test]
fn reports_a_body_that_breaks_off() {
    let replies: [fn() -> Reply; 2] = [
        || Reply::Close(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!".to_vec()),
        || Reply::Close([CHUNKED.as_bytes(), b"a\r\nfive!"].concat()),
    ];
    for reply in replies {
        match fails_with(reply, patient()) {
            SourceError::Read { source, .. } => assert_eq!(source.kind(), io::ErrorKind::UnexpectedEof),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn reports_a_target_that_breaks_off() {
    let server =
        Server::start(|_| Reply::Close(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!".to_vec()));
    let error = fetch_target(&source(&server), "a/b").expect_err("half a file is none");
    assert!(matches!(error, SourceError::Read { .. }), "{error:?}");
    assert!(error.to_string().contains("/targets/a/b"), "{error}");
}

/// The first bytes of a file of ten bytes, in each form that an answer may have.
const BEGINNINGS: [fn() -> Reply; 3] = [
    || Reply::Close(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!".to_vec()),
    || Reply::Close([CHUNKED.as_bytes(), b"5\r\nfive!\r\n"].concat()),
    // Such an answer ends with its connection: only the file's length tells that it broke off.
    || Reply::Close(b"HTTP/1.1 200 OK\r\n\r\nfive!".to_vec()),
];

#[test]
fn reports_a_target_of_a_known_length_that_ends_early() {
    for reply in BEGINNINGS {
        let server = Server::start(move |_| reply());
        let resume = Resume { length: 10, ..Resume::default() };
        let source = source(&server);
        let mut stream = source.target_from("a/b", resume).expect("an answer").expect("a file");
        let error = stream.bytes.read_to_end(&mut Vec::new()).expect_err("half a file is none");
        match SourceError::from_read("a/b", error) {
            SourceError::Read { source, .. } => assert_eq!(source.kind(), io::ErrorKind::UnexpectedEof),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn accepts_a_target_that_ends_with_its_connection() {
    let server = Server::start(|_| Reply::Close(b"HTTP/1.1 200 OK\r\n\r\nfive!".to_vec()));
    let source = source(&server);
    assert_eq!(fetch_target(&source, "a").expect("of whatever length"), Some(b"five!".to_vec()));
    for length in [0, 4, 5] {
        let resume = Resume { length, ..Resume::default() };
        let mut stream = source.target_from("a", resume).expect("an answer").expect("a file");
        let mut bytes = Vec::new();
        stream.bytes.read_to_end(&mut bytes).expect("no byte is missing");
        assert_eq!(bytes, b"five!");
    }
}

#[test]
fn reports_a_reset_connection() {
    let error = failure(&source(&Server::resetting()));
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error:?}");
}

#[test]
fn reports_what_is_no_http() {
    let replies: [fn() -> Reply; 3] = [
        || Reply::Close(b"SSH-2.0-OpenSSH\r\n\r\n".to_vec()),
        || Reply::Close([CHUNKED.as_bytes(), b"zz\r\n"].concat()),
        || Reply::Close(answer(200, &format!("X: {}\r\n", "x".repeat(100_000)), b"")),
    ];
    for reply in replies {
        let error = fails_with(reply, patient());
        assert!(matches!(error, SourceError::Protocol { .. }), "{error:?}");
    }
}

#[test]
fn gives_up_on_a_server_that_does_not_answer() {
    let limits = Timeouts { response: milliseconds(30), ..patient() };
    let error = fails_with(|| Reply::Stall(b"HTTP/1.1 200 OK\r\n".to_vec()), limits);
    assert!(matches!(error, SourceError::Timeout { phase: Phase::Response, .. }), "{error:?}");
}

#[test]
fn gives_up_on_a_body_that_stalls() {
    let limits = Timeouts { idle: milliseconds(30), ..patient() };
    let error =
        fails_with(|| Reply::Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab".to_vec()), limits);
    assert!(matches!(error, SourceError::Timeout { phase: Phase::Bytes, .. }), "{error:?}");
}

#[test]
fn gives_up_on_a_slow_retrieval() {
    let limits = Timeouts { window: milliseconds(40), min_bytes: 1_000_000, ..patient() };
    let error = fails_with(|| Reply::Drip(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()), limits);
    assert!(matches!(error, SourceError::TooSlow { minimum: 1_000_000, .. }), "{error:?}");
    assert_eq!(error.code(), "source-too-slow");
}

#[test]
fn gives_up_on_metadata_that_takes_too_long() {
    let limits = Timeouts { metadata: milliseconds(40), ..patient() };
    let error = fails_with(|| Reply::Drip(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()), limits);
    assert!(matches!(error, SourceError::Timeout { phase: Phase::End, .. }), "{error:?}");
}

#[test]
fn gives_up_on_a_slow_target() {
    let server = Server::start(|_| Reply::Drip(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()));
    let slow = Timeouts { window: milliseconds(40), min_bytes: 1_000_000, ..patient() };
    let error = fetch_target(&build(builder(&server).timeouts(slow)), "a").expect_err("too slow");
    assert!(matches!(error, SourceError::TooSlow { .. }), "{error:?}");
    let short = Timeouts { target: Some(milliseconds(40)), ..patient() };
    let error = fetch_target(&build(builder(&server).timeouts(short)), "a").expect_err("too long");
    assert!(matches!(error, SourceError::Timeout { phase: Phase::End, .. }), "{error:?}");
}

/// A server may send the heads of chunks byte by byte too. No byte of the body comes out of them.
const CHUNK_WITHOUT_END: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;";

#[test]
fn gives_up_on_an_answer_whose_headers_drip() {
    let limits = Timeouts { response: milliseconds(40), ..patient() };
    let error = fails_with(|| Reply::Drip(b"HTTP/1.1 200 OK\r\nX: ".to_vec()), limits);
    assert!(matches!(error, SourceError::Timeout { phase: Phase::Response, .. }), "{error:?}");
}

#[test]
fn gives_up_on_metadata_whose_framing_drips() {
    let limits = Timeouts { metadata: milliseconds(40), ..patient() };
    let error = fails_with(|| Reply::Drip(CHUNK_WITHOUT_END.into()), limits);
    assert!(matches!(error, SourceError::Timeout { phase: Phase::End, .. }), "{error:?}");
    assert_eq!(error.code(), "source-timeout");
}

#[test]
fn gives_up_on_a_target_whose_framing_drips() {
    let server = Server::start(|_| Reply::Drip(CHUNK_WITHOUT_END.into()));
    // 1,000 bytes take five windows at most.
    let limits = Timeouts { window: milliseconds(10), min_bytes: 250, ..patient() };
    let source = build(builder(&server).timeouts(limits));
    let resume = Resume { length: 1_000, ..Resume::default() };
    let mut stream = source.target_from("a", resume).expect("an answer").expect("a file");
    let error = stream.bytes.read_to_end(&mut Vec::new()).expect_err("it never ends");
    match SourceError::from_read("a", error) {
        SourceError::Timeout { phase: Phase::End, limit, .. } => assert_eq!(limit, milliseconds(50)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn accepts_the_longest_limits() {
    let long = Duration::MAX - milliseconds(1);
    let longest = Timeouts { metadata: long, window: long, min_bytes: 1, ..patient() };
    // More than comes with the headers: only what is waited for has a limit.
    let server = Server::start(|_| ok(&vec![7; 1_000_000]));
    let source = build(builder(&server).timeouts(longest));
    let metadata = source.metadata("1.root.json", 1_000_000).expect("an answer");
    assert_eq!(metadata, Some(vec![7; 1_000_000]));
    assert_eq!(fetch_target(&source, "a").expect("an answer"), Some(vec![7; 1_000_000]));
}

/// 20 MB of zeros.
fn bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![0; 20_000_000]).expect("memory holds it");
    encoder.finish().expect("memory holds it")
}

#[test]
fn takes_no_encoded_metadata() {
    let server = Server::start(|_| Reply::Close(answer(200, "Content-Encoding: gzip\r\n", &bomb())));
    let error = failure(&source(&server));
    assert!(matches!(error, SourceError::Protocol { .. }), "{error:?}");
    let server = Server::start(|_| Reply::Close(answer(200, "Content-Encoding: identity\r\n", b"{}")));
    assert_eq!(fetch(&source(&server)).expect("an answer"), Some(b"{}".to_vec()));
}

#[test]
fn takes_no_transfer_coding_but_chunks() {
    for coding in ["gzip, chunked", "gzip", "chunked, gzip", "chunked, chunked", "x"] {
        let server = Server::start(move |_| {
            let head = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n");
            Reply::Close([head.as_bytes(), b"2\r\n{}\r\n0\r\n\r\n"].concat())
        });
        let error = failure(&source(&server));
        assert!(matches!(error, SourceError::Protocol { .. }), "{coding}: {error:?}");
        let error = fetch_target(&source(&server), "a").expect_err("no such coding is known");
        assert!(matches!(error, SourceError::Protocol { .. }), "{coding}: {error:?}");
    }
}

#[test]
fn never_inflates_a_target() {
    let server = Server::start(|_| Reply::Close(answer(200, "Content-Encoding: gzip\r\n", &bomb())));
    assert_eq!(fetch_target(&source(&server), "a.tar.gz").expect("an answer"), Some(bomb()));
}
