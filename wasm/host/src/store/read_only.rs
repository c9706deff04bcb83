//! A trusted store in a folder that is only read.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tuf_files::FileLock;

use super::file_name::StoreName;
use super::folder::LOCK;
use super::{FolderStore, Guard, Store, StoreError, Stored, lock};

/// A trusted store in a folder that is only read: one on a read-only file system, or one that belongs to somebody else.
/// [`FolderStore::read_only`] makes it.
///
/// No file is made, changed or deleted. What a refresh would write is kept in memory until the store is dropped, so that
/// one refresh sees what it has written. What it learnt is then forgotten: the floors against rollback attacks are those
/// of the folder.
///
/// Where another process may write to the folder, its lock file is there; it is locked as a reader, so that whole cycles
/// are seen.
pub struct ReadOnlyStore {
    folder: FolderStore,
    /// What was written since, by name; none for what was deleted.
    written: Mutex<BTreeMap<String, Option<Vec<u8>>>>,
}

/// The folder may have no lock file: then nobody writes there.
struct ReadLock {
    /// Dropping it releases the lock.
    _lock: Option<FileLock>,
}

impl Guard for ReadLock {}

impl FolderStore {
    /// The store in this folder, which is read and left as it is.
    ///
    /// # Errors
    /// [`StoreError::Open`] where this is no folder.
    pub fn read_only(folder: impl Into<PathBuf>) -> Result<ReadOnlyStore, StoreError> {
        let folder = folder.into();
        match fs::metadata(&folder) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                return Err(StoreError::Open { path: folder, source: io::ErrorKind::NotADirectory.into() });
            }
            Err(source) => return Err(StoreError::Open { path: folder, source }),
        }
        Ok(ReadOnlyStore { folder: FolderStore::at(folder), written: Mutex::default() })
    }
}

impl ReadOnlyStore {
    /// Waits this long for a process that writes to the folder. Default: five minutes.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.folder = self.folder.patience(patience);
        self
    }

    /// Reads and keeps no file longer than this many bytes. Default: 1 GiB.
    #[must_use]
    pub fn max_length(mut self, bytes: u64) -> Self {
        self.folder = self.folder.max_length(bytes);
        self
    }

    /// A write is one insertion: a panic elsewhere leaves the map whole.
    fn written(&self) -> MutexGuard<'_, BTreeMap<String, Option<Vec<u8>>>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for ReadOnlyStore {
    fn lock(&self, waiting: &mut dyn FnMut()) -> Result<Box<dyn Guard + '_>, StoreError> {
        let path = self.folder.path().join(LOCK);
        let lock = lock::shared(&path, self.folder.waits_for(), waiting)?;
        Ok(Box::new(ReadLock { _lock: lock }))
    }

    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.written().get(name) {
            Some(written) => Ok(written.clone()),
            None => self.folder.load(name),
        }
    }

    fn load_file(&self, name: &str) -> Result<Option<Stored>, StoreError> {
        match self.written().get(name) {
            Some(written) => Ok(written.clone().map(Stored::Bytes)),
            None => self.folder.load_file(name),
        }
    }

    fn persist(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.folder.check_length(StoreName::parse(name)?, bytes.len() as u64)?;
        self.written().insert(name.to_owned(), Some(bytes.to_vec()));
        Ok(())
    }

    fn forget(&self, name: &str) -> Result<(), StoreError> {
        StoreName::parse(name)?;
        self.written().insert(name.to_owned(), None);
        Ok(())
    }
}

impl fmt::Debug for ReadOnlyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOnlyStore").field("folder", &self.folder.path()).finish_non_exhaustive()
    }
}
