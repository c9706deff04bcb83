//! `cargo test`, its results sorted by package and test program.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::results::{Line, line};
use super::tally::Tally;
use crate::{children, shared_worlds, workspace};

/// The reason of an ignored test which another test runs in a process of its own begins like this: it is no skip.
const PART: &str = "a part of ";

/// The package whose tests repeat the worlds that were recorded.
const REPLAYS_WORLDS: &str = "tuf-verifier-host";

/// Runs the tests of these packages; of every default member where none is named.
///
/// A package that does not build counts as one failure: what it would have tested is unknown.
pub(super) fn run(tally: &mut Tally, packages: &[&str]) -> Result<()> {
    if packages.is_empty() || packages.contains(&REPLAYS_WORLDS) {
        tally.check("recording of the shared worlds", || shared_worlds::record().map(drop));
    }
    let selection: Vec<&str> = packages.iter().flat_map(|package| ["--package", *package]).collect();
    run_selected(tally, &selection)
}

/// Runs the tests that these arguments of `cargo test` select, as [`run`] does.
pub(super) fn run_selected(tally: &mut Tally, selection: &[&str]) -> Result<()> {
    let programs = match programs(selection) {
        Ok(programs) => programs,
        Err(error) => {
            tally.check("build of the tests", || Err(error));
            return Ok(());
        }
    };
    let mut command = workspace::cargo(&["test", "--no-fail-fast"]);
    command.args(selection).env("TUF_TEST_SKIPS", tally.skip_file()).env("CARGO_TERM_COLOR", "never");
    let mut reader = Reader { programs, current: None, failures: Vec::new(), parts: 0, outcome: Ok(()) };
    let status = children::lines(&mut command, |text| {
        println!("{text}");
        reader.take(tally, text);
    })?;
    reader.finish(tally)?;
    if !status.success() && !tally.has_failures() {
        tally.check("cargo test", || bail!("ended with {status} without naming a failed test"));
    }
    Ok(())
}

/// Builds the tests that these arguments of `cargo test` select: `package: target` for each test program, by its path.
///
/// # Errors
/// If they do not build.
pub fn programs(selection: &[&str]) -> Result<BTreeMap<String, String>> {
    let mut build = workspace::cargo(&["test", "--no-run", "--message-format", "json-render-diagnostics"]);
    build.args(selection);
    let mut found = BTreeMap::new();
    for text in children::stdout(&mut build).context("the tests do not build")?.lines() {
        let message: Value =
            serde_json::from_str(text).with_context(|| format!("no message of cargo: {text}"))?;
        if let Some((path, name)) = program(&message) {
            found.insert(path, name);
        }
    }
    Ok(found)
}

/// `{"reason":"compiler-artifact", "executable": "/…", "target": {"name": …, "kind": […]}, "manifest_path": "/…/Cargo.toml"}`
fn program(message: &Value) -> Option<(String, String)> {
    let executable = message.get("executable")?.as_str()?;
    let folder = std::path::Path::new(message.get("manifest_path")?.as_str()?).parent()?;
    let package = folder.strip_prefix(workspace::root()).ok()?.display().to_string();
    let target = message.get("target")?;
    let name = target.get("name")?.as_str()?;
    // A program and a test may have the same name.
    let is_program = target.get("kind")?.as_array()?.iter().any(|kind| kind == "bin");
    let name = if is_program { format!("{package}: {name} (program)") } else { format!("{package}: {name}") };
    Some((executable.to_owned(), name))
}

/// Follows the output of `cargo test`.
struct Reader {
    programs: BTreeMap<String, String>,
    current: Option<String>,
    failures: Vec<String>,
    /// Ignored tests of the current program that other tests run.
    parts: u64,
    outcome: Result<()>,
}

impl Reader {
    fn take(&mut self, tally: &mut Tally, text: &str) {
        match line(text) {
            Line::Program(path) => self.begin(tally, self.name(path)),
            Line::Documentation(package) => self.begin(tally, format!("{package}: documentation")),
            Line::Failed(test) => self.failures.push(test.to_owned()),
            Line::Ignored { test, reason } => {
                if reason.starts_with(PART) {
                    self.parts += 1;
                    return;
                }
                let reason = if reason.is_empty() { "ignored without a reason" } else { reason };
                tally.note_ignored(test, reason);
            }
            Line::Result(mut counts) => {
                counts.skipped = counts.skipped.saturating_sub(std::mem::take(&mut self.parts));
                let name = self.current.take().unwrap_or_else(|| "unknown".to_owned());
                let added = tally.add(&name, counts, std::mem::take(&mut self.failures));
                self.outcome = std::mem::replace(&mut self.outcome, Ok(())).and(added);
            }
            Line::Other => {}
        }
    }

    /// The name of the program at this path, which cargo prints relative to the workspace.
    fn name(&self, path: &str) -> String {
        let absolute = workspace::root().join(path).display().to_string();
        self.programs.get(&absolute).cloned().unwrap_or_else(|| path.to_owned())
    }

    /// A program that began and did not print its result has crashed.
    fn begin(&mut self, tally: &mut Tally, next: String) {
        if let Some(crashed) = self.current.replace(next) {
            tally.check(&crashed, || bail!("ended without a result"));
        }
    }

    fn finish(mut self, tally: &mut Tally) -> Result<()> {
        if let Some(crashed) = self.current.take() {
            tally.check(&crashed, || bail!("ended without a result"));
        }
        self.outcome
    }
}
