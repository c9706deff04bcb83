//! What a run counts.

use std::fs;

use xtask::test::{Counts, Tally};

#[test]
fn counts_reported_skips_as_skipped_and_not_as_passed() {
    let mut tally = Tally::new().expect("a skip file");
    fs::write(tally.skip_file(), "SKIPPED one: no network\nSKIPPED two: no Python\n").expect("the skip file");
    let harness = Counts { passed: 5, failed: 0, skipped: 1 };
    tally.add("program", harness, Vec::new()).expect("the skip file");
    assert_eq!(tally.total(), Counts { passed: 3, failed: 0, skipped: 3 });
    tally.add("next program", harness, Vec::new()).expect("the skip file");
    assert_eq!(tally.total(), Counts { passed: 8, failed: 0, skipped: 4 });
}

#[test]
fn counts_a_check_that_fails() {
    let mut tally = Tally::new().expect("a skip file");
    tally.check("holds", || Ok(()));
    assert!(!tally.has_failures());
    tally.check("does not hold", || anyhow::bail!("for a reason"));
    tally.skip("cannot be known", "no git");
    assert!(tally.has_failures());
    assert_eq!(tally.total(), Counts { passed: 1, failed: 1, skipped: 1 });
}
