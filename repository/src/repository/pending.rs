//! The write-ahead record of a publish: whole on the disk before the first published byte changes, so that an
//! interrupted publish can be finished by writing the same bytes again.

use std::fs;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::metadata::{TIMESTAMP, sha256_hex};
use crate::repository::layout::{Layout, file_name};
use crate::repository::plan::Plan;
use crate::repository::state::{read_optional, timestamp_digest};
use crate::store::Disk;

/// What a publish writes, in the order of writing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// SHA-256 of the timestamp that the publish started from.
    base: Option<String>,
    /// Where clients fetch the target files that it adds.
    targets: Vec<String>,
    /// Metadata files, by role and version.
    metadata: Vec<(String, u64)>,
    /// Roles whose changes it contains.
    drafts: Vec<String>,
}

const RECORD: &str = "publish.json";

impl Pending {
    /// Puts a plan on the disk. It is in force once its record has its name.
    pub(crate) fn write(
        plan: &Plan,
        base: Option<String>,
        targets: Vec<String>,
        drafts: Vec<String>,
        layout: &Layout,
        disk: &Disk,
    ) -> Result<Self, Error> {
        clear(layout)?;
        for file in &plan.files {
            disk.create(&layout.pending().join(file.name()), &file.bytes)?;
        }
        let metadata = plan.files.iter().map(|file| (file.role.clone(), file.version)).collect();
        let pending = Self { base, targets, metadata, drafts };
        let record = serde_json::to_vec_pretty(&pending).map_err(Error::NotJson)?;
        disk.create(&layout.pending().join(RECORD), &record)?;
        Ok(pending)
    }

    /// An interrupted publish, where there is one.
    pub(crate) fn load(layout: &Layout) -> Result<Option<Self>, Error> {
        let path = layout.pending().join(RECORD);
        match read_optional(&path)? {
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

    /// Publishes it: targets, then metadata in its order; then forgets the changes that it contains, and itself.
    ///
    /// May be repeated after a crash at any point.
    pub(crate) fn commit(&self, layout: &Layout, disk: &Disk) -> Result<(), Error> {
        for fetch_path in &self.targets {
            publish_target(fetch_path, layout, disk)?;
        }
        for (role, version) in &self.metadata {
            let name = file_name(role, *version);
            let path = layout.pending().join(&name);
            let bytes = fs::read(&path).map_err(|cause| Error::io("read", &path, cause))?;
            if role == TIMESTAMP {
                self.replace_timestamp(&bytes, layout, disk)?;
            } else {
                disk.create(&layout.metadata(&name), &bytes)?;
            }
        }
        self.forget(layout, disk)
    }

    /// Replaces the timestamp that the publish started from, and no other one.
    fn replace_timestamp(&self, bytes: &[u8], layout: &Layout, disk: &Disk) -> Result<(), Error> {
        let path = layout.metadata(&file_name(TIMESTAMP, 0));
        match timestamp_digest(layout)? {
            published if published == self.base => disk.replace(&path, bytes),
            Some(published) if published == sha256_hex(bytes) => Ok(()),
            _ => Err(Error::Conflict(path)),
        }
    }

    fn forget(&self, layout: &Layout, disk: &Disk) -> Result<(), Error> {
        for role in &self.drafts {
            disk.remove(&layout.draft(role))?;
        }
        for fetch_path in &self.targets {
            disk.remove(&layout.staged_target(fetch_path))?;
        }
        disk.remove(&layout.pending().join(RECORD))?;
        clear(layout)
    }
}

/// Removes every change that is not published yet, an interrupted publish included.
pub(crate) fn discard(layout: &Layout, disk: &Disk) -> Result<(), Error> {
    disk.remove(&layout.pending().join(RECORD))?;
    clear(layout)?;
    for folder in [layout.drafts(), layout.staged().join("targets")] {
        remove_folder(&folder)?;
    }
    Ok(())
}

/// Removes what a publish left that came to no record, or that is finished.
fn clear(layout: &Layout) -> Result<(), Error> {
    remove_folder(&layout.pending())?;
    remove_folder(&layout.temporary())
}

fn remove_folder(folder: &std::path::Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", folder, cause)),
        _ => Ok(()),
    }
}

/// A staged file gets its published name. One that is published already is left as it is.
fn publish_target(fetch_path: &str, layout: &Layout, disk: &Disk) -> Result<(), Error> {
    let staged = layout.staged_target(fetch_path);
    let published = layout.target(fetch_path);
    if !staged.exists() && published.exists() {
        return Ok(());
    }
    disk.link(&staged, &published).map(|_| ())
}
