//! What a registry has already.

use thiserror::Error;

/// What a registry has that a copy of this repository may not replace.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UploadError {
    /// A timestamp that this repository did not make, or that is newer than what is published here.
    #[error(
        "{location} has a timestamp of version {there}, which is not the one of version {here} that is published here"
    )]
    Ahead {
        /// The registry.
        location: String,
        /// Version of the registry's timestamp.
        there: u64,
        /// Version of the timestamp that is published here.
        here: u64,
    },
    /// Something else where a file of this repository belongs.
    #[error("{location}: the tag {tag}: {reason}")]
    Conflict {
        /// The registry.
        location: String,
        /// The tag of the file.
        tag: String,
        /// What is there.
        reason: String,
    },
}

impl UploadError {
    /// A word for programs, the same in every version.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ahead { .. } => "copy-ahead",
            Self::Conflict { .. } => "copy-conflict",
        }
    }
}
