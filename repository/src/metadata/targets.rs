//! Targets metadata, top-level and delegated.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tuf_verifier_core::UnixTime;

use crate::metadata::{Delegations, Metadata, expiry, multi_role, spec_version, unrecognized};

/// The signed portion of targets metadata, top-level or delegated (specification 4.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "_type", rename = "targets")]
pub struct Targets {
    /// Version of the specification.
    #[serde(default = "spec_version")]
    pub spec_version: String,
    /// Version of this document.
    pub version: u64,
    /// When it expires.
    #[serde(with = "expiry")]
    pub expires: UnixTime,
    /// Targets by target path.
    pub targets: BTreeMap<String, TargetFile>,
    /// The roles that this one trusts with some of its paths.
    #[serde(flatten, with = "multi_role")]
    pub delegations: Option<Delegations>,
    /// Fields that are not known here.
    #[serde(flatten, deserialize_with = "unrecognized")]
    pub unrecognized: Map<String, Value>,
}

/// One target as its role lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetFile {
    /// Bytes of the target file.
    pub length: u64,
    /// Lower-case hexadecimal digests by algorithm.
    pub hashes: BTreeMap<String, String>,
    /// What the application wants to know about the target: an object without fractions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<Map<String, Value>>,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub unrecognized: Map<String, Value>,
}

impl Targets {
    /// Targets metadata that lists nothing. Version and expiry are set where it is published.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            spec_version: spec_version(),
            version: 0,
            expires: UnixTime(0),
            targets: BTreeMap::new(),
            delegations: None,
            unrecognized: Map::new(),
        }
    }

    /// Whether it lists a path that it delegates: clients take what it lists, and never ask the other role.
    #[must_use]
    pub fn is_shadowing(&self, path: &str) -> bool {
        let delegated = self.delegations.as_ref().is_some_and(|delegations| {
            delegations.bins().is_some() || delegations.listed().any(|listed| listed.scope().covers(path))
        });
        delegated && self.targets.contains_key(path)
    }
}

impl Metadata for Targets {
    const TYPE: &'static str = "targets";

    fn version(&self) -> u64 {
        self.version
    }

    fn expires(&self) -> UnixTime {
        self.expires
    }
}
