//! Chromium, in which the browser build of the npm package is tested.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::debian;
use crate::{children, workspace};

/// What distributions call it, Debian first.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// Finds Chromium, installs it where it can, and writes its path to `target/peers/chromium`.
pub(super) fn prepare() -> Result<()> {
    let path = match find() {
        Some(path) => path,
        None => {
            debian::install("chromium")?;
            find().context("the Debian package chromium brought no program of that name")?
        }
    };
    fs::create_dir_all(workspace::peers())?;
    let record = workspace::peers().join("chromium");
    fs::write(&record, path.display().to_string())
        .with_context(|| format!("cannot write {}", record.display()))
}

/// The first that the search path has, and that starts.
fn find() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let programs = NAMES
        .iter()
        .flat_map(|name| std::env::split_paths(&folders).map(move |folder| folder.join(name)))
        .filter(|path| path.is_file());
    programs.into_iter().find(|path| {
        children::finished(Command::new(path).arg("--version"))
            .is_ok_and(|finished| finished.status.success())
    })
}
