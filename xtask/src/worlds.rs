//! `cargo xtask worlds`: any number of generated worlds, read by this project, python-tuf and tuf-js.

use std::process::ExitCode;

use anyhow::Result;

use crate::{children, setup, workspace};

/// The core and the simulator, optimised and with the checks of a debug build; not the hosts.
const PROGRAM: [&str; 10] = [
    "run",
    "--quiet",
    "--profile=worlds",
    "--package",
    "tuf-oracle-tests",
    "--no-default-features",
    "--bin",
    "worlds",
    "--locked",
    "--",
];

/// Follows the worlds that the options name, and prints what they came to; the options are those of the program `worlds`.
///
/// # Errors
/// Where it cannot be run; a difference that no rule explains is no error but a failing status.
pub fn run(options: &[&str]) -> Result<ExitCode> {
    setup::run()?;
    let status = children::status(workspace::cargo(&PROGRAM).args(options))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
