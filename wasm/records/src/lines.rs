//! Stores of one repository, each with a line of roots.

use tuf_verifier_core::RankedLine;

use crate::wit;

/// Ranked stores, from the core to the host.
#[must_use]
pub fn to_wit(ranked: Vec<RankedLine>) -> Vec<wit::RankedLine> {
    // The index is that of a list that came through a 32-bit memory.
    let index = |store| u32::try_from(store).unwrap_or(u32::MAX);
    ranked.into_iter().map(|line| wit::RankedLine { store: index(line.store), proven: line.proven }).collect()
}
