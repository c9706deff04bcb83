//! Many processes at once on one store.

use std::fs;
use std::path::Path;

use tuf_verifier_host::Store;

use crate::{child, files, lock, open, store_of_child};

const PROCESSES: usize = 8;
const ROUNDS: usize = 25;

/// Metadata of a version: its number on each of many lines, so that a torn file shows.
fn metadata(version: u64) -> Vec<u8> {
    format!("{version}\n").repeat(20_000).into_bytes()
}

/// The version of a whole file.
fn version(bytes: &[u8]) -> u64 {
    let line = bytes.split(|byte| *byte == b'\n').next().expect("a line");
    let version = str::from_utf8(line).expect("text").parse().expect("a number");
    assert!(bytes == metadata(version), "a torn file");
    version
}

#[test]
#[ignore = "a part of the test below, which runs it in processes of its own"]
fn updates_again_and_again() {
    let store = store_of_child();
    for _ in 0..ROUNDS {
        update_under_the_lock(&store);
        // As the metadata of delegated roles: at any time, by anyone.
        let seen = store.load("delegated.json").expect("read").map_or(0, |bytes| version(&bytes));
        store.persist("delegated.json", &metadata(seen + 1)).expect("written without the lock");
    }
}

/// What a refresh does to the files: it reads all, and writes newer ones.
fn update_under_the_lock(store: &impl Store) {
    let _guard = store.lock(&mut || {}).expect("the lock");
    let load = |name: &str| store.load(name).expect("read").map(|bytes| version(&bytes));
    let before = load("timestamp.json").unwrap_or(0);
    assert_eq!(load("snapshot.json").unwrap_or(0), before, "somebody else is in the critical section");
    let history = format!("root_history/{}.root.json", before + 1);
    assert_eq!(load(&history), None);
    store.persist(&history, &metadata(before + 1)).expect("written");
    store.forget("targets.json").expect("deleted");
    for name in ["timestamp.json", "snapshot.json", "targets.json"] {
        store.persist(name, &metadata(before + 1)).expect("written");
    }
}

#[test]
fn keeps_many_processes_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = || child("crowd::updates_again_and_again", folder.path());
    let children: Vec<_> = std::iter::repeat_with(run).take(PROCESSES).collect();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    check(folder.path());
}

/// Nobody's update was lost, every file is whole, and nothing unfinished is left.
fn check(folder: &Path) {
    drop(lock(&open(folder)));
    let updates = (PROCESSES * ROUNDS) as u64;
    let found = files(folder);
    for name in ["timestamp.json", "snapshot.json", "targets.json"] {
        assert_eq!(version(&found[name]), updates, "{name}");
    }
    version(&found["delegated.json"]);
    assert_eq!(fs::read_dir(folder.join("root_history")).expect("a folder").count() as u64, updates);
    assert_eq!(found.len() as u64, updates + 5, "{:?}", found.keys());
}
