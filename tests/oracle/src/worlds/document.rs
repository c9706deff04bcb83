//! `tests/differences.md`, made from the rules.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::rules;

/// How often the rules explained a difference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Worlds followed.
    pub worlds: u64,
    /// By the name of the rule.
    pub of_rules: BTreeMap<&'static str, u64>,
}

const HEAD: &str = "\
# Differences

Generated worlds are read by this project, by python-tuf and by tuf-js (see [testing.md](../docs/testing.md)). Where the
three do not answer alike, one of these rules explains it, or the test fails. A rule knows what was mutated and what each
client answered; it names the sentence of the TUF specification 1.0.34 that decides.

This file is made from the rules by `cargo xtask worlds --write`, and a test compares them.
";

/// The document: every rule, and how often it explained a difference.
#[must_use]
pub fn document(counts: &Counts) -> String {
    let mut text = HEAD.to_owned();
    let total: u64 = counts.of_rules.values().sum();
    let _ = writeln!(
        text,
        "\nIn the {} worlds of the seeds from 0, {total} differences were found, all of them explained.",
        counts.worlds
    );
    for rule in rules() {
        let count = counts.of_rules.get(rule.name).unwrap_or(&0);
        let _ = write!(
            text,
            "\n## {}\n\n{}\n\n> {}\n\nSeen {count} times.\n",
            rule.name, rule.differs, rule.decides
        );
    }
    text
}

/// A document without what a run has counted.
#[must_use]
pub fn without_counts(document: &str) -> String {
    let counted = |line: &&str| line.starts_with("Seen ") || line.starts_with("In the ");
    document.lines().filter(|line| !counted(line)).collect::<Vec<_>>().join("\n")
}
