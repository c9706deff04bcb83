//! Why an image is not listed.

use std::path::PathBuf;

use thiserror::Error;
use tuf_oci::Digest;

/// Why an image is not listed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// There is no such image.
    #[error("{place} has no {name}")]
    Absent {
        /// The registry, layout or list.
        place: String,
        /// What it does not have.
        name: String,
    },
    /// What is there contradicts the reference, or itself.
    #[error("{what}: {reason}")]
    Contradiction {
        /// The manifest, by its reference or digest.
        what: String,
        /// What is wrong.
        reason: String,
    },
    /// A file that is none of its kind.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A digest in another algorithm than SHA-256.
    #[error("{0} is not listed: only sha256 digests are")]
    Algorithm(Digest),
    /// An index with more manifests than are listed, or deeper than any.
    #[error("{0} has more manifests than are listed here")]
    TooMany(String),
    /// Manifests with more bytes than are kept in memory.
    #[error("the manifests of {what} have more than {most} bytes")]
    TooLarge {
        /// The image.
        what: String,
        /// Bytes allowed.
        most: u64,
    },
}

impl ImageError {
    pub(super) fn contradiction(what: impl ToString, reason: impl ToString) -> Self {
        Self::Contradiction { what: what.to_string(), reason: reason.to_string() }
    }
}
