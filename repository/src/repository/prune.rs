//! Removes published files that no client needs any more.
//!
//! A client in the middle of an update has read a timestamp or a snapshot that was current a while ago, and asks for what
//! they list. So whatever was current not long ago stays with everything that it lists, and so does every file that was
//! written not long ago: another publisher may be about to list it. Root metadata stays for ever, since clients begin at
//! any version of it. Files that are named like none of a publish are nobody's business here: rotate files (TAP 8), those
//! put aside, and whatever else somebody keeps there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::from_slice;
use tuf_verifier_core::{Settings, UnixTime};

use crate::error::Error;
use crate::metadata::{ROOT, SNAPSHOT, Signed, Snapshot, Targets};
use crate::repository::Repository;
use crate::repository::layout::{Layout, fetch_path, file_name};
use crate::repository::pending::Pending;
use crate::repository::state::State;
use crate::store::{Listed, Part, PassedOver};

/// What stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Days since a file was written, or since a snapshot was the current one.
    days: u32,
    snapshots: Snapshots,
}

/// The snapshots that stay, with everything that they list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Snapshots {
    /// Those of the last days, and at least this many.
    AtLeast(u32),
    /// All that were current once.
    Published,
}

/// What was removed, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Names such as `metadata/3.snapshot.json`.
    pub removed: Vec<String>,
    /// Their bytes.
    pub bytes: u64,
    /// Number of files that stay.
    pub kept: usize,
    /// Folders that were not looked into. Their files stay, and are not counted.
    pub passed_over: Vec<PassedOver>,
}

const DAY: i64 = 86_400;

impl Keep {
    /// What clients may still need: what was current within so many days, and at least so many snapshots (the current one
    /// always).
    #[must_use]
    pub fn needed(days: u32, snapshots: u32) -> Self {
        Self { days, snapshots: Snapshots::AtLeast(snapshots.max(1)) }
    }

    /// Everything that was ever listed. What is left is what interrupted publishes wrote, and nothing lists.
    #[must_use]
    pub fn everything_but_orphans(days: u32) -> Self {
        Self { days, snapshots: Snapshots::Published }
    }
}

impl Repository {
    /// What [`Repository::prune`] would remove. Removes nothing.
    ///
    /// # Errors
    /// As for [`Repository::prune`].
    pub fn prunable(&self, keep: &Keep, now: UnixTime) -> Result<Pruned, Error> {
        let _lock = self.lock()?;
        self.unneeded(keep, now)
    }

    /// Removes published files that no client needs any more.
    ///
    /// # Errors
    /// With nothing removed: [`Error::Changed`] and [`Error::RolledBack`] where somebody else has written to what is
    /// published, [`Error::NotAdopted`]; [`Error::Interrupted`], because what a publish has written so far is listed by
    /// nothing. [`Error::Io`] and [`Error::Store`], after which the next call goes on.
    pub fn prune(&self, keep: &Keep, now: UnixTime) -> Result<Pruned, Error> {
        let _lock = self.lock()?;
        let pruned = self.unneeded(keep, now)?;
        let (layout, tree) = (&self.layout, self.layout.tree());
        for name in &pruned.removed {
            match name.split_once('/') {
                Some(("metadata", name)) => tree.remove(&layout.metadata(name))?,
                Some((_, fetch_path)) => tree.remove(&layout.target(fetch_path))?,
                None => {}
            }
        }
        Ok(pruned)
    }

    fn unneeded(&self, keep: &Keep, now: UnixTime) -> Result<Pruned, Error> {
        if Pending::load(&self.layout)?.is_some() {
            return Err(Error::Interrupted);
        }
        let metadata = self.layout.tree().list(Part::Metadata)?;
        let targets = self.layout.tree().list(Part::Targets)?;
        // After the listing: whatever a state lists that was published since is newer than the listing.
        let state = State::load(&self.layout)?;
        let since = UnixTime(now.0.saturating_sub(i64::from(keep.days).saturating_mul(DAY)));
        let needed = Needed::of(&state, &self.layout, keep, &metadata.files, since)?;
        let passed_over = [metadata.passed_over, targets.passed_over].concat();
        let mut pruned = Pruned { passed_over, ..Pruned::default() };
        let metadata =
            metadata.files.into_iter().map(|file| (needed.has_metadata(&file.name), "metadata", file));
        let targets = targets.files.into_iter().map(|file| (needed.has_target(&file.name), "targets", file));
        for (is_needed, part, file) in metadata.chain(targets) {
            if is_needed || file.modified >= since {
                pruned.kept += 1;
            } else {
                pruned.bytes = pruned.bytes.saturating_add(file.length);
                pruned.removed.push(format!("{part}/{}", file.name));
            }
        }
        pruned.removed.sort();
        Ok(pruned)
    }
}

/// Everything that kept snapshots lead to.
#[derive(Default)]
struct Needed {
    /// Names of metadata files.
    metadata: BTreeSet<String>,
    /// Where clients fetch target files.
    targets: BTreeSet<String>,
}

impl Needed {
    fn of(
        state: &State,
        layout: &Layout,
        keep: &Keep,
        listed: &[Listed],
        since: UnixTime,
    ) -> Result<Self, Error> {
        let mut needed = Self::default();
        let current = state.snapshot.as_ref().map_or(0, |snapshot| snapshot.signed.version);
        for version in kept_snapshots(listed, current, keep, since) {
            let name = file_name(SNAPSHOT, version);
            let snapshot: Option<Signed<Snapshot>> = read(layout, &name)?;
            needed.metadata.insert(name);
            for (file, meta) in snapshot.into_iter().flat_map(|snapshot| snapshot.signed.meta) {
                let Some(role) = file.strip_suffix(".json") else { continue };
                needed.add_role(layout, role, meta.version)?;
            }
        }
        Ok(needed)
    }

    /// A role's metadata, and the targets in it.
    fn add_role(&mut self, layout: &Layout, role: &str, version: u64) -> Result<(), Error> {
        let name = file_name(role, version);
        if !self.metadata.insert(name.clone()) {
            return Ok(());
        }
        let document: Option<Signed<Targets>> = read(layout, &name)?;
        for (path, target) in document.into_iter().flat_map(|document| document.signed.targets) {
            self.targets.extend(target.hashes.values().map(|digest| fetch_path(&path, digest)));
        }
        Ok(())
    }

    fn has_metadata(&self, name: &str) -> bool {
        self.metadata.contains(name) || versioned(name).is_none_or(|(role, _)| role == ROOT)
    }

    fn has_target(&self, name: &str) -> bool {
        self.targets.contains(name) || !is_hash_named(name)
    }
}

/// Versions of the snapshots that stay. A snapshot was the current one until the next one was written. The next one may be
/// what an interrupted publish left, so the one after it counts too. One after the current one was never published.
fn kept_snapshots(listed: &[Listed], current: u64, keep: &Keep, since: UnixTime) -> BTreeSet<u64> {
    let snapshot = |file: &Listed| match versioned(&file.name) {
        Some((SNAPSHOT, version)) if version <= current => Some((version, file.modified)),
        _ => None,
    };
    let written: BTreeMap<u64, UnixTime> = listed.iter().filter_map(snapshot).collect();
    let mut kept = BTreeSet::from([current]);
    let (mut next, mut replaced): (Option<UnixTime>, Option<UnixTime>) = (None, None);
    for (count, (version, modified)) in (1_u32..).zip(written.iter().rev()) {
        let is_kept = match keep.snapshots {
            Snapshots::Published => true,
            Snapshots::AtLeast(most) => count <= most || replaced.is_none_or(|replaced| replaced >= since),
        };
        if is_kept {
            kept.insert(*version);
        }
        replaced = next.max(Some(*modified));
        next = Some(*modified);
    }
    kept
}

/// Reads a file of an older state. Nothing in it is believed but what it lists, which then stays. One that is gone, or that
/// is no metadata, lists nothing.
fn read<M: serde::de::DeserializeOwned>(layout: &Layout, name: &str) -> Result<Option<M>, Error> {
    let most = Settings::default().listed_max_length;
    Ok(layout.read_metadata(name, most)?.and_then(|bytes| from_slice(&bytes).ok()))
}

/// `VERSION.role.json`, as a publish names metadata.
fn versioned(name: &str) -> Option<(&str, u64)> {
    let (version, role) = name.strip_suffix(".json")?.split_once('.')?;
    let is_plain =
        !role.is_empty() && !role.contains('/') && version.bytes().all(|byte| byte.is_ascii_digit());
    Some((role, version.parse().ok()?)).filter(|_| is_plain)
}

/// `dir/HASH.name`, as clients fetch targets: the hash is a SHA-256 or SHA-512.
fn is_hash_named(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((hash, rest)) = name.split_once('.') else { return false };
    let is_hexadecimal = hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    matches!(hash.len(), 64 | 128) && is_hexadecimal && !rest.is_empty()
}
