//! The properties of the fuzz targets over their corpus, with the stable compiler.

use anyhow::Result;

use super::cargo_tests;
use super::tally::Tally;
use crate::{children, workspace};

/// `fuzz/` is a workspace of its own: what formats, lints and tests the others passes it by.
const MANIFEST: [&str; 2] = ["--manifest-path", "fuzz/Cargo.toml"];
/// Its builds do not wait for those of the others.
const TARGET: [&str; 2] = ["--target-dir", "target/fuzz"];

/// Formats, lints and tests it.
pub(super) fn run(tally: &mut Tally) -> Result<()> {
    tally.check("cargo fmt: fuzz", || {
        children::succeed(workspace::cargo(&["fmt"]).args(MANIFEST).args(["--all", "--check"]))
    });
    tally.check("clippy: fuzz", || {
        let mut clippy = workspace::cargo(&["clippy"]);
        children::succeed(clippy.args(MANIFEST).args(TARGET).args(["--all-targets", "--", "-D", "warnings"]))
    });
    cargo_tests::run_selected(tally, &[MANIFEST, TARGET].concat())
}
