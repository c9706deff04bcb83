//! One session, many threads.

use std::collections::BTreeMap;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

use tuf_tests::{Delegation, Json, NOW, Repository};
use tuf_verifier_host::{Client, MemoryStore, SandboxLimits, Session, Source, SourceError, UnixTime};

use crate::world::{CONTENT, PATH, World, found, repository};

const THREADS: usize = 8;

fn path(number: usize) -> String {
    format!("team/app-{number}")
}

fn content(number: usize) -> Vec<u8> {
    format!("the bytes of application {number}").into_bytes()
}

/// A repository whose delegated role lists a target for each thread.
fn delegated() -> Repository {
    let mut repository = repository();
    repository.delegate("targets", Delegation::paths("team", &["team/*"]));
    for number in 0..THREADS {
        repository.add_target("team", &path(number), &content(number));
    }
    repository.publish();
    repository
}

fn read(session: &Session, number: usize) -> Vec<u8> {
    let target = found(session, &path(number));
    session.read(&target).expect("verified bytes")
}

#[test]
fn threads_share_a_session_and_what_it_fetches() {
    let world = World::of(&delegated());
    let session = world.session();
    world.requests();
    thread::scope(|scope| {
        for number in 0..THREADS {
            let session = &session;
            scope.spawn(move || assert_eq!(read(session, number), content(number)));
        }
    });
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for name in world.requests() {
        *asked.entry(name).or_default() += 1;
    }
    assert_eq!(asked.len(), 1 + THREADS, "{asked:?}");
    assert!(asked.values().all(|times| *times == 1), "each file is fetched once: {asked:?}");
}

/// Whoever signs for some paths breaks the component off again and again; the other threads come to their targets.
#[test]
fn a_search_that_is_stopped_stops_no_other_thread() {
    let mut repository = repository();
    repository.delegate("targets", Delegation::paths("team", &["team/*"]));
    repository.edit("team", |signed| {
        signed.set("x-padding", Json::Text("x".repeat(4_900_000)));
    });
    repository.add_target("team", "team/app", b"theirs").publish();
    let limits = SandboxLimits { memory: 8 << 20, ..SandboxLimits::default() };
    let session = World::of(&repository).client().sandbox_limits(limits).refresh().expect("a session");
    thread::scope(|scope| {
        let session = &session;
        for _ in 0..2 {
            scope.spawn(move || {
                for _ in 0..3 {
                    let stopped = session.find("team/app").expect_err("too little memory");
                    assert_eq!(stopped.code(), "sandbox-out-of-memory");
                }
            });
        }
        for _ in 0..4 {
            scope.spawn(move || {
                for _ in 0..8 {
                    let target = found(session, PATH);
                    assert_eq!(session.read(&target).expect("verified bytes"), CONTENT);
                }
            });
        }
    });
}

/// A source whose targets panic, as code of the user's can.
struct Panics(World);

impl Source for Panics {
    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        self.0.metadata(name, max_length)
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        assert!(!fetch_path.ends_with("app-0"), "a fault of the source");
        self.0.target(fetch_path)
    }
}

#[test]
fn a_source_that_panics_in_one_thread_leaves_the_others_working() {
    let world = World::of(&delegated());
    let trusted_root = world.mirror.file("1.root.json").to_vec();
    let client = Client::new(trusted_root, Panics(world), MemoryStore::new());
    let session = client.reference_time(UnixTime::from_seconds(NOW)).refresh().expect("a session");
    thread::scope(|scope| {
        let session = &session;
        scope.spawn(move || catch_unwind(AssertUnwindSafe(|| read(session, 0))).expect_err("a panic"));
        for number in 1..THREADS {
            scope.spawn(move || assert_eq!(read(session, number), content(number)));
        }
    });
    assert_eq!(read(&session, 1), content(1));
}

/// A source of one slow target, whose stream goes on when it is told.
struct Held {
    world: World,
    go: Mutex<mpsc::Receiver<()>>,
    begun: mpsc::Sender<()>,
}

impl Source for Held {
    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        self.world.metadata(name, max_length)
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        self.begun.send(()).expect("somebody listens");
        self.go.lock().expect("one transfer").recv().expect("it is told to go on");
        self.world.target(fetch_path)
    }
}

#[test]
fn searches_go_on_while_a_transfer_is_slow_even_if_one_is_stopped() {
    let mut repository = repository();
    repository.delegate("targets", Delegation::paths("team", &["team/*"]));
    repository.edit("team", |signed| {
        signed.set("x-padding", Json::Text("x".repeat(4_900_000)));
    });
    repository.add_target("team", "team/app", b"theirs").publish();
    let (go, told) = mpsc::channel();
    let (begun, begins) = mpsc::channel();
    let world = World::of(&repository);
    let trusted_root = world.mirror.file("1.root.json").to_vec();
    let client = Client::new(trusted_root, Held { world, go: Mutex::new(told), begun }, MemoryStore::new());
    let limits = SandboxLimits { memory: 8 << 20, ..SandboxLimits::default() };
    let client = client.reference_time(UnixTime::from_seconds(NOW)).sandbox_limits(limits);
    let session = client.refresh().expect("a session");
    let target = found(&session, PATH);
    thread::scope(|scope| {
        let reading = scope.spawn(|| session.read(&target).expect("verified bytes"));
        begins.recv().expect("the transfer has begun");
        session.find("team/app").expect_err("too little memory");
        // The transfer still waits: nobody has told it to go on.
        found(&session, PATH);
        go.send(()).expect("it waits");
        go.send(()).expect("it may begin again in another instance");
        assert_eq!(reading.join().expect("no panic"), CONTENT);
    });
}

/// A source whose delegated metadata cannot be had.
struct Withheld(World);

impl Source for Withheld {
    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        if !name.contains("team") {
            return self.0.metadata(name, max_length);
        }
        let source = std::io::ErrorKind::ConnectionRefused.into();
        Err(SourceError::Unreachable { location: name.to_owned(), source })
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        self.0.target(fetch_path)
    }
}

#[test]
fn all_who_wait_for_one_answer_are_told_why_there_is_none() {
    let world = World::of(&delegated());
    let trusted_root = world.mirror.file("1.root.json").to_vec();
    let client = Client::new(trusted_root, Withheld(world), MemoryStore::new());
    let session = client.reference_time(UnixTime::from_seconds(NOW)).refresh().expect("a session");
    for _ in 0..20 {
        thread::scope(|scope| {
            for number in 0..THREADS {
                let session = &session;
                scope.spawn(move || {
                    let error = session.find(&path(number)).expect_err("no answer");
                    assert_eq!(error.code(), "source-unreachable");
                });
            }
        });
    }
}

/// A source whose delegated metadata panics once.
struct PanicsOnce(World, AtomicBool);

impl Source for PanicsOnce {
    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        assert!(!name.contains("team") || self.1.swap(true, Ordering::SeqCst), "a fault of the source");
        self.0.metadata(name, max_length)
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        self.0.target(fetch_path)
    }
}

#[test]
fn a_request_that_is_never_answered_is_made_again() {
    let world = World::of(&delegated());
    let trusted_root = world.mirror.file("1.root.json").to_vec();
    let client = Client::new(trusted_root, PanicsOnce(world, AtomicBool::new(false)), MemoryStore::new());
    let session = client.reference_time(UnixTime::from_seconds(NOW)).refresh().expect("a session");
    thread::scope(|scope| {
        let session = &session;
        let read = |number| move || catch_unwind(AssertUnwindSafe(|| read(session, number)));
        let threads: Vec<_> = (0..THREADS).map(|number| scope.spawn(read(number))).collect();
        let ended = threads.into_iter().map(|thread| thread.join().expect("caught"));
        assert_eq!(ended.filter(Result::is_err).count(), 1);
    });
    assert_eq!(read(&session, 1), content(1));
}
