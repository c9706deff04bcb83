//! Where trusted metadata is kept between refreshes.

mod error;
mod file_name;
mod folder;
mod lines;
mod lock;
mod memory;
mod read_only;
mod recognition;
mod write;

pub use error::StoreError;
pub use folder::FolderStore;
pub use lines::StoreLines;
pub use memory::MemoryStore;
pub use read_only::ReadOnlyStore;
pub use tuf_files::{Exposed, Exposure, Holder, Owners};

use std::fs::File;
use std::io::{Read, Seek};

/// Bytes of a file that is still held in memory: a longer one is held on the disk, if there is a place for it.
pub(crate) const LONG: usize = 1 << 20;

/// The trusted metadata of one repository, as files.
///
/// Names are relative, with `/` as separator: `root.json`, `root_history/3.root.json`, `timestamp.json`, …. What a
/// store hands out is verified again, so that a store can fail a refresh but cannot mislead it.
pub trait Store: Send + Sync {
    /// Keeps other processes and threads out of a refresh until the guard is dropped. Calls `waiting` once when
    /// another one holds the lock.
    ///
    /// # Errors
    /// Whatever kept the store from being locked.
    fn lock(&self, waiting: &mut dyn FnMut()) -> Result<Box<dyn Guard + '_>, StoreError>;

    /// The bytes of a file, or none where it is not there.
    ///
    /// # Errors
    /// Whatever kept the file from being read.
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Writes a file, so that a reader and a crash see the old bytes or the new ones.
    ///
    /// # Errors
    /// Whatever kept the file from being written.
    fn persist(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError>;

    /// As [`Store::load`], for a caller that need not have a long file in memory.
    ///
    /// # Errors
    /// As [`Store::load`].
    fn load_file(&self, name: &str) -> Result<Option<Stored>, StoreError> {
        Ok(self.load(name)?.map(Stored::Bytes))
    }

    /// As [`Store::persist`], of the bytes of a file.
    ///
    /// # Errors
    /// As [`Store::persist`].
    fn persist_file(&self, name: &str, file: &mut File) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        match file.rewind().and_then(|()| file.read_to_end(&mut bytes)) {
            Ok(_) => self.persist(name, &bytes),
            Err(source) => Err(StoreError::Read { path: name.into(), source }),
        }
    }

    /// An empty file without a name, for bytes that are too many to be held in memory until it is known whether they are
    /// trusted. None where the store has no place for it.
    fn scratch_file(&self) -> Option<File> {
        None
    }

    /// Deletes a file. A file that is not there is deleted.
    ///
    /// # Errors
    /// Whatever kept the file from being deleted.
    fn forget(&self, name: &str) -> Result<(), StoreError>;
}

/// A file as a store hands it out.
#[derive(Debug)]
pub enum Stored {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// The file, open at its beginning. Who replaces it in the store does not change it.
    File(File),
}

/// A held lock. Dropping it releases the lock.
pub trait Guard {}
