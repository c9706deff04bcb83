//! The process between this command and cargo, which ends cargo where this command ends first.
//!
//! A command that is killed ends no child. Its cargo would go on, with a proxy that is gone and whose port any process of the
//! machine may take: it would show its credential there, and build what it gets, since the index with all checksums comes
//! from there too. So this program starts itself once more, as the supervisor of cargo, in a process group of its own:
//!
//! - Its standard input is a socket whose other end this command alone holds. When that closes, however the command ended,
//!   the supervisor kills its group: cargo, what cargo started, and itself.
//! - The group inherits the listening socket of the proxy ([`Proxy::inherited`](crate::proxy::Proxy::inherited)). Nobody
//!   else gets the port before the last of them has ended.
//!
//! Over its standard input the supervisor also says how cargo ended, or why it could not be started.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, getpgrp, getpid};

/// The first argument, the program's own name, of a supervisor.
const NAME: &str = "cargo-tuf-supervisor";

/// A signal reached the supervisor, and so its group.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// A command that starts this program as the supervisor of `program`. Arguments that are added to it are the program's.
///
/// # Errors
/// The system does not tell where this program is.
pub fn command(program: &Path) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.arg0(NAME).arg(program).process_group(0);
    Ok(command)
}

/// A program with its supervisor.
#[derive(Debug)]
pub struct Supervised {
    supervisor: Child,
    /// Both processes live as long as this end is open.
    line: UnixStream,
}

impl Supervised {
    /// Starts what [`command`](fn@command) made.
    ///
    /// # Errors
    /// The supervisor could not be started.
    pub fn start(mut command: Command) -> io::Result<Self> {
        let (line, others) = UnixStream::pair()?;
        let supervisor = command.stdin(OwnedFd::from(others)).spawn()?;
        // With the command goes the copy of the supervisor's end.
        drop(command);
        Ok(Self { supervisor, line })
    }

    /// How the program ended; none while it runs.
    ///
    /// # Errors
    /// The program could not be started, or its supervisor was killed: then so is the program.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        let Some(status) = self.supervisor.try_wait()? else { return Ok(None) };
        let mut report = Vec::new();
        self.line.read_to_end(&mut report)?;
        match report.split_first().and_then(|(kind, code)| Some((*kind, code.try_into().ok()?))) {
            Some((ENDED, code)) => Ok(Some(ExitStatus::from_raw(i32::from_ne_bytes(code)))),
            Some((NOT_STARTED, code)) => Err(io::Error::from_raw_os_error(i32::from_ne_bytes(code))),
            _ => {
                self.signal(Signal::SIGKILL);
                Ok(Some(status))
            }
        }
    }

    /// Interrupts the program and whatever it started, which the terminal does not do: they are in a group of their own.
    pub fn interrupt(&self) {
        self.signal(Signal::SIGINT);
    }

    /// Kills the program, whatever it started, and the supervisor.
    pub fn kill(&self) {
        self.signal(Signal::SIGKILL);
    }

    fn signal(&self, signal: Signal) {
        // There is no such group any more: that is what was wanted.
        let _ = i32::try_from(self.supervisor.id()).map(|group| killpg(Pid::from_raw(group), signal));
    }
}

/// The first byte of a report: a wait status follows.
const ENDED: u8 = 0;
/// The first byte of a report: an error number of the operating system follows.
const NOT_STARTED: u8 = 1;

/// Does the work of a supervisor if that is what this process was started as.
#[must_use]
pub fn supervise() -> Option<ExitCode> {
    let mut arguments = env::args_os();
    // Only as the leader of a group: it kills its group.
    let is_supervisor = arguments.next()? == OsStr::new(NAME) && getpid() == getpgrp();
    is_supervisor.then(|| match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

fn run(mut arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    // Cargo ends by the signal, and the supervisor says so.
    let handled = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst));
    handled.map_err(io::Error::other)?;
    let mut line = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut listening = line.try_clone()?;
    // Before cargo is started: it never runs unwatched.
    thread::Builder::new().name("line".to_owned()).spawn(move || {
        // The other end sends nothing.
        let _ = io::copy(&mut listening, &mut io::sink());
        kill_group();
    })?;
    let program = arguments.next().unwrap_or_default();
    let (kind, code) = match Command::new(program).args(arguments).stdin(Stdio::null()).status() {
        Ok(status) => (ENDED, status.into_raw()),
        Err(error) => (NOT_STARTED, error.raw_os_error().unwrap_or_default()),
    };
    line.write_all(&[&[kind][..], &code.to_ne_bytes()].concat())?;
    if INTERRUPTED.load(Ordering::SeqCst) {
        // A program that cargo started may take no notice of the signal.
        kill_group();
    }
    Ok(())
}

/// Kills this process with all others of its group.
fn kill_group() {
    // The group is there: this process is in it.
    let _ = kill(Pid::from_raw(0), Signal::SIGKILL);
}
