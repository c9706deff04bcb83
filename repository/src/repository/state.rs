//! What is published, verified.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::from_slice;

use crate::error::{Difference, Error, RehearsalError};
use crate::metadata::{
    ROOT, Root, Rotate, RotatedKeys, SNAPSHOT, Signed, Snapshot, TARGETS, TIMESTAMP, Targets, Timestamp,
    sha256_hex,
};
use crate::repository::layout::{Layout, file_name, rotate_files_of};
use crate::repository::memory::{Known, Memory};
use crate::repository::verification::{Verified, VerifiedFile};
use crate::repository::view::View;
use crate::review::Documents;

/// Largest `bit_length` of succinct bins: a publish writes every bin.
pub(crate) const MOST_BIN_BITS: u32 = 16;

/// What is published. Versions come from the timestamp, never from a listing of the folder.
///
/// Every document was verified by the core before it was parsed, from the same bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// The last root metadata of the unbroken chain from version 1.
    pub(crate) root: Option<Signed<Root>>,
    pub(crate) timestamp: Option<Signed<Timestamp>>,
    pub(crate) snapshot: Option<Signed<Snapshot>>,
    /// Every targets role that clients can be led to.
    targets: BTreeMap<String, Signed<Targets>>,
    /// What the roles that have rotate files go on with (TAP 8).
    rotated: BTreeMap<String, RotatedKeys>,
    /// SHA-256 of the published timestamp.
    pub(crate) base: Option<String>,
    /// SHA-256 of every root metadata file, from version 1 on.
    roots: Vec<String>,
    /// SHA-256 of every verified metadata file, by its name.
    digests: BTreeMap<String, String>,
}

impl State {
    /// Verifies and reads what is published.
    ///
    /// # Errors
    /// [`Error::NotAdopted`] for a repository that this publisher does not know; [`Error::Changed`] and
    /// [`Error::RolledBack`] for one that somebody else has written to.
    pub(crate) fn load(layout: &Layout) -> Result<Self, Error> {
        let view = View::published(layout);
        match Memory::load(layout)? {
            Some(memory) => Self::verify(&view, &memory.roots, Some(&memory.timestamp)),
            None => Self::unknown(&view),
        }
    }

    /// What is published with planned files on top, where the publish that planned them was interrupted.
    pub(crate) fn load_planned(view: &View<'_>) -> Result<Self, Error> {
        match Memory::load(view.layout)? {
            Some(memory) => Self::verify(view, &memory.roots, Some(&memory.timestamp)),
            // The first publish of a new repository was interrupted: its first root metadata is our own.
            None => match view.planned.iter().find(|file| (file.role.as_str(), file.version) == (ROOT, 1)) {
                Some(first) => Self::verify(view, &[sha256_hex(&first.bytes)], None),
                None => Self::unknown(view),
            },
        }
    }

    /// What is published, verified from root metadata with these digests, from version 1 on, and not older than what is
    /// known.
    pub(crate) fn verify(view: &View<'_>, roots: &[String], known: Option<&Known>) -> Result<Self, Error> {
        let Verified { roots, timestamp, snapshot, targets, rotations, revoked } =
            Verified::load(view, roots)?;
        if let Some(known) = known {
            check_known(view.layout, &timestamp, known)?;
        }
        let mut state = Self {
            base: Some(sha256_hex(&timestamp.bytes)),
            roots: roots.iter().map(|root| sha256_hex(&root.bytes)).collect(),
            timestamp: Some(parse(view.layout, &timestamp)?),
            snapshot: Some(parse(view.layout, &snapshot)?),
            ..Self::default()
        };
        let top_level = roots.iter().chain([&timestamp, &snapshot]);
        state.digests = top_level
            .chain(targets.values())
            .chain(rotations.values().flatten())
            .map(|file| (file.name.clone(), sha256_hex(&file.bytes)))
            .collect();
        state.root = roots.last().map(|root| parse(view.layout, root)).transpose()?;
        for (role, file) in targets {
            state.targets.insert(role, parse(view.layout, &file)?);
        }
        for (role, files) in rotations {
            let count = files.len() as u64;
            let keys = match files.last() {
                // The null key may be written in a way that no other key is.
                _ if revoked.contains(&role) => RotatedKeys::revoked(count),
                Some(last) => RotatedKeys::of(count, &parse::<Rotate>(view.layout, last)?.signed),
                None => continue,
            };
            state.rotated.insert(role, keys);
        }
        Ok(state)
    }

    /// Verifies a plan as the next command here will verify it once it is published: every role that clients can be led to. A
    /// plan of snapshot and timestamp alone changes nothing that clients do not verify first.
    ///
    /// # Errors
    /// [`Error::Rehearsal`] with the verdict of the core; as for [`State::load`].
    pub(crate) fn check_planned(&self, view: &View<'_>) -> Result<(), Error> {
        if view.planned.iter().all(|file| [SNAPSHOT, TIMESTAMP].contains(&file.role.as_str())) {
            return Ok(());
        }
        let first = view.planned.iter().find(|file| (file.role.as_str(), file.version) == (ROOT, 1));
        let roots = match first {
            Some(first) if self.roots.is_empty() => vec![sha256_hex(&first.bytes)],
            _ => self.roots.clone(),
        };
        match Self::verify(view, &roots, None) {
            // Nobody has written there: it is the plan that is refused.
            Err(Error::Changed { path, difference: Difference::Refused(cause) }) => {
                let file = path.file_name().unwrap_or_default().to_string_lossy();
                let client = format!("a publisher that reads {file}");
                Err(RehearsalError::Refused { client, cause }.into())
            }
            verified => verified.map(drop),
        }
    }

    fn unknown(view: &View<'_>) -> Result<Self, Error> {
        match view.metadata(&file_name(ROOT, 1), 0)? {
            Some(_) => Err(Error::NotAdopted(view.layout.location())),
            None => Ok(Self::default()),
        }
    }

    /// SHA-256 and version of the published timestamp; version 0 where there is none.
    pub(crate) fn base(&self) -> (Option<String>, u64) {
        (self.base.clone(), self.timestamp.as_ref().map_or(0, |timestamp| timestamp.signed.version))
    }

    /// Version of the published root metadata, 0 where there is none.
    pub(crate) fn root_version(&self) -> u64 {
        self.root.as_ref().map_or(0, |root| root.signed.version)
    }

    /// Version of a targets role as the snapshot lists it, 0 where it does not.
    pub(crate) fn version(&self, role: &str) -> u64 {
        let meta = self.snapshot.as_ref().map(|snapshot| &snapshot.signed.meta);
        meta.and_then(|meta| meta.get(&format!("{role}.json"))).map_or(0, |file| file.version)
    }

    /// Published metadata of a targets role that is delegated to, or none where there is none.
    pub(crate) fn targets(&self, role: &str) -> Option<&Signed<Targets>> {
        self.targets.get(role)
    }

    /// Published metadata of every targets role that clients can be led to.
    pub(crate) fn all_targets(&self) -> impl Iterator<Item = (&str, &Signed<Targets>)> {
        self.targets.iter().map(|(role, published)| (role.as_str(), published))
    }

    /// All of it, to be compared.
    pub(crate) fn documents(&self) -> Documents {
        let targets = self.targets.iter();
        let targets = targets.map(|(role, published)| (role.clone(), published.signed.clone())).collect();
        Documents { targets, ..self.documents_without_targets() }
    }

    /// All of it but what targets roles list.
    pub(crate) fn documents_without_targets(&self) -> Documents {
        Documents {
            root: self.root.as_ref().map(|root| root.signed.clone()),
            timestamp: self.timestamp.as_ref().map(|timestamp| timestamp.signed.clone()),
            snapshot: self.snapshot.as_ref().map(|snapshot| snapshot.signed.clone()),
            targets: BTreeMap::new(),
            rotated: self.rotated.clone(),
        }
    }

    /// What a role goes on with by its rotate files; none of a role without any, whose delegators list its keys.
    pub(crate) fn rotated(&self, role: &str) -> Option<&RotatedKeys> {
        self.rotated.get(role)
    }

    /// Whether a role has revoked itself (TAP 20).
    pub(crate) fn is_revoked(&self, role: &str) -> bool {
        self.rotated(role).is_some_and(|rotated| rotated.is_revoked)
    }

    /// Every role that has rotate files, with what it goes on with.
    pub(crate) fn all_rotated(&self) -> &BTreeMap<String, RotatedKeys> {
        &self.rotated
    }

    /// Rotate files that the snapshot lists of a role, followed or not.
    pub(crate) fn listed_rotations(&self, role: &str) -> u64 {
        let prefix = format!("{}.rotate.", rotate_files_of(role));
        let is_number = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let meta = self.snapshot.as_ref().map(|snapshot| &snapshot.signed.meta);
        let names = meta.into_iter().flat_map(|meta| meta.range(prefix.clone()..)).map(|(name, _)| name);
        let numbers = names.map_while(|name| name.strip_prefix(&prefix));
        numbers.filter(|number| is_number(number)).count() as u64
    }

    /// What there is to remember of it; none where nothing is published.
    pub(crate) fn memory(&self) -> Option<Memory> {
        let version = self.timestamp.as_ref()?.signed.version;
        Some(Memory::new(self.roots.clone(), Known { version, sha256: self.base.clone()? }))
    }

    /// SHA-256 of a published metadata file: as it was verified, or as the snapshot lists it of a role that is no longer
    /// delegated to.
    pub(crate) fn digest(&self, role: &str, version: u64) -> Option<&str> {
        let listed = || {
            let meta = &self.snapshot.as_ref()?.signed.meta;
            meta.get(&format!("{role}.json"))?.hashes.get("sha256")
        };
        self.digests.get(&file_name(role, version)).or_else(listed).map(String::as_str)
    }
}

/// Refuses a timestamp that is older than what is known, or another one of its version. A newer one is another
/// publisher's: our keys have signed it.
fn check_known(layout: &Layout, timestamp: &VerifiedFile, known: &Known) -> Result<(), Error> {
    let path = layout.metadata(&file_name(TIMESTAMP, 0));
    match timestamp.version.cmp(&known.version) {
        std::cmp::Ordering::Less => {
            Err(Error::RolledBack { path, found: timestamp.version, known: known.version })
        }
        std::cmp::Ordering::Equal if sha256_hex(&timestamp.bytes) != known.sha256 => {
            Err(Error::changed(&path, Difference::Bytes))
        }
        _ => Ok(()),
    }
}

fn parse<M: DeserializeOwned>(layout: &Layout, file: &VerifiedFile) -> Result<Signed<M>, Error> {
    from_slice(&file.bytes).map_err(|error| Error::unreadable(&layout.metadata(&file.name), error))
}

/// Names of the targets roles that the snapshot lists, `targets` last.
pub(crate) fn listed_roles(snapshot: &Snapshot) -> Vec<&str> {
    let roles = snapshot.meta.keys().filter_map(|name| name.strip_suffix(".json"));
    let (top, mut roles): (Vec<&str>, Vec<&str>) =
        roles.filter(|role| ![ROOT, SNAPSHOT, TIMESTAMP].contains(role)).partition(|role| *role == TARGETS);
    roles.extend(top);
    roles
}
