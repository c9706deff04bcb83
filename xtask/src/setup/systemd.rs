//! systemd-analyze, which reads the units that are shipped.

use std::process::Command;

use anyhow::Result;

use super::debian;
use crate::children;

/// Installs it where it is missing.
pub(super) fn prepare() -> Result<()> {
    let is_there = children::finished(Command::new("systemd-analyze").arg("--version"))
        .is_ok_and(|finished| finished.status.success());
    if is_there { Ok(()) } else { debian::install("systemd") }
}
