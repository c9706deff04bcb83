//! Files that are either there, whole and on the disk, or not there.

mod disk;
pub(crate) mod hashing;
mod lock;
pub(crate) mod private;
pub(crate) mod regular;

pub(crate) use disk::Disk;
pub use disk::{Write, WriteObserver};
pub(crate) use lock::{Lock, PATIENCE};
pub use private::check_own;
