//! Several publishers on one repository.

use std::io;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use crate::world::{Client, Found, NOW, World, copy_folder};
use tempfile::TempDir;
use tuf_repository::{Error, Periods, Repository, Write, WriteObserver};

#[test]
fn publishers_take_turns() {
    const PUBLISHERS: usize = 6;
    const ROUNDS: usize = 4;
    let world = World::with_keys(&[]);
    let (world, barrier) = (&world, &Barrier::new(PUBLISHERS));
    thread::scope(|scope| {
        for publisher in 0..PUBLISHERS {
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    barrier.wait();
                    loop {
                        let added =
                            world.open().add_target("targets", &format!("{publisher}/{round}"), b"bytes");
                        match added {
                            // Another publisher is between its record and its last write.
                            Err(Error::Interrupted) => continue,
                            added => break added.expect("a staged target"),
                        }
                    }
                    world.open().publish(NOW).expect("a publish");
                    Client::default().update(world.path(), NOW).expect("a whole repository");
                }
            });
        }
    });
    let mut client = Client::default();
    for publisher in 0..PUBLISHERS {
        for round in 0..ROUNDS {
            let found = client.find(world.path(), &format!("{publisher}/{round}"), NOW).expect("an update").1;
            assert_eq!(found, Found::By("targets".to_owned()));
        }
    }
    let status = world.open().status().expect("a status");
    assert!(status.staged.is_empty() && !status.interrupted);
}

/// A publisher of the same folder with a state folder of its own.
fn another(world: &World) -> TempDir {
    let state = TempDir::new().expect("a temporary folder");
    copy_folder(&world.state(), &state.path().join("state"));
    state
}

fn open(world: &World, state: &TempDir) -> Repository {
    Repository::open(world.path(), &state.path().join("state"), world.ring(), Periods::default())
        .expect("a repository")
}

/// Each has staged its change before any of the others published.
#[test]
fn twenty_publishers_of_one_folder_lose_no_change() {
    const PUBLISHERS: usize = 20;
    let world = World::with_keys(&[]);
    let (world, barrier) = (&world, &Barrier::new(PUBLISHERS));
    thread::scope(|scope| {
        for publisher in 0..PUBLISHERS {
            scope.spawn(move || {
                let state = another(world);
                let path = format!("{publisher}/app");
                let repository = open(world, &state);
                repository.add_target("targets", &path, path.as_bytes()).expect("a staged target");
                barrier.wait();
                repository.publish(NOW).expect("a publish");
            });
        }
    });
    let mut client = Client::default();
    for publisher in 0..PUBLISHERS {
        let found =
            client.find(world.path(), &format!("{publisher}/app"), NOW).expect("a whole repository").1;
        assert_eq!(found, Found::By("targets".to_owned()), "{publisher}");
    }
}

/// Stops before a file is written.
struct Crash(&'static str);

impl WriteObserver for Crash {
    fn before(&self, write: Write<'_>) -> io::Result<()> {
        match write {
            Write::Create(path) | Write::Replace(path) if path.ends_with(self.0) => {
                Err(io::Error::other("crash"))
            }
            _ => Ok(()),
        }
    }
}

#[test]
fn recovers_from_a_publisher_of_the_folder_that_went_on_while_another_was_interrupted() {
    // Before the first published file, before the timestamp, and before it is remembered.
    for last in ["metadata/2.targets.json", "metadata/timestamp.json", "repository.json"] {
        let world = World::with_keys(&[]);
        let state = another(&world);
        world.open().add_target("targets", "one", b"one").expect("a staged target");
        let crashed = world.open().observe_writes(Arc::new(Crash(last))).publish(NOW);
        assert!(matches!(crashed, Err(Error::Io { .. })), "{last}: {crashed:?}");
        let other = open(&world, &state);
        other.add_target("targets", "two", b"two").expect("a staged target");
        let published = other.publish(NOW);
        if last == "metadata/timestamp.json" {
            // It has written versions that nothing lists: the other one takes the next.
            assert_eq!(
                published.as_ref().ok().and_then(|published| published.metadata.first().cloned()),
                Some(("targets".to_owned(), 3))
            );
        }
        published.expect("a publish");
        world.open().publish(NOW).expect("the next publish");
        let mut client = Client::default();
        for path in ["one", "two"] {
            let found = client.find(world.path(), path, NOW).expect("a whole repository").1;
            assert_eq!(found, Found::By("targets".to_owned()), "{last}: {path}");
        }
        assert!(!world.open().status().expect("a status").interrupted);
    }
}

/// Whoever has no key cannot make a publisher give up what it has begun.
#[test]
fn rejects_an_older_timestamp_in_the_place_of_one_that_a_publisher_went_on_with() {
    let world = World::with_keys(&[]);
    let timestamp = world.path().join("metadata/timestamp.json");
    let first = std::fs::read(&timestamp).expect("a timestamp");
    world.open().refresh(&["timestamp"], NOW).expect("a publish");
    world.open().add_target("targets", "one", b"one").expect("a staged target");
    let crash = Arc::new(Crash("metadata/2.targets.json"));
    world.open().observe_writes(crash).publish(NOW).expect_err("a crash");
    let second = std::fs::read(&timestamp).expect("a timestamp");
    for planted in [first, b"{}".to_vec()] {
        std::fs::write(&timestamp, planted).expect("a file");
        assert_eq!(world.open().publish(NOW).expect_err("planted").code(), "published-changed");
    }
    std::fs::write(&timestamp, second).expect("a file");
    assert!(world.open().publish(NOW).expect("a publish").finished_interrupted);
}

/// What one publisher began on is newer than what it remembers, because others have published. An authentic state between
/// the two is an older one all the same.
#[test]
fn rejects_a_state_that_is_newer_than_what_is_remembered_and_older_than_what_was_built_on() {
    let world = World::with_keys(&[]);
    let state = another(&world);
    let timestamp = world.path().join("metadata/timestamp.json");
    let other = open(&world, &state);
    other.refresh(&["timestamp"], NOW).expect("a publish");
    let between = std::fs::read(&timestamp).expect("a timestamp");
    other.refresh(&["timestamp"], NOW).expect("a publish");
    world.open().add_target("targets", "one", b"one").expect("a staged target");
    world
        .open()
        .observe_writes(Arc::new(Crash("metadata/2.targets.json")))
        .publish(NOW)
        .expect_err("a crash");
    let last = std::fs::read(&timestamp).expect("a timestamp");
    std::fs::write(&timestamp, between).expect("a file");
    assert_eq!(world.open().publish(NOW).expect_err("put back").code(), "published-changed");
    std::fs::write(&timestamp, last).expect("a file");
    assert!(world.open().publish(NOW).expect("a publish").finished_interrupted);
}

/// A lock that is never given back stops a publisher for a while, and not for ever; the error names the process.
#[test]
fn rejects_a_lock_that_is_held_for_ever() {
    let world = World::with_keys(&[]);
    let staged = world.open().stage().map(drop);
    staged.expect("the lock is free");
    let holder = world.open();
    let _held = holder.stage().expect("the lock is free");
    let error = world.open().patience(Duration::from_millis(1)).stage().expect_err("the lock is held");
    let Error::Locked { waited, holder, .. } = &error else { panic!("{error}") };
    assert_eq!(*waited, Duration::from_millis(1));
    if cfg!(target_os = "linux") {
        assert_eq!(holder.as_ref().expect("Linux tells").pid, std::process::id());
    }
    assert!(error.to_string().contains("was locked for 0.001 seconds"), "{error}");
}
