//! What one run of a program costs.
//!
//! The system accounts for ended children together. So each run is the only child of a process of its own: this
//! program again, as `xtask measured SECONDS COMMAND…`.

use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;

use crate::children;

/// What one run cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// From its start to its end, in microseconds.
    pub wall: u64,
    /// In user and system mode together, in microseconds.
    pub cpu: u64,
    /// The most physical memory at any time, in KiB.
    pub memory: u64,
}

/// The word that stands for a run that was ended at its limit.
const EXCEEDED: &str = "exceeded";

/// Runs a command and measures it. None where it took longer than `limit` and was ended.
///
/// # Errors
/// Where it cannot be started or fails; the error holds its standard error.
pub fn cost(command: &Command, limit: Duration) -> Result<Option<Cost>> {
    let mut measured = Command::new(std::env::current_exe()?);
    measured.arg("measured").arg(limit.as_secs().to_string());
    measured.arg(command.get_program()).args(command.get_args());
    let output = children::output(&mut measured)?;
    if output.trim() == EXCEEDED {
        return Ok(None);
    }
    let numbers: Vec<u64> = output.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers.as_slice() {
        &[wall, cpu, memory] => Ok(Some(Cost { wall, cpu, memory })),
        _ => bail!("no measurement: {output}"),
    }
}

/// Runs a command as the only child of this process and prints its wall microseconds, CPU microseconds and KiB.
///
/// # Errors
/// Where it cannot be started.
pub fn run_measured(arguments: &[&str]) -> Result<ExitCode> {
    let (seconds, command) = arguments.split_first().context("a limit in seconds is needed")?;
    let limit = Duration::from_secs(seconds.parse().context("the limit is a number of seconds")?);
    let (program, arguments) = command.split_first().context("a command is needed")?;
    let start = Instant::now();
    let mut child =
        Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    end_after(limit, &child)?;
    let status = child.wait()?;
    let wall = start.elapsed();
    if wall >= limit {
        println!("{EXCEEDED}");
        return Ok(ExitCode::SUCCESS);
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    println!("{} {cpu} {}", wall.as_micros(), usage.max_rss());
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Ends the child after this time. This process ends with its child, and the waiting thread with this process: the
/// number of the child cannot be another's by then.
fn end_after(limit: Duration, child: &Child) -> Result<()> {
    let pid = Pid::from_raw(i32::try_from(child.id())?);
    std::thread::spawn(move || {
        std::thread::sleep(limit);
        let _ = kill(pid, Signal::SIGKILL);
    });
    Ok(())
}
