//! Limits on what one update cycle may cost.

use wasmtime::component::{ComponentType, Lift, Lower};

/// Limits on what one update cycle may cost. The specification leaves the numbers to the application.
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
    /// Root metadata files accepted in one cycle (5.3.3).
    #[component(name = "max-root-updates")]
    pub max_root_updates: u32,
    /// Delegated roles visited in one search (5.6.7.1).
    #[component(name = "max-delegations")]
    pub max_delegations: u32,
}

impl Default for Settings {
    /// The component's own defaults.
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
