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
fn waits_until_the_date_that_the_server_names() {
    for date in
        ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
    {
        let headers = format!("Retry-After: {date}\r\nDate: Sun, 06 Nov 1994 08:48:35 GMT\r\n");
        let headers: &'static str = headers.leak();
        let server = after(1, status(429, headers));
        match failure(&build(builder(&server).retries(5))) {
            SourceError::Status { retry_after: Some(wait), .. } => assert_eq!(wait.as_secs(), 62, "{date}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn waits_no_longer_where_the_date_has_passed() {
    let server = after(1, status(503, "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n"));
    let hour = Duration::from_secs(3_600);
    assert_eq!(
        fetch(&build(builder(&server).retries(1).backoff(hour, hour))).expect("an answer"),
        Some(b"{}".to_vec())
    );
}

#[test]
fn reads_dates_across_leap_days_and_centuries() {
    let seconds_between = [
        ("Tue, 29 Feb 2000 00:00:00 GMT", "Wed, 01 Mar 2000 00:00:00 GMT", 86_400),
        ("Sun, 28 Feb 2100 00:00:00 GMT", "Mon, 01 Mar 2100 00:00:00 GMT", 86_400),
        ("Fri, 31 Dec 1999 23:59:59 GMT", "Sat, 01 Jan 2000 00:00:00 GMT", 1),
        ("Friday, 31-Dec-99 23:59:59 GMT", "Saturday, 01-Jan-00 00:00:00 GMT", 1),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 13 Feb 2009 23:31:30 GMT", 1_234_567_890),
    ];
    for (sent, until, seconds) in seconds_between {
        let headers = format!("Retry-After: {until}\r\nDate: {sent}\r\n");
        let server = after(1, status(503, headers.leak()));
        let longest = Duration::from_secs(0);
        match failure(&build(builder(&server).retries(1).backoff(longest, longest))) {
            SourceError::Status { retry_after: Some(wait), .. } => assert_eq!(wait.as_secs(), seconds),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn waits_on_its_own_where_the_header_is_neither() {
    for value in [
        "soon",
        "-1",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 1994 08:49:37:00 GMT",
        "Sun, 06 Nev 1994 08:49:37 GMT",
        "Sun, 06 Nov 994 08:49:37 GMT",
        "Sun, 06 Nov +994 08:49:37 GMT",
    ] {
        let headers = format!("Retry-After: {value}\r\n");
        match failure(&build(builder(&after(1, status(503, headers.leak()))))) {
            SourceError::Status { retry_after, .. } => assert_eq!(retry_after, None, "{value}"),
            other => panic!("{other:?}"),
        }
    }
    let server = after(1, status(503, "Retry-After: soon\r\n"));
    assert_eq!(fetch(&build(builder(&server).retries(1))).expect("an answer"), Some(b"{}".to_vec()));
}
