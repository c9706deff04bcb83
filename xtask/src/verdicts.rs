//! `cargo xtask verdicts`: the tables of verdicts and of faults, from the rows that the tests run.

use std::fs;

use anyhow::{Context, Result};

use crate::{children, workspace};

/// Writes `docs/verdicts.md` and `docs/client-faults.md`.
///
/// # Errors
/// Where the rows do not compile, or a file cannot be written.
pub fn write() -> Result<()> {
    ["verdicts", "client-faults"].into_iter().try_for_each(write_one)
}

/// Writes the document that the program of this name prints.
fn write_one(name: &str) -> Result<()> {
    let command = ["run", "--quiet", "--package", "tuf-tests", "--bin", name];
    let document = children::stdout(&mut workspace::cargo(&command))?;
    let path = workspace::root().join(format!("docs/{name}.md"));
    fs::write(&path, document).with_context(|| format!("cannot write {}", path.display()))
}
