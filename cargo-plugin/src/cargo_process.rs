//! The cargo that builds.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tuf_files::{Owners, SearchPath};

use crate::cargo_config::CargoConfigError;
use crate::failure::Failure;

/// How often the end of cargo is looked for.
const INTERVAL: Duration = Duration::from_millis(20);

/// How long cargo may take to end by itself after an interruption, which a terminal sends to it too.
const GRACE: Duration = Duration::from_secs(2);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static RUNNING: AtomicBool = AtomicBool::new(false);

/// The cargo that started this command, or the one that an absolute folder of PATH leads to.
///
/// # Errors
/// There is none; another user can change it, or put another one in its place.
pub fn cargo() -> Result<PathBuf, Failure> {
    let named = env::var_os("CARGO").filter(|program| !program.is_empty()).map(PathBuf::from);
    let named = named.unwrap_or_else(|| PathBuf::from("cargo"));
    let Some(program) = SearchPath::of_this_process().find(&named) else {
        return Err(Failure::CargoMissing { cargo: named, source: io::ErrorKind::NotFound.into() });
    };
    // It builds and installs what was verified, and would do so as whoever wrote it likes.
    match Owners::of_this_process().check(&program) {
        Ok(()) => Ok(program),
        Err(exposed) => Err(CargoConfigError::Exposed { path: program, exposed }.into()),
    }
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

/// Runs cargo to its end.
///
/// # Errors
/// Cargo could not be started, or the user interrupted it.
pub fn run(mut command: Command) -> Result<ExitStatus, Failure> {
    RUNNING.store(true, Ordering::SeqCst);
    let program = PathBuf::from(OsString::from(command.get_program()));
    let result = match command.spawn() {
        Ok(mut child) => wait(&mut child),
        Err(source) => Err(source),
    };
    RUNNING.store(false, Ordering::SeqCst);
    if INTERRUPTED.load(Ordering::SeqCst) {
        return Err(Failure::Interrupted);
    }
    result.map_err(|source| Failure::CargoMissing { cargo: program, source })
}

fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    let mut interrupted = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if INTERRUPTED.load(Ordering::SeqCst)
            && interrupted.get_or_insert_with(Instant::now).elapsed() > GRACE
        {
            child.kill()?;
        }
        thread::sleep(INTERVAL);
    }
}
