//! Tests that cannot run here say so, in one form that the runner can count.

use std::fs::OpenOptions;
use std::io::Write;

/// Reports that `test` cannot run, and why: one line `SKIPPED <test>: <reason>` on standard error, and the same
/// line at the end of the file that `TUF_TEST_SKIPS` names, where it is set.
///
/// # Panics
/// Where that file cannot be written: a skip that nobody sees would count as a success.
pub fn skip(test: &str, reason: &str) {
    let line = format!("SKIPPED {test}: {reason}\n");
    eprint!("{line}");
    let Some(path) = std::env::var_os("TUF_TEST_SKIPS") else { return };
    let written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .and_then(|mut f| f.write_all(line.as_bytes()));
    assert!(written.is_ok(), "the skip of {test} cannot be written to {}", path.display());
}
