//! `cargo xtask costs`: the instructions that the core takes for what it does most, beside those that were written down.
//!
//! Times say little on a machine that does other things as well. Instructions are counted by valgrind, in a program that is compiled as
//! the component is, and are the same wherever the same compiler made it.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use toml::Table;

use crate::component::PROFILE;
use crate::{children, setup, workspace};

/// How much more or less than the written number counts as another cost, in percent.
const TOLERANCE: u64 = 3;

/// What was written down.
const WRITTEN: &str = "tests/hot-paths.toml";

const PROGRAM: &str = "hot-paths";

/// Prints the costs beside those that were written down.
///
/// # Errors
/// One of them is another one; or they cannot be counted.
pub fn compare() -> Result<()> {
    let written: Table = toml::from_str(&fs::read_to_string(page())?)?;
    let mut others = Vec::new();
    for (name, counted) in count()? {
        let before = written.get(&name).and_then(toml::Value::as_integer).unwrap_or_default();
        let before = u64::try_from(before)?;
        println!("{name}: {counted} instructions, {before} were written down");
        if counted.abs_diff(before) * 100 > before * TOLERANCE {
            others.push(format!("{name}: {before} became {counted}"));
        }
    }
    if others.is_empty() {
        return Ok(());
    }
    bail!(
        "the core costs more or less than {WRITTEN} says, by more than {TOLERANCE} %. If that is meant, `cargo xtask costs --write`:\n{}",
        others.join("\n")
    )
}

/// Writes the costs down.
///
/// # Errors
/// They cannot be counted or written.
pub fn write() -> Result<()> {
    let mut text = String::from(
        "# Instructions of a refresh and a search by the core, counted by valgrind. `cargo xtask costs --write` writes this file.\n",
    );
    for (name, counted) in count()? {
        println!("{name}: {counted} instructions");
        writeln!(text, "{name:?} = {counted}")?;
    }
    Ok(fs::write(page(), text)?)
}

/// Why nothing can be counted here.
#[must_use]
pub fn reason_missing() -> Option<String> {
    setup::reason_missing("valgrind")
}

fn page() -> PathBuf {
    workspace::root().join(WRITTEN)
}

/// The names and the instructions of all that is counted.
fn count() -> Result<Vec<(String, u64)>> {
    let build = ["build", "--locked", "--profile", PROFILE, "--package", "tuf-tests", "--bin", PROGRAM];
    children::succeed(&mut workspace::cargo(&build))?;
    let program = workspace::program(PROFILE, PROGRAM);
    let names = children::output(&mut Command::new(&program))?;
    let counted = names.lines().map(|name| {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        valgrind.arg("--toggle-collect=hot_paths::measured").arg(&program).arg(name);
        let said = children::finished(&mut valgrind)?.stderr;
        let collected =
            said.lines().find_map(|line| line.split_once("Collected : ")).map(|(_, number)| number);
        let collected = collected.with_context(|| format!("valgrind counted nothing for {name}: {said}"))?;
        Ok((name.to_owned(), collected.trim().parse()?))
    });
    counted.collect()
}
