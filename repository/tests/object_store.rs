//! What is published is in an object store: S3, as moto speaks it.
#![cfg(feature = "object-store")]

mod stores;
mod world;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use stores::Shelf;
use tempfile::TempDir;
use tuf_repository::metadata::Scope;
use tuf_repository::{
    Delegation, Difference, Error, Handover, KeyRing, Published, Repository, StoreCheck, StoreError, Write,
    WriteObserver,
};
use world::{Client, Found, NOW, World, copy_folder};

/// Stops the write with this number.
struct CrashAt(AtomicUsize);

impl WriteObserver for CrashAt {
    fn before(&self, _write: Write<'_>) -> io::Result<()> {
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(|_| ()).map_err(|_| io::Error::other("crash"))
    }
}

/// A world whose repository has a delegated role, and a target of it staged.
fn staged(shelf: &Shelf, prefix: &str) -> (World, Client) {
    let world = World::without_repository(&["delegate"]);
    let repository = shelf.init(&world, prefix).expect("a new repository");
    let mut client = Client::default();
    client.find_in(&shelf.served(prefix), "a/b", NOW).expect("an update");
    let delegation = Delegation::Role {
        name: "role".to_owned(),
        keys: world.role_keys(&["delegate"]),
        scope: Scope::Paths(vec!["a/*".to_owned()]),
        terminating: true,
    };
    repository.delegate("targets", delegation).expect("a delegation");
    repository.add_target("role", "a/b", b"bytes").expect("a staged target");
    (world, client)
}

#[test]
fn a_crash_at_any_write_leaves_a_bucket_whole_and_the_next_publish_completes() {
    let Some(shelf) = Shelf::new("a_crash_at_any_write_of_a_bucket") else { return };
    let (world, client) = staged(&shelf, "base");
    let see = |prefix: &str, finished: bool| {
        for client in [Client::default(), client.clone()] {
            let (report, found) =
                client.clone().find_in(&shelf.served(prefix), "a/b", NOW).expect("a whole repository");
            let is_new = report.timestamp.version == 2;
            assert!(is_new || !finished, "{prefix}: timestamp version {}", report.timestamp.version);
            assert_eq!(found, if is_new { Found::By("role".to_owned()) } else { Found::Nothing });
        }
    };
    let mut crashes = 0;
    for crash in 0.. {
        let (home, prefix) = (TempDir::new().expect("a temporary folder"), format!("crash-{crash}"));
        copy_folder(world.home(), home.path());
        shelf.copy("base", &prefix);
        let observer = Arc::new(CrashAt(AtomicUsize::new(crash)));
        match shelf.open(&world, home.path(), &prefix).observe_writes(observer).publish(NOW) {
            Ok(_) => break,
            Err(Error::Io { .. }) => crashes += 1,
            Err(other) => panic!("{other:?}"),
        }
        see(&prefix, false);
        shelf.open(&world, home.path(), &prefix).publish(NOW).expect("the next publish");
        see(&prefix, true);
        let again = shelf.open(&world, home.path(), &prefix).publish(NOW).expect("a publish without changes");
        assert!(again.metadata.is_empty(), "crash at write {crash}: {again:?}");
    }
    // Five objects, and what the state folder gets.
    assert!(crashes > 12, "{crashes} writes");
}

/// Twenty publishers with folders of their own, each with one change that it staged before any of the others published.
fn publish_at_once(
    world: &World,
    open: &(dyn Fn(&Path) -> Repository + Sync),
    found: &dyn Fn(&str) -> Found,
) {
    const PUBLISHERS: usize = 20;
    let barrier = &Barrier::new(PUBLISHERS);
    thread::scope(|scope| {
        for publisher in 0..PUBLISHERS {
            scope.spawn(move || {
                let home = TempDir::new().expect("a temporary folder");
                copy_folder(world.home(), home.path());
                let repository = open(home.path());
                let path = format!("{publisher}/app");
                repository.add_target("targets", &path, path.as_bytes()).expect("a staged target");
                barrier.wait();
                repository.publish(NOW).expect("a publish");
            });
        }
    });
    for publisher in 0..PUBLISHERS {
        assert_eq!(found(&format!("{publisher}/app")), Found::By("targets".to_owned()), "{publisher}");
    }
}

#[test]
fn twenty_publishers_of_one_bucket_lose_no_change() {
    let Some(shelf) = Shelf::new("twenty_publishers_of_one_bucket") else { return };
    let world = World::without_repository(&[]);
    shelf.init(&world, "repo").expect("a new repository");
    let client = std::cell::RefCell::new(Client::default());
    let find = |path: &str| {
        client.borrow_mut().find_in(&shelf.served("repo"), path, NOW).expect("a whole repository").1
    };
    publish_at_once(&world, &|home| shelf.open(&world, home, "repo"), &find);
}
