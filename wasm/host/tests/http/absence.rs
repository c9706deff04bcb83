//! Which answers mean that there is no such file, and which mean that there is no answer.

use tuf_verifier_host::{Source, SourceError};

use crate::server::{Reply, Server, answer, ok};
use crate::{failure, fetch, fetch_target, source};

#[test]
fn reads_a_metadata_file() {
    let server = Server::start(|_| ok(b"{}"));
    assert_eq!(fetch(&source(&server)).expect("an answer"), Some(b"{}".to_vec()));
    assert_eq!(server.paths(), ["/metadata/1.root.json"]);
}

#[test]
fn reads_a_target_as_a_stream() {
    let server = Server::start(|_| ok(&[7; 100_000]));
    let bytes = fetch_target(&source(&server), "files/abc.tar%20b.gz").expect("an answer");
    assert_eq!(bytes, Some(vec![7; 100_000]));
    assert_eq!(server.paths(), ["/targets/files/abc.tar%20b.gz"]);
}

#[test]
fn takes_403_404_and_410_for_absence() {
    for status in [403, 404, 410] {
        let server = Server::start(move |_| Reply::Send(answer(status, "", b"no such key")));
        let source = source(&server);
        assert_eq!(fetch(&source).expect("an answer"), None, "{status}");
        assert!(source.target("a").expect("an answer").is_none(), "{status}");
    }
}

#[test]
fn takes_no_other_status_for_an_answer() {
    for status in [201, 203, 204, 206, 304, 400, 401, 402, 405, 406, 416, 451] {
        let server = Server::start(move |_| Reply::Close(answer(status, "", b"")));
        match failure(&source(&server)) {
            SourceError::Status { status: reported, .. } => assert_eq!(reported, status),
            other => panic!("{status}: {other:?}"),
        }
    }
}

#[test]
fn an_absent_server_is_no_absent_file() {
    // Not a port that was free a moment ago: another test's server may have it by now.
    let base = "http://127.0.0.1:1/".to_owned();
    let source =
        tuf_verifier_host::HttpSource::builder(&base, &base).direct().retries(0).build().expect("usable");
    let error = failure(&source);
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error:?}");
    assert_eq!(error.code(), "source-unreachable");
    assert!(error.to_string().contains(&format!("{base}1.root.json")), "{error}");
}

#[test]
fn uses_a_connection_again() {
    let server = Server::start(|seen| match seen.path() {
        "/metadata/2.root.json" => Reply::Send(answer(404, "", b"no such key")),
        _ => ok(b"{}"),
    });
    let source = source(&server);
    fetch(&source).expect("an answer");
    assert_eq!(source.metadata("2.root.json", 1_000).expect("an answer"), None);
    fetch_target(&source, "a").expect("an answer");
    let connections: Vec<usize> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 0]);
}

#[test]
fn names_itself_and_asks_for_the_bytes_as_they_are() {
    let server = Server::start(|_| ok(b"{}"));
    fetch(&source(&server)).expect("an answer");
    fetch(&crate::build(crate::builder(&server).user_agent("test/1"))).expect("an answer");
    let seen = server.seen();
    assert_eq!(seen[0].header("accept-encoding"), Some("identity"));
    assert!(seen[0].header("user-agent").is_some_and(|value| value.starts_with("tuf-verifier-host/")));
    assert_eq!(seen[1].header("user-agent"), Some("test/1"));
    assert_eq!(seen[0].header("authorization"), None);
}
