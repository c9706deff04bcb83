//! The three clients, with the same task and the same arguments.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{setup, workspace};

/// The target that every client fetches.
pub(super) const TARGET: &str = "packages/package-000000.tar.gz";

/// One client: its name and its command, without arguments.
pub(super) struct Contender {
    /// Name in the table.
    pub(super) name: &'static str,
    program: PathBuf,
    script: Option<PathBuf>,
}

impl Contender {
    /// Ours, built for release.
    pub(super) fn ours() -> Self {
        Self { name: "ours", program: workspace::program("release", "measured-client"), script: None }
    }

    /// python-tuf.
    pub(super) fn python() -> Self {
        let script = workspace::root().join("tests/oracle/python/measured_client.py");
        Self {
            name: "python-tuf",
            program: workspace::peers().join("python/bin/python"),
            script: Some(script),
        }
    }

    /// tuf-js.
    pub(super) fn node() -> Self {
        let script = workspace::root().join("tests/oracle/node/measured_client.js");
        Self { name: "tuf-js", program: "node".into(), script: Some(script) }
    }

    /// Why it cannot run here.
    pub(super) fn missing(&self) -> Option<String> {
        match self.name {
            "python-tuf" => setup::reason_missing("python"),
            "tuf-js" => setup::reason_missing("node"),
            _ => None,
        }
    }

    /// Refresh, look one target up, fetch and verify it.
    pub(super) fn update(&self, repository: &Path, url: &str, store: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.script).arg(repository.join("metadata/1.root.json")).arg(store);
        command.arg(format!("{url}/metadata")).arg(format!("{url}/targets")).arg(TARGET);
        command
    }

    /// Come up and go down again, for ours.
    pub(super) fn start(&self) -> Command {
        Command::new(&self.program)
    }
}
