//! `tufrepo publish`, killed by the kernel before each of its changes to the file system.
//!
//! `crash` stops a publish before each of its writes and leaves the process alive, so that locks are released and temporary
//! files deleted. Here nothing is tidied up.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use tuf_verifier_core::UnixTime;

use crate::command::Desk;
use crate::world::{Client, Found, copy_folder, skip};

/// Functions of the kernel that change files, or what names them.
const CALLS: [&str; 8] =
    ["write", "ftruncate", "fsync", "linkat", "renameat", "unlinkat", "mkdirat", "fchmod"];

fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that is right");
    UnixTime(i64::try_from(since.as_secs()).expect("a time"))
}

/// What the publish is to do: a target, a delegation and a target of the delegated role.
fn stage(desk: &Desk) {
    desk.write("bytes", "the bytes of a target");
    desk.ok(&["key", "new", "team", "--unencrypted"]);
    desk.ok(&["target", "add", "app", "bytes"]);
    desk.ok(&["delegate", "team", "--key=team", "--paths=team/*"]);
    desk.ok(&["target", "add", "--role=team", "team/app", "bytes"]);
}

/// Clients, one of which knows what was published before, find the targets or do not, and refuse nothing.
fn is_published(folder: &Path, knowing: &Client) -> bool {
    let found = [knowing.clone(), Client::default()].map(|mut client| {
        ["app", "team/app"].map(|path| {
            match client.find(folder, path, now()).expect("a whole repository").1 {
                Found::By(_) => true,
                Found::Nothing => false,
            }
        })
    });
    assert!(found.concat().iter().all(|one| *one == found[0][0]), "all or nothing: {found:?}");
    found[0][0]
}

/// Puts a folder back as it was, at the same path: a publisher remembers where its repository is.
fn put_back(kept: &Path, folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.expect("deleted");
    }
    copy_folder(kept, folder);
}

#[test]
fn a_publish_that_is_killed_at_any_change_is_finished_by_the_next() {
    if Command::new("strace").arg("--version").output().is_err() {
        let test = "killed::a_publish_that_is_killed_at_any_change_is_finished_by_the_next";
        return skip(test, "there is no strace: `cargo xtask setup` installs it where it may");
    }
    let desk = Desk::with_repository();
    let mut knowing = Client::default();
    knowing.update(&desk.repository(), now()).expect("the first metadata");
    stage(&desk);
    let kept = TempDir::new().expect("a temporary folder");
    copy_folder(desk.path(), kept.path());
    let (mut kills, mut seen) = (0, [false; 2]);
    for call in CALLS {
        for nth in 1.. {
            put_back(kept.path(), desk.path());
            if !desk.is_killed_at(call, nth, &["publish"]) {
                break;
            }
            kills += 1;
            seen[usize::from(is_published(&desk.repository(), &knowing))] = true;
            desk.ok(&["publish"]);
            assert!(is_published(&desk.repository(), &knowing), "killed at {call} {nth}");
        }
    }
    println!("killed {kills} times");
    assert!(
        kills > 100 && seen == [true, true],
        "{kills} kills, before and after the publish took effect: {seen:?}"
    );
}
