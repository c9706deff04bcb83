//! `cargo xtask fuzz [TARGET] [--runs N]`: libFuzzer on every target of `fuzz/`, or on one.
//!
//! What it learns is kept in `target/fuzz/corpus`; an input for which a property does not hold is written to
//! `target/fuzz/findings`, and fails the task.

mod tools;
pub mod wrapper;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{children, workspace};

/// One fuzz target.
struct Target {
    name: &'static str,
    /// Bytes of the longest input: what a target would not read is not tried.
    max_length: u32,
}

const TARGETS: [Target; 7] = [
    Target { name: "canonical_json", max_length: 4096 },
    Target { name: "client_sequence", max_length: 60 * 6 },
    Target { name: "date", max_length: 40 },
    Target { name: "offer_sequence", max_length: 40 * 6 },
    Target { name: "role_json", max_length: 4096 },
    Target { name: "root_chain", max_length: 12 * 5 },
    Target { name: "target_path_and_pattern", max_length: 128 },
];

/// Runs of each target where none are asked for.
const RUNS: u64 = 100_000;

/// Seconds after which one input has hung.
const PATIENCE: u32 = 20;

/// Runs what the options ask for.
///
/// # Errors
/// Where there is no such target, a tool is missing, or a property does not hold.
pub fn run(options: &[&str]) -> Result<()> {
    let (names, runs) = wanted(options)?;
    let programs = tools::build()?;
    for name in names {
        let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
            let all = TARGETS.map(|target| target.name).join(", ");
            bail!("no fuzz target {name}: there are {all}");
        };
        fuzz(target, &programs, runs)?;
    }
    Ok(())
}

/// The targets and the number of runs that are asked for.
fn wanted<'a>(options: &[&'a str]) -> Result<(Vec<&'a str>, u64)> {
    let (mut names, mut runs) = (Vec::new(), RUNS);
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match *option {
            "--runs" => {
                let number = options.next().context("--runs needs a number")?;
                runs = number.parse().with_context(|| format!("{number} is no number of runs"))?;
            }
            unknown if unknown.starts_with('-') => bail!("no such option: {unknown}"),
            name => names.push(name),
        }
    }
    if names.is_empty() {
        names = TARGETS.iter().map(|target| target.name).collect();
    }
    Ok((names, runs))
}

fn fuzz(target: &Target, programs: &std::path::Path, runs: u64) -> Result<()> {
    let learnt = folder("corpus", target)?;
    let findings = folder("findings", target)?;
    let fuzz = workspace::root().join("fuzz");
    let mut command = Command::new(programs.join(target.name));
    command.arg(format!("-runs={runs}")).arg(format!("-max_len={}", target.max_length));
    command.arg(format!("-timeout={PATIENCE}")).arg("-print_final_stats=1");
    command.arg(format!("-artifact_prefix={}/", findings.display()));
    let dictionary = fuzz.join("dictionaries").join(format!("{}.dict", target.name));
    if dictionary.is_file() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    command.arg(learnt).arg(fuzz.join("corpus").join(target.name));
    println!("fuzzing {}, {runs} runs", target.name);
    let status = children::status(&mut command)?;
    if !status.success() {
        bail!("{}: a property does not hold: the input is in {}", target.name, findings.display());
    }
    Ok(())
}

fn folder(kind: &str, target: &Target) -> Result<PathBuf> {
    let folder = workspace::root().join("target/fuzz").join(kind).join(target.name);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}
