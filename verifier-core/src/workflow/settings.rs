//! What an update cycle may cost, where its metadata may come from, and how strictly it is read.

use crate::check::length::Limit;
use crate::failure::Refusal;
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
    /// Bytes of a snapshot, targets or rotate metadata file where a length is listed. A longer listing is refused before
    /// a byte is fetched: whoever signs it would else decide how much is fetched and held in memory.
    pub listed_max_length: u64,
    /// Bytes of a target file. A target that is listed with more is not found: its search fails (5.7.3).
    pub target_file_max_length: u64,
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

/// The limits of lengths, each with the name by which a refusal calls it.
impl Settings {
    pub(crate) fn root_limit(&self) -> Limit {
        Limit::set(self.root_max_length, "root-max-length")
    }

    pub(crate) fn timestamp_limit(&self) -> Limit {
        Limit::set(self.timestamp_max_length, "timestamp-max-length")
    }

    /// The limit of a snapshot metadata file, which the timestamp may list with a length.
    pub(crate) fn snapshot_limit(&self, name: &str, listed: Option<u64>) -> Result<Limit, Refusal> {
        self.listed(name, listed, Limit::set(self.snapshot_max_length, "snapshot-max-length"))
    }

    /// The limit of a targets metadata file or a rotate file, which the snapshot may list with a length.
    pub(crate) fn targets_limit(&self, name: &str, listed: Option<u64>) -> Result<Limit, Refusal> {
        self.listed(name, listed, Limit::set(self.targets_max_length, "targets-max-length"))
    }

    /// The limit of a target file, which is listed with this length.
    pub(crate) fn target_file_limit(&self, path: &str, listed: u64) -> Result<Limit, Refusal> {
        Limit::set(self.target_file_max_length, "target-file-max-length").listed(path, listed)
    }

    /// A listed length governs (5.5.1, 5.6.1), up to a limit of its own.
    fn listed(&self, name: &str, listed: Option<u64>, unlisted: Limit) -> Result<Limit, Refusal> {
        match listed {
            Some(listed) => Limit::set(self.listed_max_length, "listed-max-length").listed(name, listed),
            None => Ok(unlisted),
        }
    }
}

/// Limits that no setting raises. They bound what one file can cost, whoever signed it: every signature is verified over
/// the whole file, so that keys times bytes is work.
impl Settings {
    /// Keyids of one role, and keys of one rotate file.
    pub const MAX_KEYIDS: usize = 256;
    /// Signatures of one metadata file, those by unknown keys among them.
    pub const MAX_SIGNATURES: usize = 1024;
    /// Bytes of the signed part of one file, times its signatures: 2 GiB.
    pub const MAX_SIGNED_BYTES: usize = 2 << 30;
    /// Delegations of one role, and roles of one multi-role delegation. More bins than that are succinct (TAP 15).
    pub const MAX_LISTED_DELEGATIONS: usize = 65_536;
    /// Hashes listed for one file.
    pub const MAX_HASHES: usize = 32;
    /// Bytes of the name of a delegated role.
    pub const MAX_ROLE_NAME: usize = 1024;
}

impl Default for Settings {
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
