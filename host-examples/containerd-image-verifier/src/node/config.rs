//! containerd's configuration, as containerd itself reads it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::{Daemon, NodeError, Program, duration};

/// What matters here of a configuration: defaults, imported files and older forms are resolved.
#[derive(Debug)]
pub(crate) struct Config {
    /// The folder of verifiers, and how they are run; none where this containerd knows no such plugin.
    pub(crate) verifiers: Option<Verifiers>,
    cri: Option<CriImages>,
    /// Plugins that are not loaded, by type and name.
    pub(crate) disabled_plugins: Vec<String>,
}

/// `[plugins."io.containerd.image-verifier.v1.bindir"]`
///
/// Where the plugin is switched off, containerd prints no defaults; these are containerd's own.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Verifiers {
    /// Every file in it is asked about a pull.
    pub(crate) bin_dir: PathBuf,
    /// How many are asked; a negative number is no limit.
    pub(crate) max_verifiers: i64,
    /// How long each may take, as Go writes times.
    per_verifier_timeout: String,
}

impl Default for Verifiers {
    fn default() -> Self {
        Self {
            bin_dir: "/opt/containerd/image-verifier/bin".into(),
            max_verifiers: 10,
            per_verifier_timeout: "10s".to_owned(),
        }
    }
}

impl Verifiers {
    /// How long each may take; none where it is not understood.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        duration::parse(&self.per_verifier_timeout)
    }

    /// How many of the folder's entries are asked.
    pub(crate) fn asked(&self) -> usize {
        usize::try_from(self.max_verifiers).unwrap_or(usize::MAX)
    }
}

/// `[plugins."io.containerd.cri.v1.images"]`
#[derive(Debug)]
pub(crate) struct CriImages(toml::Table);

impl CriImages {
    /// The value of an option, or of one in a table; none where it has none.
    pub(crate) fn option(&self, path: &[&str]) -> Option<&toml::Value> {
        let (last, tables) = path.split_last()?;
        let table = tables.iter().try_fold(&self.0, |table, name| table.get(*name)?.as_table())?;
        table.get(*last)
    }

    /// The image that every pod is built on.
    pub(crate) fn sandbox(&self) -> Option<&str> {
        self.option(&["pinned_images", "sandbox"])?.as_str()
    }
}

impl Config {
    /// The configuration of a running containerd, as its program reads the files now, and with its folder of verifiers
    /// where that process looks for it.
    ///
    /// # Errors
    /// As [`Config::of`].
    pub(crate) fn of_daemon(daemon: &Daemon) -> Result<Self, NodeError> {
        let mut config = Self::of(&daemon.program, daemon.config.as_deref())?;
        // An empty name leads nowhere, from any folder.
        let named = config.verifiers.iter_mut().filter(|verifiers| !verifiers.bin_dir.as_os_str().is_empty());
        named.for_each(|verifiers| verifiers.bin_dir = daemon.folder.join(&verifiers.bin_dir));
        Ok(config)
    }

    /// What `containerd config dump` prints of a file, or of the program's own default.
    ///
    /// # Errors
    /// The program is not root's alone, does not run, does not read the file, or prints something that is not understood.
    pub(crate) fn of(program: &Program, file: Option<&Path>) -> Result<Self, NodeError> {
        let output = program.output(|command| {
            if let Some(file) = file {
                command.arg("--config").arg(file);
            }
            command.args(["config", "dump"]);
        })?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(NodeError::Configuration { reason });
        }
        Self::parse(&String::from_utf8_lossy(&output.stdout))
    }

    /// How the CRI pulls; none where this containerd has no CRI.
    pub(crate) fn cri(&self) -> Option<&CriImages> {
        let is_off = self.disabled_plugins.iter().any(|name| name == "io.containerd.grpc.v1.cri");
        self.cri.as_ref().filter(|_| !is_off)
    }

    fn parse(text: &str) -> Result<Self, NodeError> {
        let dump: Dump =
            toml::from_str(text).map_err(|error| NodeError::Dump { reason: error.message().to_owned() })?;
        Ok(Self {
            verifiers: dump.plugins.verifiers,
            cri: dump.plugins.cri_images.map(CriImages),
            disabled_plugins: dump.disabled_plugins,
        })
    }
}

#[derive(Deserialize)]
struct Dump {
    #[serde(default)]
    disabled_plugins: Vec<String>,
    #[serde(default)]
    plugins: Plugins,
}

#[derive(Default, Deserialize)]
struct Plugins {
    #[serde(rename = "io.containerd.image-verifier.v1.bindir")]
    verifiers: Option<Verifiers>,
    #[serde(rename = "io.containerd.cri.v1.images")]
    cri_images: Option<toml::Table>,
}
