//! The compiler, with coverage for the verifier alone.
//!
//! cargo-fuzz asks for coverage of every crate. Signatures and digests are most of the work of an input, and which way
//! they take says nothing about the verifier: without coverage they take a fraction of the time, and what libFuzzer
//! learns is about the verifier.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

/// The environment's name for being called as cargo's `RUSTC_WRAPPER`.
pub const WRAPPING: &str = "TUF_XTASK_WRAPS_RUSTC";

/// The packages whose coverage is of interest.
const COVERED: [&str; 2] = ["tuf-verifier-core", "tuf-fuzz"];

/// Runs the compiler that the first argument names, with the others.
///
/// # Errors
/// Where it cannot be started.
pub fn run(arguments: &[&str]) -> Result<ExitCode> {
    let (rustc, arguments) = arguments.split_first().context("a wrapper is given the compiler")?;
    let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
    let covered = COVERED.contains(&package.as_str());
    let kept = arguments.iter().filter(|argument| covered || !is_coverage(argument));
    let status = Command::new(rustc).args(kept).status().with_context(|| format!("cannot start {rustc}"))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether an argument asks for coverage, or for what makes it finer.
fn is_coverage(argument: &str) -> bool {
    ["sancov-module", "sanitizer-coverage", "simplifycfg", "debug-assertions", "link-dead-code"]
        .iter()
        .any(|flag| argument.starts_with("-C") && argument.contains(flag))
}
