//! Root metadata.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tuf_verifier_core::UnixTime;

use crate::metadata::{Key, Metadata, expiry, spec_version, unrecognized};

/// The signed portion of root metadata (specification 4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "_type", rename = "root")]
pub struct Root {
    /// Version of the specification.
    #[serde(default = "spec_version")]
    pub spec_version: String,
    /// Version of this document.
    pub version: u64,
    /// When it expires.
    #[serde(with = "expiry")]
    pub expires: UnixTime,
    /// Whether file names carry versions and hashes.
    #[serde(default)]
    pub consistent_snapshot: bool,
    /// Public keys by keyid.
    pub keys: BTreeMap<String, Key>,
    /// Keyids and threshold of each top-level role.
    pub roles: BTreeMap<String, Role>,
    /// Fields that are not known here.
    #[serde(flatten, deserialize_with = "unrecognized")]
    pub unrecognized: Map<String, Value>,
}

/// Who may sign for a role, and how many must.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Keyids, each once.
    pub keyids: Vec<String>,
    /// Signatures by distinct keys that are needed, at least 1.
    pub threshold: u64,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub unrecognized: Map<String, Value>,
}

impl Role {
    /// Keyids and threshold, with nothing else said.
    #[must_use]
    pub fn new(keyids: Vec<String>, threshold: u64) -> Self {
        Self { keyids, threshold, unrecognized: Map::new() }
    }
}

impl Root {
    /// Forgets the keys that no role uses.
    pub fn drop_unused_keys(&mut self) {
        let used = |keyid: &String| self.roles.values().any(|role| role.keyids.contains(keyid));
        self.keys.retain(|keyid, _| used(keyid));
    }
}

impl Metadata for Root {
    const TYPE: &'static str = "root";

    fn version(&self) -> u64 {
        self.version
    }

    fn expires(&self) -> UnixTime {
        self.expires
    }
}
