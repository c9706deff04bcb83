//! Somebody who installs: a cargo home of their own, the trusted root metadata, and an installation root.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::stage::{Stage, copy_folder};
use super::{PROGRAM, VERSION};
use crate::workspace;

/// One client. What it has verified before is in its cargo home.
pub(super) struct Client {
    folder: PathBuf,
}

impl Client {
    /// A client that has seen nothing yet. The publisher's first root metadata came to it out of band.
    pub(super) fn new(stage: &Stage, name: &str) -> Result<Self> {
        let folder = stage.folder().join(name);
        fs::create_dir_all(folder.join("cargo"))?;
        fs::copy(stage.published().join("metadata/1.root.json"), folder.join("root.json"))?;
        Ok(Self { folder })
    }

    /// A client that has seen what this one has, and has installed nothing.
    pub(super) fn like(&self, stage: &Stage, name: &str) -> Result<Self> {
        let client = Self::new(stage, name)?;
        copy_folder(&self.folder.join("cargo/tuf"), &client.folder.join("cargo/tuf"))?;
        Ok(client)
    }

    /// `cargo tuf-install` from the repository at this URL.
    pub(super) fn install(&self, url: &str) -> Command {
        let mut command = workspace::cargo(&["tuf-install", &format!("{PROGRAM}@{VERSION}")]);
        command.args(["--metadata-url", &format!("{url}/metadata")]);
        command.args(["--trusted-root", "root.json", "--root", "installed"]);
        command.current_dir(&self.folder).env("CARGO_HOME", self.folder.join("cargo")).env("PATH", path());
        // The user's own settings of the plugin and of cargo's builds are not the demonstration's.
        for variable in
            ["CARGO_TUF_METADATA_URL", "CARGO_TUF_TARGETS_URL", "CARGO_TUF_TRUSTED_ROOT", "CARGO_TARGET_DIR"]
        {
            command.env_remove(variable);
        }
        command
    }

    /// The installed program.
    pub(super) fn installed(&self) -> PathBuf {
        self.folder.join("installed/bin").join(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX))
    }
}

/// The search path with the built subcommands first.
fn path() -> OsString {
    let programs = workspace::target().join("debug");
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(programs).chain(std::env::split_paths(&inherited));
    std::env::join_paths(folders).unwrap_or_else(|_| Path::new("").into())
}
