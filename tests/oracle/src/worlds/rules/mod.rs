//! Why the three clients may answer differently: one rule a reason, each decided by a sentence of the specification.

mod case;
mod delegations;
mod header;
mod history;
mod json;
mod keys;
mod listing;
mod targets;

use super::Difference;
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

/// Every rule.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [json::ALL, header::ALL, keys::ALL, listing::ALL, history::ALL, targets::ALL, delegations::ALL]
        .into_iter()
        .flatten()
}

/// The rule that explains a difference.
#[must_use]
pub fn explain(difference: &Difference<'_>) -> Option<&'static Rule> {
    rules().find(|rule| rule.explains(difference))
}
