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

    /// Deletes a file. A file that is not there is deleted.
    ///
    /// # Errors
    /// Whatever kept the file from being deleted.
    fn forget(&self, name: &str) -> Result<(), StoreError>;
}

/// A held lock. Dropping it releases the lock.
pub trait Guard {}
