//! Files on a machine with other users: who can change what is at a path, and locks that others cannot hold for ever.
//!
//! [`Owners::check`] says whether a file that decides whom to trust can be changed by somebody else. [`FileLock`] is a lock
//! of the operating system with a limit of waiting; [`Holder`] says which process holds it. [`SearchPath`] says where a program
//! that is started by its name comes from. [`open_regular`] and [`read_regular`] wait for no pipe, and read no device.
//! [`RunFolder`] is a folder of one run that nobody else can enter. With the feature `archive`, `read_archive` says what is where
//! in a tar archive from somewhere else.
//!
//! Nothing here knows of keys or metadata.

#[cfg(feature = "archive")]
mod archive;
mod holder;
mod lock;
mod ownership;
mod regular;
mod run_folder;
mod rustup;
mod search_path;

#[cfg(feature = "archive")]
pub use archive::{ArchiveError, ArchiveIndex, ArchivedFile, LONGEST_NAME, read_archive};
pub use holder::Holder;
pub use lock::{FileLock, LockError};
pub use ownership::{Exposed, Exposure, Owners};
pub use regular::{open_regular, read_regular};
pub use run_folder::{RunFolder, RunFolderError, make_private_folder};
pub use rustup::check_toolchain;
pub use search_path::SearchPath;
