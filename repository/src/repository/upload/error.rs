//! What a registry has already.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use tuf_oci::Digest;

/// What a registry has under the tag `timestamp.json`: the state of a copy, as a person names the one that is thrown away.
/// Written as `sha256:HEX`, `none` or `unreadable`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyState {
    /// The manifest with this digest.
    Manifest(Digest),
    /// There is no such tag.
    Absent,
    /// What is there is no manifest that is read here.
    Unreadable,
}

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
        /// The state of the copy, which [`OlderCopy::Discard`](super::OlderCopy::Discard) throws away.
        state: CopyState,
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
        /// The state of the copy, which [`OlderCopy::Discard`](super::OlderCopy::Discard) throws away.
        state: CopyState,
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

impl fmt::Display for CopyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifest(digest) => digest.fmt(f),
            Self::Absent => f.write_str("none"),
            Self::Unreadable => f.write_str("unreadable"),
        }
    }
}

impl FromStr for CopyState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::Absent),
            "unreadable" => Ok(Self::Unreadable),
            digest => digest
                .parse()
                .map(Self::Manifest)
                .map_err(|_| format!("{text:?} is not sha256:HEX, `none` or `unreadable`")),
        }
    }
}
