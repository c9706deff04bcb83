//! What is published, wherever it is: the seam under everything that reads or writes what clients are served.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::store::{Created, Unfinished, WriteObserver};

/// The files that clients are served. Each is either there, whole, or not there.
///
/// Files are named by the locations that [`Tree::metadata`] and [`Tree::target`] give, which are what errors show too.
/// Whoever can write to the tree may have no key: nothing that is read here is believed before it is verified.
pub(crate) trait Tree: Send + Sync {
    /// Where the tree is, for errors and messages.
    fn location(&self) -> PathBuf;

    /// A metadata file by its name.
    fn metadata(&self, name: &str) -> PathBuf;

    /// A target file, by where clients fetch it.
    fn target(&self, fetch_path: &str) -> PathBuf;

    /// Reads a file, at most one byte more than `most`; none where there is no such file.
    fn read(&self, path: &Path, most: u64) -> Result<Option<Vec<u8>>, Error>;

    /// Opens a file, or a copy of its first `most` bytes and one more; none where there is no such file.
    fn open(&self, path: &Path, most: u64) -> Result<Option<File>, Error>;

    /// Creates a file that must not be there yet. Equal bytes under its name are [`Created::Same`].
    ///
    /// # Errors
    /// [`Error::Conflict`] for other bytes under its name.
    fn create(&self, path: &Path, bytes: &[u8]) -> Result<Created, Error>;

    /// Creates a file of a finished copy, as [`Tree::create`] does.
    fn keep(&self, file: Unfinished, path: &Path) -> Result<Created, Error>;

    /// Puts bytes in the place of those with this SHA-256, or of none. The check and the change are one step for every
    /// publisher that goes by the same rules: in a folder those that hold its lock, in an object store all.
    fn swap(&self, path: &Path, expected: Option<&str>, bytes: &[u8]) -> Result<Swap, Error>;

    /// Writes a file in the place of one that may be there.
    ///
    /// # Errors
    /// [`Error::Conflict`] where somebody else writes it at the same time.
    fn put_back(&self, path: &Path, bytes: &[u8]) -> Result<(), Error>;

    /// Gives what is there another name, whatever it is.
    fn put_aside(&self, path: &Path) -> Result<(), Error>;

    /// Every file of a part of the tree. A folder below the part's own that cannot be read is passed over, with all of its files.
    fn list(&self, part: Part) -> Result<Listing, Error>;

    /// Removes a file, if it is there.
    fn remove(&self, path: &Path) -> Result<(), Error>;

    /// Begins a command: nothing that an earlier one has read is used again.
    fn begin(&self);

    /// Whether publishers elsewhere may be at work, so that what was read may be overtaken at any moment. In a folder the
    /// lock keeps them away.
    fn is_shared(&self) -> bool;

    /// Sees that the tree does what keeps publishers apart. What is read here says nothing about signatures.
    ///
    /// # Errors
    /// [`Error::Store`].
    fn check(&self) -> Result<(), Error>;

    /// Shows every change to an observer first.
    fn observe(&self, observer: Arc<dyn WriteObserver>);
}

/// What became of a file that was to replace another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Swap {
    /// The new bytes are there.
    Done,
    /// Other bytes are there than those that were to be replaced.
    Moved,
}

/// A part of the published tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Metadata files.
    Metadata,
    /// Target files.
    Targets,
}

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its path within the part, with `/`.
    pub(crate) name: String,
    /// Bytes.
    pub(crate) length: u64,
    /// When it was written last.
    pub(crate) modified: UnixTime,
}

/// The files of a part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Those that are known.
    pub(crate) files: Vec<Listed>,
    /// Folders whose files are not known.
    pub(crate) passed_over: Vec<PassedOver>,
}

/// A published folder that was not looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// The folder.
    pub folder: PathBuf,
    /// Why.
    pub reason: String,
}
