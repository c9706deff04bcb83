//! The lock of a store.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tuf_verifier_host::{MemoryStore, Store, StoreError};

use crate::{child, lock, open, store_of_child};

#[test]
#[ignore = "a part of the tests below, which run it in a process of its own"]
fn holds_the_lock_until_its_input_ends() {
    let store = store_of_child();
    let _guard = lock(&store);
    println!("locked");
    std::io::stdin().read_to_end(&mut Vec::new()).expect("the input ends");
}

/// A process that holds the lock of this store.
fn holder(folder: &std::path::Path) -> Child {
    let mut child = child("lock::holds_the_lock_until_its_input_ends", folder);
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    while line.trim() != "locked" {
        line.clear();
        assert_ne!(output.read_line(&mut line).expect("text"), 0, "the child ended");
    }
    child.stdout = Some(output.into_inner());
    child
}

#[test]
fn is_free_again_when_its_guard_is_dropped() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    drop(lock(&store));
    drop(lock(&store));
}

#[test]
fn says_that_it_waits_for_another_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut holder = holder(folder.path());
    let store = open(folder.path());
    let mut waited = 0;
    let guard = store.lock(&mut || {
        waited += 1;
        // Its input ends, and so does it.
        drop(holder.stdin.take());
    });
    drop(guard.expect("the lock became free"));
    assert_eq!(waited, 1);
    assert!(holder.wait().expect("it ended").success());
}

#[test]
fn gives_up_after_its_patience() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut holder = holder(folder.path());
    let store = open(folder.path()).patience(Duration::from_millis(20));
    let mut waited = 0;
    let error = store.lock(&mut || waited += 1).err().expect("the lock is held");
    assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
    assert_eq!(error.code(), "store-busy");
    assert!(error.to_string().contains(".lock"), "{error}");
    assert_eq!(waited, 1);
    // Reading and writing need no lock.
    store.persist("a.json", b"{}").expect("written");
    assert!(store.load("a.json").expect("read").is_some());
    drop(holder.stdin.take());
    assert!(holder.wait().expect("it ended").success());
    // Whoever gave up holds nothing: the lock can be had, perhaps after its abandoned wait has ended.
    drop(store.patience(Duration::from_secs(600)).lock(&mut || {}).expect("the lock became free"));
}

#[test]
fn ends_with_its_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut holder = holder(folder.path());
    holder.kill().expect("it can be killed");
    holder.wait().expect("it ended");
    drop(lock(&open(folder.path())));
}

/// One thread holds the lock, another asks for it, is told to wait, and gets it.
fn keeps_threads_apart<S: Store>(first: &S, second: &impl Store) {
    let (events, order) = mpsc::channel();
    let guard = first.lock(&mut || panic!("nobody holds the lock")).expect("the lock is free");
    thread::scope(|scope| {
        let from_thread = events.clone();
        scope.spawn(move || {
            let waiting = from_thread.clone();
            let _guard = second.lock(&mut || waiting.send("waiting").expect("a receiver")).expect("the lock");
            from_thread.send("locked").expect("a receiver");
        });
        assert_eq!(order.recv().expect("an event"), "waiting");
        events.send("released").expect("a receiver");
        drop(guard);
        assert_eq!(order.recv().expect("an event"), "released");
        assert_eq!(order.recv().expect("an event"), "locked");
    });
}

#[test]
fn keeps_threads_apart_in_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    keeps_threads_apart(&open(folder.path()), &open(folder.path()));
}

#[test]
fn keeps_threads_apart_in_memory() {
    let store = MemoryStore::new();
    keeps_threads_apart(&store, &store.clone());
}

/// Between its fork and its exec, a process that another thread starts has a copy of every open file. It must not hold
/// the lock on.
#[test]
fn ends_with_its_guard_while_other_threads_start_processes() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..500 {
                let _ = Command::new(folder.path().join("there is no such program")).spawn();
            }
            done.store(true, Ordering::Relaxed);
        });
        while !done.load(Ordering::Relaxed) {
            drop(lock(&store));
        }
    });
}
