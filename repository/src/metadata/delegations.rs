//! Delegations: who is trusted with which target paths.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Map, Value};

use crate::metadata::{Key, MultiRole, Role, RoleInfo, Scope};

/// The roles that a targets role trusts with some of its paths, and their keys.
///
/// Delegations to several roles each are written otherwise than this object: [`Targets`](crate::metadata::Targets) does so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegations {
    /// Public keys by keyid.
    pub keys: BTreeMap<String, Key>,
    /// The roles, one by one or as succinct bins.
    #[serde(flatten)]
    pub roles: DelegatedRoles,
    /// Fields that are not known here. Delegations to several roles have none: they are an array.
    #[serde(flatten, deserialize_with = "beside_roles")]
    pub unrecognized: Map<String, Value>,
}

/// Delegated roles: a list in the order of their priority, or succinct bins, or a list of several roles each. Never two of
/// them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DelegatedRoles {
    /// Roles in the order of their priority, the first one first.
    Roles(Vec<DelegatedRole>),
    /// Bins by the hash of the target path (TAP 15).
    SuccinctRoles(SuccinctRoles),
    /// Delegations to several roles each (TAP 3), in the order of their priority.
    #[serde(skip)]
    MultiRole(Vec<MultiRole>),
}

/// One delegation of a list, however it is written: an ordinary one is to one role, which agrees with itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedDelegation<'d> {
    /// To one role.
    One(&'d DelegatedRole),
    /// To several roles (TAP 3).
    Several(&'d MultiRole),
}

/// One role of a delegation: who may sign for it, and how many must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedRole<'d> {
    /// Name of the role.
    pub name: &'d str,
    /// Keyids.
    pub keyids: &'d [String],
    /// Signatures by distinct keys that are needed.
    pub threshold: u64,
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

    /// The delegations of a list, in the order of their priority. None if they are bins.
    pub fn listed(&self) -> impl Iterator<Item = ListedDelegation<'_>> {
        let (ones, several): (&[DelegatedRole], &[MultiRole]) = match &self.roles {
            DelegatedRoles::Roles(roles) => (roles, &[]),
            DelegatedRoles::MultiRole(delegations) => (&[], delegations),
            DelegatedRoles::SuccinctRoles(_) => (&[], &[]),
        };
        let several = several.iter().map(ListedDelegation::Several);
        ones.iter().map(ListedDelegation::One).chain(several)
    }

    /// The bins, if the delegations are bins.
    #[must_use]
    pub fn bins(&self) -> Option<&SuccinctRoles> {
        match &self.roles {
            DelegatedRoles::SuccinctRoles(bins) => Some(bins),
            DelegatedRoles::Roles(_) | DelegatedRoles::MultiRole(_) => None,
        }
    }

    /// Name, keys and threshold of every delegated role, bins included, in the order of their priority.
    pub fn signers(&self) -> impl Iterator<Item = (String, Role)> {
        let listed = self.listed().flat_map(ListedDelegation::roles);
        let listed =
            listed.map(|role| (role.name.to_owned(), Role::new(role.keyids.to_vec(), role.threshold)));
        let binned = self.bins().into_iter().flat_map(|bins| {
            let role = Role::new(bins.keyids.clone(), bins.threshold);
            bins.names().map(move |name| (name, role.clone()))
        });
        listed.chain(binned)
    }

    /// Keys and threshold of every place where a role is listed, a bin included. Unlike [`Delegations::signers`] it makes no
    /// names of bins: one byte of a document that nobody has signed yet asks for four thousand million of them.
    pub fn signers_of<'r>(&'r self, role: &'r str) -> impl Iterator<Item = Role> + 'r {
        let listed =
            self.listed().flat_map(ListedDelegation::roles).filter(move |listed| listed.name == role);
        let listed = listed.map(|role| Role::new(role.keyids.to_vec(), role.threshold));
        let binned = self.bins().filter(move |bins| bins.has_bin(role));
        listed.chain(binned.map(|bins| Role::new(bins.keyids.clone(), bins.threshold)))
    }

    /// Keyids and threshold of every place where a role is listed. Those of bins are the same for all of them.
    pub(crate) fn signers_mut(&mut self, role: &str) -> Vec<(&mut Vec<String>, &mut u64)> {
        match &mut self.roles {
            DelegatedRoles::Roles(roles) => {
                let listed = roles.iter_mut().filter(|listed| listed.name == role);
                listed.map(|listed| (&mut listed.keyids, &mut listed.threshold)).collect()
            }
            DelegatedRoles::MultiRole(delegations) => {
                let roles = delegations.iter_mut().flat_map(|delegation| &mut delegation.roleinfo);
                let listed = roles.filter(|listed| listed.rolename == role);
                listed.map(|listed| (&mut listed.keyids, &mut listed.threshold)).collect()
            }
            DelegatedRoles::SuccinctRoles(bins) => vec![(&mut bins.keyids, &mut bins.threshold)],
        }
    }

    /// Forgets the keys that no role uses.
    pub fn drop_unused_keys(&mut self) {
        let Self { keys, roles, .. } = self;
        let used: BTreeSet<&String> = match roles {
            DelegatedRoles::Roles(roles) => roles.iter().flat_map(|role| &role.keyids).collect(),
            DelegatedRoles::MultiRole(delegations) => {
                let roles = delegations.iter().flat_map(|delegation| &delegation.roleinfo);
                roles.flat_map(|role| &role.keyids).collect()
            }
            DelegatedRoles::SuccinctRoles(bins) => bins.keyids.iter().collect(),
        };
        keys.retain(|keyid, _| used.contains(keyid));
    }
}

impl<'d> ListedDelegation<'d> {
    /// Its name: that of the role, if it is to one role.
    #[must_use]
    pub fn name(self) -> &'d str {
        match self {
            Self::One(role) => &role.name,
            Self::Several(delegation) => &delegation.name,
        }
    }

    /// The target paths that are delegated.
    #[must_use]
    pub fn scope(self) -> &'d Scope {
        match self {
            Self::One(role) => &role.scope,
            Self::Several(delegation) => &delegation.scope,
        }
    }

    /// Whether the search ends with it for those paths.
    #[must_use]
    pub fn terminating(self) -> bool {
        match self {
            Self::One(role) => role.terminating,
            Self::Several(delegation) => delegation.terminating,
        }
    }

    /// How many of its roles must say the same of a target.
    #[must_use]
    pub fn min_roles_in_agreement(self) -> u64 {
        match self {
            Self::One(_) => 1,
            Self::Several(delegation) => delegation.min_roles_in_agreement,
        }
    }

    /// Its roles, in the order of their priority.
    pub fn roles(self) -> impl Iterator<Item = ListedRole<'d>> {
        let (one, several): (_, &[RoleInfo]) = match self {
            Self::One(role) => {
                let DelegatedRole { name, keyids, threshold, .. } = role;
                (Some(ListedRole { name, keyids, threshold: *threshold }), &[])
            }
            Self::Several(delegation) => (None, &delegation.roleinfo),
        };
        let several = several.iter().map(|role| ListedRole {
            name: &role.rolename,
            keyids: &role.keyids,
            threshold: role.threshold,
        });
        one.into_iter().chain(several)
    }

    /// `2 of 3 (dev, qa, ci)`: how many roles must agree, and which; none if it is to one role.
    #[must_use]
    pub fn agreement(self) -> Option<String> {
        let Self::Several(MultiRole { min_roles_in_agreement, roleinfo, .. }) = self else { return None };
        if roleinfo.len() < 2 {
            return None;
        }
        let names: Vec<_> = roleinfo.iter().map(|role| role.rolename.as_str()).collect();
        Some(format!("{min_roles_in_agreement} of {} ({})", names.len(), names.join(", ")))
    }
}

impl SuccinctRoles {
    /// The largest `bit_length`.
    pub const MAX_BIT_LENGTH: u32 = 32;

    /// Names of all bins, in order.
    pub fn names(&self) -> impl Iterator<Item = String> {
        (0..self.count()).map(|bin| self.name(bin))
    }

    /// Whether a role is one of the bins.
    #[must_use]
    pub fn has_bin(&self, role: &str) -> bool {
        let number = role.strip_prefix(&self.name_prefix).and_then(|rest| rest.strip_prefix('-'));
        let bin = number.and_then(|number| u64::from_str_radix(number, 16).ok());
        // A number has one spelling alone: no sign, no capitals, no other number of zeros.
        bin.is_some_and(|bin| bin < self.count() && self.name(bin) == role)
    }

    /// Name of the bin that lists a target path.
    #[must_use]
    pub fn bin_of(&self, path: &str) -> String {
        use sha2::Digest;
        let digest = sha2::Sha256::digest(path.as_bytes());
        let first = digest.iter().take(4).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        self.name(first >> (Self::MAX_BIT_LENGTH - self.bits()))
    }

    fn name(&self, bin: u64) -> String {
        let digits = usize::try_from(self.bits().div_ceil(4)).unwrap_or(8);
        format!("{}-{bin:0digits$x}", self.name_prefix)
    }

    fn count(&self) -> u64 {
        1 << self.bits()
    }

    fn bits(&self) -> u32 {
        self.bit_length.min(Self::MAX_BIT_LENGTH)
    }
}

fn beside_roles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    beside_one_of(["roles", "succinct_roles"], deserializer)
}

pub(super) fn beside_scope<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Map<String, Value>, D::Error> {
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
