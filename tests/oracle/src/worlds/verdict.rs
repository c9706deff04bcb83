//! What one client answered at one step of a world.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::Stored;
use crate::Outcome;

/// The versions of root, timestamp, snapshot and targets: numbers of any size, as a peer may take them.
pub type Versions = [Value; 4];

/// What one client answered at one step.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Verdict {
    /// Whether the top-level metadata was accepted.
    pub refresh: Outcome,
    /// What was found of each target; nothing where the refresh was refused.
    pub targets: BTreeMap<String, Outcome>,
    /// The trusted versions of root, timestamp, snapshot and targets after an accepted refresh.
    pub versions: Option<Versions>,
    /// What the client has stored after the step.
    pub stored: Stored,
}

/// The verdicts of the three clients on the same thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trio {
    /// This project's.
    pub ours: Outcome,
    /// python-tuf's.
    pub python: Outcome,
    /// tuf-js's.
    pub node: Outcome,
}

impl Trio {
    /// Whether all three say the same; why they refuse does not matter.
    #[must_use]
    pub fn agree(&self) -> bool {
        self.ours.same_verdict(&self.python) && self.ours.same_verdict(&self.node)
    }
}

impl Outcome {
    /// Whether the verdicts are the same, for whatever reasons.
    #[must_use]
    pub fn same_verdict(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Refused { .. }, Self::Refused { .. }) => true,
            (one, other) => one == other,
        }
    }

    /// The reason of a refusal; empty where there is none.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Refused { reason } => reason,
            _ => "",
        }
    }

    /// Whether it is a refusal.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => write!(f, "accepted"),
            Self::Verified { sha256 } => write!(f, "verified {}", sha256.get(..8).unwrap_or(sha256)),
            Self::Absent => write!(f, "absent"),
            Self::Refused { reason } => write!(f, "refused ({reason})"),
        }
    }
}

impl Outcome {
    /// The code of a refusal, the word of anything else.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Accepted => "accepted",
            Self::Verified { .. } => "verified",
            Self::Absent => "absent",
            Self::Refused { reason } => reason,
        }
    }
}
