//! Settings, both ways.

use tuf_verifier_core::{Access, Profile, Settings};

use crate::wit;

/// Settings, from the core to the host.
#[must_use]
pub fn to_wit(settings: Settings) -> wit::Settings {
    wit::Settings {
        root_max_length: settings.root_max_length,
        timestamp_max_length: settings.timestamp_max_length,
        snapshot_max_length: settings.snapshot_max_length,
        targets_max_length: settings.targets_max_length,
        listed_max_length: settings.listed_max_length,
        target_file_max_length: settings.target_file_max_length,
        max_root_updates: settings.max_root_updates,
        max_delegations: settings.max_delegations,
        max_rotations: settings.max_rotations,
        access: match settings.access {
            Access::Repository => wit::Access::Repository,
            Access::Store => wit::Access::Store,
            Access::Bundle => wit::Access::Bundle,
        },
        fresh_for: settings.fresh_for,
        profile: match settings.profile {
            Profile::Strict => wit::Profile::Strict,
            Profile::Compatible => wit::Profile::Compatible,
        },
        replace_root_line: settings.replace_root_line,
    }
}

/// Settings, from the host to the core.
#[must_use]
pub fn to_core(settings: wit::Settings) -> Settings {
    Settings {
        root_max_length: settings.root_max_length,
        timestamp_max_length: settings.timestamp_max_length,
        snapshot_max_length: settings.snapshot_max_length,
        targets_max_length: settings.targets_max_length,
        listed_max_length: settings.listed_max_length,
        target_file_max_length: settings.target_file_max_length,
        max_root_updates: settings.max_root_updates,
        max_delegations: settings.max_delegations,
        max_rotations: settings.max_rotations,
        access: match settings.access {
            wit::Access::Repository => Access::Repository,
            wit::Access::Store => Access::Store,
            wit::Access::Bundle => Access::Bundle,
        },
        fresh_for: settings.fresh_for,
        profile: match settings.profile {
            wit::Profile::Strict => Profile::Strict,
            wit::Profile::Compatible => Profile::Compatible,
        },
        replace_root_line: settings.replace_root_line,
    }
}
