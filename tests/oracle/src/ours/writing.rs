//! Writes the repository that a plan describes with `tuf-repository`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use serde_json::Map;
use tuf_repository::metadata::{
    self, DelegatedRole, DelegatedRoles, Delegations, Key, MetaFile, Metadata, Root, Scope, Snapshot,
    SuccinctRoles, TOP_LEVEL, TargetFile, Targets, Timestamp, sha256_hex,
};
use tuf_repository::{SigningKey, UnixTime};

use crate::{Bins, KeyType, Plan, Release, Role};

/// The keys by type and label: the same in every repository that is written with them.
#[derive(Debug, Default)]
pub struct Keys(Mutex<BTreeMap<(KeyType, String), Arc<SigningKey>>>);

impl Keys {
    pub(crate) fn of(&self, kind: KeyType, label: &str) -> Result<Arc<SigningKey>> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = keys.get(&(kind, label.to_owned())) {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(SigningKey::generate(match kind {
            KeyType::Ed25519 => tuf_repository::KeyType::Ed25519,
            KeyType::EcdsaP256 => tuf_repository::KeyType::EcdsaP256,
            KeyType::EcdsaP384 => tuf_repository::KeyType::EcdsaP384,
            KeyType::RsaPss => tuf_repository::KeyType::RsaPss { bits: 2048 },
            other => anyhow::bail!("the publisher has no keys of the type {}", other.name()),
        })?);
        keys.insert((kind, label.to_owned()), Arc::clone(&key));
        Ok(key)
    }
}

/// Writes one folder a release, each a whole published repository.
pub(crate) fn write(keys: &Keys, plan: &Plan) -> Result<()> {
    let mut published: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    for (number, release) in (1..).zip(&plan.releases) {
        let mut writer = Writer { keys, plan, release, published, listed: BTreeMap::new() };
        writer.write()?;
        published = writer.published;
        for (path, bytes) in &published {
            let file = plan.folder.join(format!("{number}")).join(path);
            fs::create_dir_all(file.parent().context("a file is in a folder")?)?;
            fs::write(file, bytes)?;
        }
    }
    Ok(())
}

/// Writes one release over what the ones before have published.
struct Writer<'p> {
    keys: &'p Keys,
    plan: &'p Plan,
    release: &'p Release,
    published: BTreeMap<PathBuf, Vec<u8>>,
    listed: BTreeMap<String, MetaFile>,
}

impl<'p> Writer<'p> {
    /// Delegated roles first, then what lists them.
    fn write(&mut self) -> Result<()> {
        for role in self.release.roles.iter().filter(|role| !TOP_LEVEL.contains(&role.name.as_str())) {
            let targets = self.targets(role)?;
            self.publish(&role.name, &role.signers, &targets)?;
        }
        if let Some(bins) = &self.release.bins {
            self.write_bins(bins)?;
        }
        let role = self.role("targets")?;
        let targets = self.targets(role)?;
        self.publish("targets", &role.signers, &targets)?;
        self.write_snapshot_and_timestamp()?;
        let root = self.root()?;
        self.publish("root", &self.role("root")?.signers, &root)
    }

    fn write_bins(&mut self, bins: &Bins) -> Result<()> {
        let succinct = self.succinct_roles(bins)?;
        let mut files: BTreeMap<String, BTreeMap<String, TargetFile>> =
            succinct.names().map(|name| (name, BTreeMap::new())).collect();
        for (path, content) in &bins.files {
            let described = self.target_file(path, content);
            files.entry(succinct.bin_of(path)).or_default().insert(path.clone(), described);
        }
        for (name, targets) in files {
            let expires = expiry(bins.expires_in);
            let targets = Targets { version: bins.version, expires, targets, ..Targets::empty() };
            self.publish(&name, &bins.signers, &targets)?;
        }
        Ok(())
    }

    fn write_snapshot_and_timestamp(&mut self) -> Result<()> {
        let role = self.role("snapshot")?;
        let mut meta: BTreeMap<String, MetaFile> =
            self.listed.iter().map(|(name, entry)| (format!("{name}.json"), entry.clone())).collect();
        for name in &self.release.lies.unlisted {
            meta.remove(&format!("{name}.json"));
        }
        let snapshot = Snapshot {
            spec_version: metadata::SPEC_VERSION.to_owned(),
            version: role.version,
            expires: expiry(role.expires_in),
            meta,
            unrecognized: Map::new(),
        };
        self.publish("snapshot", &role.signers, &snapshot)?;
        let role = self.role("timestamp")?;
        let entry = self.listed.get("snapshot").context("the snapshot is published")?.clone();
        let timestamp = Timestamp {
            spec_version: metadata::SPEC_VERSION.to_owned(),
            version: role.version,
            expires: expiry(role.expires_in),
            meta: BTreeMap::from([("snapshot.json".to_owned(), entry)]),
            unrecognized: Map::new(),
        };
        self.publish("timestamp", &role.signers, &timestamp)
    }

    fn root(&self) -> Result<Root> {
        let mut keys = BTreeMap::new();
        let mut roles = BTreeMap::new();
        for name in TOP_LEVEL {
            let role = self.role(name)?;
            let keyids = self.trust(&role.keys, &mut keys)?;
            roles.insert(name.to_owned(), metadata::Role::new(keyids, role.threshold));
        }
        let role = self.role("root")?;
        Ok(Root {
            spec_version: metadata::SPEC_VERSION.to_owned(),
            version: role.version,
            expires: expiry(role.expires_in),
            consistent_snapshot: self.plan.consistent_snapshot,
            keys,
            roles,
            unrecognized: Map::new(),
        })
    }

    fn targets(&mut self, role: &Role) -> Result<Targets> {
        let targets = role
            .files
            .iter()
            .map(|(path, content)| (path.clone(), self.target_file(path, content)))
            .collect();
        let delegations = self.delegations(&role.name)?;
        let expires = expiry(role.expires_in);
        Ok(Targets { version: role.version, expires, targets, delegations, ..Targets::empty() })
    }

    fn delegations(&self, delegator: &str) -> Result<Option<Delegations>> {
        let mut keys = BTreeMap::new();
        if let Some(bins) = self.release.bins.as_ref().filter(|_| delegator == "targets") {
            self.trust(&bins.keys, &mut keys)?;
            let roles = DelegatedRoles::SuccinctRoles(self.succinct_roles(bins)?);
            return Ok(Some(Delegations { keys, roles, unrecognized: Map::new() }));
        }
        let mut roles = Vec::new();
        for role in self.release.roles.iter().filter(|role| role.delegator.as_deref() == Some(delegator)) {
            let scope = match (&role.paths, &role.path_hash_prefixes) {
                (Some(paths), None) => Scope::Paths(paths.clone()),
                (None, Some(prefixes)) => Scope::PathHashPrefixes(prefixes.clone()),
                _ => anyhow::bail!("the delegated role {} needs either paths or hash prefixes", role.name),
            };
            roles.push(DelegatedRole {
                name: role.name.clone(),
                keyids: self.trust(&role.keys, &mut keys)?,
                threshold: role.threshold,
                scope,
                terminating: role.terminating,
                unrecognized: Map::new(),
            });
        }
        let has_roles = !roles.is_empty();
        let roles = DelegatedRoles::Roles(roles);
        Ok(has_roles.then_some(Delegations { keys, roles, unrecognized: Map::new() }))
    }

    fn succinct_roles(&self, bins: &Bins) -> Result<SuccinctRoles> {
        Ok(SuccinctRoles {
            keyids: self.trust(&bins.keys, &mut BTreeMap::new())?,
            threshold: bins.threshold,
            bit_length: bins.bit_length,
            name_prefix: bins.prefix.clone(),
            unrecognized: Map::new(),
        })
    }

    /// The keyids of these labels, their keys added to those that are listed.
    fn trust(&self, labels: &[String], listed: &mut BTreeMap<String, Key>) -> Result<Vec<String>> {
        let mut keyids = Vec::new();
        for label in labels {
            let key = self.keys.of(self.plan.key_type, label)?;
            listed.insert(key.keyid().to_owned(), key.public().clone());
            keyids.push(key.keyid().to_owned());
        }
        Ok(keyids)
    }

    /// Publishes a target file and describes it, truly or not.
    fn target_file(&mut self, path: &str, content: &str) -> TargetFile {
        let lies = &self.release.lies;
        let sha256 = lies.file_hashes.get(path).cloned().unwrap_or_else(|| sha256_hex(content.as_bytes()));
        let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let described = TargetFile {
            length: lies.file_lengths.get(path).copied().unwrap_or(length),
            hashes: BTreeMap::from([("sha256".to_owned(), sha256.clone())]),
            custom: None,
            unrecognized: Map::new(),
        };
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        // A client looks for the file under the hash that it is told.
        let name = if self.plan.consistent_snapshot { format!("{sha256}.{name}") } else { name.to_owned() };
        self.published.insert(Path::new("targets").join(folder).join(name), content.as_bytes().to_vec());
        described
    }

    /// Signs and publishes one metadata file, and remembers how it is to be listed.
    fn publish<M: Metadata>(&mut self, name: &str, signers: &[String], signed: &M) -> Result<()> {
        let keys: Vec<Arc<SigningKey>> =
            signers.iter().map(|label| self.keys.of(self.plan.key_type, label)).collect::<Result<_>>()?;
        let bytes = metadata::seal(signed, keys.iter().map(AsRef::as_ref))?;
        let versioned = name == "root" || (self.plan.consistent_snapshot && name != "timestamp");
        let file =
            if versioned { format!("{}.{name}.json", signed.version()) } else { format!("{name}.json") };
        let lies = &self.release.lies;
        let mut entry = MetaFile::describe(signed.version(), &bytes);
        if !self.plan.list_hashes {
            entry = MetaFile { length: None, hashes: BTreeMap::new(), ..entry };
        }
        if let Some(version) = lies.listed_versions.get(name) {
            entry.version = *version;
        }
        if let Some(length) = lies.listed_lengths.get(name) {
            entry.length = Some(*length);
        }
        if let Some(sha256) = lies.listed_hashes.get(name) {
            entry.hashes.insert("sha256".to_owned(), sha256.clone());
        }
        self.listed.insert(name.to_owned(), entry);
        self.published.insert(Path::new("metadata").join(file), bytes);
        Ok(())
    }

    fn role(&self, name: &str) -> Result<&'p Role> {
        self.release.roles.iter().find(|role| role.name == name).with_context(|| format!("no role {name}"))
    }
}

fn expiry(seconds: i64) -> UnixTime {
    UnixTime(tuf_verifier_host::UnixTime::now().seconds() + seconds)
}
