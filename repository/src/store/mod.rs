//! Files that are either there, whole and on the disk, or not there.

mod disk;
mod folder;
pub(crate) mod hashing;
mod lock;
pub(crate) mod private;

pub(crate) use disk::Disk;
pub use disk::{Write, WriteObserver};
pub(crate) use folder::Folder;
pub(crate) use lock::{Lock, PATIENCE, refused};
pub use private::check_own;
