//! The write-ahead record of a publish: whole on the disk before the first published byte changes, so that an
//! interrupted publish can be finished by writing the same bytes again.
//!
//! It stands in the state folder, where nobody else can write: what it says is published.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Difference, Error};
use crate::metadata::{TIMESTAMP, sha256_hex};
use crate::repository::event_publish::PublishedEvent;
use crate::repository::journal;
use crate::repository::layout::{Layout, file_name};
use crate::repository::plan::{Plan, PlannedFile};
use crate::repository::state::State;
use crate::store::{Disk, Swap, hashing, private};

/// What a publish writes, in the order of writing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// SHA-256 of the timestamp that the publish started from.
    base: Option<String>,
    /// Its version. A record of an earlier version of this program has none.
    #[serde(default)]
    base_version: Option<u64>,
    /// Where clients fetch the target files that it adds.
    targets: Vec<String>,
    /// Their lengths in bytes. A record of an earlier version has none.
    #[serde(default)]
    lengths: BTreeMap<String, u64>,
    /// Metadata files, by role and version.
    metadata: Vec<(String, u64)>,
    /// Roles whose changes it contains.
    drafts: Vec<String>,
    /// Events that it contains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    events: Vec<PublishedEvent>,
    /// Its line of the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    journal: Option<String>,
}

/// What is published with a plan, and forgotten once it is.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// Where clients fetch the target files, and their lengths.
    pub(crate) targets: BTreeMap<String, u64>,
    /// Roles whose changes it contains.
    pub(crate) drafts: Vec<String>,
    /// Events that it contains.
    pub(crate) events: Vec<PublishedEvent>,
    /// Its line of the journal.
    pub(crate) journal: Option<String>,
}

/// The two folders that a publish writes to, beside what is published.
#[derive(Clone, Copy)]
pub(crate) struct Disks<'d> {
    /// The repository's folder.
    pub(crate) own: &'d Disk,
    /// The state folder.
    pub(crate) state: &'d Disk,
}

/// How a publish ended.
#[derive(Debug)]
pub(crate) enum Commit {
    /// Everything is published.
    Done,
    /// The timestamp is neither the one that the publish started from, nor its own.
    Moved(Error),
    /// Other bytes have the name of this role and version already: another publisher was faster.
    Taken(String, u64),
}

const RECORD: &str = "publish.json";

impl Pending {
    /// Puts a plan on the disk. It is in force once its record has its name.
    pub(crate) fn write(
        plan: &Plan,
        (base, base_version): (Option<String>, u64),
        contents: Contents,
        layout: &Layout,
        disks: Disks<'_>,
    ) -> Result<Self, Error> {
        clear(layout)?;
        let Contents { targets: lengths, drafts, events, journal } = contents;
        for file in &plan.files {
            disks.state.create(&layout.pending().join(file.name()), &file.bytes)?;
        }
        let metadata = plan.files.iter().map(|file| (file.role.clone(), file.version)).collect();
        let targets = lengths.keys().cloned().collect();
        let base_version = Some(base_version);
        let pending = Self { base, base_version, targets, lengths, metadata, drafts, events, journal };
        let record = serde_json::to_vec_pretty(&pending).map_err(Error::NotJson)?;
        disks.state.create(&layout.pending().join(RECORD), &record)?;
        Ok(pending)
    }

    /// An interrupted publish, where there is one.
    pub(crate) fn load(layout: &Layout) -> Result<Option<Self>, Error> {
        let path = layout.pending().join(RECORD);
        match layout.read_state(&path)? {
            None => Ok(None),
            Some(record) => {
                serde_json::from_slice(&record).map(Some).map_err(|error| Error::unreadable(&path, error))
            }
        }
    }

    /// Role and version of each metadata file.
    pub(crate) fn metadata(&self) -> &[(String, u64)] {
        &self.metadata
    }

    /// Number of target files.
    pub(crate) fn targets(&self) -> usize {
        self.targets.len()
    }

    /// The metadata files, in the order of writing.
    pub(crate) fn files(&self, layout: &Layout) -> Result<Vec<PlannedFile>, Error> {
        let file = |(role, version): &(String, u64)| {
            let path = layout.pending().join(file_name(role, *version));
            let gone =
                || Error::unreadable(&path, "the record of the publish names this file, and it is gone");
            let bytes = layout.read_state(&path)?.ok_or_else(gone)?;
            Ok(PlannedFile { role: role.clone(), version: *version, bytes })
        };
        self.metadata.iter().map(file).collect()
    }

    /// Sees that the published timestamp is the one that the publish started from, or its own.
    ///
    /// # Errors
    /// [`Error::Changed`].
    pub(crate) fn check_timestamp(&self, files: &[PlannedFile], layout: &Layout) -> Result<(), Error> {
        let own = files.iter().find(|file| file.role == TIMESTAMP).map(|file| sha256_hex(&file.bytes));
        let name = file_name(TIMESTAMP, 0);
        let published = layout.read_metadata(&name, MOST_TIMESTAMP_BYTES)?.map(|bytes| sha256_hex(&bytes));
        if published == self.base || published == own {
            return Ok(());
        }
        let difference = if published.is_some() { Difference::Bytes } else { Difference::Gone };
        Err(Error::changed(&layout.metadata(&name), difference))
    }

    /// Whether what is published now was published after what this publish started from.
    pub(crate) fn is_before(&self, state: &State) -> bool {
        let published = state.timestamp.as_ref().map(|timestamp| timestamp.signed.version);
        self.base_version.is_some_and(|base| published.is_some_and(|published| published > base))
    }

    /// Publishes it: targets, then metadata in its order. May be repeated after a crash at any point.
    ///
    /// # Errors
    /// [`Error::Conflict`] in a folder, which the lock keeps other publishers from; [`Error::Io`]; [`Error::Store`].
    pub(crate) fn commit(
        &self,
        files: &[PlannedFile],
        layout: &Layout,
        disks: Disks<'_>,
    ) -> Result<Commit, Error> {
        match self.check_timestamp(files, layout) {
            Err(changed @ Error::Changed { .. }) => return Ok(Commit::Moved(changed)),
            checked => checked?,
        }
        for fetch_path in &self.targets {
            let length = self.lengths.get(fetch_path).copied();
            publish_target(fetch_path, length, layout, disks.own)?;
        }
        for file in files {
            let path = layout.metadata(&file.name());
            if file.role == TIMESTAMP {
                // Compared once more, in the step that changes it: much may have been written since.
                match layout.tree().swap(&path, self.base.as_deref(), &file.bytes)? {
                    Swap::Done => {}
                    Swap::Moved => return Ok(Commit::Moved(Error::changed(&path, Difference::Bytes))),
                }
                continue;
            }
            match layout.tree().create(&path, &file.bytes) {
                Err(Error::Conflict(_)) if layout.tree().is_shared() => {
                    return Ok(Commit::Taken(file.role.clone(), file.version));
                }
                created => drop(created?),
            }
        }
        Ok(Commit::Done)
    }

    /// Forgets itself, and not the changes that it contains. What it has written stays, and nothing lists it.
    pub(crate) fn withdraw(&self, layout: &Layout, disks: Disks<'_>) -> Result<(), Error> {
        disks.state.remove(&layout.pending().join(RECORD))?;
        clear(layout)
    }

    /// Forgets the changes that it contains, and itself. Gives what is to be said of events that could not be put away.
    pub(crate) fn forget(&self, layout: &Layout, disks: Disks<'_>) -> Result<Vec<String>, Error> {
        for role in &self.drafts {
            disks.state.remove(&layout.draft(role))?;
        }
        if let Some(line) = &self.journal {
            journal::append(line, layout, disks)?;
        }
        let mut left = Vec::new();
        for event in &self.events {
            left.extend(event.finish(layout, disks)?);
        }
        for fetch_path in &self.targets {
            disks.own.remove_leftover(&layout.staged_target(fetch_path))?;
        }
        disks.state.remove(&layout.pending().join(RECORD))?;
        clear(layout)?;
        Ok(left)
    }
}

/// More than any timestamp has.
const MOST_TIMESTAMP_BYTES: u64 = 1024 * 1024;

/// What becomes of staged target files whose changes are discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StagedTargets {
    /// An event may need them: it is published with them.
    Kept,
    /// Nobody needs them.
    Removed,
}

/// Removes every change that is not published yet, an interrupted publish included.
pub(crate) fn discard(targets: StagedTargets, layout: &Layout, disks: Disks<'_>) -> Result<(), Error> {
    disks.state.remove(&layout.pending().join(RECORD))?;
    clear(layout)?;
    layout.remembered().remove_folder(&layout.drafts())?;
    if targets == StagedTargets::Kept {
        return Ok(());
    }
    layout.own().remove_folder_or_put_aside(&layout.staged().join("targets"))
}

/// Removes what a publish left that came to no record, or that is finished.
fn clear(layout: &Layout) -> Result<(), Error> {
    layout.remembered().remove_folder(&layout.pending())?;
    layout.remembered().remove_folder(&layout.unfinished_state())?;
    layout.own().remove_folder_or_put_aside(&layout.temporary())
}

/// Publishes a copy of a staged file. Much may have been written to the folder since the bytes were compared with their
/// listing, above all where the publish was interrupted, so they are compared with the digest in their name. They are
/// hashed as they are copied: the staged file may be somebody else's, who changes it later, and so may one that has the
/// published name already.
fn publish_target(fetch_path: &str, length: Option<u64>, layout: &Layout, disk: &Disk) -> Result<(), Error> {
    let (staged, published) = (layout.staged_target(fetch_path), layout.target(fetch_path));
    let most = length.unwrap_or(u64::MAX);
    match published_copy(fetch_path, length, &published, layout) {
        Ok(Some(file)) if private::is_own(&file, &published) => return Ok(()),
        // Kept under another name, for whoever looks for the culprit; the staged bytes take its place.
        Err(changed @ Error::Changed { .. }) => match layout.open(&staged, most)? {
            Some(_) => layout.tree().put_aside(&published)?,
            None => return Err(changed),
        },
        found => drop(found?),
    }
    let (source, path) = match layout.open(&staged, most)? {
        Some(file) => (file, &staged),
        // It is listed anew, with nothing staged.
        None => (
            layout.open(&published, most)?.ok_or_else(|| Error::changed(&staged, Difference::Gone))?,
            &published,
        ),
    };
    let mut copy = disk.temporary()?;
    copy_listed(&source, fetch_path, length, path, &mut copy)?;
    layout.tree().keep(copy, &published).map(drop)
}

/// A published target file that is what its name says; none if it is not there.
fn published_copy(
    fetch_path: &str,
    length: Option<u64>,
    published: &Path,
    layout: &Layout,
) -> Result<Option<File>, Error> {
    let Some(file) = layout.open(published, length.unwrap_or(u64::MAX))? else { return Ok(None) };
    copy_listed(&file, fetch_path, length, published, &mut io::sink())?;
    Ok(Some(file))
}

/// Copies a target file, which must have this length and the digest in the name that clients fetch it by. Whoever can
/// write to the folder may have put an endless file there: not more than one byte too many is read.
fn copy_listed(
    file: &File,
    fetch_path: &str,
    length: Option<u64>,
    path: &Path,
    to: &mut impl Write,
) -> Result<(), Error> {
    let copied = hashing::copy(file.take(length.unwrap_or(u64::MAX).saturating_add(1)), to);
    let copied = copied.map_err(|cause| Error::io("read", path, cause))?;
    let name = fetch_path.rsplit('/').next().unwrap_or_default();
    let is_listed = length.is_none_or(|length| copied.length == length);
    match is_listed && name.split('.').next() == Some(copied.sha256.as_str()) {
        true => Ok(()),
        false => Err(Error::changed(path, Difference::Bytes)),
    }
}
