//! Mirrors, and transfers that break off.

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tuf_test_server::Answer;
use tuf_tests::{Key, NOW, STRANGER};
use tuf_verifier_host::source::Timeouts;
use tuf_verifier_host::{Client, Error, HttpSource, MemoryStore, Session, UnixTime};

use crate::RealParts;
use crate::site::{CONTENT, PATH, Site, code, found, read, repository};

pub(crate) const TESTS: &[RealParts] = &[
    ("mirror-that-forges", mirror_that_forges),
    ("mirror-that-is-not-there", mirror_that_is_not_there),
    ("mirrors-that-all-forge", mirrors_that_all_forge),
    ("transfer-that-breaks-off", transfer_that_breaks_off),
    ("resumed-with-a-wrong-rest", resumed_with_a_wrong_rest),
    ("server-that-does-not-answer", server_that_does_not_answer),
];

/// Bytes of the target before its transfer breaks off.
const HALF: usize = 10;

fn forging() -> Site {
    let mut forged = repository();
    forged.sign_with("timestamp", &[Key::new(STRANGER)]).write_timestamp();
    Site::of(&forged.mirror)
}

/// A client that asks these sources in this order.
fn client(first: HttpSource, second: HttpSource) -> Client {
    let root = repository().mirror.file("1.root.json").to_vec();
    let client = Client::new(root, first, MemoryStore::new()).mirror(second);
    client.reference_time(UnixTime::from_seconds(NOW))
}

fn source(site: &Site) -> HttpSource {
    site.builder().build().expect("the settings are usable")
}

fn reads(session: &Session) {
    let target = found(session, PATH);
    assert_eq!(session.read(&target).expect("one of them has the bytes"), CONTENT);
}

fn mirror_that_forges() {
    let (bad, good) = (forging(), Site::of(&repository().mirror));
    let session = client(source(&bad), source(&good)).refresh().expect("one of them is honest");
    reads(&session);
    assert!(bad.requests().contains(&"/metadata/timestamp.json".to_owned()), "it was asked first");
}

fn mirror_that_is_not_there() {
    // Not a port that was free a moment ago: another test's server may have it by now.
    let base = "http://127.0.0.1:1/";
    let nobody = HttpSource::builder(base, base).direct().retries(0).build().expect("usable");
    let good = Site::of(&repository().mirror);
    let session = client(nobody, source(&good)).refresh().expect("one of them is honest");
    reads(&session);
}

fn mirrors_that_all_forge() {
    let (one, other) = (forging(), forging());
    assert_eq!(code(client(source(&one), source(&other)).refresh()), "arbitrary-software");
    for site in [one, other] {
        assert!(site.requests().contains(&"/metadata/timestamp.json".to_owned()), "each was asked");
    }
}

/// A site that breaks off in the middle of the target, and then answers each request for it with the next of `rests`.
fn breaking(rests: &'static [&'static [u8]]) -> Site {
    let asked = AtomicUsize::new(0);
    Site::answering(&repository().mirror, move |path| {
        path.starts_with("/targets/").then(|| match asked.fetch_add(1, Ordering::Relaxed) {
            0 => broken_off(),
            time => rest(rests.get(time - 1).copied().unwrap_or_default()),
        })
    })
}

fn broken_off() -> Answer {
    let head = format!("HTTP/1.1 200 OK\r\nETag: \"tag\"\r\nContent-Length: {}\r\n\r\n", CONTENT.len());
    Answer::Raw([head.as_bytes(), &CONTENT[..HALF]].concat())
}

/// What the target goes on with; nothing is 404.
fn rest(bytes: &[u8]) -> Answer {
    if bytes.is_empty() {
        return Answer::Status(404);
    }
    let (last, length) = (CONTENT.len() - 1, CONTENT.len());
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\nETag: \"tag\"\r\nContent-Range: bytes {HALF}-{last}/{length}\r\n\
         Content-Length: {}\r\n\r\n",
        bytes.len()
    );
    Answer::Raw([head.as_bytes(), bytes].concat())
}

fn transfer_that_breaks_off() {
    let site = breaking(&[b"of the application"]);
    assert_eq!(CONTENT.len() - HALF, b"of the application".len());
    assert_eq!(read(&site).expect("it goes on"), CONTENT);
    assert_eq!(site.requests().iter().filter(|path| path.starts_with("/targets/")).count(), 2);
}

fn resumed_with_a_wrong_rest() {
    let site = breaking(&[b"OF THE APPLICATION"]);
    assert_eq!(code(read(&site)), "wrong-software");
}

fn server_that_does_not_answer() {
    // The system takes connections in its place.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let base = format!("http://{}/", silent.local_addr().expect("it is bound"));
    let short = Timeouts { response: Duration::from_millis(30), ..Timeouts::default() };
    let source = HttpSource::builder(&base, &base).direct().retries(0).timeouts(short);
    let root = repository().mirror.file("1.root.json").to_vec();
    let client = Client::new(root, source.build().expect("usable"), MemoryStore::new());
    let error = client.reference_time(UnixTime::from_seconds(NOW)).refresh().map(drop);
    let error = error.expect_err("nobody answers");
    assert_eq!(error.code(), "source-timeout");
    assert!(matches!(error, Error::Source(_)), "no verdict: {error:?}");
}
