//! Two states of a repository become a list of what changed, in words for the person who is about to sign.
//!
//! Reviewing verifies nothing: it compares documents that were read. It says what a change means ("threshold 3 → 2"),
//! not which bytes differ.

mod change;
mod delegations;
mod document;
pub(crate) mod duties;
mod expiry;
mod keys;
mod names;
mod targets;

use std::collections::BTreeMap;

pub use change::{Change, ChangeKind, Severity};
pub(crate) use expiry::contradictory;
pub use expiry::{span, usual_period};
pub use names::KeyNames;

use crate::metadata::{Root, RotatedKeys, Snapshot, Targets, Timestamp};

/// The documents of a repository at one time. Any of them may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents {
    /// Root metadata.
    pub root: Option<Root>,
    /// Timestamp metadata.
    pub timestamp: Option<Timestamp>,
    /// Snapshot metadata.
    pub snapshot: Option<Snapshot>,
    /// Targets metadata by role, the top-level one and delegated ones.
    pub targets: BTreeMap<String, Targets>,
    /// What roles go on with by rotate files of their own (TAP 8).
    pub rotated: BTreeMap<String, RotatedKeys>,
}

/// What changed from one state to another, the most dangerous changes first.
///
/// Documents that are missing in `before` are new; documents that are missing in `after` were removed. To review a few
/// changed documents, lay them over a copy of what was there before.
#[must_use]
pub fn changes(before: &Documents, after: &Documents, names: &KeyNames) -> Vec<Change> {
    let mut found = Vec::new();
    document::compare(before, after, &mut found);
    keys::compare(before, after, names, &mut found);
    delegations::compare(before, after, &mut found);
    targets::compare(before, after, &mut found);
    // Stable: changes of one severity stay in the order of the roles.
    found.sort_by_key(|change| std::cmp::Reverse(change.severity));
    found
}
