//! `cargo xtask worlds`: any number of generated worlds, read by this project, python-tuf and tuf-js.

use std::process::ExitCode;

use anyhow::Result;

use crate::{children, setup, workspace};

/// Follows the worlds that the options name, and prints what they came to; the options are those of the program `worlds`.
///
/// # Errors
/// Where it cannot be run; a difference that no rule explains is no error but a failing status.
pub fn run(options: &[&str]) -> Result<ExitCode> {
    setup::run()?;
    let program = ["run", "--quiet", "--package", "tuf-oracle-tests", "--bin", "worlds", "--"];
    let status = children::status(workspace::cargo(&program).args(options))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
