//! The page that says where the specification is met.

use anyhow::Result;

use super::tally::Tally;
use crate::coverage;

/// Compares the page with its list, the list with the code, and the list with the specification.
pub(super) fn run(tally: &mut Tally) -> Result<()> {
    tally.check("coverage: functions and tests are there", coverage::names_are_there);
    tally.check("coverage: the page is as it was made", coverage::page_is_new);
    const LEFT_OUT: &str = "coverage: no demand of the specification is left out";
    match coverage::nothing_is_left_out() {
        Some(outcome) => tally.check(LEFT_OUT, || outcome),
        None => tally.skip(LEFT_OUT, "the specification's text is not beside this checkout"),
    }
    Ok(())
}
