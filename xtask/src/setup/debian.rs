//! Packages of Debian and its kin.

mod archive;

use std::process::Command;

use anyhow::{Result, bail};

pub(super) use archive::Archive;
pub use archive::source_of_suite;

use crate::children;

/// Installs a package where this process may and the system has `apt-get`.
pub(super) fn install(package: &str) -> Result<()> {
    if !super::is_root() {
        bail!("the Debian package {package} is needed: run `apt-get install {package}` as root");
    }
    eprintln!("setup: installing the Debian package {package}");
    let mut apt = apt(&["install", "--yes", "--no-install-recommends", package]);
    if children::finished(&mut apt).is_ok_and(|finished| finished.status.success()) {
        return Ok(());
    }
    // The package lists may be missing or old.
    children::output(&mut self::apt(&["update"]))?;
    children::output(&mut apt).map(drop)
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}
