//! `cargo xtask shared-worlds`: the worlds of the simulator, recorded natively for every other host of the verifier.
//!
//! `docs/shared-worlds.md` has the form of the files. The tests of the workflow are run once, and every update cycle that
//! they drive is written down.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::npm::stamp::Stamp;
use crate::test::test_programs;
use crate::{children, setup, workspace};

/// The version of the form of the files.
const FORMAT: u64 = 1;

/// The file that counts the worlds of a folder.
const INDEX: &str = "index.json";

/// Test programs of the simulator.
const TESTS: [&str; 3] = ["workflow", "advisories", "verdicts"];

/// Generated worlds (`docs/testing.md`), of the seeds from 0 on.
const GENERATED: &str = "300";

/// What the worlds are made of, relative to the workspace.
const INPUTS: [&str; 8] = [
    "Cargo.lock",
    "Cargo.toml",
    "verifier-core/src",
    "tests/src",
    "tests/tests",
    "tests/keys",
    "tests/oracle/src",
    "xtask/src/shared_worlds.rs",
];

/// Records the worlds in a folder, or in the one where the tests look for them, and prints how many there are.
///
/// # Errors
/// Where a test of the simulator fails, or a file cannot be written.
pub fn run(folder: Option<&str>) -> Result<()> {
    setup::for_build()?;
    let folder = match folder {
        Some(folder) => {
            let folder = std::path::absolute(folder)?;
            record_in(&folder)?;
            folder
        }
        None => record()?,
    };
    let index: Value = serde_json::from_slice(&fs::read(folder.join(INDEX))?)?;
    println!("{}\n{index:#}", folder.display());
    Ok(())
}

/// Records the worlds where the tests look for them, unless they are there as the sources now make them. Returns the folder.
///
/// # Errors
/// Where a test of the simulator fails, or a file cannot be written.
pub fn record() -> Result<PathBuf> {
    let folder = workspace::root().join("target/shared-worlds");
    let mut inputs = Vec::new();
    INPUTS.iter().try_for_each(|input| files(&workspace::root().join(input), &mut inputs))?;
    let stamp = Stamp::of(&inputs, folder.join("stamp"))?;
    if !stamp.is_current() {
        record_in(&folder)?;
        stamp.write()?;
    }
    Ok(folder)
}

/// The files of a folder, in the order of their names.
fn files(path: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut entries: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<_>>()?;
    entries.sort();
    entries.iter().try_for_each(|entry| files(entry, found))
}

/// Records beside the folder, and then puts it in its place: it is never there in part.
fn record_in(folder: &Path) -> Result<()> {
    if folder.exists() && !folder.join(INDEX).exists() {
        bail!("{} is there, and holds no worlds: it is left alone", folder.display());
    }
    let parent = folder.parent().context("the root of the file system is no folder for worlds")?;
    fs::create_dir_all(parent)?;
    let unfinished = tempfile::Builder::new().prefix("shared-worlds-").tempdir_in(parent)?;
    run_programs(unfinished.path())?;
    write_index(unfinished.path())?;
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    let unfinished = unfinished.keep();
    fs::rename(&unfinished, folder).with_context(|| format!("cannot write {}", folder.display()))
}

/// Runs the test programs, and the one that generates worlds. They are built as for a test of everything, which would else
/// build what they depend on once more, with other features.
fn run_programs(folder: &Path) -> Result<()> {
    let built = test_programs(&[])?;
    let mut commands = Vec::new();
    for name in TESTS {
        let program = built.iter().find(|(_, target)| **target == format!("tests: {name}"));
        let (path, _) = program.with_context(|| format!("there is no test program {name}"))?;
        let mut test = Command::new(path);
        test.arg("--quiet").current_dir(workspace::root().join("tests"));
        commands.push(test);
    }
    let mut generated = Command::new(workspace::program("debug", "generated"));
    generated.arg(GENERATED).current_dir(workspace::root());
    commands.push(generated);
    for mut command in commands {
        let finished = children::finished(command.env("TUF_WORLDS", folder).env("RUST_BACKTRACE", "0"))?;
        if !finished.status.success() {
            bail!("the worlds cannot be recorded\n{}{}", finished.stdout, finished.stderr);
        }
    }
    Ok(())
}

/// Brings the worlds of each program into the order of their names, and counts them.
fn write_index(folder: &Path) -> Result<()> {
    let mut programs = serde_json::Map::new();
    let mut lost = Vec::new();
    for program in TESTS.into_iter().chain(["generated"]) {
        let path = folder.join(format!("{program}.worlds"));
        let text = fs::read_to_string(&path).with_context(|| format!("{program} recorded nothing"))?;
        let mut worlds = Vec::new();
        for line in text.lines() {
            let world: Value =
                serde_json::from_str(line).with_context(|| format!("no world: {}", path.display()))?;
            let name = world["name"].as_str().context("a world has a name")?.to_owned();
            match world["lost"].as_str() {
                Some(reason) => lost.push(json!({"program": program, "name": name, "reason": reason})),
                None => worlds.push((name, line)),
            }
        }
        worlds.sort();
        let lines: String = worlds.iter().flat_map(|(_, line)| [line, "\n"]).collect();
        fs::write(&path, lines)?;
        programs.insert(program.to_owned(), worlds.len().into());
    }
    let index = json!({"format": FORMAT, "programs": programs, "lost": lost});
    fs::write(folder.join(INDEX), format!("{index:#}\n"))?;
    Ok(())
}
