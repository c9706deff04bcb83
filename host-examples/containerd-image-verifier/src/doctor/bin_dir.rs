//! `bin-dir`, `max-verifiers`, `other-verifiers`: whom containerd asks.

use super::finding::Finding;
use super::machine::{Entry, Machine};

const CHECK: &str = "bin-dir";

pub(super) fn check(machine: &Machine) -> Vec<Finding> {
    let Some(verifiers) = &machine.config.verifiers else {
        return vec![Finding::open(CHECK, "containerd's configuration knows no folder of verifiers")];
    };
    let folder = verifiers.bin_dir.display();
    let entries = match &machine.entries {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return vec![Finding::open(CHECK, format!("{folder} is missing: every pull is allowed"))];
        }
        Err(error) => {
            return vec![Finding::blocked(CHECK, format!("{folder} cannot be read: {error}"))];
        }
    };
    if entries.is_empty() {
        return vec![Finding::open(CHECK, format!("{folder} is empty: every pull is allowed"))];
    }
    let unusable = entries.iter().filter(|entry| entry.asked).filter_map(unusable);
    let mut findings: Vec<Finding> = unusable.collect();
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, format!("{folder}, entries that can be run: {}", entries.len())));
    }
    findings.push(limit(verifiers.max_verifiers, entries));
    let others = entries.iter().filter(|entry| entry.asked && !entry.is_this_program);
    findings.extend(others.filter(|entry| entry.unusable.is_none()).map(other));
    findings
}

fn unusable(entry: &Entry) -> Option<Finding> {
    let why = entry.unusable.as_ref()?;
    let words = format!("{}: {why}, so every pull is blocked; remove it", entry.path.display());
    Some(Finding::blocked(CHECK, words))
}

fn limit(max_verifiers: i64, entries: &[Entry]) -> Finding {
    let skipped: Vec<&Entry> = entries.iter().filter(|entry| !entry.asked).collect();
    let words = format!("{max_verifiers}, {} are there", entries.len());
    match skipped.iter().find(|entry| entry.is_this_program) {
        Some(entry) => Finding::open(
            "max-verifiers",
            format!("{words}: {} comes too late by its name and is never asked", entry.path.display()),
        ),
        None if skipped.is_empty() => Finding::ok("max-verifiers", words),
        None => Finding::warning("max-verifiers", format!("{words}: the last ones are never asked")),
    }
}

fn other(entry: &Entry) -> Finding {
    Finding::warning("other-verifiers", format!("{} is asked too, and can block", entry.path.display()))
}
