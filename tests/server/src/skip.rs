//! Tests that could not run.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;

/// Says that a test could not run, where the project's test command counts it.
pub(crate) fn skip(test: &str, reason: &str) {
    let line = format!("SKIPPED {test}: {reason}");
    eprintln!("{line}");
    if let Some(path) = env::var_os("TUF_TEST_SKIPS") {
        let mut file = OpenOptions::new().create(true).append(true).open(path).expect("the skip list");
        writeln!(file, "{line}").expect("the skip list");
    }
}
