//! What the roles of a simulated repository say, before it becomes metadata.

use crate::date::{NOW, date_time};
use crate::digest::sha256;
use crate::json::Json;
use crate::key::Key;
use crate::multi_role::{self, MultiRole};

/// Version and expiry of one metadata file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Version number.
    pub version: u64,
    /// Expiry in seconds since 1970.
    pub expires: i64,
}

impl Header {
    /// Version 1, expiring this many seconds after [`NOW`].
    #[must_use]
    pub fn lasting(seconds: i64) -> Self {
        Self { version: 1, expires: NOW + seconds }
    }

    /// The members that the metadata of every role begins with.
    pub(crate) fn signed(self, role_type: &str) -> Json {
        Json::object([
            ("_type", Json::from(role_type)),
            ("spec_version", "1.0.34".into()),
            ("version", self.version.into()),
            ("expires", date_time(self.expires).into()),
        ])
    }
}

/// The keys that a delegator lists for a role, and how many of them must sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// Keys, in the order in which their keyids are listed.
    pub keys: Vec<Key>,
    /// Signatures needed.
    pub threshold: u64,
}

impl Authority {
    /// These keys, any one of which may sign.
    #[must_use]
    pub fn any_of(keys: &[Key]) -> Self {
        Self { keys: keys.to_vec(), threshold: 1 }
    }

    /// The one ed25519 key of this label.
    #[must_use]
    pub fn one(label: &str) -> Self {
        Self::any_of(&[Key::new(label)])
    }

    /// The ed25519 keys of these labels, `threshold` of which must sign.
    #[must_use]
    pub fn of(threshold: u64, labels: &[&str]) -> Self {
        Self { keys: labels.iter().map(|label| Key::new(label)).collect(), threshold }
    }

    /// The members `keyids` and `threshold`.
    pub(crate) fn members(&self) -> Json {
        Json::object([
            ("keyids", Json::array(self.keys.iter().map(|key| key.keyid.clone()))),
            ("threshold", self.threshold.into()),
        ])
    }
}

/// The object `keys` of everything that these authorities list, each keyid once.
pub(crate) fn key_objects<'a>(authorities: impl IntoIterator<Item = &'a Authority>) -> Json {
    let mut keys = Json::Object(Vec::new());
    for key in authorities.into_iter().flat_map(|authority| &authority.keys) {
        keys.set(&key.keyid, key.public());
    }
    keys
}

/// The top-level targets role, or a delegated one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetsRole {
    /// Version and expiry.
    pub header: Header,
    /// Targets that it lists.
    pub targets: Vec<TargetFile>,
    /// Delegations, in order of trust.
    pub delegations: Vec<Delegation>,
    /// Succinct hashed bins (TAP 15), which stand in the place of `delegations`.
    pub succinct: Option<Succinct>,
    /// Multi-role delegations (TAP 3), which stand in the place of all others.
    pub multi_role: Vec<MultiRole>,
}

impl TargetsRole {
    /// Version 1 of a role that lists nothing, expiring this many seconds after [`NOW`].
    #[must_use]
    pub fn lasting(seconds: i64) -> Self {
        Self {
            header: Header::lasting(seconds),
            targets: Vec::new(),
            delegations: Vec::new(),
            succinct: None,
            multi_role: Vec::new(),
        }
    }

    pub(crate) fn signed(&self) -> Json {
        let mut signed = self.header.signed("targets");
        let listed = self.targets.iter().map(|target| (target.path.clone(), target.listed()));
        signed.set("targets", Json::object(listed));
        if !self.multi_role.is_empty() {
            multi_role::write(&self.multi_role, &mut signed);
        } else if let Some(succinct) = &self.succinct {
            let keys = key_objects([&succinct.authority]);
            signed.set("delegations", Json::object([("keys", keys), ("succinct_roles", succinct.members())]));
        } else if !self.delegations.is_empty() {
            let keys = key_objects(self.delegations.iter().map(|delegation| &delegation.authority));
            let roles = Json::array(self.delegations.iter().map(Delegation::members));
            signed.set("delegations", Json::object([("keys", keys), ("roles", roles)]));
        }
        signed
    }
}

/// What a targets role says of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetFile {
    /// Target path.
    pub path: String,
    /// Bytes.
    pub length: u64,
    /// Algorithms and hexadecimal digests.
    pub hashes: Vec<(String, String)>,
    /// The `custom` object.
    pub custom: Option<Json>,
}

impl TargetFile {
    /// The target at `path` of these bytes, with its SHA-256 digest.
    #[must_use]
    pub fn new(path: &str, content: &[u8]) -> Self {
        Self {
            path: path.into(),
            length: content.len() as u64,
            hashes: vec![("sha256".into(), sha256(content))],
            custom: None,
        }
    }

    fn listed(&self) -> Json {
        let mut listed = Json::object([
            ("length", Json::from(self.length)),
            ("hashes", Json::object(self.hashes.clone())),
        ]);
        if let Some(custom) = &self.custom {
            listed.set("custom", custom.clone());
        }
        listed
    }
}

/// A delegation to one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Name of the delegated role.
    pub name: String,
    /// Keys under which this delegator trusts the role.
    pub authority: Authority,
    /// Path patterns.
    pub paths: Option<Vec<String>>,
    /// Prefixes of the SHA-256 digest of the target path.
    pub path_hash_prefixes: Option<Vec<String>>,
    /// Whether later delegations are ignored for the paths of this one.
    pub terminating: bool,
}

impl Delegation {
    /// A delegation of these patterns to a role with one key, labelled as the role.
    #[must_use]
    pub fn paths(name: &str, patterns: &[&str]) -> Self {
        let paths = Some(patterns.iter().map(|&pattern| pattern.into()).collect());
        let authority = Authority::one(name);
        Self { name: name.into(), authority, paths, path_hash_prefixes: None, terminating: false }
    }

    /// A delegation of these hash prefixes to a role with one key, labelled as the role.
    #[must_use]
    pub fn prefixes(name: &str, prefixes: &[&str]) -> Self {
        let prefixes = Some(prefixes.iter().map(|&prefix| prefix.into()).collect());
        Self { paths: None, path_hash_prefixes: prefixes, ..Self::paths(name, &[]) }
    }

    /// The same delegation, terminating.
    #[must_use]
    pub fn terminating(self) -> Self {
        Self { terminating: true, ..self }
    }

    fn members(&self) -> Json {
        let mut members = self.authority.members();
        members.set("name", self.name.as_str()).set("terminating", self.terminating);
        if let Some(paths) = &self.paths {
            members.set("paths", Json::array(paths.clone()));
        }
        if let Some(prefixes) = &self.path_hash_prefixes {
            members.set("path_hash_prefixes", Json::array(prefixes.clone()));
        }
        members
    }
}

/// Succinct hashed bins (TAP 15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succinct {
    /// Keys of every bin.
    pub authority: Authority,
    /// Bits of the digest that choose the bin, 1 to 32.
    pub bit_length: u32,
    /// What the names of all bins begin with.
    pub name_prefix: String,
}

impl Succinct {
    /// The names of all bins, in order.
    pub fn bins(&self) -> impl Iterator<Item = String> {
        (0..1_u64 << self.bit_length).map(|bin| self.name(bin))
    }

    /// The name of the bin that is responsible for this target path.
    ///
    /// # Panics
    /// Never: a digest begins with eight hexadecimal digits.
    #[must_use]
    pub fn bin_of(&self, path: &str) -> String {
        let leading = u64::from_str_radix(&sha256(path.as_bytes())[..8], 16).expect("hexadecimal digits");
        self.name(leading >> (32 - self.bit_length))
    }

    /// Whether this is the name of a bin.
    pub(crate) fn has(&self, role: &str) -> bool {
        let count = role.strip_prefix(&self.name_prefix).and_then(|rest| rest.strip_prefix('-'));
        count.and_then(|count| u64::from_str_radix(count, 16).ok()).is_some_and(|bin| self.name(bin) == role)
    }

    fn name(&self, bin: u64) -> String {
        let digits = self.bit_length.div_ceil(4) as usize;
        format!("{}-{bin:0digits$x}", self.name_prefix)
    }

    fn members(&self) -> Json {
        let mut members = self.authority.members();
        members.set("bit_length", u64::from(self.bit_length)).set("name_prefix", self.name_prefix.as_str());
        members
    }
}
