//! What is to be published: a plan that every implementation can write.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

const DAY: i64 = 86_400;

/// A repository and its history.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// Where to write it: release 1 to `1/`, release 2 to `2/`, each a whole repository with `metadata/` and `targets/`.
    pub folder: PathBuf,
    /// The type of every key.
    pub key_type: KeyType,
    /// The type of the keys whose labels begin with `root`, where it is another; python-tuf alone writes such a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_key_type: Option<KeyType>,
    /// Whether file names carry versions and hashes.
    pub consistent_snapshot: bool,
    /// Whether snapshot and timestamp list lengths and hashes beside the versions.
    pub list_hashes: bool,
    /// The states of the repository, each published over the one before.
    pub releases: Vec<Release>,
}

/// The key types that writers have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyType {
    /// Ed25519.
    Ed25519,
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaP384,
    /// RSASSA-PSS with SHA-256, 2048 bits.
    RsaPss,
    /// ECDSA on P-521 with SHA-512.
    EcdsaP521,
    /// RSASSA-PSS with SHA-384, 2048 bits.
    RsaPss384,
    /// RSASSA-PSS with SHA-512, 2048 bits.
    RsaPss512,
    /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 bits.
    RsaPkcs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384, 2048 bits.
    RsaPkcs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512, 2048 bits.
    RsaPkcs512,
    /// ML-DSA-44 (TAP 21).
    MlDsa44,
    /// ML-DSA-65 (TAP 21).
    MlDsa65,
    /// ML-DSA-87 (TAP 21).
    MlDsa87,
    /// ECDSA on P-256 as old repositories have it: the key type named after the scheme, the point in hexadecimal, and
    /// expiries with an offset or a fraction.
    Legacy,
}

/// One state of a repository.
#[derive(Clone, Debug, Serialize)]
pub struct Release {
    /// The four top-level roles and the delegated ones, delegations in the order of their priority.
    pub roles: Vec<Role>,
    /// Succinct bins, delegated to by the top-level targets role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bins: Option<Bins>,
    /// What the metadata says although it is not so.
    pub lies: Lies,
}

/// One role and its metadata.
#[derive(Clone, Debug, Serialize)]
pub struct Role {
    /// Name of the role.
    pub name: String,
    /// Version of its metadata.
    pub version: u64,
    /// Seconds until its metadata expires; negative where it has expired.
    pub expires_in: i64,
    /// Labels of the keys that it trusts. Equal labels are equal keys.
    pub keys: Vec<String>,
    /// Signatures that it demands.
    pub threshold: u64,
    /// Labels of the keys that sign.
    pub signers: Vec<String>,
    /// Target files: target path and content.
    pub files: BTreeMap<String, String>,
    /// The role that delegates to it; none for a top-level role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegator: Option<String>,
    /// Patterns of the target paths that it is trusted with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paths: Option<Vec<String>>,
    /// Hash prefixes of the target paths that it is trusted with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_hash_prefixes: Option<Vec<String>>,
    /// Whether a search ends with it.
    pub terminating: bool,
}

/// Succinct bins (TAP 15).
#[derive(Clone, Debug, Serialize)]
pub struct Bins {
    /// The bins are called this, a hyphen, and their number in hexadecimal.
    pub prefix: String,
    /// There are 2 to the power of it.
    pub bit_length: u32,
    /// Version of the metadata of each.
    pub version: u64,
    /// Seconds until the metadata of each expires.
    pub expires_in: i64,
    /// Labels of the keys that they trust.
    pub keys: Vec<String>,
    /// Signatures that each demands.
    pub threshold: u64,
    /// Labels of the keys that sign.
    pub signers: Vec<String>,
    /// Target files, each to be listed by its bin.
    pub files: BTreeMap<String, String>,
}

/// What metadata says although it is not so, by role name or target path.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Lies {
    /// Versions in snapshot and timestamp.
    pub listed_versions: BTreeMap<String, u64>,
    /// SHA-256 in snapshot and timestamp.
    pub listed_hashes: BTreeMap<String, String>,
    /// Lengths in snapshot and timestamp.
    pub listed_lengths: BTreeMap<String, u64>,
    /// Roles that the snapshot leaves out.
    pub unlisted: Vec<String>,
    /// SHA-256 of target files.
    pub file_hashes: BTreeMap<String, String>,
    /// Lengths of target files.
    pub file_lengths: BTreeMap<String, u64>,
}

impl KeyType {
    /// Those that every implementation writes and reads.
    pub const ALL: [Self; 4] = [Self::Ed25519, Self::EcdsaP256, Self::EcdsaP384, Self::RsaPss];

    /// The name in plans and in the names of tests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::RsaPss => "rsa-pss",
            Self::EcdsaP521 => "ecdsa-p521",
            Self::RsaPss384 => "rsa-pss384",
            Self::RsaPss512 => "rsa-pss512",
            Self::RsaPkcs256 => "rsa-pkcs256",
            Self::RsaPkcs384 => "rsa-pkcs384",
            Self::RsaPkcs512 => "rsa-pkcs512",
            Self::MlDsa44 => "ml-dsa44",
            Self::MlDsa65 => "ml-dsa65",
            Self::MlDsa87 => "ml-dsa87",
            Self::Legacy => "legacy",
        }
    }
}

impl Plan {
    /// One release with thresholds of 2 of 3 for root and 2 of 2 for targets, the file `readme.txt`, and the delegated
    /// role `alpha` for `alpha/*` with the file `alpha/one`.
    #[must_use]
    pub fn standard() -> Self {
        let roles = vec![
            Role::new("root", &["root-1", "root-2", "root-3"], 2),
            Role::new("timestamp", &["timestamp-1"], 1),
            Role::new("snapshot", &["snapshot-1"], 1),
            Role::new("targets", &["targets-1", "targets-2"], 2).file("readme.txt", "read me\n"),
            Role::delegated("alpha", "targets", &["alpha/*"]).file("alpha/one", "one\n"),
        ];
        let release = Release { roles, bins: None, lies: Lies::default() };
        Self {
            folder: PathBuf::new(),
            key_type: KeyType::Ed25519,
            root_key_type: None,
            consistent_snapshot: true,
            list_hashes: true,
            releases: vec![release],
        }
    }

    /// The plan without lengths and hashes in snapshot and timestamp: signatures alone hold it together.
    #[must_use]
    pub fn without_hashes(mut self) -> Self {
        self.list_hashes = false;
        self
    }

    /// Changes the last release.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Release)) -> Self {
        if let Some(release) = self.releases.last_mut() {
            change(release);
        }
        self
    }

    /// Adds a release like the last one, with the next versions of timestamp, snapshot and targets.
    #[must_use]
    pub fn then(mut self, change: impl FnOnce(&mut Release)) -> Self {
        if let Some(mut release) = self.releases.last().cloned() {
            for name in ["timestamp", "snapshot", "targets"] {
                release.role(name).version += 1;
            }
            change(&mut release);
            self.releases.push(release);
        }
        self
    }
}

impl Release {
    /// The role of this name.
    ///
    /// # Panics
    /// Where there is none: the plan is wrong.
    pub fn role(&mut self, name: &str) -> &mut Role {
        let role = self.roles.iter_mut().find(|role| role.name == name);
        role.unwrap_or_else(|| panic!("the plan has no role {name}"))
    }

    /// Adds a role.
    pub fn add(&mut self, role: Role) {
        self.roles.push(role);
    }
}

impl Role {
    /// A top-level role at version 1 that expires in a day, signed by as many of its keys as it demands.
    #[must_use]
    pub fn new(name: &str, keys: &[&str], threshold: usize) -> Self {
        let labels = |keys: &[&str]| keys.iter().map(|&label| label.to_owned()).collect();
        Self {
            name: name.to_owned(),
            version: 1,
            expires_in: DAY,
            keys: labels(keys),
            threshold: u64::try_from(threshold).unwrap_or(u64::MAX),
            signers: labels(keys.get(..threshold).unwrap_or(keys)),
            files: BTreeMap::new(),
            delegator: None,
            paths: None,
            path_hash_prefixes: None,
            terminating: false,
        }
    }

    /// A delegated role with one key of its own, for these path patterns.
    #[must_use]
    pub fn delegated(name: &str, delegator: &str, paths: &[&str]) -> Self {
        let mut role = Self::new(name, &[&format!("{name}-1")], 1);
        role.delegator = Some(delegator.to_owned());
        role.paths = Some(paths.iter().map(|&path| path.to_owned()).collect());
        role
    }

    /// Lists a target file.
    #[must_use]
    pub fn file(mut self, path: &str, content: &str) -> Self {
        self.files.insert(path.to_owned(), content.to_owned());
        self
    }

    /// Replaces its keys, all of which sign.
    pub fn rekey(&mut self, keys: &[&str]) {
        self.keys = keys.iter().map(|&label| label.to_owned()).collect();
        self.signers = self.keys.clone();
    }

    /// Replaces its signers.
    pub fn sign_with(&mut self, signers: &[&str]) {
        self.signers = signers.iter().map(|&label| label.to_owned()).collect();
    }
}
