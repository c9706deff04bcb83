//! Locks that other users and processes hold.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use tuf_files::{FileLock, Holder, LockError};

use crate::{STRANGER, child, may_act_as_others};

const NO_PATIENCE: Duration = Duration::from_millis(1);

fn path_of_child() -> PathBuf {
    std::env::var_os("TUF_TEST_PATH").expect("run by another test").into()
}

#[test]
#[ignore = "a part of the tests below, which run it in a process of its own"]
fn holds_what_it_can_open_until_its_input_ends() {
    // A reader is enough: nobody needs to write to a file to hold its lock.
    match File::open(path_of_child()) {
        Ok(file) => {
            file.lock().expect("nobody holds the lock");
            println!("locked");
            std::io::stdin().read_to_end(&mut Vec::new()).expect("the input ends");
        }
        Err(error) => println!("refused: {}", error.kind()),
    }
}

/// A process that tries to open and lock a file as this user, and what became of it.
fn holder(path: &Path, uid: Option<u32>) -> (Child, String) {
    let mut child = child("lock::holds_what_it_can_open_until_its_input_ends", path, uid);
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    while line.trim() != "locked" && !line.starts_with("refused") {
        line.clear();
        assert_ne!(output.read_line(&mut line).expect("text"), 0, "the child ended");
    }
    // The pipe stays open: the child reports to it when it ends.
    child.stdout = Some(output.into_inner());
    (child, line.trim().to_owned())
}

fn busy(path: &Path) -> (String, Option<Holder>) {
    let error = FileLock::exclusive(path, NO_PATIENCE, &mut || {}).expect_err("the lock is held");
    match &error {
        LockError::Busy { holder, .. } => (error.to_string(), holder.clone()),
        other => panic!("{other}"),
    }
}

/// A folder that every user can enter, as one in a temporary folder of the system is.
fn open_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("a mode");
    folder
}

#[test]
fn rejects_a_stranger_who_would_hold_the_lock_for_ever() {
    if !may_act_as_others("rejects_a_stranger_who_would_hold_the_lock_for_ever") {
        return;
    }
    let folder = open_folder();
    let path = folder.path().join(".lock");
    drop(FileLock::exclusive(&path, NO_PATIENCE, &mut || {}).expect("the lock is free"));
    let (mut stranger, said) = holder(&path, Some(STRANGER));
    assert_eq!(said, "refused: permission denied");
    drop(FileLock::exclusive(&path, NO_PATIENCE, &mut || {}).expect("the lock is free"));
    assert!(stranger.wait().expect("it ended").success());
}

#[test]
fn rejects_a_stranger_where_an_earlier_version_let_everybody_read_the_file() {
    if !may_act_as_others("rejects_a_stranger_where_an_earlier_version_let_everybody_read_the_file") {
        return;
    }
    let folder = open_folder();
    let path = folder.path().join(".lock");
    fs::write(&path, "").expect("a file");
    fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("a mode");
    drop(FileLock::exclusive(&path, NO_PATIENCE, &mut || {}).expect("the lock is free"));
    assert_eq!(holder(&path, Some(STRANGER)).1, "refused: permission denied");
}

#[test]
fn accepts_the_group_that_a_folder_is_shared_with() {
    let folder = open_folder();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o770)).expect("a mode");
    let path = folder.path().join(".lock");
    fs::write(&path, "").expect("a file");
    fs::set_permissions(&path, Permissions::from_mode(0o664)).expect("a mode");
    drop(FileLock::exclusive(&path, NO_PATIENCE, &mut || {}).expect("the lock is free"));
    assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o660);
}

#[test]
#[cfg(target_os = "linux")]
fn says_who_holds_the_lock_for_too_long() {
    let folder = open_folder();
    let path = folder.path().join(".lock");
    fs::write(&path, "").expect("a file");
    let uid = may_act_as_others("a holder of another user").then_some(STRANGER);
    let (mut child, said) = holder(&path, uid);
    assert_eq!(said, "locked");
    let (text, held_by) = busy(&path);
    let held_by = held_by.expect("Linux tells");
    assert_eq!(
        (held_by.pid, held_by.uid),
        (child.id(), Some(uid.unwrap_or(nix::unistd::geteuid().as_raw())))
    );
    assert!(text.ends_with(&format!("was locked for 0.001 seconds by {held_by}")), "{text}");
    drop(child.stdin.take());
    assert!(child.wait().expect("it ended").success());
}

/// Node takes a lock through the program `flock`, which ends: `/proc/locks` then leaves the lock out.
#[test]
#[cfg(target_os = "linux")]
fn says_who_holds_a_lock_that_an_ended_process_took() {
    use std::process::{Command, Stdio};
    let folder = open_folder();
    let path = folder.path().join(".lock");
    let script = "exec 9>>\"$1\"; flock -x 9; echo locked; read line";
    let mut shell = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut line = String::new();
    BufReader::new(shell.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("text");
    assert_eq!(line.trim(), "locked");
    assert_eq!(busy(&path).1.expect("Linux tells").pid, shell.id());
    drop(shell.stdin.take());
    shell.wait().expect("it ended");
}

/// Who shares the folder could have any file of the owner's made, opened, or given another mode.
#[test]
fn rejects_a_lock_file_that_is_a_link_or_a_pipe() {
    let folder = tempfile::tempdir().expect("a folder");
    let (lock, victim) = (folder.path().join(".lock"), folder.path().join("victim"));
    fs::write(&victim, "").expect("a file");
    fs::set_permissions(&victim, Permissions::from_mode(0o755)).expect("a mode");
    for target in [victim.clone(), folder.path().join("new")] {
        std::os::unix::fs::symlink(&target, &lock).expect("a link");
        let refused = FileLock::exclusive(&lock, NO_PATIENCE, &mut || {});
        assert!(matches!(refused, Err(LockError::Unusable { .. })), "{refused:?}");
        fs::remove_file(&lock).expect("the link");
    }
    assert!(!folder.path().join("new").exists());
    assert_eq!(fs::metadata(&victim).expect("a file").permissions().mode() & 0o777, 0o755);
    // A second name of a file of one's own: locked, but its mode stays.
    fs::hard_link(&victim, &lock).expect("a second name");
    FileLock::exclusive(&lock, NO_PATIENCE, &mut || {}).expect("a lock");
    assert_eq!(fs::metadata(&victim).expect("a file").permissions().mode() & 0o777, 0o755);
    fs::remove_file(&lock).expect("the name");
    let made = std::process::Command::new("mkfifo").arg(&lock).status().expect("mkfifo");
    assert!(made.success());
    assert!(FileLock::exclusive(&lock, NO_PATIENCE, &mut || {}).is_err());
    let shared = FileLock::shared(&lock, NO_PATIENCE, &mut || {}).expect("no lock, no failure");
    assert!(shared.is_none());
}

/// A caller that reached the file through descriptors gets the same lock, and the same refusals.
#[test]
fn accepts_an_opened_lock_file_and_takes_it_from_others() {
    let folder = open_folder();
    let path = folder.path().join(".lock");
    fs::write(&path, "").expect("a file");
    fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("a mode");
    let shape = fs::metadata(folder.path()).expect("a folder");
    let open = || fs::OpenOptions::new().read(true).write(true).open(&path).expect("a file");
    let lock = FileLock::exclusive_opened(open(), &shape, &path, NO_PATIENCE, &mut || {}).expect("a lock");
    assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
    let busy = FileLock::exclusive_opened(open(), &shape, &path, NO_PATIENCE, &mut || {});
    assert!(matches!(busy, Err(LockError::Busy { .. })), "{busy:?}");
    drop(lock);
    let device = fs::OpenOptions::new().read(true).write(true).open("/dev/null").expect("a device");
    let refused = FileLock::exclusive_opened(device, &shape, &path, NO_PATIENCE, &mut || {});
    assert!(matches!(refused, Err(LockError::Unusable { .. })), "{refused:?}");
}
