//! What `node --test` prints becomes counts, failures and skips.

use xtask::test::Counts;
use xtask::test::node_tests::Results;

fn read(text: &str) -> Results {
    let mut results = Results::default();
    text.lines().for_each(|line| results.take(line));
    results
}

#[test]
fn counts_what_the_summary_says() {
    let results = read(
        "ok 1 - a\n1..1\n# tests 6\n# suites 0\n# pass 2\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 1\n# duration_ms 5.2\n",
    );
    assert_eq!(results.counts, Counts { passed: 2, failed: 3, skipped: 1 });
}

#[test]
fn names_failures_of_inner_tests() {
    let results = read("    not ok 1 - inner - with a dash\n      ---\nnot ok 1 - outer\n");
    assert_eq!(results.failures, ["inner - with a dash", "outer"]);
}

#[test]
fn gives_the_reason_of_a_skip() {
    let results = read("ok 1 - needs a browser # SKIP there is none\nok 2 - plain\nok 3 - silent # SKIP\n");
    let expected = [("needs a browser", "there is none"), ("silent", "")];
    assert_eq!(results.skips, expected.map(|(test, reason)| (test.to_owned(), reason.to_owned())));
}
