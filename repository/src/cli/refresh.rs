//! `tufrepo refresh`: roles that are signed anew, by a person, a timer, or a loop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tuf_repository::metadata::format_expiry;
use tuf_repository::unattended::{self, Clock, Retry, Waited};
use tuf_repository::{LeftRole, Renewed, UnixTime};

use crate::cli::failure::Failure;
use crate::cli::publish::{check_copy, copy, report, warn_of_store};
use crate::cli::refresh_args::Refresh;
use crate::cli::registry::Destination;
use crate::cli::shell::Shell;
use crate::cli::workspace::{Workspace, now};

/// Signs roles anew. Prints role and version of each metadata file, one a line.
pub(crate) fn run(args: &Refresh, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    if args.repeat {
        return keep_fresh(args, workspace, shell);
    }
    if args.due {
        let mut is_copied = true;
        return renew(&args.destination, workspace, shell, now()?, &mut is_copied).map(drop);
    }
    let roles: Vec<&str> = args.roles.iter().map(String::as_str).collect();
    let registry = args.destination.registry()?;
    let repository = workspace.repository()?;
    if args.dry_run {
        report(&repository.rehearse_refresh(&roles, now()?)?, "Checked", shell);
        shell.note("nothing was written, because of `--dry-run`");
        return Ok(());
    }
    check_copy(&repository, registry.as_ref(), &args.destination)?;
    report(&repository.refresh(&roles, now()?)?, "Published", shell);
    warn_of_store(&repository, shell)?;
    copy(&repository, registry.as_ref(), &args.destination, shell)
}

/// Renews what is due until a signal comes. Each round reads settings and keys anew, so a person can change them meanwhile.
fn keep_fresh(args: &Refresh, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let mut clock = SystemClock::until_signal()?;
    // What is wrong from the start is told at once.
    workspace.repository()?;
    shell.status("Watching", format_args!("{}", workspace.folder.display()));
    // What an earlier process published may not have been copied.
    let mut is_copied = args.destination.to.is_none();
    let round = |now| {
        let workspace = workspace.reopened()?;
        let next = renew(&args.destination, &workspace, shell, now, &mut is_copied)?;
        workspace.remember_named()?;
        Ok(next)
    };
    unattended::run(args.every, &mut clock, round, |failure, Retry { failures, seconds }| {
        shell.failure(&failure);
        shell.note(format_args!("failed {failures} times in a row; the next try is in {seconds} seconds"));
    });
    shell.status("Stopped", "by a signal; nothing was left half done");
    Ok(())
}

/// Renews what is due, and copies what is published to a registry where that is to be done. Gives the time of the next
/// renewal.
fn renew(
    destination: &Destination,
    workspace: &Workspace,
    shell: &Shell,
    now: UnixTime,
    is_copied: &mut bool,
) -> Result<Option<UnixTime>, Failure> {
    let registry = destination.registry()?;
    let repository = workspace.repository()?;
    check_copy(&repository, registry.as_ref(), destination)?;
    let leads = workspace.config.lead_times().map_err(Failure::new)?;
    let Renewed { published, left, next } = repository.renew_due(&leads, now)?;
    for LeftRole { role, expires, reason } in left {
        let expires = expires.map(|expires| format!(", which expires at {}", format_expiry(expires)));
        shell.warning(format_args!("role {role}{} is not renewed: {reason}", expires.unwrap_or_default()));
    }
    if !published.metadata.is_empty() {
        report(&published, "Published", shell);
        *is_copied = registry.is_none();
    }
    if !*is_copied {
        copy(&repository, registry.as_ref(), destination, shell)?;
        *is_copied = true;
    }
    Ok(next)
}

/// The system's clock. A wait ends early where the process gets a signal.
struct SystemClock {
    stopped: Receiver<()>,
}

impl SystemClock {
    /// Ends waits at the first SIGTERM, SIGINT or SIGHUP. The second one ends the process: what is written then is finished by
    /// the next publish.
    fn until_signal() -> Result<Self, Failure> {
        static SIGNALLED: AtomicBool = AtomicBool::new(false);
        let (stop, stopped) = channel();
        ctrlc::set_handler(move || {
            if SIGNALLED.swap(true, Ordering::SeqCst) {
                std::process::exit(1);
            }
            let _nobody_waits = stop.send(());
        })
        .map_err(|error| Failure::new(format!("signals cannot be heard: {error}")))?;
        Ok(Self { stopped })
    }
}

impl Clock for SystemClock {
    fn now(&mut self) -> UnixTime {
        // Before 1970 nothing has expired, so nothing is signed with such a clock.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }

    fn wait(&mut self, seconds: u64) -> Waited {
        match self.stopped.recv_timeout(Duration::from_secs(seconds)) {
            Err(RecvTimeoutError::Timeout) => Waited::Elapsed,
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Waited::Stopped,
        }
    }
}
