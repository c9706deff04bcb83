//! What a finished refresh established.

use wasmtime::component::{ComponentType, Lift};

use crate::failure::Failure;
use crate::waiver::Waiver;

/// What a finished refresh established.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
#[non_exhaustive]
pub struct Report {
    /// The fixed update start time (5.1), seconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// The trusted root metadata.
    pub root: RoleState,
    /// The trusted timestamp metadata.
    pub timestamp: RoleState,
    /// The trusted snapshot metadata.
    pub snapshot: RoleState,
    /// The trusted top-level targets metadata.
    pub targets: RoleState,
    /// Whether the repository uses consistent snapshots (5.3.12).
    #[component(name = "consistent-snapshot")]
    pub consistent_snapshot: bool,
    /// The repository offered the timestamp version that was trusted already (5.4.3.1): nothing changed.
    #[component(name = "timestamp-unchanged")]
    pub timestamp_unchanged: bool,
    /// Files of the store that were not used, and why.
    pub notices: Vec<Notice>,
    /// Checks that were not made as the specification demands, and why.
    pub waived: Vec<Waiver>,
}

/// One trusted metadata file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct RoleState {
    /// Version number.
    pub version: u64,
    /// Expiry, seconds since 1970-01-01T00:00:00Z; [`UnixTime::from_seconds`](crate::UnixTime::from_seconds) prints it.
    pub expires: i64,
}

/// A file of the trusted store that was not used. It is no failure: the file is replaced.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct Notice {
    /// File name in the store.
    pub name: String,
    /// Why it was not used.
    pub why: Failure,
}
