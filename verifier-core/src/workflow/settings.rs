//! What an update cycle may cost, where its metadata may come from, and how strictly it is read.

use crate::role::Profile;

/// What one update cycle may cost, where its metadata may come from, and how strictly it is read. The specification
/// leaves the numbers to the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Bytes of a root metadata file (W of 5.3.3).
    pub root_max_length: u64,
    /// Bytes of the timestamp metadata file (X of 5.4.1).
    pub timestamp_max_length: u64,
    /// Bytes of a snapshot metadata file where the timestamp lists no length (Y of 5.5.1).
    pub snapshot_max_length: u64,
    /// Bytes of a targets metadata file, and of a rotate file, where the snapshot lists no length (Z of 5.6.1).
    pub targets_max_length: u64,
    /// Root metadata files accepted in one cycle (5.3.3).
    pub max_root_updates: u32,
    /// Delegated roles visited in one search (5.6.7.1).
    pub max_delegations: u32,
    /// Rotate files followed for one role (TAP 8).
    pub max_rotations: u32,
    /// Where metadata may come from.
    pub access: Access,
    /// Seconds after a full refresh in which the trusted store is used without asking the repository; 0 to ask always.
    pub fresh_for: u64,
    /// How strictly metadata is read.
    pub profile: Profile,
    /// Whether a pinned root of another line of roots than the trusted store's replaces that line, with its floors.
    /// Otherwise it is refused ([`Refusal::OtherRootLine`](crate::Refusal::OtherRootLine)). It is for a person to set, once.
    pub replace_root_line: bool,
}

/// Where metadata may come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// The trusted store and the repository, as chapter 5 of the specification orders.
    #[default]
    Repository,
    /// The trusted store alone: nothing is fetched and nothing is written. What the store lacks, or what has expired
    /// in it, fails the cycle.
    Store,
    /// The trusted store and a bundle: a file with what a repository served at some time. All is verified as if it was
    /// fetched; the report says that newer metadata could not be asked for.
    Bundle,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            root_max_length: 512_000,
            timestamp_max_length: 16_384,
            snapshot_max_length: 2_000_000,
            targets_max_length: 5_000_000,
            max_root_updates: 256,
            max_delegations: 32,
            max_rotations: 32,
            access: Access::Repository,
            fresh_for: 0,
            profile: Profile::Specification,
            replace_root_line: false,
        }
    }
}
