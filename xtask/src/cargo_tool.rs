//! Cargo's own tools that a task needs, each in one version, below `target`.

use std::path::PathBuf;

use anyhow::Result;

use crate::{children, workspace};

/// The program of a tool, installed where it is not there yet.
///
/// # Errors
/// Where it cannot be installed.
pub(crate) fn installed(name: &str, version: &str) -> Result<PathBuf> {
    let tools = workspace::root().join("target/tools").join(format!("{name}-{version}"));
    let program = tools.join("bin").join(name);
    if !program.is_file() {
        eprintln!("installing {name} {version}");
        let install = ["install", name, "--locked", "--version", version, "--root"];
        children::succeed(workspace::cargo(&install).arg(&tools))?;
    }
    Ok(program)
}
