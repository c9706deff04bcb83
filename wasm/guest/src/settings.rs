//! Settings, both ways.

use tuf_verifier_core::Settings;

use crate::wit;

pub(crate) fn to_wit(settings: Settings) -> wit::Settings {
    wit::Settings {
        root_max_length: settings.root_max_length,
        timestamp_max_length: settings.timestamp_max_length,
        snapshot_max_length: settings.snapshot_max_length,
        targets_max_length: settings.targets_max_length,
        max_root_updates: settings.max_root_updates,
        max_delegations: settings.max_delegations,
    }
}

pub(crate) fn to_core(settings: wit::Settings) -> Settings {
    Settings {
        root_max_length: settings.root_max_length,
        timestamp_max_length: settings.timestamp_max_length,
        snapshot_max_length: settings.snapshot_max_length,
        targets_max_length: settings.targets_max_length,
        max_root_updates: settings.max_root_updates,
        max_delegations: settings.max_delegations,
    }
}
