//! Snapshot and timestamp metadata.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tuf_verifier_core::UnixTime;

use crate::metadata::{Metadata, expiry, sha256_hex, spec_version, unrecognized};

/// The signed portion of snapshot metadata (specification 4.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "_type", rename = "snapshot")]
pub struct Snapshot {
    /// Version of the specification.
    #[serde(default = "spec_version")]
    pub spec_version: String,
    /// Version of this document.
    pub version: u64,
    /// When it expires.
    #[serde(with = "expiry")]
    pub expires: UnixTime,
    /// Every targets metadata file, by its name without a version, such as `targets.json`.
    pub meta: BTreeMap<String, MetaFile>,
    /// Fields that are not known here.
    #[serde(flatten, deserialize_with = "unrecognized")]
    pub unrecognized: Map<String, Value>,
}

/// The signed portion of timestamp metadata (specification 4.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "_type", rename = "timestamp")]
pub struct Timestamp {
    /// Version of the specification.
    #[serde(default = "spec_version")]
    pub spec_version: String,
    /// Version of this document.
    pub version: u64,
    /// When it expires.
    #[serde(with = "expiry")]
    pub expires: UnixTime,
    /// `snapshot.json`, and nothing else.
    pub meta: BTreeMap<String, MetaFile>,
    /// Fields that are not known here.
    #[serde(flatten, deserialize_with = "unrecognized")]
    pub unrecognized: Map<String, Value>,
}

/// One metadata file as another one lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaFile {
    /// Version of the file.
    pub version: u64,
    /// Bytes of the file. Lifts the default limit that clients download, so a publisher always writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// Lower-case hexadecimal digests by algorithm.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hashes: BTreeMap<String, String>,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub unrecognized: Map<String, Value>,
}

impl MetaFile {
    /// The listing of a metadata file: its version, its length and its SHA-256.
    #[must_use]
    pub fn describe(version: u64, bytes: &[u8]) -> Self {
        Self {
            version,
            length: u64::try_from(bytes.len()).ok(),
            hashes: BTreeMap::from([("sha256".to_owned(), sha256_hex(bytes))]),
            unrecognized: Map::new(),
        }
    }

    /// The same listing with the unknown fields of the one that it replaces.
    #[must_use]
    pub fn in_place_of(self, before: Option<&Self>) -> Self {
        let unrecognized = before.map_or_else(Map::new, |before| before.unrecognized.clone());
        Self { unrecognized, ..self }
    }
}

impl Metadata for Snapshot {
    const TYPE: &'static str = "snapshot";

    fn version(&self) -> u64 {
        self.version
    }

    fn expires(&self) -> UnixTime {
        self.expires
    }
}

impl Metadata for Timestamp {
    const TYPE: &'static str = "timestamp";

    fn version(&self) -> u64 {
        self.version
    }

    fn expires(&self) -> UnixTime {
        self.expires
    }
}
