//! Tests of `tuf-files`, one file for each of its jobs.
#![cfg(unix)]

mod lock;
mod ownership;
mod regular;
mod run_folder;
mod search_path;

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Another user than the one who runs the tests.
const STRANGER: u32 = 4321;

/// Whether these tests run as root, and so may act as another user. Says so where not.
fn may_act_as_others(test: &str) -> bool {
    let is_root = nix::unistd::geteuid().is_root();
    if !is_root {
        eprintln!("SKIPPED {test}: only root can act as another user");
    }
    is_root
}

/// Runs an ignored test of this program in a process of its own, as this user, with pipes to its input and output.
fn child(test: &str, path: &Path, uid: Option<u32>) -> Child {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", test, "--ignored", "--nocapture", "--quiet"]).env("TUF_TEST_PATH", path);
    if let Some(uid) = uid {
        command.uid(uid).gid(uid);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("this program runs again")
}
