//! A reason on every path: the verifier ends by itself before containerd ends it, and says why.
//!
//! What kills the process at once (SIGKILL, no memory, a stack without room) leaves no reason; containerd blocks the pull then.

use std::panic;
use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::conclusion::conclude;
use crate::policy::DEADLINE;
use crate::verdict::Verdict;

static CHANGES: OnceLock<Sender<(Instant, Duration)>> = OnceLock::new();

/// Watches over the process from here on: its time, its panics, and signals that ask it to end.
pub(crate) fn begin(started: Instant) {
    panic::set_hook(Box::new(|panic| {
        eprintln!("{panic}");
        conclude(&Verdict::block(
            "internal-error",
            "the verifier broke off: this is a defect, please report it",
        ))
    }));
    let watched = ctrlc::set_handler(|| {
        conclude(&Verdict::block("terminated", "the verifier was asked to end before it had a verdict"))
    });
    if let Err(error) = watched {
        eprintln!("signals end the verifier without a reason: {error}");
    }
    let (sender, changes) = mpsc::channel();
    let _ = CHANGES.set(sender);
    let watch = move || {
        let mut limit = (started, DEADLINE);
        loop {
            match changes.recv_timeout(limit.1.saturating_sub(limit.0.elapsed())) {
                Ok(change) => limit = change,
                Err(RecvTimeoutError::Timeout) => conclude(&too_late(limit.1)),
                // The sender is never dropped.
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    };
    if let Err(error) = thread::Builder::new().name("deadline".to_owned()).spawn(watch) {
        conclude(&Verdict::block("internal-error", format!("cannot watch over the deadline: {error}")));
    }
}

/// Sets the time that the whole process may take.
pub(crate) fn set(started: Instant, limit: Duration) {
    if let Some(changes) = CHANGES.get() {
        // The other end waits as long as the process lives.
        let _ = changes.send((started, limit));
    }
}

fn too_late(limit: Duration) -> Verdict {
    Verdict::block("deadline", format!("there was no verdict within {} seconds", limit.as_secs_f64()))
}
