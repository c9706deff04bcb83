//! What cargo's test programs print, line by line, becomes counts.

use super::Counts;

/// What one line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// `Running unittests src/lib.rs (target/debug/deps/name-hash)`: the program that prints what follows.
    Program(&'a str),
    /// `Doc-tests package_name`: the package whose documentation is tested next.
    Documentation(&'a str),
    /// `test name ... FAILED`.
    Failed(&'a str),
    /// `test name ... ignored` or `test name ... ignored, reason`.
    Ignored {
        /// Name of the test.
        test: &'a str,
        /// What its author gave as the reason.
        reason: &'a str,
    },
    /// `test result: …`: the end of a program's tests.
    Result(Counts),
    /// Anything else.
    Other,
}

/// Reads one line of the output of `cargo test`, without its line end.
#[must_use]
pub fn line(text: &str) -> Line<'_> {
    let trimmed = text.trim_start();
    if let Some(rest) = trimmed.strip_prefix("Running ").filter(|_| trimmed.len() < text.len()) {
        return rest
            .rsplit_once(" (")
            .map_or(Line::Other, |(_, path)| Line::Program(path.trim_end_matches(')')));
    }
    if let Some(package) = trimmed.strip_prefix("Doc-tests ").filter(|_| trimmed.len() < text.len()) {
        return Line::Documentation(package);
    }
    if let Some(rest) = text.strip_prefix("test result: ") {
        return counts(rest).map_or(Line::Other, Line::Result);
    }
    match text.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ")) {
        Some((test, "FAILED")) => Line::Failed(test.trim_end()),
        Some((test, outcome)) => match outcome.strip_prefix("ignored") {
            Some(reason) => Line::Ignored { test: test.trim_end(), reason: reason.trim_start_matches(", ") },
            None => Line::Other,
        },
        None => Line::Other,
    }
}

/// `ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`
fn counts(rest: &str) -> Option<Counts> {
    let (_, numbers) = rest.split_once(". ")?;
    let mut counts = Counts::default();
    for part in numbers.split("; ") {
        match part.split_once(' ') {
            Some((number, "passed")) => counts.passed = number.parse().ok()?,
            Some((number, "failed")) => counts.failed = number.parse().ok()?,
            Some((number, "ignored")) => counts.skipped = number.parse().ok()?,
            _ => {}
        }
    }
    Some(counts)
}
