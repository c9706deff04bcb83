//! The clients, with the same task and the same arguments.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::{children, setup, workspace};

/// The target that every client fetches.
pub(super) const TARGET: &str = "packages/package-000000.tar.gz";

/// The client that the others are compared with.
pub(super) const REFERENCE: &str = "python-tuf";

/// One client: its name and its command, without arguments.
pub(super) struct Contender {
    /// Name in the table.
    pub(super) name: &'static str,
    /// The name under which the set-up says why it cannot run here.
    peer: Option<&'static str>,
    program: PathBuf,
    script: Option<PathBuf>,
}

impl Contender {
    /// Ours, built for release.
    pub(super) fn native() -> Self {
        let program = workspace::program("release", "measured-client");
        Self { name: "native", peer: None, program, script: None }
    }

    /// The npm package.
    pub(super) fn npm() -> Self {
        Self::of_node("npm", "npm", "measured_package.js")
    }

    /// python-tuf.
    fn python() -> Self {
        let script = workspace::root().join("tests/oracle/python/measured_client.py");
        Self { name: REFERENCE, peer: Some("python"), program: python(), script: Some(script) }
    }

    /// tuf-js.
    fn tuf_js() -> Self {
        Self::of_node("tuf-js", "node", "measured_client.js")
    }

    /// sigstore-tuf.
    fn sigstore_tuf() -> Self {
        Self::of_rust("sigstore-tuf")
    }

    /// tough.
    fn tough() -> Self {
        Self::of_rust("tough")
    }

    /// One of `tests/oracle/rust`, which [`build_peers`] builds.
    fn of_rust(name: &'static str) -> Self {
        let program = peers_in_rust().join("release").join(name);
        Self { name, peer: None, program, script: None }
    }

    /// All clients of others.
    pub(super) fn peers() -> [Self; 4] {
        [Self::python(), Self::tuf_js(), Self::sigstore_tuf(), Self::tough()]
    }

    fn of_node(name: &'static str, peer: &'static str, script: &str) -> Self {
        let script = workspace::root().join("tests/oracle/node").join(script);
        Self { name, peer: Some(peer), program: "node".into(), script: Some(script) }
    }

    /// Why it cannot run here.
    pub(super) fn missing(&self) -> Option<String> {
        self.peer.and_then(setup::reason_missing)
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
        let mut command = Command::new(&self.program);
        command.args(&self.script);
        command
    }
}

/// Builds the peers in Rust, which have a workspace of their own.
///
/// # Errors
/// The build fails.
pub(super) fn build_peers() -> Result<()> {
    eprintln!("building sigstore-tuf and tough: some minutes at the first time");
    let build =
        ["build", "--quiet", "--release", "--locked", "--manifest-path", "tests/oracle/rust/Cargo.toml"];
    children::succeed(workspace::cargo(&build).arg("--target-dir").arg(peers_in_rust()))
}

fn peers_in_rust() -> PathBuf {
    workspace::peers().join("rust")
}

/// The Python that has python-tuf.
pub(super) fn python() -> PathBuf {
    workspace::peers().join("python/bin/python")
}
