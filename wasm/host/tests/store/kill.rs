//! A process that is killed at every step of a series of writes.
//!
//! The process is traced and stopped whenever it enters or leaves the kernel. Outside of the kernel it can change no
//! file, so that every second stop is enough: killing it at each of those is killing it after every step.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use tuf_verifier_host::{FolderStore, Store};

use crate::{child, files, lock, open, store_of_child};

type Files = BTreeMap<String, Vec<u8>>;

/// What an update with a new root, whose timestamp key rotated, does to a store. None deletes.
const WRITES: [(&str, Option<&str>); 8] = [
    ("root_history/2.root.json", Some("new root")),
    ("root.json", Some("new root")),
    ("timestamp.json", None),
    ("snapshot.json", None),
    ("timestamp.json", Some("new timestamp")),
    ("snapshot.json", Some("new snapshot")),
    ("targets.json", Some("new targets")),
    ("a%2Fb.json", Some("new role")),
];

/// The files before the update, and after each of its writes.
fn history() -> Vec<Files> {
    let names = ["root_history/1.root.json", "root.json", "timestamp.json", "snapshot.json", "targets.json"];
    let mut now: Files = names.map(|name| (name.to_owned(), content("old"))).into();
    let mut all = vec![now.clone()];
    for (name, text) in WRITES {
        match text {
            Some(text) => now.insert(name.to_owned(), content(text)),
            None => now.remove(name),
        };
        all.push(now.clone());
    }
    all
}

/// Some pages of bytes.
fn content(text: &str) -> Vec<u8> {
    text.repeat(2_000).into_bytes()
}

fn update(store: &FolderStore) {
    let _guard = lock(store);
    for (name, text) in WRITES {
        match text {
            Some(text) => store.persist(name, &content(text)).expect("written"),
            None => store.forget(name).expect("deleted"),
        }
    }
}

#[test]
#[ignore = "a part of the test below, which runs it in processes of its own"]
fn updates_when_told() {
    let store = store_of_child();
    let thread = std::fs::read_link("/proc/thread-self").expect("this thread has a folder there");
    println!("thread {}", thread.file_name().expect("its number").display());
    std::io::stdin().read_line(&mut String::new()).expect("a line");
    update(&store);
}

#[test]
fn heals_wherever_it_was_killed() {
    let history = history();
    let mut reached = vec![false; history.len()];
    let mut last = 0;
    for stops in (0..).step_by(2) {
        let folder = tempfile::tempdir().expect("a folder");
        prepare(folder.path(), &history[0]);
        let ended = update_until(folder.path(), stops);
        let now = check(folder.path(), &history);
        assert!(now >= last, "after {stops} stops the store is older than before");
        last = now;
        reached[now] = true;
        if ended {
            break;
        }
    }
    assert!(reached.iter().all(|reached| *reached), "the kills came between any two writes: {reached:?}");
}

fn prepare(folder: &Path, files: &Files) {
    let store = open(folder);
    for (name, bytes) in files {
        store.persist(name, bytes).expect("written");
    }
}

/// Whatever is left is the store after one of the writes, with nothing in between, for readers and after the next
/// lock. The next update brings it to its end. Returns after which write it was killed.
fn check(folder: &Path, history: &[Files]) -> usize {
    let store = open(folder);
    let seen = load_all(&store, history);
    // Two writes of the update can leave the same files: the last is taken.
    let place =
        history.iter().rposition(|files| *files == seen).expect("every file is whole, none came too early");
    drop(lock(&store));
    let mut left = files(folder);
    left.remove(".lock");
    assert_eq!(left, history[place], "nothing unfinished is left");
    update(&store);
    assert_eq!(load_all(&store, history), history[history.len() - 1]);
    place
}

fn load_all(store: &FolderStore, history: &[Files]) -> Files {
    let names = history.iter().flat_map(Files::keys);
    names.filter_map(|name| Some((name.clone(), store.load(name).expect("readable")?))).collect()
}

/// Runs the update in a process that is killed at this stop. True where it ended before.
fn update_until(folder: &Path, stops: usize) -> bool {
    let mut child = child("kill::updates_when_told", folder);
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let thread = thread_of(&mut output);
    ptrace::attach(thread).expect("this system lets a process trace its children (kernel.yama.ptrace_scope)");
    let mut status = wait(thread);
    writeln!(child.stdin.take().expect("a pipe")).expect("written");
    for _ in 0..stops {
        match status {
            WaitStatus::Exited(..) | WaitStatus::Signaled(..) => break,
            // The stop that attaching asked for is not handed on.
            WaitStatus::Stopped(_, Signal::SIGTRAP | Signal::SIGSTOP) => resume(thread, None),
            WaitStatus::Stopped(_, signal) => resume(thread, Some(signal)),
            _ => resume(thread, None),
        }
        status = wait(thread);
    }
    let ended = matches!(status, WaitStatus::Exited(..));
    if !ended {
        child.kill().expect("it can be killed");
        while matches!(wait(thread), WaitStatus::Stopped(..)) {}
    }
    std::io::copy(&mut output, &mut std::io::sink()).expect("the pipe can be read");
    let status = child.wait().expect("it ended");
    assert_eq!(status.success(), ended, "{status}");
    ended
}

/// The thread that will write: the child prints its number.
fn thread_of(output: &mut impl BufRead) -> Pid {
    let mut lines = output.lines().map(|line| line.expect("text"));
    let number = lines.find_map(|line| line.strip_prefix("thread ")?.parse().ok());
    Pid::from_raw(number.expect("the child says which thread writes"))
}

fn resume(thread: Pid, signal: Option<Signal>) {
    ptrace::syscall(thread, signal).expect("the thread is stopped");
}

fn wait(thread: Pid) -> WaitStatus {
    match waitpid(thread, Some(WaitPidFlag::__WALL)) {
        Ok(status) => status,
        // The whole process is gone, and its threads with it.
        Err(Errno::ECHILD) => WaitStatus::Exited(thread, 0),
        Err(error) => panic!("{error}"),
    }
}
