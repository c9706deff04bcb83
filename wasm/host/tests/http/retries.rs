//! What a client asks again for, and what it does not.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use tuf_verifier_host::source::HttpSourceBuilder;
use tuf_verifier_host::{Client, Error, MemoryStore, Session, SourceError, UnixTime};

use crate::mirrors::{content, honest, repository, target};
use crate::server::{Reply, Seen, Server, answer};
use crate::{build, builder, failure};

/// A repository whose server answers the first requests for each file in another way.
fn after(failures: usize, reply: impl Fn() -> Reply + Send + Sync + 'static) -> Server {
    let (mirror, counts) = (repository(), Mutex::new(BTreeMap::<String, usize>::new()));
    Server::start(move |seen| {
        let mut counts = counts.lock().expect("nobody panics with it");
        let count = counts.entry(seen.path().to_owned()).or_default();
        *count += 1;
        if *count > failures { honest(&mirror, seen) } else { reply() }
    })
}

fn status(status: u16, headers: &'static str) -> impl Fn() -> Reply {
    move || Reply::Send(answer(status, headers, b""))
}

fn refresh(builder: HttpSourceBuilder) -> Result<Session, Error> {
    let trusted_root = repository().file("1.root.json").to_vec();
    let client = Client::new(trusted_root, build(builder), MemoryStore::new());
    client.reference_time(UnixTime::from_seconds(tuf_tests::NOW)).refresh()
}

/// How often the server was asked for the first file that a client needs.
fn asked(server: &Server) -> usize {
    server.seen().iter().filter(|seen| Seen::path(seen) == "/metadata/2.root.json").count()
}

fn reads_the_target(builder: HttpSourceBuilder) {
    let session = refresh(builder).expect("the server answers in the end");
    assert_eq!(session.read(&target(&session)).expect("the server answers in the end"), content());
}

#[test]
fn recovers_from_a_failing_server() {
    for code in [429, 500, 502, 503, 504] {
        let server = after(2, status(code, ""));
        reads_the_target(builder(&server).retries(2));
        assert_eq!(asked(&server), 3, "{code}");
    }
}

#[test]
fn recovers_from_a_broken_transfer() {
    let replies: [fn() -> Reply; 2] = [
        || Reply::Close(Vec::new()),
        || Reply::Close(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!".to_vec()),
    ];
    for reply in replies {
        reads_the_target(builder(&after(1, reply)).retries(1));
    }
}

#[test]
fn reports_the_last_failure() {
    let server = after(9, status(503, ""));
    let error = refresh(builder(&server).retries(2)).expect_err("the server never answers");
    assert!(matches!(error, Error::Source(SourceError::Status { status: 503, .. })), "{error:?}");
    assert_eq!(asked(&server), 3);
}

#[test]
fn asks_no_second_time_where_the_answer_is_refused() {
    let headers = ["", "Content-Encoding: br\r\n", "Location: http://127.0.0.1:1/\r\n"];
    for (code, headers) in [400, 200, 302].into_iter().zip(headers) {
        let server = after(1, status(code, headers));
        assert!(matches!(refresh(builder(&server).retries(3)), Err(Error::Source(_))), "{code}");
        assert_eq!(asked(&server), 1, "{code}");
    }
}

#[test]
fn waits_as_long_as_the_server_asks() {
    // A backoff of an hour would be waited for, were it not for the header.
    let hour = Duration::from_secs(3_600);
    for now in ["Retry-After: 0\r\n", "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n"] {
        reads_the_target(builder(&after(1, status(503, now))).retries(1).backoff(hour, hour));
    }
}

#[test]
fn waits_no_longer_than_allowed() {
    let server = after(1, status(429, "Retry-After: 3600\r\n"));
    match refresh(builder(&server).retries(5)) {
        Err(Error::Source(SourceError::Status { status: 429, retry_after: Some(wait), .. })) => {
            assert_eq!(wait.as_secs(), 3_600);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(asked(&server), 1);
}

/// A server that answers everything with these headers.
fn failing(headers: &'static str) -> Server {
    Server::start(move |_| status(503, headers)())
}

#[test]
fn waits_until_the_date_that_the_server_names() {
    for date in
        ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
    {
        let headers = format!("Retry-After: {date}\r\nDate: Sun, 06 Nov 1994 08:48:35 GMT\r\n");
        let headers: &'static str = headers.leak();
        let server = failing(headers);
        match failure(&build(builder(&server))) {
            SourceError::Status { retry_after: Some(wait), .. } => assert_eq!(wait.as_secs(), 62, "{date}"),
            other => panic!("{other:?}"),
        }
    }
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
        let server = failing(headers.leak());
        match failure(&build(builder(&server))) {
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
        match failure(&build(builder(&failing(headers.leak())))) {
            SourceError::Status { retry_after, .. } => assert_eq!(retry_after, None, "{value}"),
            other => panic!("{other:?}"),
        }
    }
}
