//! Rotate files: the keys that a role goes on with (TAP 8), or none (TAP 20).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::metadata::{Key, Role, unrecognized};

/// The signed portion of a rotate file (TAP 8, "Rotate file"). It has no expiry: it is signed once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "_type", rename = "rotate")]
pub struct Rotate {
    /// How many rotate files the role has with this one, at least 1.
    pub version: u64,
    /// The role whose keys are rotated.
    pub role: String,
    /// The keys that the role goes on with, by keyid. An empty table is the null key: it revokes the role (TAP 20).
    pub keys: BTreeMap<String, Key>,
    /// Signatures by distinct keys that are needed from here on, at least 1.
    pub threshold: u64,
    /// Fields that are not known here.
    #[serde(flatten, deserialize_with = "unrecognized")]
    pub unrecognized: Map<String, Value>,
}

impl Rotate {
    /// The rotate file of this version, to these keys. Without keys it revokes the role.
    #[must_use]
    pub fn new(role: &str, version: u64, keys: BTreeMap<String, Key>, threshold: u64) -> Self {
        Self { version, role: role.to_owned(), keys, threshold, unrecognized: Map::new() }
    }
}

/// The keys that a role has by its rotate files, whatever its delegators list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotatedKeys {
    /// Rotate files that were followed, one that revokes the role included.
    pub rotations: u64,
    /// Keyids that may sign; none if the role is revoked.
    pub keyids: Vec<String>,
    /// The keys by keyid.
    pub keys: BTreeMap<String, Key>,
    /// Signatures by distinct keys that are needed.
    pub threshold: u64,
    /// Whether the last rotate file revokes the role.
    pub is_revoked: bool,
}

impl RotatedKeys {
    /// What the last of so many rotate files says, which does not revoke the role.
    #[must_use]
    pub fn of(rotations: u64, last: &Rotate) -> Self {
        let (keys, threshold) = (last.keys.clone(), last.threshold);
        Self { rotations, keyids: keys.keys().cloned().collect(), keys, threshold, is_revoked: false }
    }

    /// After so many rotate files, of which the last one revokes the role.
    #[must_use]
    pub fn revoked(rotations: u64) -> Self {
        let (keyids, keys) = (Vec::new(), BTreeMap::new());
        Self { rotations, keyids, keys, threshold: 1, is_revoked: true }
    }

    /// After this rotate file, the last one: its keys, or none if it revokes the role.
    #[must_use]
    pub fn after(last: &Rotate) -> Self {
        match last.keys.is_empty() {
            true => Self::revoked(last.version),
            false => Self::of(last.version, last),
        }
    }

    /// Who must sign for the role.
    #[must_use]
    pub fn signers(&self) -> Role {
        Role::new(self.keyids.clone(), self.threshold)
    }
}
