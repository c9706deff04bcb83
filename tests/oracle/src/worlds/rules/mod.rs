//! Why the three clients may answer differently: one rule a reason, each decided by a sentence of the specification.

mod case;
mod delegations;
mod header;
mod history;
mod json;
mod keys;
mod listing;
mod targets;

use super::{Difference, Trio};
use crate::Outcome;
use case::Case;

/// A known reason for a difference.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Name in `tests/differences.md`.
    pub name: &'static str,
    /// What differs, and who answers what.
    pub differs: &'static str,
    /// The section and the sentence that decides.
    pub decides: &'static str,
    /// What was mutated, and what each client answered, where the rule explains it.
    cases: &'static [Case],
}

impl Rule {
    /// Whether the rule explains a difference.
    #[must_use]
    pub fn explains(&self, difference: &Difference<'_>) -> bool {
        self.cases.iter().any(|case| case.fits(difference))
    }

    /// The mutations that the rule knows.
    pub fn mutations(&self) -> impl Iterator<Item = &'static str> {
        self.cases.iter().flat_map(|case| case.mutations).copied()
    }
}

/// What the reason begins with where we answered nothing at all.
pub(super) const PANICKED: &str = "panicked";

/// Every rule.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [json::ALL, header::ALL, keys::ALL, listing::ALL, history::ALL, targets::ALL, delegations::ALL]
        .into_iter()
        .flatten()
}

/// The rules that explain a difference: one that knows all three answers; else one for each peer that answers otherwise
/// than we do. None where the difference is not explained: never where we broke a promise of the cycle.
#[must_use]
pub fn explain(difference: &Difference<'_>) -> Vec<&'static Rule> {
    if difference.answers.ours.reason().starts_with(PANICKED) {
        return Vec::new();
    }
    if let Some(rule) = rules().find(|rule| rule.explains(difference)) {
        return vec![rule];
    }
    let Trio { ours, python, node } = &difference.answers;
    let of = |peer: &Outcome, fits: fn(&Case, &Difference<'_>) -> bool| {
        // Who refuses as we do, for a reason of its own, answers no otherwise.
        if ours.same_verdict(peer) {
            return peer.is_refused().then_some(None);
        }
        let rule = rules().find(|rule| rule.cases.iter().any(|case| fits(case, difference)));
        rule.map(Some)
    };
    match (of(python, Case::fits_python), of(node, Case::fits_node)) {
        (Some(of_python), Some(of_node)) => of_python.into_iter().chain(of_node).collect(),
        _ => Vec::new(),
    }
}
