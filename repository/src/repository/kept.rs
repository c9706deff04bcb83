//! Copies of what is published, in the state folder: what somebody takes away from the served folder is put back from
//! there, for no key signs it a second time.
//!
//! ```text
//! kept/<sha256>     the bytes of a metadata file
//! kept/index.json   name of each file, and its digest: replaced last, so that it always names one whole state
//! ```

use std::collections::{BTreeMap, BTreeSet};

use tuf_verifier_core::Settings;
use tuf_verifier_core::stage::RootUpdate;

use crate::error::Error;
use crate::metadata::{ROOT, TIMESTAMP, sha256_hex};
use crate::repository::Repository;
use crate::repository::layout::{Layout, file_name, role_and_version};
use crate::repository::memory::Memory;
use crate::repository::pending::Pending;
use crate::repository::plan::PlannedFile;
use crate::repository::state::State;
use crate::repository::verification::{Verified, version_of_ours};
use crate::repository::view::View;

/// What was put back. Names are those of files in `metadata/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Files that were gone.
    pub missing: Vec<String>,
    /// Files that had other bytes, or were no files.
    pub changed: Vec<String>,
    /// Files that were never published, and kept clients and publishers from going on. They have another name now, which
    /// begins with `aside-`.
    pub foreign: Vec<String>,
    /// Version of the timestamp that is published now.
    pub timestamp: u64,
}

/// More than any timestamp has that clients take.
const MOST_TIMESTAMP_BYTES: u64 = 1024 * 1024;

/// Digests of the files that are kept, by name.
type Index = BTreeMap<String, String>;

impl Repository {
    /// Puts back what is gone or changed of the published metadata, from the copies of what was published last. They are
    /// verified first. A repository that is whole is left as it is, also if another publisher has gone on with it. Target
    /// files are not kept.
    ///
    /// A publish that was interrupted is not finished by it: the next publish does that.
    ///
    /// # Errors
    /// [`Error::NothingKept`]; [`Error::KeptIsOlder`] where another publisher has gone on, and what it published is
    /// damaged: clients would have to go back; [`Error::NotAdopted`]; [`Error::Unreadable`] for copies that are not
    /// whole or are older than what is remembered; [`Error::Changed`] where somebody writes to the folder meanwhile.
    pub fn restore(&self) -> Result<Restored, Error> {
        let _lock = self.lock()?;
        let layout = &self.layout;
        let pending = Pending::load(layout)?;
        let planned = pending.as_ref().map(|pending| pending.files(layout)).transpose()?.unwrap_or_default();
        // A publish that was interrupted is only gone on with from the timestamp that it started from, or its own.
        let goes_on = pending.is_none_or(|pending| pending.check_timestamp(&planned, layout).is_ok());
        let published = View { layout, planned: &planned, hidden: None };
        if let (Ok(state), true) = (State::load_planned(&published), goes_on) {
            return Ok(Restored { timestamp: version(&state), ..Restored::default() });
        }
        let memory = Memory::load(layout)?.ok_or_else(|| Error::NotAdopted(layout.location()))?;
        let mut kept = load(layout)?.ok_or_else(|| Error::NothingKept(layout.location()))?;
        let state = verify(&kept, &memory, layout)?;
        let mut restored = Restored { timestamp: version(&state), ..Restored::default() };
        let next = self.foreign_root(&kept, &planned, &restored)?;
        // Clients follow it to everything else.
        kept.sort_by_key(|file| file.role == TIMESTAMP);
        if self.is_newer(&kept, &planned, &restored)? {
            kept.retain(|file| file.role != TIMESTAMP);
        }
        if let Some(name) = next {
            layout.tree().put_aside(&layout.metadata(&name))?;
            restored.foreign.push(name);
        }
        self.put_back(&kept, &mut restored)?;
        State::load_planned(&published)?;
        Ok(restored)
    }

    /// Writes copies in the place of what is gone or changed.
    pub(super) fn put_back(&self, kept: &[PlannedFile], restored: &mut Restored) -> Result<(), Error> {
        let layout = &self.layout;
        for file in kept {
            let (name, path) = (file.name(), layout.metadata(&file.name()));
            match layout.read_metadata(&name, file.bytes.len() as u64) {
                Ok(Some(bytes)) if bytes == file.bytes => continue,
                Ok(None) => restored.missing.push(name),
                Ok(Some(_)) => restored.changed.push(name),
                // A link or a folder: what it is or leads to is not touched.
                Err(Error::SymbolicLink(_) | Error::Unreadable { .. }) => {
                    layout.tree().put_aside(&path)?;
                    restored.changed.push(name);
                }
                Err(error) => return Err(error),
            }
            layout.tree().put_back(&path, &file.bytes)?;
        }
        Ok(())
    }

    /// What was published last, from the copies that are kept of it, verified.
    ///
    /// # Errors
    /// [`Error::NotAdopted`]; [`Error::NothingKept`]; [`Error::Unreadable`] for copies that are not whole.
    pub(super) fn last_published(&self) -> Result<(Vec<PlannedFile>, State), Error> {
        let layout = &self.layout;
        let memory = Memory::load(layout)?.ok_or_else(|| Error::NotAdopted(layout.location()))?;
        let kept = load(layout)?.ok_or_else(|| Error::NothingKept(layout.location()))?;
        let state = verify(&kept, &memory, layout)?;
        Ok((kept, state))
    }

    /// The name of the root metadata file after the last one that is kept, if there is one that is not ours.
    ///
    /// # Errors
    /// [`Error::KeptIsOlder`] for one that our keys have signed.
    fn foreign_root(
        &self,
        kept: &[PlannedFile],
        planned: &[PlannedFile],
        restored: &Restored,
    ) -> Result<Option<String>, Error> {
        let last = kept.iter().filter(|file| file.role == ROOT).max_by_key(|file| file.version);
        let Some(last) = last else { return Ok(None) };
        let name = file_name(ROOT, last.version.saturating_add(1));
        let bytes = match self.layout.read_metadata(&name, Settings::default().root_max_length) {
            Err(Error::SymbolicLink(_) | Error::Unreadable { .. }) => return Ok(Some(name)),
            bytes => bytes?,
        };
        let Some(bytes) = bytes else { return Ok(None) };
        if planned.iter().any(|file| file.name() == name && file.bytes == bytes) {
            return Ok(None);
        }
        let update = RootUpdate::start(&last.bytes, Settings::default());
        match update.is_ok_and(|update| update.accept(bytes).is_ok()) {
            true => Err(Error::KeptIsOlder { path: self.layout.metadata(&name), kept: restored.timestamp }),
            false => Ok(Some(name)),
        }
    }

    /// Whether the published timestamp is that of the publish that was interrupted, which is gone on with.
    ///
    /// # Errors
    /// [`Error::KeptIsOlder`] for a newer one that our keys have signed.
    fn is_newer(
        &self,
        kept: &[PlannedFile],
        planned: &[PlannedFile],
        restored: &Restored,
    ) -> Result<bool, Error> {
        let name = file_name(TIMESTAMP, 0);
        let bytes = match self.layout.read_metadata(&name, MOST_TIMESTAMP_BYTES) {
            Err(Error::SymbolicLink(_) | Error::Unreadable { .. }) | Ok(None) => return Ok(false),
            bytes => bytes?.unwrap_or_default(),
        };
        if planned.iter().any(|file| file.role == TIMESTAMP && file.bytes == bytes) {
            return Ok(true);
        }
        let mut roots: Vec<&PlannedFile> = kept.iter().filter(|file| file.role == ROOT).collect();
        roots.sort_by_key(|file| file.version);
        let roots: Vec<Vec<u8>> = roots.into_iter().map(|file| file.bytes.clone()).collect();
        match version_of_ours(&bytes, &roots) {
            Some(there) if there > restored.timestamp => {
                Err(Error::KeptIsOlder { path: self.layout.metadata(&name), kept: restored.timestamp })
            }
            _ => Ok(false),
        }
    }

    /// Keeps copies of what is published, with planned files on top, once it is verified.
    pub(super) fn keep(&self, memory: &Memory, planned: &[PlannedFile]) -> Result<(), Error> {
        let (layout, disk) = (&self.layout, &self.state_disk);
        let before = index(layout)?;
        let timestamp = before.as_ref().and_then(|index| index.get(&file_name(TIMESTAMP, 0)));
        // Root metadata may have been published alone.
        let has_root =
            |root: &String| before.as_ref().is_some_and(|index| index.values().any(|kept| kept == root));
        if timestamp == Some(&memory.timestamp.sha256) && memory.roots.iter().all(has_root) {
            return Ok(());
        }
        // Another publisher may go on at this moment.
        let next = memory.versions().root.saturating_add(1);
        let view = View { layout, planned, hidden: Some(next) };
        let Verified { roots, timestamp, snapshot, targets, rotations, .. } =
            Verified::load(&view, &memory.roots)?;
        let mut index = Index::new();
        let listed = targets.into_values().chain(rotations.into_values().flatten());
        for file in roots.into_iter().chain(listed).chain([snapshot, timestamp]) {
            let digest = sha256_hex(&file.bytes);
            let path = layout.kept(&digest);
            if layout.read_state(&path)?.as_ref() != Some(&file.bytes) {
                disk.replace(&path, &file.bytes)?;
            }
            index.insert(file.name, digest);
        }
        let text = serde_json::to_vec_pretty(&index).map_err(Error::NotJson)?;
        disk.replace(&layout.kept(INDEX), &text)?;
        let needed: BTreeSet<&str> = index.values().map(String::as_str).chain([INDEX]).collect();
        for name in layout.remembered().names(&layout.kept(""))? {
            if !needed.contains(name.as_str()) {
                disk.remove(&layout.kept(&name))?;
            }
        }
        Ok(())
    }
}

const INDEX: &str = "index.json";

fn version(state: &State) -> u64 {
    state.timestamp.as_ref().map_or(0, |timestamp| timestamp.signed.version)
}

fn index(layout: &Layout) -> Result<Option<Index>, Error> {
    let path = layout.kept(INDEX);
    let Some(text) = layout.read_state(&path)? else { return Ok(None) };
    serde_json::from_slice(&text).map(Some).map_err(|error| Error::unreadable(&path, error))
}

/// What is kept, if anything is.
fn load(layout: &Layout) -> Result<Option<Vec<PlannedFile>>, Error> {
    let Some(index) = index(layout)? else { return Ok(None) };
    let file = |(name, digest): (String, String)| {
        let path = layout.kept(&digest);
        let bytes = layout.read_state(&path)?.ok_or_else(|| Error::unreadable(&path, "it is gone"))?;
        let (role, version) = role_and_version(&name)
            .ok_or_else(|| Error::unreadable(&layout.kept(INDEX), format!("{name:?} is no metadata file")))?;
        Ok(PlannedFile { role, version, bytes })
    };
    index.into_iter().map(file).collect::<Result<_, Error>>().map(Some)
}

/// Lets the core judge what is kept, from the root metadata that is remembered, as what is published is judged.
fn verify(kept: &[PlannedFile], memory: &Memory, layout: &Layout) -> Result<State, Error> {
    let last = kept.iter().filter(|file| file.role == ROOT).map(|file| file.version).max();
    // Somebody may have published one more, which says nothing of what is kept.
    let view = View { layout, planned: kept, hidden: last.map(|last| last.saturating_add(1)) };
    State::verify(&view, &memory.roots, Some(&memory.timestamp)).map_err(|error| {
        Error::unreadable(&layout.kept(""), format!("what is kept there is not whole: {error}"))
    })
}
