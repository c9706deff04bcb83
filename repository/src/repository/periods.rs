//! How long metadata is valid once it is signed.

use std::collections::BTreeMap;

use crate::metadata::{ROOT, SNAPSHOT, TARGETS, TIMESTAMP};

const DAY: u64 = 86_400;

/// Seconds between the signing of metadata and its expiry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Periods {
    /// For root metadata.
    pub root: u64,
    /// For top-level targets metadata.
    pub targets: u64,
    /// For snapshot metadata.
    pub snapshot: u64,
    /// For timestamp metadata.
    pub timestamp: u64,
    /// For delegated targets metadata without a period of its own.
    pub delegated: u64,
    /// For single delegated roles, by name.
    pub roles: BTreeMap<String, u64>,
}

impl Default for Periods {
    fn default() -> Self {
        Self {
            root: 365 * DAY,
            targets: 90 * DAY,
            snapshot: 7 * DAY,
            timestamp: DAY,
            delegated: 90 * DAY,
            roles: BTreeMap::new(),
        }
    }
}

impl Periods {
    /// The period of a role, in seconds.
    #[must_use]
    pub fn of(&self, role: &str) -> u64 {
        match role {
            ROOT => self.root,
            TARGETS => self.targets,
            SNAPSHOT => self.snapshot,
            TIMESTAMP => self.timestamp,
            other => self.roles.get(other).copied().unwrap_or(self.delegated),
        }
    }
}
