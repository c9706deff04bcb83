//! Child processes: run to their end, or kept running and ended.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long a program may take to be ready, and to end; a limit for a broken one, never waited for in full.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) succeeded: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Run {
    let output = command.stdin(Stdio::null()).output().expect("a program that starts");
    Run {
        succeeded: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a command that must succeed; its standard output.
pub(crate) fn succeed(command: &mut Command) -> String {
    let finished = run(command);
    assert!(finished.succeeded, "{command:?} failed:\n{}{}", finished.stdout, finished.stderr);
    finished.stdout
}

/// A running program whose output goes into a file; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Service {
    child: Child,
    log: PathBuf,
}

impl Service {
    pub(crate) fn start(command: &mut Command, log: &Path) -> Self {
        let output = File::create(log).expect("a log");
        let errors = output.try_clone().expect("a second handle");
        let child = command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn();
        Self { child: child.expect("a program that starts"), log: log.to_owned() }
    }

    /// What it has written so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("a log")
    }

    /// Waits until there is what `look` looks for.
    pub(crate) fn wait_for<T>(&mut self, mut look: impl FnMut(&str) -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = look(&self.log()) {
                return found;
            }
            let ended = self.child.try_wait().expect("a child");
            assert!(ended.is_none() && started.elapsed() < PATIENCE, "not ready: {ended:?}\n{}", self.log());
            thread::yield_now();
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let id = Pid::from_raw(i32::try_from(self.child.id()).expect("a process id"));
        // It may have ended by itself.
        let _ = kill(id, Signal::SIGTERM);
        let _ = self.child.wait();
    }
}
