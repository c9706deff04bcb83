//! `cargo xtask verdicts`: the table of verdicts, from the rows that the tests run.

use std::fs;

use anyhow::{Context, Result};

use crate::{children, workspace};

/// Writes `docs/verdicts.md`.
///
/// # Errors
/// Where the rows do not compile, or the file cannot be written.
pub fn write() -> Result<()> {
    let document = children::stdout(&mut workspace::cargo(&[
        "run",
        "--quiet",
        "--package",
        "tuf-tests",
        "--bin",
        "verdicts",
    ]))?;
    let path = workspace::root().join("docs/verdicts.md");
    fs::write(&path, document).with_context(|| format!("cannot write {}", path.display()))
}
