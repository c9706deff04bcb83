//! The programs, the publisher's repository, and mirrors of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::shown;
use crate::{children, workspace};

/// One key a role, as in a small project; a real one keeps the root keys on different people's tokens.
const KEYS: [&str; 6] = ["root", "targets", "snapshot", "timestamp", "index", "crates"];

const INIT: [&str; 9] = [
    "init",
    "--root-key",
    "root",
    "--targets-key",
    "targets",
    "--snapshot-key",
    "snapshot",
    "--timestamp-key",
    "timestamp",
];

/// Everything before the client.
pub(super) struct Stage {
    folder: TempDir,
}

impl Stage {
    /// Builds the programs.
    pub(super) fn build() -> Result<Self> {
        let build = [
            "build",
            "--package",
            "tuf-repository",
            "--package",
            "cargo-tuf",
            "--package",
            "tuf-oracle-tests",
        ];
        let mut build = workspace::cargo(&build);
        shown(build.arg("--bins"));
        children::succeed(&mut build)?;
        // Not in the temporary folder of the system: there others can make settings for cargo, and the plugin refuses it.
        let target = workspace::target();
        Ok(Self { folder: tempfile::Builder::new().prefix("tuf-demo").tempdir_in(target)? })
    }

    /// The folder of all that this demonstration writes.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder that the publisher publishes.
    pub(super) fn published(&self) -> PathBuf {
        self.folder().join("repository")
    }

    /// The metadata as it was before the last publish.
    pub(super) fn published_before(&self) -> PathBuf {
        self.folder().join("metadata-before")
    }

    /// Makes keys and a repository, adds a crate with its closure, and publishes twice, so that there is something old.
    pub(super) fn publish(&self, crate_and_version: &str) -> Result<()> {
        let repository = self.published();
        fs::create_dir(&repository)?;
        for key in KEYS {
            show_tufrepo(&repository, &["key", "new", key, "--unencrypted"])?;
        }
        show_tufrepo(&repository, &INIT)?;
        show_tufrepo(&repository, &["crates", "delegate", "--index-key", "index", "--crates-key", "crates"])?;
        show_tufrepo(&repository, &["crates", "add", crate_and_version])?;
        show_tufrepo(&repository, &["publish"])?;
        copy_folder(&repository.join("metadata"), &self.published_before())?;
        show_tufrepo(&repository, &["refresh"])
    }

    /// Makes an empty repository with keys of somebody else.
    pub(super) fn init_foreign(&self, repository: &Path) -> Result<()> {
        fs::create_dir(repository)?;
        for key in KEYS {
            children::output(&mut tufrepo(repository, &["key", "new", key, "--unencrypted"]))?;
        }
        children::output(&mut tufrepo(repository, &INIT)).map(drop)
    }

    /// Lets the adversary sign with the timestamp key of the publisher, in the metadata folder of a mirror.
    pub(super) fn with_stolen_timestamp_key(&self, attack: &str, mirror: &Path) -> Result<()> {
        let mut adversary = Command::new(workspace::program("debug", "adversary"));
        adversary
            .arg(attack)
            .arg(self.folder().join("repository-keys/timestamp.pem"))
            .arg(mirror.join("metadata"));
        children::output(&mut adversary).map(drop)
    }

    /// A copy of what is published.
    pub(super) fn mirror(&self, name: &str) -> Result<PathBuf> {
        let mirror = self.folder().join(name);
        for part in ["metadata", "targets"] {
            copy_folder(&self.published().join(part), &mirror.join(part))?;
        }
        Ok(mirror)
    }
}

fn show_tufrepo(repository: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = tufrepo(repository, arguments);
    shown(&command);
    // Names and versions on standard output are for programs.
    children::succeed(command.stdout(Stdio::null()))
}

fn tufrepo(repository: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(workspace::program("debug", "tufrepo"));
    command.args(arguments).env("TUFREPO_REPOSITORY", repository);
    command.env("TUFREPO_STATE", repository.with_extension("state"));
    command
}

/// Copies a folder with all that is in it.
pub(super) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
