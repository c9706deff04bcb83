//! What a client does with what is published, and what it answers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Refreshes from one stop after the other with the same store, and a look for each target at each.
#[derive(Clone, Debug, Serialize)]
pub struct Journey {
    /// The trusted root metadata.
    pub root: PathBuf,
    /// The folder of the trusted store.
    pub store: PathBuf,
    /// Where to refresh from, in this order. A refusal does not end the journey.
    pub stops: Vec<Stop>,
    /// Target paths.
    pub targets: Vec<String>,
    /// Seconds since 1970 that the client takes for the time; none for the clock's.
    pub reference_time: Option<i64>,
}

/// One place to refresh from.
#[derive(Clone, Debug, Serialize)]
pub struct Stop {
    /// Base URL of the metadata.
    pub metadata_url: String,
    /// Base URL of the targets.
    pub targets_url: String,
}

/// What a client answered at one stop.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Visit {
    /// Whether the top-level metadata was accepted.
    pub refresh: Outcome,
    /// What was found of each target; nothing where the refresh was refused.
    pub targets: BTreeMap<String, Outcome>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The refresh ended well.
    Accepted,
    /// The target was found, fetched and verified.
    Verified {
        /// Lower-case hexadecimal SHA-256 of what was fetched.
        sha256: String,
    },
    /// Nobody who may lists the target.
    Absent,
    /// Something was not accepted.
    Refused {
        /// A code of ours, a peer's exception.
        reason: String,
    },
}
