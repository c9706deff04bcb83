//! Counts, failures and skips of a run, and the table at its end.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
    /// Tests that were not run.
    pub skipped: u64,
}

/// The results of a run so far.
#[derive(Debug)]
pub struct Tally {
    rows: Vec<(String, Counts)>,
    failures: Vec<String>,
    skips: Vec<String>,
    skip_file: NamedTempFile,
}

impl Tally {
    /// No results yet, and an empty file for the skips.
    ///
    /// # Errors
    /// Where that file cannot be written.
    pub fn new() -> Result<Self> {
        let skip_file = NamedTempFile::with_prefix("skips").context("cannot make the file for the skips")?;
        Ok(Self { rows: Vec::new(), failures: Vec::new(), skips: Vec::new(), skip_file })
    }

    /// The file to which a test that cannot run appends `SKIPPED <name>: <reason>`; it goes to the tests as the
    /// environment's `TUF_TEST_SKIPS`.
    #[must_use]
    pub fn skip_file(&self) -> &Path {
        self.skip_file.path()
    }

    /// Counts one check that is a test by itself.
    pub fn check(&mut self, name: &str, check: impl FnOnce() -> Result<()>) {
        eprintln!("check: {name}");
        let mut counts = Counts::default();
        match check() {
            Ok(()) => counts.passed = 1,
            Err(error) => {
                eprintln!("FAILED {name}: {error:#}");
                self.failures.push(format!("{name}: {error:#}"));
                counts.failed = 1;
            }
        }
        self.rows.push((name.to_owned(), counts));
    }

    /// Counts one check that cannot be done here.
    pub fn skip(&mut self, name: &str, reason: &str) {
        self.skips.push(format!("SKIPPED {name}: {reason}"));
        self.rows.push((name.to_owned(), Counts { skipped: 1, ..Counts::default() }));
    }

    /// Counts the results of one test program. A test that reported its skip has passed as far as its harness
    /// knows: those found in the skip file since the last row are moved from the passed to the skipped.
    ///
    /// # Errors
    /// Where the skip file cannot be read.
    pub fn add(&mut self, name: &str, mut counts: Counts, failures: Vec<String>) -> Result<()> {
        let reported = self.take_reported_skips()?;
        let moved = u64::try_from(reported.len())?.min(counts.passed);
        counts.passed -= moved;
        counts.skipped += moved;
        self.skips.extend(reported);
        self.failures.extend(failures.into_iter().map(|test| format!("{name}: {test}")));
        self.rows.push((name.to_owned(), counts));
        Ok(())
    }

    /// Notes a test that its harness skipped, with the reason that the harness printed.
    pub fn note_ignored(&mut self, name: &str, line: &str) {
        self.skips.push(format!("SKIPPED {name}: {line}"));
    }

    /// Whether anything failed so far.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        !self.failures.is_empty()
    }

    /// The sum of all results.
    #[must_use]
    pub fn total(&self) -> Counts {
        self.rows.iter().fold(Counts::default(), |total, (_, counts)| Counts {
            passed: total.passed + counts.passed,
            failed: total.failed + counts.failed,
            skipped: total.skipped + counts.skipped,
        })
    }

    /// Prints the table, the failures and the skips; the run's status.
    #[must_use]
    pub fn finish(self) -> ExitCode {
        println!();
        println!("{:<56} {:>7} {:>7} {:>7}", "", "passed", "failed", "skipped");
        // A program without tests has nothing to say.
        for (name, counts) in self.rows.iter().filter(|(_, counts)| *counts != Counts::default()) {
            println!("{name:<56} {:>7} {:>7} {:>7}", counts.passed, counts.failed, counts.skipped);
        }
        let total = self.total();
        for failure in &self.failures {
            println!("FAILED {failure}");
        }
        for skip in &self.skips {
            println!("{skip}");
        }
        if total.passed == 0 {
            println!("nothing was tested");
        }
        println!();
        println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
        if total.failed == 0 && total.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn take_reported_skips(&self) -> Result<Vec<String>> {
        let text = fs::read_to_string(&self.skip_file)?;
        fs::write(&self.skip_file, "")?;
        Ok(text.lines().map(str::to_owned).collect())
    }
}
