//! The end of the process: one reason, one exit status, whichever thread comes first.

use std::io::Write;
use std::path::PathBuf;
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::policy::{Mode, Policy};
use crate::syslog;
use crate::verdict::Verdict;
use crate::words::one_line;

static CONCLUDED: AtomicBool = AtomicBool::new(false);
static POLICY: OnceLock<(Mode, Option<PathBuf>)> = OnceLock::new();
static SUBJECT: OnceLock<String> = OnceLock::new();

/// Lets the policy say what a verdict leads to, and where it is written.
pub(crate) fn follow(policy: &Policy) {
    // It is set once, by the one call.
    let _ = POLICY.set((policy.mode, policy.log.clone()));
}

/// Says what the verdict is about, for the log.
pub(crate) fn about(subject: String) {
    let _ = SUBJECT.set(subject);
}

/// Prints the reason and ends the process. Later callers wait for the end.
pub(crate) fn conclude(verdict: &Verdict) -> ! {
    if CONCLUDED.swap(true, Ordering::SeqCst) {
        if thread::panicking() {
            process::exit(1);
        }
        loop {
            thread::park();
        }
    }
    let (mode, log) = POLICY.get().map_or((Mode::Enforce, None), |(mode, log)| (*mode, log.as_deref()));
    let audited = mode == Mode::Audit && !verdict.allowed;
    let reason = match audited {
        true => one_line(&format!("audit: this would be blocked: {verdict}")),
        false => one_line(&verdict.to_string()),
    };
    if let Some(log) = log.filter(|_| !verdict.allowed) {
        syslog::warn(log, &format!("{}: {reason}", one_line(SUBJECT.get().map_or("?", String::as_str))));
    }
    // Whoever closed standard output does not want to know.
    let mut output = std::io::stdout();
    let _ = writeln!(output, "{reason}").and_then(|()| output.flush());
    process::exit(i32::from(!verdict.allowed && !audited))
}
