//! What a reader should know of a repository that clients accept.

use serde::Serialize;
use tuf_verifier_core::UnixTime;

use crate::metadata::{ROOT, SNAPSHOT, TARGETS, TIMESTAMP, format_expiry};
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
