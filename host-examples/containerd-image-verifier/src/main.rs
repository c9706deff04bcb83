//! Lets containerd pull an image only where TUF says that this name, now, is this digest.
//!
//! containerd's image verifier plugin calls it with `-name`, `-digest` and `-stdin-media-type`, and a descriptor on standard
//! input. Exit status 0 allows the pull, 1 blocks it. Standard output has one line, which containerd shows to the user:
//! `code: words; how long the metadata is valid`. Called with a command's name, it serves the person who set it up.

mod bounded;
mod call;
mod command;
mod conclusion;
mod deadline;
mod decision;
mod doctor;
mod explain;
mod installation;
mod listing;
mod node;
mod policy;
mod policy_check;
mod root_line;
mod state;
mod syslog;
mod verdict;
mod verify;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let started = Instant::now();
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match command::is_of_a_person(&arguments) {
        true => command::run(),
        false => pull(&arguments, started),
    }
}

/// Decides about one pull.
fn pull(arguments: &[OsString], started: Instant) -> ! {
    deadline::begin(started);
    let verdict = match policy::of_this_machine() {
        Ok(policy) => {
            conclusion::follow(&policy);
            deadline::set(started, policy.deadline);
            decision::decide(&policy, arguments, started)
        }
        Err(error) => verdict::Verdict::block("policy-unusable", error.to_string()),
    };
    conclusion::conclude(&verdict)
}
