//! What is tried again, and what is not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tuf_verifier_host::SourceError;

use crate::server::{Reply, Server, answer, ok};
use crate::{build, builder, failure, fetch, fetch_target};

/// Answers `{}` after this many replies of another kind.
fn after(failures: usize, reply: impl Fn() -> Reply + Send + Sync + 'static) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        before if before < failures => reply(),
        _ => ok(b"{}"),
    })
}

fn status(status: u16, headers: &'static str) -> impl Fn() -> Reply {
    move || Reply::Send(answer(status, headers, b""))
}

#[test]
fn recovers_from_a_failing_server() {
    for code in [429, 500, 502, 503, 504] {
        let server = after(2, status(code, ""));
        assert_eq!(
            fetch(&build(builder(&server).retries(2))).expect("an answer"),
            Some(b"{}".to_vec()),
            "{code}"
        );
        assert_eq!(server.seen().len(), 3);
    }
}

#[test]
fn recovers_from_a_broken_transfer() {
    let replies: [fn() -> Reply; 2] = [
        || Reply::Close(Vec::new()),
        || Reply::Close(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!".to_vec()),
    ];
    for reply in replies {
        let server = after(1, reply);
        assert_eq!(fetch(&build(builder(&server).retries(1))).expect("an answer"), Some(b"{}".to_vec()));
    }
}

#[test]
fn recovers_a_target_before_its_first_byte() {
    let server = after(2, status(503, ""));
    assert_eq!(
        fetch_target(&build(builder(&server).retries(2)), "a").expect("an answer"),
        Some(b"{}".to_vec())
    );
}

#[test]
fn reports_the_last_failure() {
    let server = after(9, status(503, ""));
    let error = failure(&build(builder(&server).retries(2)));
    assert!(matches!(error, SourceError::Status { status: 503, .. }), "{error:?}");
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn asks_no_second_time_where_there_is_an_answer() {
    for code in [400, 401, 403, 404, 410, 418] {
        let server = after(1, status(code, ""));
        // 403, 404 and 410 are answers, the others are errors.
        let _ = fetch(&build(builder(&server).retries(3)));
        assert_eq!(server.seen().len(), 1, "{code}");
    }
}

#[test]
fn asks_no_second_time_where_the_answer_is_refused() {
    let headers = ["Content-Encoding: br\r\n", "Location: http://127.0.0.1:1/\r\n"];
    for (code, headers) in [200, 302].into_iter().zip(headers) {
        let server = after(1, status(code, headers));
        failure(&build(builder(&server).retries(3)));
        assert_eq!(server.seen().len(), 1, "{code}");
    }
}

#[test]
fn waits_as_long_as_the_server_asks() {
    let server = after(1, status(503, "Retry-After: 0\r\n"));
    // A backoff of an hour would be waited for, were it not for the header.
    let hour = Duration::from_secs(3_600);
    assert_eq!(
        fetch(&build(builder(&server).retries(1).backoff(hour, hour))).expect("an answer"),
        Some(b"{}".to_vec())
    );
}

#[test]
fn waits_no_longer_than_allowed() {
    let server = after(1, status(429, "Retry-After: 3600\r\n"));
    match failure(&build(builder(&server).retries(5))) {
        SourceError::Status { status: 429, retry_after: Some(wait), .. } => assert_eq!(wait.as_secs(), 3_600),
        other => panic!("{other:?}"),
    }
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn waits_on_its_own_where_the_header_is_no_number() {
    let server = after(1, status(503, "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n"));
    assert_eq!(fetch(&build(builder(&server).retries(1))).expect("an answer"), Some(b"{}".to_vec()));
}
