//! What one run of a program costs.
//!
//! The system accounts for ended children together. So each run is the only child of a process of its own: this
//! program again, as `xtask measured COMMAND…`.

use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::children;

/// What one run cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// From its start to its end, in microseconds.
    pub wall: u64,
    /// In user and system mode together, in microseconds.
    pub cpu: u64,
    /// The most physical memory at any time, in KiB.
    pub memory: u64,
}

/// Runs a command and measures it.
///
/// # Errors
/// Where it cannot be started or fails; the error holds its standard error.
pub fn cost(program: &std::path::Path, arguments: &[String]) -> Result<Cost> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("measured").arg(program).args(arguments);
    let output = children::output(&mut command)?;
    let numbers: Vec<u64> = output.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers.as_slice() {
        &[wall, cpu, memory] => Ok(Cost { wall, cpu, memory }),
        _ => bail!("no measurement: {output}"),
    }
}

/// Runs a command as the only child of this process and prints its wall microseconds, CPU microseconds and KiB.
///
/// # Errors
/// Where it cannot be started.
pub fn run_measured(command: &[&str]) -> Result<ExitCode> {
    let (program, arguments) = command.split_first().context("a command is needed")?;
    let start = Instant::now();
    let mut child =
        Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let status = child.wait()?;
    let wall = start.elapsed().as_micros();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    println!("{wall} {cpu} {}", usage.max_rss());
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
