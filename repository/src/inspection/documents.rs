//! Metadata as it is shown: read leniently, whether it is authentic or not.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::judgement::Judgement;
use crate::metadata::{
    MetaFile, ROOT, Root, Rotate, RotatedKeys, SNAPSHOT, Signature, Signed, TARGETS, TIMESTAMP,
    format_expiry, parse_time,
};
use crate::repository::check_role_name;
use crate::review::Documents;
use crate::source::{Cache, SourceError};

/// Bytes of a file that is shown though it was not judged.
const MOST: u64 = 16 << 20;

/// Delegated roles that are shown though they were not judged.
const MOST_ROLES: usize = 1000;

/// What is shown of the files of a repository.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) documents: Documents,
    /// The rotate files of each role that were followed (TAP 8), from the first one on.
    pub(super) rotations: BTreeMap<String, Vec<ShownRotation>>,
    /// Signatures and bytes by role.
    pub(super) files: BTreeMap<String, ShownFile>,
    /// Files that cannot be shown, and why.
    pub(super) unreadable: Vec<(String, String)>,
}

/// What is shown of a rotate file.
#[derive(Debug)]
pub(super) struct ShownRotation {
    /// Its document; none of one that revokes the role, which may write the null key in its own way.
    pub(super) rotate: Option<Rotate>,
    pub(super) signatures: Vec<Signature>,
}

/// What is shown of one file beside its document.
#[derive(Debug)]
pub(super) struct ShownFile {
    pub(super) bytes: Rc<[u8]>,
    pub(super) signatures: Vec<Signature>,
}

impl Shown {
    /// Takes the files that were judged; what the judgement did not come to is read by the names that the documents above
    /// give it.
    pub(super) fn collect(judgement: &Judgement, cache: &Cache<'_>) -> Self {
        let mut shown = Self::default();
        let newest = judgement.roots.iter().rev().find_map(|root| Some((&root.file, root.bytes.as_ref()?)));
        if let Some((name, bytes)) = newest {
            shown.documents.root = shown.take::<Root>(ROOT, name, bytes);
        }
        for judged in &judgement.files {
            // Rotate files are no documents of a role.
            let Some(bytes) = judged.bytes.as_ref().filter(|_| !judged.file.starts_with("rotate/")) else {
                continue;
            };
            shown.add(&judged.role, &judged.file, bytes);
        }
        for (role, files) in &judgement.rotations {
            shown.follow_rotations(role, files, judgement.revoked.contains(role));
        }
        // A failed read is told by the judgement.
        let _told = shown.follow(cache);
        shown
    }

    /// Takes the rotate files of a role, of which the last one may revoke it.
    fn follow_rotations(&mut self, role: &str, files: &[Rc<[u8]>], is_revoked: bool) {
        let mut rotations = Vec::new();
        for bytes in files {
            let signatures = parse::<Value>(bytes).map(|signed| signed.signatures).unwrap_or_default();
            let rotate = parse::<Rotate>(bytes).ok().map(|signed| signed.signed);
            rotations.push(ShownRotation { rotate, signatures });
        }
        let count = rotations.len() as u64;
        let last = rotations.last().and_then(|last| last.rotate.as_ref());
        let keys = match last {
            _ if is_revoked => RotatedKeys::revoked(count),
            Some(last) => RotatedKeys::of(count, last),
            None => return,
        };
        self.documents.rotated.insert(role.to_owned(), keys);
        self.rotations.insert(role.to_owned(), rotations);
    }

    /// Reads what clients do not come to.
    fn follow(&mut self, cache: &Cache<'_>) -> Result<(), SourceError> {
        let consistent = self.documents.root.as_ref().is_none_or(|root| root.consistent_snapshot);
        if self.documents.timestamp.is_none() {
            self.read(cache, TIMESTAMP, "timestamp.json".to_owned())?;
        }
        let name = |role: &str, version: u64| match consistent {
            true => format!("{version}.{role}.json"),
            false => format!("{role}.json"),
        };
        let listed = |meta: &BTreeMap<String, MetaFile>, role: &str| {
            meta.get(&format!("{role}.json")).map(|file| file.version)
        };
        let timestamp = self.documents.timestamp.as_ref();
        let version = timestamp.and_then(|timestamp| listed(&timestamp.meta, SNAPSHOT));
        if let Some(version) = version.filter(|_| self.documents.snapshot.is_none()) {
            self.read(cache, SNAPSHOT, name(SNAPSHOT, version))?;
        }
        let snapshot = self.documents.snapshot.as_ref();
        let version = snapshot.and_then(|snapshot| listed(&snapshot.meta, TARGETS));
        if let Some(version) = version.filter(|_| !self.documents.targets.contains_key(TARGETS)) {
            self.read(cache, TARGETS, name(TARGETS, version))?;
        }
        self.follow_delegations(cache, &name)
    }

    /// Reads delegated roles that the judgement did not come to, if their names are plain: how other names become those of
    /// files is the core's to say.
    fn follow_delegations(
        &mut self,
        cache: &Cache<'_>,
        name: &dyn Fn(&str, u64) -> String,
    ) -> Result<(), SourceError> {
        let meta = self.documents.snapshot.as_ref().map(|snapshot| snapshot.meta.clone()).unwrap_or_default();
        let mut to_visit = vec![TARGETS.to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(role) = to_visit.pop() {
            if !seen.insert(role.clone()) || seen.len() > MOST_ROLES {
                continue;
            }
            let listed = meta.get(&format!("{role}.json")).filter(|_| check_role_name(&role).is_ok());
            if let Some(listed) = listed.filter(|_| !self.documents.targets.contains_key(&role)) {
                self.read(cache, &role, name(&role, listed.version))?;
            }
            let targets = self.documents.targets.get(&role);
            let delegations = targets.and_then(|targets| targets.delegations.as_ref());
            let listed = delegations.into_iter().flat_map(|delegations| delegations.listed());
            to_visit.extend(listed.flat_map(|listed| listed.roles()).map(|role| role.name.to_owned()));
        }
        Ok(())
    }

    fn read(&mut self, cache: &Cache<'_>, role: &str, name: String) -> Result<(), SourceError> {
        if let Some(bytes) = cache.file(&name, MOST)? {
            self.add(role, &name, &bytes);
        }
        Ok(())
    }

    fn add(&mut self, role: &str, name: &str, bytes: &Rc<[u8]>) {
        match role {
            TIMESTAMP => self.documents.timestamp = self.take(role, name, bytes),
            SNAPSHOT => self.documents.snapshot = self.take(role, name, bytes),
            role => {
                if let Some(targets) = self.take(role, name, bytes) {
                    self.documents.targets.insert(role.to_owned(), targets);
                }
            }
        }
    }

    fn take<M: DeserializeOwned>(&mut self, role: &str, name: &str, bytes: &Rc<[u8]>) -> Option<M> {
        match parse::<M>(bytes) {
            Ok(Signed { signatures, signed, .. }) => {
                let file = ShownFile { bytes: Rc::clone(bytes), signatures };
                self.files.insert(role.to_owned(), file);
                Some(signed)
            }
            Err(reason) => {
                self.unreadable.push((name.to_owned(), reason));
                None
            }
        }
    }
}

/// Reads a document, with an expiry in any form that clients read.
pub(super) fn parse<M: DeserializeOwned>(bytes: &[u8]) -> Result<Signed<M>, String> {
    if let Ok(signed) = serde_json::from_slice(bytes) {
        return Ok(signed);
    }
    // A tree of everything takes much memory, and real files rarely need it.
    let mut value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if let Some(expires) = value.pointer_mut("/signed/expires")
        && let Some(time) = expires.as_str().and_then(parse_time)
    {
        *expires = Value::String(format_expiry(time));
    }
    serde_json::from_value(value).map_err(|error| error.to_string())
}
