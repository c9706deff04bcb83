//! Why a refresh, a search or a download did not succeed, divided by blame.

use std::io;
use std::path::PathBuf;

use crate::bundle::BundleError;
use crate::records::Failure;
use crate::sandbox::SandboxError;
use crate::source::SourceError;
use crate::store::StoreError;

/// Why a refresh, a search or a download did not succeed.
///
/// Only [`Error::Failure`] is a verdict. The others say that there is none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The component did not accept something: the verdict.
    #[error(transparent)]
    Failure(#[from] Box<Failure>),
    /// The repository has no file for a target that its metadata lists.
    #[error("the repository has no file {fetch_path}, though its metadata lists the target {path}")]
    MissingTarget {
        /// Target path.
        path: String,
        /// Where the file should be, relative to the targets base URL.
        fetch_path: String,
        /// What to do next, in the component's words.
        advice: String,
    },
    /// The target comes from another session, and this session's metadata does not list it as it is.
    #[error("the target {path} was found by another session, the metadata of this one differs")]
    ForeignTarget {
        /// Target path.
        path: String,
    },
    /// The client is offline ([`Client::offline`](crate::Client::offline)), and this would have to be fetched.
    #[error("{name} is not fetched: the client is offline")]
    Offline {
        /// Target path, or name of the metadata file.
        name: String,
        /// What to do next, in the component's words.
        advice: String,
    },
    /// The source gave no answer.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The trusted store did not work.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A bundle could not be read or written.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A downloaded file could not be written.
    #[error("cannot write {}", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The component did not come to a verdict.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

impl Error {
    /// What to do next, for a person; none if this library does not know more than the error says.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        match self {
            Self::Failure(failure) => Some(&failure.advice),
            Self::MissingTarget { advice, .. } | Self::Offline { advice, .. } => Some(advice),
            Self::Source(error) => Some(error.advice()),
            Self::Store(error) => Some(error.advice()),
            Self::Bundle(error) => Some(error.advice()),
            Self::ForeignTarget { .. } | Self::Output { .. } | Self::Sandbox(_) => None,
        }
    }

    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Failure(failure) => &failure.code,
            Self::MissingTarget { .. } => "missing-target",
            Self::ForeignTarget { .. } => "foreign-target",
            Self::Offline { .. } => "offline",
            Self::Source(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Bundle(error) => error.code(),
            Self::Output { .. } => "output-unwritable",
            Self::Sandbox(error) => error.code(),
        }
    }
}
