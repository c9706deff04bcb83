//! What a reader should know of a repository that clients accept.

use std::collections::BTreeSet;

use serde::Serialize;
use tuf_verifier_core::UnixTime;

use crate::metadata::{ROOT, SNAPSHOT, TARGETS, TIMESTAMP, format_expiry};
use crate::repository::disagreements_of;
use crate::review::{Change, Documents, KeyNames, Severity, changes, contradictory, span, usual_period};

/// A sentence about a repository, with its weight.
///
/// Its texts are the repository's own and may be hostile: whoever shows them escapes them first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The role that is meant.
    pub role: String,
    /// Kebab-case.
    pub code: String,
    /// How much attention it needs.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
}

/// Code of a target that roles which must agree do not list alike.
pub const DISAGREEMENT: &str = "disagreement";

/// Listed paths that are looked at for disagreements: each is a search.
pub(super) const MOST_PATHS: usize = 10_000;

/// Disagreements that are told one by one.
const MOST_TOLD: usize = 100;

/// Weaknesses of keys and delegations, and periods that contradict each other.
pub(super) fn findings(documents: &Documents, names: &KeyNames, at: UnixTime) -> Vec<Finding> {
    let mut found = weaknesses(documents, names);
    found.extend(periods(documents, at));
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    found
}

/// What a reviewer would be warned of if the whole repository was new.
fn weaknesses(documents: &Documents, names: &KeyNames) -> Vec<Finding> {
    let all = changes(&Documents::default(), documents, names).into_iter();
    let dangers = all.filter(|change| change.severity == Severity::Danger);
    dangers.map(|change| Finding::of(&change)).collect()
}

impl Finding {
    fn of(change: &Change) -> Self {
        let message = change.to_string();
        Self { role: change.role.clone(), code: change.kind.code(), severity: change.severity, message }
    }

    fn new(role: &str, code: &str, severity: Severity, message: String) -> Self {
        Self { role: role.to_owned(), code: code.to_owned(), severity, message }
    }
}

/// Targets that roles which must agree (TAP 3) do not list alike, as far as clients accept the roles; and whether every listed
/// path was looked at.
pub(super) fn disagreements(documents: &Documents, refused: &BTreeSet<&str>) -> (Vec<Finding>, bool) {
    let accepted = |role: &str| documents.targets.get(role).filter(|_| !refused.contains(role));
    let mut left = MOST_PATHS;
    let all = disagreements_of(&accepted, &mut left);
    let new = |role: &str, message: String| Finding::new(role, DISAGREEMENT, Severity::Notice, message);
    let mut found: Vec<_> =
        all.iter().take(MOST_TOLD).map(|one| new(&one.delegator, one.to_string())).collect();
    if let Some(next) = all.get(MOST_TOLD) {
        let more = all.len() - MOST_TOLD;
        found.push(new(&next.delegator, format!("{more} more targets are not listed alike")));
    }
    (found, left > 0)
}

/// Expiries that do not fit together, or that are unusual.
fn periods(documents: &Documents, at: UnixTime) -> Vec<Finding> {
    let mut found = Vec::new();
    let top_level = [
        (TIMESTAMP, documents.timestamp.as_ref().map(|timestamp| timestamp.expires)),
        (SNAPSHOT, documents.snapshot.as_ref().map(|snapshot| snapshot.expires)),
        (TARGETS, documents.targets.get(TARGETS).map(|targets| targets.expires)),
        (ROOT, documents.root.as_ref().map(|root| root.expires)),
    ];
    let delegated = documents.targets.iter().filter(|(role, _)| *role != TARGETS);
    let delegated = delegated.map(|(role, targets)| (role.as_str(), Some(targets.expires)));
    let all = top_level.into_iter().chain(delegated);
    let all: Vec<_> = all.filter_map(|(role, expires)| Some((role, expires?))).collect();
    for ((longer, long), (shorter, short)) in contradictory(&all) {
        let earlier = span(long.0.saturating_sub(short.0).unsigned_abs());
        let message = format!(
            "{shorter}: expires {earlier} before {longer}, which leads to it: until then it must be signed anew"
        );
        found.push(Finding::new(shorter, "expires-before-what-leads-to-it", Severity::Notice, message));
    }
    found.extend(all.into_iter().filter_map(|(role, expires)| unusually_long(role, expires, at)));
    found
}

fn unusually_long(role: &str, expires: UnixTime, at: UnixTime) -> Option<Finding> {
    let left = expires.0.saturating_sub(at.0);
    (left > usual_period(role)).then(|| {
        let (left, usual) = (span(left.unsigned_abs()), span(usual_period(role).unsigned_abs()));
        let message = format!(
            "{role}: expires in {left}, at {}, which is unusually long: {usual} are usual at most",
            format_expiry(expires)
        );
        Finding::new(role, "unusually-long", Severity::Notice, message)
    })
}
