//! `tuf-image-verifier doctor`: everything that lets pulls pass unasked, or blocks them.
//!
//! One file a check, by the name that its findings have. Nothing here is believed because a file says so, if containerd
//! itself can be asked: the last checks pull images that must be refused.

mod bin_dir;
mod canary;
mod cri_pull;
mod finding;
mod installed;
mod machine;
mod metadata;
mod pause_image;
mod permissions;
mod policy_in_force;
mod stored_images;
mod verifier_plugin;
mod version;

use std::path::PathBuf;

use clap::Args;

use crate::node::{ADDRESS, NodeError};
use crate::words::one_line;
use finding::{Finding, State};
use machine::Machine;

/// Which containerd is looked at.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// containerd's socket
    #[arg(long, short, value_name = "SOCKET", env = "CONTAINERD_ADDRESS", default_value = ADDRESS)]
    address: PathBuf,
}

/// What no verifier is asked about, on any machine.
const NEVER_ASKED: &str = "containerd asks no verifier for `ctr images pull --local`, for `ctr images import`, or to run \
                           an image that is in its store: who may use its socket may do these";

/// Everything that is found becomes lines for a person and an exit status: 0 where pulls are verified.
pub(crate) fn run(options: &Options) -> (Vec<String>, u8) {
    let findings = match Machine::of(&options.address) {
        Ok(machine) => look(&machine),
        // Whoever can change containerd decides what is pulled.
        Err(error @ NodeError::Writable { .. }) => vec![Finding::open("permissions", error.to_string())],
        Err(error) => vec![Finding::untried("containerd", error.to_string())],
    };
    let mut lines: Vec<String> = findings.iter().map(|finding| one_line(&finding.to_string())).collect();
    let count = |state: State| findings.iter().filter(|finding| finding.state == state).count();
    let (open, blocked, untried) = (count(State::Open), count(State::Blocked), count(State::Untried));
    lines.push(format!("note     {NEVER_ASKED}"));
    match open + blocked + untried {
        0 => lines.push("sound: containerd pulls what the policy allows, and nothing else".to_owned()),
        _ => lines.push(format!("not sound: {open} open, {blocked} blocked, {untried} untried")),
    }
    (lines, u8::from(open + blocked + untried > 0))
}

fn look(machine: &Machine) -> Vec<Finding> {
    let checks = [
        version::check,
        verifier_plugin::check,
        bin_dir::check,
        installed::check,
        permissions::check,
        policy_in_force::check,
        metadata::check,
        cri_pull::check,
        pause_image::check,
        canary::check,
        stored_images::check,
    ];
    checks.into_iter().flat_map(|check| check(machine)).collect()
}
