//! The cargo that builds.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tuf_files::{Owners, SearchPath};

use crate::cargo_config::CargoConfigError;
use crate::environment;
use crate::failure::Failure;
#[cfg(unix)]
use crate::supervisor::{self, Supervised as Running};

/// How often the end of cargo is looked for.
const INTERVAL: Duration = Duration::from_millis(20);

/// How long cargo may take to end by itself after an interruption.
const GRACE: Duration = Duration::from_secs(2);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static RUNNING: AtomicBool = AtomicBool::new(false);

/// The cargo that started this command, or the one that an absolute folder of PATH leads to. `folder` is where it is going to
/// be started, from which rustup chooses a toolchain.
///
/// # Errors
/// No cargo is found; or another user can change it, replace it, or change what rustup starts for it or for rustc.
pub fn cargo(folder: &Path) -> Result<PathBuf, Failure> {
    let named = env::var_os("CARGO").filter(|program| !program.is_empty()).map(PathBuf::from);
    let named = named.unwrap_or_else(|| PathBuf::from("cargo"));
    let Some(program) = SearchPath::of_this_process().find(&named) else {
        return Err(Failure::CargoMissing { cargo: named, source: io::ErrorKind::NotFound.into() });
    };
    // It builds and installs what was verified, and would do so as whoever wrote it likes.
    check(&program)?;
    let rustc = environment::search_path().find(Path::new("rustc"));
    for started in [Some(&program), rustc.as_ref()].into_iter().flatten() {
        let checked = tuf_files::check_toolchain(started, folder, &Owners::of_this_process());
        checked.map_err(|exposed| CargoConfigError::Exposed { path: started.clone(), exposed })?;
    }
    Ok(program)
}

/// Looks at a program that cargo is told to start.
///
/// # Errors
/// Another user can change it, or put another one in its place.
pub fn check(program: &Path) -> Result<(), Failure> {
    let checked = Owners::of_this_process().check(program);
    checked.map_err(|exposed| CargoConfigError::Exposed { path: program.to_owned(), exposed }.into())
}

/// From now on an interruption or termination ends this process at once, and while cargo runs, after cargo.
pub fn handle_interruption() {
    // A second call finds the handler there; without one, the process ends as any other does.
    let _ = ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        if !RUNNING.load(Ordering::SeqCst) {
            std::process::exit(crate::exit_status::ExitStatus::Interrupted.code().into());
        }
    });
}

/// What starts a cargo for [`run`]. Arguments that are added are cargo's.
///
/// # Errors
/// The system does not tell where this program is.
pub fn command(cargo: &Path) -> Result<Command, Failure> {
    #[cfg(unix)]
    let command = supervisor::command(cargo);
    #[cfg(not(unix))]
    let command = Ok(Command::new(cargo));
    command.map_err(|source| Failure::CargoMissing { cargo: cargo.to_path_buf(), source })
}

/// Runs cargo to its end.
///
/// # Errors
/// Cargo could not be started, or the user interrupted it.
pub fn run(cargo: &Path, command: Command) -> Result<ExitStatus, Failure> {
    RUNNING.store(true, Ordering::SeqCst);
    let result = Running::start(command).and_then(|mut running| wait(&mut running));
    RUNNING.store(false, Ordering::SeqCst);
    if INTERRUPTED.load(Ordering::SeqCst) {
        return Err(Failure::Interrupted);
    }
    result.map_err(|source| Failure::CargoMissing { cargo: cargo.to_path_buf(), source })
}

fn wait(running: &mut Running) -> io::Result<ExitStatus> {
    let mut interrupted = None;
    loop {
        if let Some(status) = running.try_wait()? {
            return Ok(status);
        }
        if INTERRUPTED.load(Ordering::SeqCst) {
            if interrupted.is_none() {
                running.interrupt();
            }
            if interrupted.get_or_insert_with(Instant::now).elapsed() > GRACE {
                running.kill();
            }
        }
        thread::sleep(INTERVAL);
    }
}

/// Where processes have no groups, cargo outlives a command that is killed.
#[cfg(not(unix))]
struct Running(std::process::Child);

#[cfg(not(unix))]
impl Running {
    fn start(mut command: Command) -> io::Result<Self> {
        command.spawn().map(Self)
    }

    fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.0.try_wait()
    }

    /// The console interrupts cargo too.
    fn interrupt(&self) {}

    fn kill(&mut self) {
        // It has ended: that is what was wanted.
        let _ = self.0.kill();
    }
}
