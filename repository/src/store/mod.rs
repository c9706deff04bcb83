//! Files that are either there, whole and on the disk, or not there.

mod disk;
mod folder;
mod folder_tree;
pub(crate) mod hashing;
mod lock;
pub(crate) mod private;
mod tree;

pub(crate) use disk::{Created, Disk, Unfinished};
pub use disk::{Write, WriteObserver};
pub(crate) use folder::Folder;
#[cfg(feature = "object-store")]
pub(crate) use folder::random_name;
pub(crate) use folder_tree::FolderTree;
pub(crate) use lock::{Lock, PATIENCE, refused};
pub use private::check_own;
#[cfg(feature = "object-store")]
pub(crate) use tree::Listing;
pub use tree::PassedOver;
pub(crate) use tree::{Listed, Part, Swap, Tree};

/// More than any timestamp has, which is what is swapped.
pub(crate) const MOST_SWAPPED_BYTES: u64 = 1024 * 1024;
