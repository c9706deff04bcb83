//! Where things are.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace's Cargo.toml.
#[must_use]
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_path_buf()
}

/// The folder that cargo builds into.
#[must_use]
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// What the set-up prepares for the tests, and its records. Always below the workspace's own `target`, so that
/// tests find it whatever folder cargo builds into.
#[must_use]
pub fn peers() -> PathBuf {
    root().join("target").join("peers")
}

/// Real repositories that a checkout may have beside it.
#[must_use]
pub fn real_repositories() -> PathBuf {
    root().join("../shared/data/real-repositories")
}

/// The specification's text, which a checkout may have beside it.
#[must_use]
pub fn specification() -> PathBuf {
    root().join("../shared/reference/tuf-spec-1.0.34.md")
}

/// A program that cargo has built in this profile's folder, such as `debug`.
#[must_use]
pub fn program(profile_folder: &str, name: &str) -> PathBuf {
    target().join(profile_folder).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// `cargo` with these arguments, at the root of the workspace.
#[must_use]
pub fn cargo(arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(root());
    command
}
