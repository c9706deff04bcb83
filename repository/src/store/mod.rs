//! Files that are either there, whole and on the disk, or not there.

mod disk;
mod lock;

pub(crate) use disk::Disk;
pub use disk::{Write, WriteObserver};
pub(crate) use lock::{Lock, PATIENCE};
