//! What is published in a folder: `metadata/` and `targets/` of the repository.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use cap_std::fs::{Dir, Metadata};
use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::metadata::sha256_hex;
use crate::store::tree::{Listed, Listing, Part, PassedOver, Swap, Tree};
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

    fn list(&self, part: Part) -> Result<Listing, Error> {
        let part = self.part(part);
        Walk { folder: &self.folder, part, listing: Listing::default(), ahead: Vec::new() }.run()
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

/// Folders within folders that are looked into. Nobody publishes deeper ones, and somebody who can write here may have made
/// some.
const MOST_DEPTH: usize = 64;

/// The regular files of a part, from its own folder down. Links, and whatever else is no file, are passed over.
struct Walk<'w> {
    folder: &'w Folder,
    part: PathBuf,
    listing: Listing,
    /// Folders that are still to be looked into, by name and depth. Only one is open at a time.
    ahead: Vec<(String, usize)>,
}

impl Walk<'_> {
    /// Whatever cannot be read below the part's own folder is passed over.
    fn run(mut self) -> Result<Listing, Error> {
        if let Some(folder) = self.folder.folder(&self.part)? {
            self.look_into(&folder, "", 0)
                .map_err(|cause| Error::io("read the folder", &self.part, cause))?;
        }
        while let Some((name, depth)) = self.ahead.pop() {
            let before = self.listing.files.len();
            let read = match self.folder.folder(&self.part.join(&name)) {
                // It has gone since.
                Ok(None) => Ok(()),
                Ok(Some(_)) if depth > MOST_DEPTH => Err(format!("more than {MOST_DEPTH} folders deep")),
                Ok(Some(folder)) => {
                    self.look_into(&folder, &format!("{name}/"), depth).map_err(|cause| cause.to_string())
                }
                Err(error) => Err(error.to_string()),
            };
            if let Err(reason) = read {
                self.listing.files.truncate(before);
                self.listing.passed_over.push(PassedOver { folder: self.part.join(name), reason });
            }
        }
        Ok(self.listing)
    }

    fn look_into(&mut self, folder: &Dir, prefix: &str, depth: usize) -> io::Result<()> {
        for entry in folder.entries()? {
            let Ok(name) = entry?.file_name().into_string() else { continue };
            let metadata = match folder.symlink_metadata(&name) {
                // It has gone since.
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
                metadata => metadata?,
            };
            let name = format!("{prefix}{name}");
            if metadata.is_dir() {
                self.ahead.push((name, depth + 1));
            } else if metadata.is_file() {
                let (length, modified) = (metadata.len(), modified(&metadata)?);
                self.listing.files.push(Listed { name, length, modified });
            }
        }
        Ok(())
    }
}

fn modified(metadata: &Metadata) -> io::Result<UnixTime> {
    let since = metadata.modified()?.into_std().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX)))
}
