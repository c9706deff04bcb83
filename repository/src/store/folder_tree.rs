//! What is published in a folder: `metadata/` and `targets/` of the repository.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use cap_fs_ext::DirExt as _;
use cap_std::fs::{Dir, Metadata};
use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::metadata::sha256_hex;
use crate::store::tree::{Listed, Part, Swap, Tree};
use crate::store::{Created, Disk, Folder, MOST_SWAPPED_BYTES, Unfinished, WriteObserver};

/// What is published in a folder. Its publishers are kept apart by the repository's lock.
pub(crate) struct FolderTree {
    folder: Folder,
    disk: Disk,
}

impl FolderTree {
    pub(crate) fn new(folder: Folder, disk: Disk) -> Self {
        Self { folder, disk }
    }

    fn part(&self, part: Part) -> PathBuf {
        self.folder.path().join(match part {
            Part::Metadata => "metadata",
            Part::Targets => "targets",
        })
    }
}

impl Tree for FolderTree {
    fn location(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    fn metadata(&self, name: &str) -> PathBuf {
        self.part(Part::Metadata).join(name)
    }

    fn target(&self, fetch_path: &str) -> PathBuf {
        self.part(Part::Targets).join(fetch_path)
    }

    fn read(&self, path: &Path, most: u64) -> Result<Option<Vec<u8>>, Error> {
        self.folder.read(path, most)
    }

    fn open(&self, path: &Path, _most: u64) -> Result<Option<File>, Error> {
        self.folder.open(path)
    }

    fn create(&self, path: &Path, bytes: &[u8]) -> Result<Created, Error> {
        self.disk.create(path, bytes)
    }

    fn keep(&self, file: Unfinished, path: &Path) -> Result<Created, Error> {
        self.disk.keep(file, path)
    }

    fn swap(&self, path: &Path, expected: Option<&str>, bytes: &[u8]) -> Result<Swap, Error> {
        let there = self.folder.read(path, MOST_SWAPPED_BYTES)?;
        if there.as_deref() == Some(bytes) {
            return Ok(Swap::Done);
        }
        if there.as_deref().map(sha256_hex).as_deref() != expected {
            return Ok(Swap::Moved);
        }
        self.disk.replace(path, bytes).map(|()| Swap::Done)
    }

    fn put_back(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        self.disk.replace(path, bytes)
    }

    fn put_aside(&self, path: &Path) -> Result<(), Error> {
        self.disk.put_aside(path)
    }

    fn list(&self, part: Part) -> Result<Vec<Listed>, Error> {
        let mut found = Vec::new();
        let path = self.part(part);
        if let Some(folder) = self.folder.folder(&path)? {
            list_below(&folder, &path, "", &mut found)?;
        }
        Ok(found)
    }

    fn remove(&self, path: &Path) -> Result<(), Error> {
        self.disk.remove(path)
    }

    fn begin(&self) {}

    fn is_shared(&self) -> bool {
        false
    }

    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    fn observe(&self, observer: Arc<dyn WriteObserver>) {
        self.disk.observe(observer);
    }
}

/// Adds the regular files below an opened folder. Links, and whatever else is no file, are passed over.
fn list_below(folder: &Dir, path: &Path, prefix: &str, found: &mut Vec<Listed>) -> Result<(), Error> {
    let failed = |cause| Error::io("read the folder", path, cause);
    for entry in folder.entries().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let metadata = match folder.symlink_metadata(&name) {
            // It has gone since.
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
            metadata => metadata.map_err(failed)?,
        };
        if metadata.is_dir() {
            let below = folder.open_dir_nofollow(&name).map_err(failed)?;
            list_below(&below, &path.join(&name), &format!("{prefix}{name}/"), found)?;
        } else if metadata.is_file() {
            let name = format!("{prefix}{name}");
            found.push(Listed {
                name,
                length: metadata.len(),
                modified: modified(&metadata).map_err(failed)?,
            });
        }
    }
    Ok(())
}

fn modified(metadata: &Metadata) -> io::Result<UnixTime> {
    let since = metadata.modified()?.into_std().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX)))
}
