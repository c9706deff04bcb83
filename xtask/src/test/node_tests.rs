//! `node --test`, its results read from TAP.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::tally::{Counts, Tally};
use crate::{children, npm, setup, shared_worlds};

/// Compiles the package and its tests, and runs them. Where Node or a package is not to be had, all of it is skipped.
pub(super) fn run(tally: &mut Tally) -> Result<()> {
    if let Some(reason) = setup::reason_missing("npm") {
        tally.skip("npm", &reason);
        return Ok(());
    }
    tally.check("tsc --strict: npm", || npm::compile("."));
    tally.check("the published package", npm::bundle);
    tally.check("tsc --strict: npm/test", || npm::compile("test"));
    tally.check("recording of the shared worlds", || shared_worlds::record().map(drop));
    let mut files = Vec::new();
    test_files(&npm::folder().join("build/test"), &mut files)?;
    files.sort();
    let (browsers, others): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|path| path.components().any(|part| part.as_os_str() == "browser"));
    // By itself Node leaves one processor to what it does not start, and most tests wait for programs that they start.
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    run_files(tally, "npm", &others, at_once)?;
    run_files(tally, "npm: browser", &browsers, 1)
}

/// Runs compiled test files, as many at once as this says.
fn run_files(tally: &mut Tally, name: &str, files: &[PathBuf], at_once: usize) -> Result<()> {
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=tap", &format!("--test-concurrency={at_once}")]);
    node.args(files).current_dir(npm::folder());
    run_tap(tally, name, &mut node)
}

/// Runs a program that prints TAP, and counts what it says.
pub(super) fn run_tap(tally: &mut Tally, name: &str, program: &mut Command) -> Result<()> {
    let mut results = Results::default();
    let status = children::lines(program, |text| {
        println!("{text}");
        results.take(text);
    })?;
    for (test, reason) in &results.skips {
        tally.note_ignored(test, reason);
    }
    if !status.success() && results.counts.failed == 0 {
        tally.check(name, || bail!("the tests ended with {status} without naming a failed one"));
    }
    tally.add(name, results.counts, results.failures)
}

/// Files whose name ends in `.test.js`.
fn test_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            test_files(&path, found)?;
        } else if path.to_string_lossy().ends_with(".test.js") {
            found.push(path);
        }
    }
    Ok(())
}

/// What TAP says, line by line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// The counts of the summary at the end.
    pub counts: Counts,
    /// Names of failed tests, the inner ones too.
    pub failures: Vec<String>,
    /// Names of skipped tests, each with its reason.
    pub skips: Vec<(String, String)>,
}

impl Results {
    /// Reads one line.
    pub fn take(&mut self, text: &str) {
        let line = text.trim_start();
        if let Some(test) = line.strip_prefix("not ok ") {
            self.failures.push(named(test).to_owned());
        } else if let Some(test) = line.strip_prefix("ok ") {
            if let Some((test, reason)) = test.split_once(" # SKIP") {
                self.skips.push((named(test).to_owned(), reason.trim().to_owned()));
            }
        } else if let Some(summary) = text.strip_prefix("# ") {
            self.summarise(summary);
        }
    }

    /// `pass 12`, `fail 0`, `cancelled 0`, `skipped 1`, `todo 0`: a test that was cancelled or is to be written has failed.
    fn summarise(&mut self, summary: &str) {
        let Some((word, number)) = summary.split_once(' ') else { return };
        let Ok(number) = number.parse::<u64>() else { return };
        match word {
            "pass" => self.counts.passed += number,
            "fail" | "cancelled" | "todo" => self.counts.failed += number,
            "skipped" => self.counts.skipped += number,
            _ => {}
        }
    }
}

/// `3 - name` becomes `name`.
fn named(test: &str) -> &str {
    test.split_once(" - ").map_or(test, |(_, name)| name)
}
