//! A repository that writes whatever a test wants, really signed.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::date::DAY;
use crate::digest::sha256;
use crate::json::Json;
use crate::key::Key;
use crate::mirror::{Mirror, percent_encoded};
use crate::role::{Authority, Delegation, Header, Succinct, TargetFile, TargetsRole, key_objects};
use crate::rotation::Rotation;

type Edit = Rc<dyn Fn(&mut Json)>;

/// What timestamp and snapshot say of the files that they list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Versions alone.
    Versions,
    /// Versions, lengths and SHA-256 digests.
    Everything,
}

/// A repository: what its roles say, who signs, and the mirror that it publishes to.
#[derive(Clone)]
pub struct Repository {
    /// What root lists for each top-level role.
    pub authorities: BTreeMap<String, Authority>,
    /// Version and expiry of root.
    pub root: Header,
    /// Version and expiry of timestamp.
    pub timestamp: Header,
    /// Version and expiry of snapshot.
    pub snapshot: Header,
    /// The member `consistent_snapshot` of root.
    pub consistent_snapshot: Option<bool>,
    /// `targets` and every delegated role.
    pub targets: BTreeMap<String, TargetsRole>,
    /// The rotate files of each role, in their order.
    pub rotations: BTreeMap<String, Vec<Rotation>>,
    /// What timestamp and snapshot list.
    pub listing: Listing,
    /// Who signs for a role, where it is not everybody whom its delegators list.
    pub signing: BTreeMap<String, Vec<Key>>,
    /// What has been published.
    pub mirror: Mirror,
    edits: BTreeMap<String, Edit>,
    envelope_edits: BTreeMap<String, Edit>,
    root_keys_before: Vec<Key>,
}

impl Repository {
    /// Version 1 of every role, one ed25519 key each, consistent snapshots, one target: published.
    #[must_use]
    pub fn new() -> Self {
        let top_level = ["root", "timestamp", "snapshot", "targets"];
        let authorities = top_level.map(|role| (role.to_owned(), Authority::one(&format!("{role}-1"))));
        let mut repository = Self {
            authorities: authorities.into(),
            root: Header::lasting(365 * DAY),
            timestamp: Header::lasting(DAY),
            snapshot: Header::lasting(7 * DAY),
            consistent_snapshot: Some(true),
            targets: [("targets".to_owned(), TargetsRole::lasting(90 * DAY))].into(),
            rotations: BTreeMap::new(),
            listing: Listing::Versions,
            signing: BTreeMap::new(),
            mirror: Mirror::default(),
            edits: BTreeMap::new(),
            envelope_edits: BTreeMap::new(),
            root_keys_before: Vec::new(),
        };
        repository.add_target("targets", "app-1.0.tar.gz", b"the application");
        repository.write_root();
        repository.publish();
        repository
    }

    /// The metadata of this role, `targets` or a delegated one; a new one lists nothing.
    pub fn role(&mut self, name: &str) -> &mut TargetsRole {
        self.targets.entry(name.into()).or_insert_with(|| TargetsRole::lasting(90 * DAY))
    }

    /// Lists a target in a role and puts its bytes on the mirror.
    pub fn add_target(&mut self, role: &str, path: &str, content: &[u8]) -> &mut Self {
        let target = TargetFile::new(path, content);
        let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
        for (_, digest) in &target.hashes {
            let consistent = format!("{folder}/{digest}.{name}");
            for path in [path, consistent.trim_start_matches('/')] {
                let segments: Vec<String> = path.split('/').map(percent_encoded).collect();
                self.mirror.targets.insert(segments.join("/"), content.to_vec());
            }
        }
        let listed = &mut self.role(role).targets;
        listed.retain(|known| known.path != path);
        listed.push(target);
        self
    }

    /// Lets `delegator` delegate, after its other delegations; the delegated role is made where there is none.
    pub fn delegate(&mut self, delegator: &str, delegation: Delegation) -> &mut Self {
        self.role(&delegation.name.clone());
        self.role(delegator).delegations.push(delegation);
        self
    }

    /// Lets `delegator` delegate everything to succinct bins, all of which are made.
    pub fn delegate_bins(&mut self, delegator: &str, succinct: Succinct) -> &mut Self {
        for bin in succinct.bins() {
            self.role(&bin);
        }
        self.role(delegator).succinct = Some(succinct);
        self
    }

    /// Lets root list another authority for a top-level role. The next root metadata says so.
    pub fn rotate(&mut self, role: &str, authority: Authority) -> &mut Self {
        self.authorities.insert(role.into(), authority);
        self
    }

    /// Changes the `signed` part of a role before it is signed, each time that it is written.
    pub fn edit(&mut self, role: &str, edit: impl Fn(&mut Json) + 'static) -> &mut Self {
        self.edits.insert(role.into(), Rc::new(edit));
        self
    }

    /// Changes the whole file of a role after it was signed, each time that it is written.
    pub fn edit_envelope(&mut self, role: &str, edit: impl Fn(&mut Json) + 'static) -> &mut Self {
        self.envelope_edits.insert(role.into(), Rc::new(edit));
        self
    }

    /// Publishes the next version of root, signed by the keys of this one and of the last one.
    pub fn next_root(&mut self) -> &mut Self {
        self.root.version += 1;
        self.write_root()
    }

    /// Publishes the next version of targets, snapshot and timestamp.
    pub fn release(&mut self) -> &mut Self {
        self.role("targets").header.version += 1;
        self.snapshot.version += 1;
        self.timestamp.version += 1;
        self.publish()
    }

    /// Publishes every role but root at its present version, those first that others list.
    pub fn publish(&mut self) -> &mut Self {
        let names: Vec<String> = self.targets.keys().cloned().collect();
        for name in names {
            self.write_targets(&name);
        }
        self.write_rotations();
        self.write_snapshot();
        self.write_timestamp()
    }

    /// Writes `N.root.json`.
    pub fn write_root(&mut self) -> &mut Self {
        let mut signed = self.root.signed("root");
        if let Some(consistent) = self.consistent_snapshot {
            signed.set("consistent_snapshot", consistent);
        }
        signed.set("keys", key_objects(self.authorities.values()));
        signed.set(
            "roles",
            Json::object(self.authorities.iter().map(|(role, of)| (role.clone(), of.members()))),
        );
        let name = format!("{}.root.json", self.root.version);
        self.write("root", name, signed);
        self.root_keys_before = self.authorities["root"].keys.clone();
        self
    }

    /// Writes the metadata of one targets role.
    pub fn write_targets(&mut self, role: &str) -> &mut Self {
        let (signed, version) = (self.targets[role].signed(), self.targets[role].header.version);
        self.write(role, self.file_name(role, version), signed)
    }

    /// Writes the snapshot, which lists the targets roles as they are published now.
    pub fn write_snapshot(&mut self) -> &mut Self {
        let mut signed = self.snapshot.signed("snapshot");
        let roles = self.targets.iter().map(|(role, metadata)| {
            let version = metadata.header.version;
            (format!("{role}.json"), self.listed(&self.file_name(role, version), version))
        });
        let rotations = self.rotate_files();
        let rotations = rotations.map(|(name, file, version)| (name, self.listed(&file, version)));
        signed.set("meta", Json::object(roles.chain(rotations)));
        self.write("snapshot", self.file_name("snapshot", self.snapshot.version), signed)
    }

    /// Writes the timestamp, which lists the snapshot as it is published now.
    pub fn write_timestamp(&mut self) -> &mut Self {
        let mut signed = self.timestamp.signed("timestamp");
        let version = self.snapshot.version;
        let listed = self.listed(&self.file_name("snapshot", version), version);
        signed.set("meta", Json::object([("snapshot.json", listed)]));
        self.write("timestamp", "timestamp.json".into(), signed)
    }

    /// The file name under which the version of a role other than root and timestamp is published.
    #[must_use]
    pub fn file_name(&self, role: &str, version: u64) -> String {
        match self.consistent_snapshot {
            Some(true) => format!("{version}.{}.json", percent_encoded(role)),
            _ => format!("{}.json", percent_encoded(role)),
        }
    }

    /// The names of all roles.
    pub(crate) fn role_names(&self) -> impl Iterator<Item = &str> {
        ["root", "timestamp", "snapshot"].into_iter().chain(self.targets.keys().map(String::as_str))
    }

    fn listed(&self, file: &str, version: u64) -> Json {
        let mut listed = Json::object([("version", version)]);
        if self.listing == Listing::Everything {
            let bytes = self.mirror.file(file);
            listed.set("length", bytes.len() as u64);
            listed.set("hashes", Json::object([("sha256", sha256(bytes))]));
        }
        listed
    }

    fn write(&mut self, role: &str, name: String, mut signed: Json) -> &mut Self {
        if let Some(edit) = self.edits.get(role) {
            edit(&mut signed);
        }
        let canonical = signed.canonical();
        let signatures = self
            .signers(role)
            .into_iter()
            .map(|key| Json::object([("keyid", key.keyid.clone()), ("sig", key.sign(canonical.as_bytes()))]));
        let signatures = Json::Array(signatures.collect());
        let mut envelope = Json::object([("signatures", signatures), ("signed", signed)]);
        if let Some(edit) = self.envelope_edits.get(role) {
            edit(&mut envelope);
        }
        self.mirror.metadata.insert(name, envelope.text().into_bytes());
        self
    }

    /// Everybody whom a delegator of the role lists, and for root everybody whom the last root listed.
    fn signers(&self, role: &str) -> Vec<Key> {
        if let Some(keys) = self.signing.get(role) {
            return keys.clone();
        }
        let before = if role == "root" { self.root_keys_before.as_slice() } else { &[] };
        let delegations = self.targets.values().flat_map(|metadata| &metadata.delegations);
        let named = delegations.filter(|delegation| delegation.name == role).map(|found| &found.authority);
        let succinct = self.targets.values().filter_map(|metadata| metadata.succinct.as_ref());
        let bins = succinct.filter(|found| found.has(role)).map(|found| &found.authority);
        let rotations = self.rotations.get(role).into_iter().flatten().map(|rotation| &rotation.authority);
        let together = self.targets.values().flat_map(|metadata| &metadata.multi_role);
        let together = together.flat_map(|delegation| &delegation.roles);
        let together = together.filter(|(name, _)| name == role).map(|(_, authority)| authority);
        let listed =
            self.authorities.get(role).into_iter().chain(named).chain(bins).chain(together).chain(rotations);
        let mut signers: Vec<Key> = Vec::new();
        for key in listed.flat_map(|authority| &authority.keys).chain(before) {
            if signers.iter().all(|known| known.keyid != key.keyid) {
                signers.push(key.clone());
            }
        }
        signers
    }
}

impl Default for Repository {
    fn default() -> Self {
        Self::new()
    }
}
