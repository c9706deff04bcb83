//! What is wrong with a bundle.

use std::io;
use std::path::PathBuf;

/// What kept a bundle from being read or written. Never a verdict about the repository.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The file could not be read.
    #[error("cannot read the bundle {}", path.display())]
    Read {
        /// The bundle.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file is no bundle, or is not whole.
    #[error("{} is no bundle: {reason}", path.display())]
    Malformed {
        /// The bundle.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Two files would have the same name in the bundle.
    #[error("two files would have the name {name} in the bundle")]
    Conflict {
        /// Name in the archive.
        name: String,
    },
    /// The bundle, or what is recorded for it, could not be written.
    #[error("cannot write the bundle")]
    Write {
        /// The error of the operating system.
        source: io::Error,
    },
}

impl BundleError {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "bundle-unreadable",
            Self::Malformed { .. } => "bundle-malformed",
            Self::Conflict { .. } => "bundle-conflict",
            Self::Write { .. } => "bundle-unwritable",
        }
    }

    /// What to do next, for a person: half a sentence in lower case, to follow `help:`.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Read { .. } => "check the path and its permissions",
            Self::Malformed { .. } => {
                "get or make the bundle again: an archive of the folders `metadata` and `targets`"
            }
            Self::Conflict { .. } => "make two bundles: a folder cannot hold both files either",
            Self::Write { .. } => "make room on the disk and let yourself write there",
        }
    }
}
