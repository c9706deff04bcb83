//! `cargo xtask coverage`: which functions do what the specification demands, and which tests show it.
//!
//! `docs/specification-coverage.toml` says it, demand by demand; `docs/specification-coverage.md` is made of it. The
//! suite `coverage` sees that the page is as it was made, that the functions and tests are there, and, where the
//! specification's text is at hand, that none of its demands is left out.

mod demand;
mod page;
mod specification;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

pub use demand::Demand;
pub use specification::Specification;

use crate::workspace;

/// Writes the page.
///
/// # Errors
/// Where the demands cannot be read, name what is not there, or the page cannot be written.
pub fn write() -> Result<()> {
    names_are_there()?;
    let path = path();
    fs::write(&path, page::page(&demand::read()?)).with_context(|| format!("cannot write {}", path.display()))
}

/// Sees that each demand has its own name, and that its functions and tests are there.
///
/// # Errors
/// What is not there.
pub fn names_are_there() -> Result<()> {
    none(demand::defects(&demand::read()?))
}

/// Sees that the page is as it was made.
///
/// # Errors
/// Where it is not.
pub fn page_is_new() -> Result<()> {
    if fs::read_to_string(path()).unwrap_or_default() != page::page(&demand::read()?) {
        bail!("docs/specification-coverage.md is stale: run `cargo xtask coverage`");
    }
    Ok(())
}

/// Sees that no demand of the specification is left out, and that none is listed which it does not have. `None` where
/// its text is not at hand.
///
/// # Errors
/// What is left out, and what is listed in vain.
pub fn nothing_is_left_out() -> Option<Result<()>> {
    let text = fs::read_to_string(workspace::specification()).ok()?;
    let compare = || none(Specification::read(&text).differences(&demand::read()?));
    Some(compare())
}

fn path() -> PathBuf {
    workspace::root().join("docs/specification-coverage.md")
}

fn none(defects: Vec<String>) -> Result<()> {
    if defects.is_empty() { Ok(()) } else { bail!("{}", defects.join("\n")) }
}
