//! What kept a store from its work.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tuf_files::Holder;

use crate::source::io_again;

/// What kept a store from its work.
///
/// The text names the path and what happened; [`StoreError::advice`] says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store could not be opened or locked.
    #[error("cannot open the trusted store {}", path.display())]
    Open {
        /// The store's folder, or its lock file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// Another process or thread held the lock for too long.
    #[error("the trusted store is in use: {} was locked for {} seconds{}", path.display(), waited.as_secs_f64(), by(holder.as_ref()))]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long the lock was waited for.
        waited: Duration,
        /// Who holds it, where the system tells.
        holder: Option<Holder>,
    },
    /// The folder holds something else, which a store would overwrite.
    #[error("{} is not empty and is no trusted store: {}", path.display(), .evidence)]
    NotAStore {
        /// The folder.
        path: PathBuf,
        /// What in it is of no store, in words.
        evidence: String,
    },
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file could not be written or deleted.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file is longer than the store allows.
    #[error("{} is longer than {limit} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Bytes allowed.
        limit: u64,
    },
    /// No file of a trusted store has this name.
    #[error("{name:?} is no name of a file of the trusted store")]
    Name {
        /// The name as it was asked for.
        name: String,
    },
}

impl StoreError {
    /// The same for another who waited for the same answer.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Open { path, source } => Self::Open { path: path.clone(), source: io_again(source) },
            Self::Busy { path, waited, holder } => {
                Self::Busy { path: path.clone(), waited: *waited, holder: holder.clone() }
            }
            Self::NotAStore { path, evidence } => {
                Self::NotAStore { path: path.clone(), evidence: evidence.clone() }
            }
            Self::Read { path, source } => Self::Read { path: path.clone(), source: io_again(source) },
            Self::Write { path, source } => Self::Write { path: path.clone(), source: io_again(source) },
            Self::TooLong { path, limit } => Self::TooLong { path: path.clone(), limit: *limit },
            Self::Name { name } => Self::Name { name: name.clone() },
        }
    }

    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "store-unusable",
            Self::Busy { .. } => "store-busy",
            Self::NotAStore { .. } => "store-foreign-folder",
            Self::Read { .. } => "store-unreadable",
            Self::Write { .. } => "store-unwritable",
            Self::TooLong { .. } => "store-file-too-long",
            Self::Name { .. } => "store-name",
        }
    }

    /// What to do next, for a person: half a sentence in lower case, to follow `help:`.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Open { source, .. } | Self::Write { source, .. } if is_read_only(source) => {
                "let yourself write there, choose another folder, or read the store without changing it (`FolderStore::read_only`)"
            }
            Self::Open { .. } => {
                "make this a folder that you may write to, on a file system with file locks, or choose another"
            }
            Self::Busy { .. } => "wait for the other update to end, or end it, then try again",
            Self::NotAStore { .. } => {
                "choose a folder that is empty or does not exist yet: a store replaces files such as root.json"
            }
            Self::Read { .. } => {
                "make this a file that you may read, or delete it: what is deleted is fetched again"
            }
            Self::Write { .. } => {
                "make room on the disk and let yourself write there, or choose another folder"
            }
            Self::TooLong { .. } => "delete the file: it is fetched again",
            Self::Name { .. } => "report this: it is a defect of the program that uses the store",
        }
    }
}

/// The text after the time: nothing where nobody is known.
fn by(holder: Option<&Holder>) -> String {
    holder.map(|holder| format!(" by {holder}")).unwrap_or_default()
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}
