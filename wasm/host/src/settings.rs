//! What an update cycle may cost, where its metadata may come from, and how strictly it is read.

use wasmtime::component::{ComponentType, Lift, Lower};

/// What one update cycle may cost, where its metadata may come from, and how strictly it is read. The specification
/// leaves the numbers to the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Settings {
    /// Bytes of a root metadata file (5.3.3).
    #[component(name = "root-max-length")]
    pub root_max_length: u64,
    /// Bytes of the timestamp metadata file (5.4.1).
    #[component(name = "timestamp-max-length")]
    pub timestamp_max_length: u64,
    /// Bytes of a snapshot metadata file where the timestamp lists no length (5.5.1).
    #[component(name = "snapshot-max-length")]
    pub snapshot_max_length: u64,
    /// Bytes of a targets metadata file where the snapshot lists no length (5.6.1).
    #[component(name = "targets-max-length")]
    pub targets_max_length: u64,
    /// Bytes of a snapshot, targets or rotate metadata file where a length is listed. A longer listing is refused before
    /// a byte is fetched: whoever signs it would else decide how much is fetched and held in memory.
    #[component(name = "listed-max-length")]
    pub listed_max_length: u64,
    /// Bytes of a target file. A target that is listed with more is not found: its search fails (5.7.3).
    #[component(name = "target-file-max-length")]
    pub target_file_max_length: u64,
    /// Root metadata files accepted in one cycle (5.3.3).
    #[component(name = "max-root-updates")]
    pub max_root_updates: u32,
    /// Delegated roles visited in one search (5.6.7.1).
    #[component(name = "max-delegations")]
    pub max_delegations: u32,
    /// Rotate files followed for one role (TAP 8).
    #[component(name = "max-rotations")]
    pub max_rotations: u32,
    /// Where metadata may come from.
    pub access: Access,
    /// Seconds after a full refresh in which the trusted store is used without asking the repository; 0 to ask always.
    #[component(name = "fresh-for")]
    pub fresh_for: u64,
    /// How strictly metadata is read.
    pub profile: Profile,
    /// Whether a pinned root of another line of roots than the trusted store's replaces that line, with its floors.
    /// Otherwise it is refused (`other-root-line`). It is for a person to set, once.
    #[component(name = "replace-root-line")]
    pub replace_root_line: bool,
}

/// Where metadata may come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
pub enum Access {
    /// The trusted store and the repository, as chapter 5 of the specification orders.
    #[default]
    #[component(name = "repository")]
    Repository,
    /// The trusted store alone: nothing is fetched and nothing is written. What the store lacks, or what has expired
    /// in it, fails the refresh.
    #[component(name = "store")]
    Store,
    /// The trusted store and a bundle: a file with what a repository served at some time. All is verified as if it was
    /// fetched; the report says that newer metadata could not be asked for.
    #[component(name = "bundle")]
    Bundle,
}

/// How strictly metadata is read. Both profiles make every check of the specification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
pub enum Profile {
    /// As real repositories carry it: beside the specification's forms, elliptic-curve keys as hexadecimal points, key
    /// types that are named after their scheme, and expiry with a fraction of a second or an offset from UTC. Such a form
    /// says the same thing in other characters, so it weakens no check. Each use is reported as a [`Waiver`](crate::Waiver).
    #[default]
    #[component(name = "compatible")]
    Compatible,
    /// In the specification's forms alone.
    #[component(name = "strict")]
    Strict,
}

impl Default for Settings {
    /// The component's own defaults.
    fn default() -> Self {
        Self {
            root_max_length: 512_000,
            timestamp_max_length: 16_384,
            snapshot_max_length: 2_000_000,
            targets_max_length: 5_000_000,
            listed_max_length: 64 << 20,
            target_file_max_length: 1 << 30,
            max_root_updates: 256,
            max_delegations: 32,
            max_rotations: 32,
            access: Access::Repository,
            fresh_for: 0,
            profile: Profile::Compatible,
            replace_root_line: false,
        }
    }
}
