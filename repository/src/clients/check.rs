//! What a client would refuse of a tree of metadata.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use super::{ClientProfile, UnknownKey};
use crate::metadata::{DelegatedRoles, Key, ListedDelegation, ROOT, SNAPSHOT, Signature, TIMESTAMP};
use crate::review::Documents;

/// Metadata that clients would read.
#[derive(Clone, Debug)]
pub struct Tree<'t> {
    /// The documents.
    pub documents: &'t Documents,
    /// The files, those of the newest root metadata among them.
    pub files: Vec<TreeFile<'t>>,
    /// Root metadata files that a client with the first one follows.
    pub root_rotations: u64,
}

/// One metadata file.
#[derive(Clone, Copy, Debug)]
pub struct TreeFile<'t> {
    /// Its role.
    pub role: &'t str,
    /// Its bytes.
    pub bytes: &'t [u8],
}

/// What keeps one client from reading a repository.
///
/// Its texts are the repository's own and may be hostile: whoever shows them escapes them first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Name of the client.
    pub client: &'static str,
    /// The role whose metadata it does not take.
    pub role: String,
    /// What it is.
    pub kind: ObstacleKind,
}

/// What keeps a client from taking metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObstacleKind {
    /// The file is longer than the client downloads.
    TooLong {
        /// Bytes of the file.
        length: u64,
        /// Bytes that the client downloads.
        most: u64,
    },
    /// The document names a key that the client cannot read, and is refused for it.
    Key {
        /// Keyid.
        keyid: String,
        /// Its scheme.
        scheme: String,
    },
    /// Fewer signatures than the threshold are of a scheme that the client verifies.
    Threshold {
        /// Signatures that are needed.
        threshold: u64,
        /// Signatures that the client can verify.
        usable: u64,
    },
    /// The role delegates to succinct bins.
    SuccinctRoles,
    /// The role delegates to several roles at once: its delegations are not in the form of the specification.
    MultiRoleDelegations,
    /// The role has rotated its own keys (TAP 8), and the client counts those that its delegator lists.
    RotateFiles {
        /// Signatures that the delegator asks for.
        threshold: u64,
        /// Signatures by keys that the delegator lists.
        usable: u64,
    },
    /// The role has revoked itself (TAP 20), and the client goes on to trust the keys that its delegation lists.
    Revocation,
    /// The expiry is in another form than the client reads.
    Expiry(String),
    /// There is more root metadata than the client follows in one update.
    RootRotations {
        /// Root metadata files after the first one.
        rotations: u64,
        /// Root metadata files that the client follows.
        most: u64,
    },
}

impl ObstacleKind {
    /// Whether the client refuses something. Otherwise it takes what it should refuse, which nothing that is published changes.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        !matches!(self, Self::Revocation)
    }

    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "client-file-too-long",
            Self::Key { .. } => "client-key",
            Self::Threshold { .. } => "client-threshold",
            Self::SuccinctRoles => "client-succinct-roles",
            Self::MultiRoleDelegations => "client-multi-role-delegations",
            Self::RotateFiles { .. } => "client-rotate-files",
            Self::Revocation => "client-revocation",
            Self::Expiry(_) => "client-expiry",
            Self::RootRotations { .. } => "client-root-rotations",
        }
    }
}

impl fmt::Display for Obstacle {
    /// One sentence without a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, role, kind } = self;
        match kind {
            ObstacleKind::TooLong { length, most } => {
                write!(f, "{client} reads at most {most} bytes of {role}, which has {length}")?;
                match [ROOT, TIMESTAMP].contains(&role.as_str()) {
                    true => Ok(()),
                    false => f.write_str(" and is listed without a length"),
                }
            }
            ObstacleKind::Key { keyid, scheme } => {
                write!(
                    f,
                    "{client} refuses {role} because of key {:.8}, whose scheme {scheme} it does not know",
                    keyid
                )
            }
            ObstacleKind::Threshold { threshold, usable } => write!(
                f,
                "{client} refuses {role}: it needs {threshold} signatures, and {usable} are of a scheme that it verifies"
            ),
            ObstacleKind::SuccinctRoles => {
                write!(f, "{client} refuses {role} because it does not read succinct roles (TAP 15)")
            }
            ObstacleKind::MultiRoleDelegations => write!(
                f,
                "{client} refuses {role} because it does not read delegations to several roles (TAP 3): it finds no target of \
                 {role}, or of a role below it"
            ),
            ObstacleKind::RotateFiles { threshold, usable } => write!(
                f,
                "{client} refuses {role}, which has rotated its own keys: it does not follow rotate files (TAP 8), and \
                 {usable} of {threshold} signatures are by keys that the delegation lists"
            ),
            ObstacleKind::Revocation => write!(
                f,
                "{client} goes on to trust the keys that the delegation of {role} lists, though the role has revoked itself: \
                 it does not follow rotate files (TAP 20)"
            ),
            ObstacleKind::Expiry(expires) => {
                write!(f, "{client} refuses {role} because of the form of its expiry, {expires}")
            }
            ObstacleKind::RootRotations { rotations, most } => write!(
                f,
                "{client} follows {most} root metadata files in one update: with the first one it does not come to the \
                 last of {rotations}"
            ),
        }
    }
}

impl Serialize for Obstacle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (code, message) = (self.kind.code(), self.to_string());
        let fields = [("client", self.client), ("role", &self.role), ("code", code), ("message", &message)];
        fields.into_iter().collect::<BTreeMap<_, _>>().serialize(serializer)
    }
}

/// The keys and the threshold that one document gives a role.
struct Authority<'t> {
    keyids: &'t [String],
    threshold: u64,
    keys: &'t BTreeMap<String, Key>,
}

impl Tree<'_> {
    /// What the client would refuse, in the order of the files.
    #[must_use]
    pub fn check(&self, client: &'static ClientProfile) -> Vec<Obstacle> {
        let authorities = self.authorities();
        let mut found = Vec::new();
        let mut add =
            |role: &str, kind| found.push(Obstacle { client: client.name, role: role.to_owned(), kind });
        if self.root_rotations > client.max_root_rotations {
            let (rotations, most) = (self.root_rotations, client.max_root_rotations);
            add(ROOT, ObstacleKind::RootRotations { rotations, most });
        }
        for file in &self.files {
            let head = Head::of(file.bytes);
            if let Some(kind) = self.too_long(file, client) {
                add(file.role, kind);
            }
            if let Some(kind) = self.unknown_key(file.role, client) {
                add(file.role, kind);
            }
            if client.unknown_key == UnknownKey::NotCounted {
                let lists = authorities.get(file.role).into_iter().flatten();
                lists.filter_map(|list| too_few(list, &head, client)).for_each(|kind| add(file.role, kind));
            }
            if !client.rotate_files && self.documents.rotated.contains_key(file.role) {
                let lists = authorities.get(file.role).into_iter().flatten();
                lists.filter_map(|list| unfollowed(list, &head)).for_each(|kind| add(file.role, kind));
            }
            let targets = self.documents.targets.get(file.role);
            let delegations = targets.and_then(|targets| targets.delegations.as_ref());
            match delegations.map(|delegations| &delegations.roles) {
                Some(DelegatedRoles::SuccinctRoles(_)) if !client.succinct_roles => {
                    add(file.role, ObstacleKind::SuccinctRoles);
                }
                Some(DelegatedRoles::MultiRole(_)) if !client.multi_role_delegations => {
                    add(file.role, ObstacleKind::MultiRoleDelegations);
                }
                _ => {}
            }
            if let Some(expires) = head.signed.expires.filter(|expires| !reads_expiry(client, expires)) {
                add(file.role, ObstacleKind::Expiry(expires));
            }
        }
        let revoked = self.documents.rotated.iter().filter(|(_, rotated)| rotated.is_revoked);
        revoked.filter(|_| !client.rotate_files).for_each(|(role, _)| add(role, ObstacleKind::Revocation));
        found
    }

    fn too_long(&self, file: &TreeFile<'_>, client: &ClientProfile) -> Option<ObstacleKind> {
        let length = u64::try_from(file.bytes.len()).unwrap_or(u64::MAX);
        let listed = |name: &str| {
            let meta = match file.role {
                SNAPSHOT => &self.documents.timestamp.as_ref()?.meta,
                _ => &self.documents.snapshot.as_ref()?.meta,
            };
            meta.get(name).and_then(|listed| listed.length)
        };
        let most = match file.role {
            ROOT => client.root_max_length,
            TIMESTAMP => client.timestamp_max_length,
            role if listed(&format!("{role}.json")).is_some() => return None,
            SNAPSHOT => client.snapshot_max_length,
            _ => client.targets_max_length,
        };
        (length > most).then_some(ObstacleKind::TooLong { length, most })
    }

    /// The first key of a document for which the client refuses all of it.
    fn unknown_key(&self, role: &str, client: &ClientProfile) -> Option<ObstacleKind> {
        if client.unknown_key != UnknownKey::RefusesDocument {
            return None;
        }
        let keys = match role {
            ROOT => &self.documents.root.as_ref()?.keys,
            role => &self.documents.targets.get(role)?.delegations.as_ref()?.keys,
        };
        let unknown = keys.iter().find(|(_, key)| !client.reads(&key.keytype, &key.scheme))?;
        Some(ObstacleKind::Key { keyid: unknown.0.clone(), scheme: unknown.1.scheme.clone() })
    }

    /// Who may sign for each role, by each document that says so.
    fn authorities(&self) -> BTreeMap<String, Vec<Authority<'_>>> {
        let mut found: BTreeMap<String, Vec<Authority<'_>>> = BTreeMap::new();
        if let Some(root) = &self.documents.root {
            for (name, role) in &root.roles {
                let list = Authority { keyids: &role.keyids, threshold: role.threshold, keys: &root.keys };
                found.entry(name.clone()).or_default().push(list);
            }
        }
        for targets in self.documents.targets.values() {
            let Some(delegations) = &targets.delegations else { continue };
            let keys = &delegations.keys;
            for role in delegations.listed().flat_map(ListedDelegation::roles) {
                let list = Authority { keyids: role.keyids, threshold: role.threshold, keys };
                found.entry(role.name.to_owned()).or_default().push(list);
            }
            if let Some(bins) = delegations.bins() {
                let prefix = format!("{}-", bins.name_prefix);
                for file in self.files.iter().filter(|file| file.role.starts_with(&prefix)) {
                    let list = Authority { keyids: &bins.keyids, threshold: bins.threshold, keys };
                    found.entry(file.role.to_owned()).or_default().push(list);
                }
            }
        }
        found
    }
}

/// Whether fewer signatures than the threshold are by keys that the client verifies. Whether they are valid is the core's to
/// say.
fn too_few(list: &Authority<'_>, head: &Head, client: &ClientProfile) -> Option<ObstacleKind> {
    let signed = head.signers();
    let reads =
        |keyid: &&String| list.keys.get(*keyid).is_some_and(|key| client.reads(&key.keytype, &key.scheme));
    let listed: BTreeSet<&String> = list.keyids.iter().filter(|keyid| signed.contains(keyid)).collect();
    let usable = listed.iter().filter(|keyid| reads(keyid)).count();
    // Too few signatures for everybody are no limit of this client.
    if listed.len() == usable {
        return None;
    }
    let usable = u64::try_from(usable).unwrap_or(u64::MAX);
    (usable < list.threshold).then_some(ObstacleKind::Threshold { threshold: list.threshold, usable })
}

/// Whether fewer signatures than the threshold are by keys that a delegator lists, which a client counts that follows no rotate
/// files.
fn unfollowed(list: &Authority<'_>, head: &Head) -> Option<ObstacleKind> {
    let signed = head.signers();
    let usable = list.keyids.iter().collect::<BTreeSet<_>>().intersection(&signed).count();
    let (threshold, usable) = (list.threshold, u64::try_from(usable).unwrap_or(u64::MAX));
    (usable < threshold).then_some(ObstacleKind::RotateFiles { threshold, usable })
}

/// What is looked at of a file besides its document, as it is written there.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Head {
    signatures: Vec<Signature>,
    signed: SignedHead,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SignedHead {
    expires: Option<String>,
}

impl Head {
    /// Of a file that is no metadata, nothing: the core says so.
    fn of(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// Keyids of signatures that are not empty.
    fn signers(&self) -> BTreeSet<&String> {
        self.signatures.iter().filter(|one| !one.sig.is_empty()).map(|one| &one.keyid).collect()
    }
}

fn reads_expiry(client: &ClientProfile, expires: &str) -> bool {
    let is_specified = expires.len() == 20 && expires.ends_with('Z');
    is_specified || client.lenient_expiry && crate::metadata::parse_time(expires).is_some()
}
