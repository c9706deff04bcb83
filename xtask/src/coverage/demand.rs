//! The demands as `docs/specification-coverage.toml` lists them.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::workspace;

/// One demand of the specification.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// The section or the numbered step, with `-` and a word behind it where there are several demands.
    pub id: String,
    /// What is demanded, in the project's words.
    pub demand: String,
    /// The first words of the sentence, where it has MUST, SHALL or REQUIRED.
    pub words: Option<String>,
    /// The functions that do it, each `path::name`.
    #[serde(default)]
    pub functions: Vec<String>,
    /// The tests that show it, each `path::name`.
    #[serde(default)]
    pub tests: Vec<String>,
    /// Why the project does otherwise, or nothing.
    pub reason: Option<String>,
}

impl Demand {
    /// The section or the numbered step.
    #[must_use]
    pub fn place(&self) -> &str {
        self.id.split_once('-').map_or(&self.id, |(place, _)| place)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Demands {
    demand: Vec<Demand>,
}

/// Reads all demands, in their order.
pub(super) fn read() -> Result<Vec<Demand>> {
    let path = workspace::root().join("docs/specification-coverage.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let demands: Demands = toml::from_str(&text).with_context(|| path.display().to_string())?;
    Ok(demands.demand)
}

/// What is wrong with the list itself: names that are there twice, and names of nothing.
pub(super) fn defects(demands: &[Demand]) -> Vec<String> {
    let mut defects = Vec::new();
    let mut ids = BTreeSet::new();
    for demand in demands {
        let mut defect = |what: String| defects.push(format!("{}: {what}", demand.id));
        if !ids.insert(&demand.id) {
            defect("is there twice".into());
        }
        if demand.reason.is_none() && (demand.functions.is_empty() || demand.tests.is_empty()) {
            defect("has no function or no test, and no reason".into());
        }
        for function in demand.functions.iter().filter(|name| !names_function(name)) {
            defect(format!("there is no function {function}"));
        }
        for test in demand.tests.iter().filter(|name| !names_test(name)) {
            defect(format!("there is no test {test}"));
        }
    }
    defects
}

fn names_function(name: &str) -> bool {
    lines_of(name).is_some_and(|(lines, name)| lines.iter().any(|line| defines(line, &name)))
}

/// Whether a function of this name has `#[test]` at most three lines above it.
fn names_test(name: &str) -> bool {
    lines_of(name).is_some_and(|(lines, name)| {
        let at = lines.iter().position(|line| defines(line, &name));
        at.is_some_and(|at| lines[at.saturating_sub(3)..at].iter().any(|line| line.trim() == "#[test]"))
    })
}

/// The lines of the file that `path::name` is in, and the name.
fn lines_of(name: &str) -> Option<(Vec<String>, String)> {
    let (path, name) = name.rsplit_once("::")?;
    let text = fs::read_to_string(workspace::root().join(path)).ok()?;
    Some((text.lines().map(str::to_owned).collect(), name.to_owned()))
}

fn defines(line: &str, name: &str) -> bool {
    let rest = line.split_once("fn ").and_then(|(_, rest)| rest.strip_prefix(name));
    rest.is_some_and(|rest| rest.starts_with(['(', '<']))
}
