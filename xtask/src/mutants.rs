//! `cargo xtask mutants [GLOB …]`: small defects put into the checks and the workflow, one at a time, each of which a
//! test must find.
//!
//! cargo-mutants works in a copy below `target`, which has the core and the simulator alone: what else the tests need
//! would be built again for each mutant. A mutant that no test finds must be argued in `docs/survivors.md`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use crate::{cargo_tool, children, workspace};

/// The version of cargo-mutants that is installed where there is none.
const CARGO_MUTANTS: &str = "27.1.0";
/// What is mutated where nothing is named.
const FILES: [&str; 3] =
    ["verifier-core/src/check/**", "verifier-core/src/client/**", "verifier-core/src/workflow/**"];
/// Tests that would take most of the time. A mutant that the others do not find meets them all.
const SLOW: [&str; 5] = [
    "histories::",
    "interruptions::an_interruption_at_any_write",
    "tap_3::recovers_from_endless",
    "damage::rejects_every_flipped",
    "damage::heals_every",
];

/// Mutates what the globs name and prints the survivors.
///
/// # Errors
/// Where a tool is missing, the tests fail without a mutant, or a survivor is not argued.
pub fn run(globs: &[&str]) -> Result<()> {
    let program = cargo_tool::installed("cargo-mutants", CARGO_MUTANTS)?;
    let tree = copy()?;
    let mut tests = workspace::cargo(&["test", "--quiet", "--package", "tuf-tests", "--test", "workflow"]);
    children::succeed(in_tree(&mut tests, &tree)).context("the tests fail without a mutant")?;
    let globs = if globs.is_empty() { &FILES } else { globs };
    let survivors = survivors(&program, &tree, globs)?;
    let survivors: Vec<&String> = survivors.iter().filter(|name| !is_argued(name)).collect();
    for name in &survivors {
        println!("SURVIVED {name}");
    }
    match survivors.len() {
        0 => Ok(()),
        count => bail!("{count} mutants were found by no test and are not argued in docs/survivors.md"),
    }
}

/// Runs every mutant; the names of those that no test found, with the place.
fn survivors(program: &Path, tree: &Path, globs: &[&str]) -> Result<Vec<String>> {
    let mut mutants = Command::new(program);
    mutants.args(["mutants", "--in-place", "--baseline", "skip", "--timeout", "300"]);
    mutants.args(globs.iter().flat_map(|glob| ["--file", *glob]));
    mutants.args(["--test-package", "tuf-tests", "--", "--test", "workflow", "--"]);
    mutants.args(SLOW.iter().flat_map(|name| ["--skip", *name]));
    let status = children::status(in_tree(&mut mutants, tree))?;
    // 0: all were found; 2: some were not; 3: some ran out of time, which is found too.
    if !matches!(status.code(), Some(0 | 2 | 3)) {
        bail!("cargo mutants ended with {status}");
    }
    let missed = fs::read_to_string(tree.join("mutants.out/missed.txt"))?;
    Ok(missed.lines().map(str::to_owned).collect())
}

/// Whether `docs/survivors.md` has an argument for a mutant, which it names without line and column.
fn is_argued(name: &str) -> bool {
    let argued = fs::read_to_string(workspace::root().join("docs/survivors.md")).unwrap_or_default();
    let parts: Vec<&str> = name.splitn(4, ':').collect();
    matches!(parts[..], [file, _, _, what] if argued.contains(&format!("`{file}:{what}`")))
}

fn in_tree<'a>(command: &'a mut Command, tree: &Path) -> &'a mut Command {
    command.current_dir(tree).env_remove("CARGO_TARGET_DIR")
}

/// Copies the core and the simulator with its tests of the workflow into a workspace of their own.
fn copy() -> Result<PathBuf> {
    let (from, to) = (workspace::root(), workspace::root().join("target/mutants"));
    for folder in ["verifier-core/src", "tests/src", "tests/tests", "tests/keys"] {
        let place = to.join(folder);
        if place.exists() {
            fs::remove_dir_all(&place)?;
        }
        copy_folder(&from.join(folder), &place)?;
    }
    fs::copy(from.join("Cargo.lock"), to.join("Cargo.lock"))?;
    fs::copy(from.join("rust-toolchain.toml"), to.join("rust-toolchain.toml"))?;
    rewrite("Cargo.toml", &to, |table| {
        table.remove("profile");
        let members = || Value::from(vec!["verifier-core", "tests"]);
        if let Some(workspace) = table.get_mut("workspace").and_then(Value::as_table_mut) {
            workspace.insert("members".into(), members());
            workspace.insert("default-members".into(), members());
        }
        let fast: Table = toml::from_str("[dev]\ndebug = false\n[dev.package.'*']\nopt-level = 3\n")?;
        table.insert("profile".into(), fast.into());
        Ok(())
    })?;
    rewrite("verifier-core/Cargo.toml", &to, |table| {
        table.remove("dev-dependencies");
        Ok(())
    })?;
    rewrite("tests/Cargo.toml", &to, |table| {
        table.remove("dev-dependencies");
        let workflow = "name = 'workflow'\npath = 'tests/main.rs'\n";
        table.insert("test".into(), Value::Array(vec![toml::from_str::<Table>(workflow)?.into()]));
        if let Some(package) = table.get_mut("package").and_then(Value::as_table_mut) {
            package.insert("autobins".into(), false.into());
        }
        Ok(())
    })?;
    Ok(to)
}

/// Writes a manifest to the copy, changed.
fn rewrite(name: &str, to: &Path, change: impl FnOnce(&mut Table) -> Result<()>) -> Result<()> {
    let mut table: Table = toml::from_str(&fs::read_to_string(workspace::root().join(name))?)?;
    change(&mut table)?;
    fs::write(to.join(name), toml::to_string(&table)?).with_context(|| format!("cannot write {name}"))
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &place)?,
            false => _ = fs::copy(entry.path(), place)?,
        }
    }
    Ok(())
}
