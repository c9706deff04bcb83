//! Child processes that end with this one.
//!
//! Each child leads a process group of its own. An interrupt or a request to terminate ends the groups of all
//! children before this process, so that no test server, compiler or client is left behind.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

static RUNNING: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// From here on, an interrupt ends the running children, then this process with status 130.
///
/// # Errors
/// Where the handler cannot be installed.
pub fn end_with_this_process() -> Result<()> {
    ctrlc::set_handler(|| {
        for &group in RUNNING.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            // A child that has just ended is not there to be told.
            let _ = killpg(Pid::from_raw(group), Signal::SIGTERM);
        }
        std::process::exit(130);
    })
    .context("cannot install the interrupt handler")
}

/// Runs a command to its end, its output going where this process's goes.
///
/// # Errors
/// Where it cannot be started.
pub fn status(command: &mut Command) -> Result<ExitStatus> {
    let mut child = Running::start(command)?;
    Ok(child.0.wait()?)
}

/// Runs a command that must succeed.
///
/// # Errors
/// Where it cannot be started or ends with another status than 0.
pub fn succeed(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// What a command wrote, and how it ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output, as text.
    pub stdout: String,
    /// Its standard error, as text.
    pub stderr: String,
}

/// Runs a command to its end and collects what it writes.
///
/// # Errors
/// Where it cannot be started.
pub fn finished(command: &mut Command) -> Result<Finished> {
    let mut child = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let stderr = child.0.stderr.take().context("standard error is piped")?;
    let reader = std::thread::spawn(move || text(stderr));
    let stdout = text(child.0.stdout.take().context("standard output is piped")?);
    let stderr = reader.join().unwrap_or_default();
    Ok(Finished { status: child.0.wait()?, stdout, stderr })
}

/// Runs a command that must succeed and returns its standard output; its standard error goes where this process's
/// goes.
///
/// # Errors
/// Where it cannot be started or ends with another status than 0.
pub fn stdout(command: &mut Command) -> Result<String> {
    let mut child = Running::start(command.stdout(Stdio::piped()))?;
    let stdout = text(child.0.stdout.take().context("standard output is piped")?);
    let status = child.0.wait()?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(stdout)
}

/// Runs a command that must succeed and returns its standard output.
///
/// # Errors
/// Where it cannot be started or ends with another status than 0; the error holds its standard error.
pub fn output(command: &mut Command) -> Result<String> {
    let finished = finished(command)?;
    if !finished.status.success() {
        bail!("{} ended with {}\n{}", shown(command), finished.status, finished.stderr.trim_end());
    }
    Ok(finished.stdout)
}

/// Runs a command and passes on each line of its standard output and error, in the order written.
///
/// # Errors
/// Where it cannot be started.
pub fn lines(command: &mut Command, mut line: impl FnMut(&str)) -> Result<ExitStatus> {
    let (reader, writer) = std::io::pipe()?;
    let mut child = Running::start(command.stdout(writer.try_clone()?).stderr(writer))?;
    // The command holds the pipe's writing ends: until they are closed, reading would not end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut reader = BufReader::new(reader);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes)? > 0 {
        line(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']));
        bytes.clear();
    }
    Ok(child.0.wait()?)
}

/// The command as one would type it, without its environment.
#[must_use]
pub fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut words = vec![program.file_name().unwrap_or_default().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

/// A child that is ended when it is dropped before it has ended by itself.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Result<Self> {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", shown(command)))?;
        running.insert(group(&child));
        Ok(Self(child))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            let _ = killpg(Pid::from_raw(group(&self.0)), Signal::SIGTERM);
            let _ = self.0.wait();
        }
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).remove(&group(&self.0));
    }
}

fn group(child: &Child) -> i32 {
    i32::try_from(child.id()).unwrap_or(i32::MAX)
}

fn text(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    // What was read before an error is all there is.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
