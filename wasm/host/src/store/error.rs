//! What kept a store from its work.

use std::io;
use std::path::PathBuf;

/// What kept a store from its work.
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
}

impl StoreError {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "store-unusable",
            Self::Read { .. } => "store-unreadable",
            Self::Write { .. } => "store-unwritable",
        }
    }
}
