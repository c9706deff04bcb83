//! `cargo xtask test`: every test of every language, with counts.
//!
//! Each suite writes its results into a [`Tally`]. The run ends with a table, the reason of every skip, and one
//! line `N passed, N failed, N skipped`; it fails where anything failed, and where nothing was tested.

mod cargo_tests;
mod checks;
mod fuzz_corpus;
pub mod house_rules;
pub mod node_tests;
mod python_tests;
pub mod results;
mod specification;
mod suite;
mod tally;
pub mod threat_model;

pub use cargo_tests::programs as test_programs;
pub use tally::{Counts, Tally};

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::setup;
use suite::SUITES;

/// Runs every suite.
///
/// # Errors
/// Where a suite cannot be run at all; a failing test is no error but a failing status.
pub fn run_all() -> Result<ExitCode> {
    let mut tally = Tally::new()?;
    for suite in SUITES.iter().filter(|suite| suite.part_of_all) {
        let start = Instant::now();
        (suite.run)(&mut tally)?;
        eprintln!("suite {}: {} s", suite.name, start.elapsed().as_secs());
    }
    Ok(tally.finish())
}

/// Runs the suite of this name, after the set-up where a whole run has it before.
///
/// # Errors
/// Where there is none, or it cannot be run at all.
pub fn run_one(name: &str) -> Result<ExitCode> {
    let suite = SUITES.iter().find(|suite| suite.name == name);
    let suite = suite.with_context(|| format!("no suite {name}: see `cargo xtask test --list`"))?;
    let mut tally = Tally::new()?;
    if SUITES.iter().position(|other| other.name == name)
        > SUITES.iter().position(|other| other.name == "setup")
    {
        setup::run()?;
    }
    (suite.run)(&mut tally)?;
    Ok(tally.finish())
}

/// Prints the names of the suites.
///
/// # Errors
/// None so far; the signature is that of a task.
pub fn list() -> Result<()> {
    for suite in SUITES {
        println!("{:<14} {}", suite.name, suite.about);
    }
    Ok(())
}
