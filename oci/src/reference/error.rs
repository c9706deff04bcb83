//! Why a text is no reference.

use crate::digest::DigestError;
use crate::reference::{MAX_NAME, MAX_REFERENCE, MAX_TAG};

/// Why a text is no reference. The words name what is wrong, and never more of the text than the wrong part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// There is nothing.
    #[error("the reference is empty")]
    Empty,
    /// Longer than any reference.
    #[error("the reference has {length} bytes, at most {MAX_REFERENCE} are allowed")]
    TooLong {
        /// Bytes.
        length: usize,
    },
    /// A character that no part of a reference has: spaces, `%`, `?`, `#`, control characters, letters beyond ASCII.
    #[error("the character {character:?} at byte {position} is in no reference")]
    Character {
        /// The first such character.
        character: char,
        /// Bytes before it.
        position: usize,
    },
    /// There is no registry before the repository.
    #[error(
        "the registry is not named: a reference begins with a host such as registry.example/ or localhost/"
    )]
    NoHost,
    /// A host with capitals, which is another text for the same host.
    #[error("the host {host:?} is not written in lower case")]
    UpperCaseHost {
        /// The host.
        host: String,
    },
    /// An address in brackets.
    #[error("the host {host:?} is an address in brackets, which no path pattern can name: use a name")]
    BracketedHost {
        /// The host.
        host: String,
    },
    /// A host that ends in a number and is no IPv4 address as it is usually written.
    #[error("the host {host:?} is no address of four decimal numbers without leading zeros")]
    Address {
        /// The host.
        host: String,
    },
    /// No name of a host.
    #[error("{host:?} is no name of a host")]
    HostName {
        /// The host.
        host: String,
    },
    /// No port.
    #[error("{port:?} is no port: 1 to 65535, without leading zeros")]
    Port {
        /// What stands after the colon.
        port: String,
    },
    /// Nothing between two slashes, or before the tag.
    #[error("a part of the repository's name is empty")]
    EmptyComponent,
    /// Not of the grammar of repository names.
    #[error("{component:?} is no part of a repository's name")]
    Component {
        /// The component.
        component: String,
    },
    /// Host and repository are too long together.
    #[error("host and repository have {length} bytes together, at most {MAX_NAME} are allowed")]
    NameTooLong {
        /// Bytes.
        length: usize,
    },
    /// No tag.
    #[error("{tag:?} is no tag")]
    Tag {
        /// What stands after the colon.
        tag: String,
    },
    /// A tag that is too long.
    #[error("the tag has {length} characters, at most {MAX_TAG} are allowed")]
    TagTooLong {
        /// Characters.
        length: usize,
    },
    /// What stands after `@` is no digest.
    #[error("what stands after @ is no digest: {0}")]
    Digest(#[from] DigestError),
    /// Neither a tag nor a digest.
    #[error("neither a tag nor a digest is named")]
    NeitherTagNorDigest,
}

impl ReferenceError {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "bad-reference"
    }
}
