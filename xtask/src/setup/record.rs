//! What could not be prepared, and why: `target/peers/<peer>.missing` holds the reason.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::workspace;

/// Prints how a step ended and keeps the reason where it failed.
pub(super) fn keep(peer: &str, outcome: Result<()>) -> Result<()> {
    let path = path(peer);
    match outcome {
        Ok(()) => {
            eprintln!("setup: {peer}: ready");
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            }
        }
        Err(error) => {
            let reason = format!("{error:#}").replace('\n', " ");
            eprintln!("setup: {peer}: MISSING: {reason}");
            fs::create_dir_all(workspace::peers())?;
            fs::write(&path, reason).with_context(|| format!("cannot write {}", path.display()))
        }
    }
}

/// Why the set-up could not prepare a peer; none where it is ready.
#[must_use]
pub fn reason_missing(peer: &str) -> Option<String> {
    fs::read_to_string(path(peer)).ok()
}

fn path(peer: &str) -> PathBuf {
    workspace::peers().join(format!("{peer}.missing"))
}
