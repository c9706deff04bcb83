//! Delegations: who is trusted with which target paths.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Map, Value};

use crate::metadata::{Key, Role, Scope};

/// The roles that a targets role trusts with some of its paths, and their keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegations {
    /// Public keys by keyid.
    pub keys: BTreeMap<String, Key>,
    /// The roles, one by one or as succinct bins.
    #[serde(flatten)]
    pub roles: DelegatedRoles,
    /// Fields that are not known here.
    #[serde(flatten, deserialize_with = "beside_roles")]
    pub unrecognized: Map<String, Value>,
}

/// Delegated roles: a list in the order of their priority, or succinct bins. Never both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DelegatedRoles {
    /// Roles in the order of their priority, the first one first.
    Roles(Vec<DelegatedRole>),
    /// Bins by the hash of the target path (TAP 15).
    SuccinctRoles(SuccinctRoles),
}

/// One delegated role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelegatedRole {
    /// Name of the role.
    pub name: String,
    /// Keyids, each once.
    pub keyids: Vec<String>,
    /// Signatures by distinct keys that are needed, at least 1.
    pub threshold: u64,
    /// The target paths that it is trusted with.
    #[serde(flatten)]
    pub scope: Scope,
    /// Whether the search ends with this role for the paths that it is trusted with.
    pub terminating: bool,
    /// Fields that are not known here.
    #[serde(flatten, deserialize_with = "beside_scope")]
    pub unrecognized: Map<String, Value>,
}

/// Bins by the hash of the target path (TAP 15). All of them share keys and threshold, and none is terminating.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuccinctRoles {
    /// Keyids, each once.
    pub keyids: Vec<String>,
    /// Signatures by distinct keys that are needed, at least 1.
    pub threshold: u64,
    /// Bits of the hash that choose the bin, 1 to 32: there are 2 to the power of it.
    pub bit_length: u32,
    /// The bins' names are this, a hyphen, and the number of the bin in hexadecimal.
    pub name_prefix: String,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub unrecognized: Map<String, Value>,
}

impl Delegations {
    /// An empty list of roles.
    #[must_use]
    pub fn empty() -> Self {
        Self { keys: BTreeMap::new(), roles: DelegatedRoles::Roles(Vec::new()), unrecognized: Map::new() }
    }

    /// Name, keys and threshold of every delegated role, bins included, in the order of their priority.
    pub fn signers(&self) -> impl Iterator<Item = (String, Role)> {
        let (list, bins) = match &self.roles {
            DelegatedRoles::Roles(list) => (list.as_slice(), None),
            DelegatedRoles::SuccinctRoles(bins) => (&[][..], Some(bins)),
        };
        let listed =
            list.iter().map(|role| (role.name.clone(), Role::new(role.keyids.clone(), role.threshold)));
        let binned = bins.into_iter().flat_map(|bins| {
            let role = Role::new(bins.keyids.clone(), bins.threshold);
            bins.names().map(move |name| (name, role.clone()))
        });
        listed.chain(binned)
    }

    /// Forgets the keys that no role uses.
    pub fn drop_unused_keys(&mut self) {
        let used: Vec<&String> = match &self.roles {
            DelegatedRoles::Roles(roles) => roles.iter().flat_map(|role| &role.keyids).collect(),
            DelegatedRoles::SuccinctRoles(bins) => bins.keyids.iter().collect(),
        };
        self.keys.retain(|keyid, _| used.contains(&keyid));
    }
}

impl SuccinctRoles {
    /// The largest `bit_length`.
    pub const MAX_BIT_LENGTH: u32 = 32;

    /// Names of all bins, in order.
    pub fn names(&self) -> impl Iterator<Item = String> {
        (0..1_u64 << self.bit_length.min(Self::MAX_BIT_LENGTH)).map(|bin| self.name(bin))
    }

    /// Name of the bin that lists a target path.
    #[must_use]
    pub fn bin_of(&self, path: &str) -> String {
        use sha2::Digest;
        let digest = sha2::Sha256::digest(path.as_bytes());
        let first = digest.iter().take(4).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        self.name(first >> (Self::MAX_BIT_LENGTH - self.bit_length.min(Self::MAX_BIT_LENGTH)))
    }

    fn name(&self, bin: u64) -> String {
        let digits = usize::try_from(self.bit_length.div_ceil(4)).unwrap_or(8);
        format!("{}-{bin:0digits$x}", self.name_prefix)
    }
}

fn beside_roles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    beside_one_of(["roles", "succinct_roles"], deserializer)
}

fn beside_scope<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    beside_one_of(["paths", "path_hash_prefixes"], deserializer)
}

/// Reads the fields that are not known here. Of two fields one alone may be there (specification 4.5; TAP 15): the other
/// one would be kept as an unknown field, and what it says would not be looked at.
fn beside_one_of<'de, D: Deserializer<'de>>(
    [one, other]: [&str; 2],
    deserializer: D,
) -> Result<Map<String, Value>, D::Error> {
    let fields = Map::deserialize(deserializer)?;
    match fields.contains_key(one) || fields.contains_key(other) {
        true => Err(D::Error::custom(format!("it has both {one} and {other}"))),
        false => Ok(fields),
    }
}
