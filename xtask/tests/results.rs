//! The lines that cargo's test programs print.

use xtask::test::Counts;
use xtask::test::results::{Line, line};

#[test]
fn reads_the_start_of_a_program() {
    let text = "     Running unittests src/lib.rs (target/debug/deps/core-0123)";
    assert_eq!(line(text), Line::Program("target/debug/deps/core-0123"));
    assert_eq!(line("   Doc-tests tuf_verifier_core"), Line::Documentation("tuf_verifier_core"));
}

#[test]
fn reads_the_outcome_of_a_test() {
    assert_eq!(line("test rejects_rollback ... ok"), Line::Other);
    assert_eq!(line("test rejects_rollback ... FAILED"), Line::Failed("rejects_rollback"));
    assert_eq!(line("test slow ... ignored"), Line::Ignored { test: "slow", reason: "" });
    assert_eq!(
        line("test slow ... ignored, needs a network"),
        Line::Ignored { test: "slow", reason: "needs a network" }
    );
}

#[test]
fn reads_the_counts_of_a_program() {
    let failed =
        "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.01s";
    assert_eq!(line(failed), Line::Result(Counts { passed: 3, failed: 2, skipped: 1 }));
    let passed =
        "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
    assert_eq!(line(passed), Line::Result(Counts { passed: 12, failed: 0, skipped: 0 }));
}

#[test]
fn does_not_read_what_a_test_prints() {
    for text in
        ["Running (away)", "Doc-tests x", "test result: what?", "test", "the test result: ok. 1 passed"]
    {
        assert_eq!(line(text), Line::Other, "{text}");
    }
}
