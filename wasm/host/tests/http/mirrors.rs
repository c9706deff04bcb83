//! A client of several servers: one that answers badly, in whatever way, cannot keep it from one that answers well.

use std::time::Duration;

use tuf_tests::{Mirror, NOW, Repository};
use tuf_verifier_host::source::Timeouts;
use tuf_verifier_host::{Client, Downloaded, Error, Lookup, MemoryStore, Session, Target, UnixTime};

use crate::server::{Reply, Seen, Server, answer, ok};
use crate::{build, builder};

const PATH: &str = "bin/app";

pub(crate) fn content() -> Vec<u8> {
    (0..200_000_u32).map(|number| number.to_le_bytes()[0]).collect()
}

pub(crate) fn repository() -> Mirror {
    let mut repository = Repository::new();
    repository.add_target("targets", PATH, &content()).publish();
    repository.mirror
}

/// The file that a request names; none where there is no such file.
fn file<'a>(mirror: &'a Mirror, seen: &Seen) -> Option<&'a [u8]> {
    let path = seen.path();
    let metadata = path.strip_prefix("/metadata/").and_then(|name| mirror.metadata.get(name));
    let file = metadata.or_else(|| mirror.targets.get(path.strip_prefix("/targets/")?));
    file.map(Vec::as_slice)
}

pub(crate) fn honest(mirror: &Mirror, seen: &Seen) -> Reply {
    match file(mirror, seen) {
        Some(bytes) => ok(bytes),
        None => Reply::Send(answer(404, "", b"")),
    }
}

/// A server that answers requests for target files in its own way, and others honestly.
fn serving(targets: impl Fn(&Seen, &[u8]) -> Reply + Send + Sync + 'static) -> Server {
    let mirror = repository();
    Server::start(move |seen| match file(&mirror, seen) {
        Some(bytes) if seen.path().starts_with("/targets/") => targets(seen, bytes),
        _ => honest(&mirror, seen),
    })
}

fn good() -> Server {
    serving(|_, bytes| ok(bytes))
}

/// A session with these servers as mirrors, in this order.
fn session(servers: &[(&Server, Timeouts)]) -> Session {
    let mut sources = servers.iter().map(|(server, limits)| build(builder(server).timeouts(limits.clone())));
    let trusted_root = repository().file("1.root.json").to_vec();
    let first = Client::new(trusted_root, sources.next().expect("a server"), MemoryStore::new());
    let client = sources.fold(first, Client::mirror).reference_time(UnixTime::from_seconds(NOW));
    client.refresh().expect("one of the servers is good")
}

pub(crate) fn target(session: &Session) -> Target {
    match session.find(PATH) {
        Ok(Lookup::Found(target)) => target,
        other => panic!("{other:?}"),
    }
}

fn reads_the_target(servers: &[(&Server, Timeouts)]) {
    let session = session(servers);
    let target = target(&session);
    assert_eq!(session.read(&target).expect("one of the servers is good"), content());
}

/// With this server as the first mirror, and a good one with limits that it cannot reach.
fn reads_the_target_despite(bad: &Server) {
    reads_the_target(&[(bad, strict()), (&good(), Timeouts::default())]);
}

/// Limits that a server soon reaches that does not want to answer.
fn strict() -> Timeouts {
    let long = Duration::from_secs(600);
    let short = Duration::from_millis(300);
    Timeouts {
        connect: long,
        response: short,
        idle: short,
        window: short,
        min_bytes: 2_000,
        metadata: long,
        target: None,
    }
}

/// What a server answers to everything.
type Behaviour = fn() -> Reply;

#[test]
fn recovers_from_a_server_that_answers_badly() {
    let elsewhere = good().url();
    let bad: [(&str, Behaviour); 8] = [
        ("silent", || Reply::Stall(Vec::new())),
        ("silent behind its headers", || {
            Reply::Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".to_vec())
        }),
        ("dripping", || Reply::Drip(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())),
        ("endless", || Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())),
        ("failing", || Reply::Close(answer(500, "", b""))),
        ("no metadata", || Reply::Close(answer(200, "", b"<html>"))),
        ("encoded", || Reply::Close(answer(200, "Content-Encoding: gzip\r\n", b"{}"))),
        ("closing", || Reply::Close(Vec::new())),
    ];
    for (what, reply) in bad {
        eprintln!("{what}");
        reads_the_target_despite(&Server::start(move |_| reply()));
        reads_the_target_despite(&serving(move |_, _| reply()));
    }
    let redirecting = Server::start(move |seen| {
        let to = format!("Location: {elsewhere}{}\r\n", seen.path());
        Reply::Send(answer(302, &to, b""))
    });
    reads_the_target_despite(&redirecting);
}

#[test]
fn names_the_server_that_failed() {
    let (bad, good) = (Server::start(|_| Reply::Close(answer(500, "", b""))), good());
    let (sender, receiver) = std::sync::mpsc::channel();
    let trusted_root = repository().file("1.root.json").to_vec();
    let client = Client::new(trusted_root, build(builder(&bad)), MemoryStore::new())
        .mirror(build(builder(&good)))
        .reference_time(UnixTime::from_seconds(NOW))
        .progress(move |progress| {
            if let tuf_verifier_host::Progress::Failed { mirror, code, .. } = progress {
                sender.send(format!("{mirror} {code}")).expect("the test listens");
            }
        });
    client.refresh().expect("one of the servers is good");
    let failures: Vec<String> = receiver.try_iter().collect();
    assert_eq!(failures, [format!("{}/metadata/ source-status", bad.url())]);
}

/// Half of the target, and then the end of the connection; the rest where it is asked for.
fn breaking_off() -> Server {
    serving(|seen, bytes| match seen.header("range").and_then(|range| range.strip_prefix("bytes=")) {
        Some(range) => {
            let from: usize = range.trim_end_matches('-').parse().expect("a number");
            let (last, length) = (bytes.len() - 1, bytes.len());
            Reply::Send(answer(
                206,
                &format!("Content-Range: bytes {from}-{last}/{length}\r\n"),
                &bytes[from..],
            ))
        }
        None => {
            let whole = answer(200, "ETag: \"1\"\r\n", bytes);
            Reply::Close(whole[..whole.len() - bytes.len() / 2].to_vec())
        }
    })
}

#[test]
fn asks_a_server_that_broke_off_for_the_rest() {
    let server = breaking_off();
    reads_the_target(&[(&server, Timeouts::default())]);
    let asked: Vec<_> =
        server.seen().into_iter().filter(|seen| seen.path().starts_with("/targets/")).collect();
    let headers =
        |name: &str| asked.iter().map(|seen| seen.header(name).map(str::to_owned)).collect::<Vec<_>>();
    assert_eq!(headers("range"), [None, Some("bytes=100000-".to_owned())]);
    assert_eq!(headers("if-range"), [None, Some("\"1\"".to_owned())]);
}

/// The beginning of an answer with this target, after which the connection ends.
type Beginning = fn(&[u8]) -> Vec<u8>;

/// With a length, in chunks, and without either.
const BEGINNINGS: [Beginning; 3] = [
    |bytes| answer(200, "", bytes)[..100_000].to_vec(),
    |bytes| {
        let head = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n", 100_000);
        [head.as_bytes(), &bytes[..100_000], b"\r\n"].concat()
    },
    |bytes| [b"HTTP/1.1 200 OK\r\n\r\n", &bytes[..100_000]].concat(),
];

#[test]
fn a_transfer_that_ends_early_is_no_verdict_and_another_server_has_the_rest() {
    for beginning in BEGINNINGS {
        let server = serving(move |seen, bytes| match seen.header("range") {
            Some(_) => Reply::Close(Vec::new()),
            None => Reply::Close(beginning(bytes)),
        });
        let alone = session(&[(&server, Timeouts::default())]);
        let found = target(&alone);
        let error = alone.read(&found).expect_err("half of the target is none");
        assert!(matches!(error, Error::Source(_)), "{error:?}");
        reads_the_target(&[(&server, Timeouts::default()), (&good(), Timeouts::default())]);
    }
}

/// A whole answer with fewer bytes than the metadata lists: nothing broke off, the server has another file.
#[test]
fn rejects_a_shorter_file_in_a_whole_answer() {
    let server = serving(|_, bytes| ok(&bytes[..100_000]));
    let session = session(&[(&server, Timeouts::default())]);
    let found = target(&session);
    assert_eq!(session.read(&found).expect_err("another file").code(), "wrong-software");
}

#[test]
fn asks_another_server_for_the_rest_in_another_session() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("app");
    let broken = serving(|seen, bytes| match seen.header("range") {
        Some(_) => Reply::Close(Vec::new()),
        None => Reply::Close(answer(200, "", bytes)[..100_000].to_vec()),
    });
    let first = session(&[(&broken, Timeouts::default())]);
    let found = target(&first);
    first.download(&found, &to).expect_err("it broke off");
    assert!(!to.exists());
    let server = breaking_off();
    let second = session(&[(&server, Timeouts::default())]);
    let found = target(&second);
    assert_eq!(second.download(&found, &to).expect("the rest is there"), Downloaded::Fetched);
    assert_eq!(std::fs::read(&to).expect("the target is there"), content());
    let last = server.seen().pop().expect("a request");
    assert!(last.header("range").is_some_and(|range| range.starts_with("bytes=99")), "{last:?}");
}

/// The bytes of one file and of another one: their sum is neither.
#[test]
fn recovers_from_a_file_that_changed_in_between() {
    let server = serving(|seen, bytes| match (seen.header("range"), seen.header("if-range")) {
        (Some(_), Some("\"new\"")) => Reply::Close(answer(206, "", b"")),
        (Some(_), _) => Reply::Send(answer(200, "ETag: \"new\"\r\n", bytes)),
        (None, _) => Reply::Close(answer(200, "ETag: \"old\"\r\n", &vec![0; bytes.len()])[..1_000].to_vec()),
    });
    reads_the_target(&[(&server, Timeouts::default())]);
}
