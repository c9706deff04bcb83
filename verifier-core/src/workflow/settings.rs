//! Limits on what one update cycle may cost.

/// Limits on what one update cycle may cost. The specification leaves the numbers to the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Bytes of a root metadata file (W of 5.3.3).
    pub root_max_length: u64,
    /// Bytes of the timestamp metadata file (X of 5.4.1).
    pub timestamp_max_length: u64,
    /// Bytes of a snapshot metadata file where the timestamp lists no length (Y of 5.5.1).
    pub snapshot_max_length: u64,
    /// Bytes of a targets metadata file where the snapshot lists no length (Z of 5.6.1).
    pub targets_max_length: u64,
    /// Root metadata files accepted in one cycle (Y of 5.3.3).
    pub max_root_updates: u32,
    /// Delegated roles visited in one search (5.6.7.1).
    pub max_delegations: u32,
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
        }
    }
}
