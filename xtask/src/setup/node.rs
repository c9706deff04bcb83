//! Packages for Node.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{children, workspace};

/// The oldest Node that the project uses, as a major version.
const OLDEST: u32 = 20;

/// Installs tuf-js.
pub(super) fn prepare_peer() -> Result<()> {
    install(&workspace::root().join("tests/oracle/node"))
}

/// Installs azurite, which speaks the API of Azure Blob Storage.
pub(super) fn prepare_azurite() -> Result<()> {
    install(&workspace::root().join("tests/oracle/azurite"))
}

/// Installs Vite, through which the npm package is bundled in tests.
pub(super) fn prepare_vite() -> Result<()> {
    install(&workspace::root().join("npm/test/browser/vite"))
}

/// Installs the npms that the tests of `tuf-verifier ci` run.
pub(super) fn prepare_npms() -> Result<()> {
    install(&workspace::root().join("npm/test/cli/npms"))
}

/// Installs the packages of a folder's lock file, each checked against its hash. No package's script is run.
///
/// # Errors
/// Where Node is not there or too old, or a package is not to be had.
pub fn install(folder: &Path) -> Result<()> {
    let wanted = fs::read_to_string(folder.join("package-lock.json"))?;
    let version = node_version()?;
    let installed = folder.join("node_modules/.installed-package-lock.json");
    if fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    if version < OLDEST {
        bail!("Node {OLDEST} or newer is needed, node is {version}");
    }
    eprintln!("setup: installing the Node packages of {}", folder.display());
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
    children::output(&mut npm)?;
    fs::write(installed, wanted).context("cannot record the installed packages")
}

fn node_version() -> Result<u32> {
    let version = children::output(Command::new("node").arg("--version"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|word| word.parse().ok());
    major.with_context(|| format!("node printed no version: {}", version.trim()))
}
