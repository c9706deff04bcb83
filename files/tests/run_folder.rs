//! Folders of runs, and what somebody may have put beside them.

use std::fs;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tuf_files::{Owners, RunFolder};

#[test]
fn deletes_the_folders_of_runs_that_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = folder.path().join("run");
    let running = RunFolder::create(&runs, &Owners::of_this_process()).expect("a folder of a run");
    fs::create_dir(runs.join("ended")).expect("a folder");
    fs::write(runs.join("ended/lock"), "").expect("a file");
    RunFolder::create(&runs, &Owners::of_this_process()).expect("a folder of a run");
    assert!(!runs.join("ended").exists());
    assert!(running.path().exists());
}

/// Nobody ever writes to it.
#[test]
fn waits_for_no_pipe_in_the_place_of_a_lock() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = folder.path().join("run");
    fs::create_dir_all(runs.join("other")).expect("a folder");
    let made = Command::new("mkfifo").arg(runs.join("other/lock")).status().expect("mkfifo");
    assert!(made.success());
    let (ended, end) = mpsc::channel();
    thread::spawn(move || ended.send(RunFolder::create(&runs, &Owners::of_this_process()).map(drop)));
    let created = end.recv_timeout(Duration::from_secs(60)).expect("it waits for a pipe");
    created.expect("a folder of a run");
}
