//! What kept a registry from giving an answer.

use std::error::Error;
use std::io;
use std::time::Duration;

/// What kept a registry from giving an answer, or from taking what was pushed. Never a verdict about what it holds.
///
/// URLs are shown without user names, passwords and queries; credentials and tokens are in none of the texts.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// A setting cannot work.
    #[error("{what}: {reason}")]
    Unusable {
        /// The setting.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The transport brought no answer: the words, and perhaps more, are those of its own error.
    #[error("cannot reach {location}: {source}")]
    Transport {
        /// URL.
        location: String,
        /// The transport's error.
        source: Box<dyn Error + Send + Sync>,
    },
    /// An answer, or a file that was to be pushed, broke off before its end.
    #[error("cannot read {location}: {source}")]
    Read {
        /// URL or what was read.
        location: String,
        /// The error of the operating system, or the transport's own inside of it.
        source: io::Error,
    },
    /// The registry answered with a status that is neither success nor "no such thing".
    #[error("the registry answered {status}{} for {location}", code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Status {
        /// URL.
        location: String,
        /// HTTP status code.
        status: u16,
        /// The first error code of the body, such as `DENIED`, where it has one.
        code: Option<String>,
        /// How long the registry asks to wait before the next request.
        retry_after: Option<Duration>,
    },
    /// The registry asks for an authentication that is not given, or that is not given to it.
    #[error("{location} asks for credentials in a way that is not followed: {reason}")]
    Challenge {
        /// URL.
        location: String,
        /// Why it is not followed.
        reason: String,
    },
    /// A redirect was not followed.
    #[error("{location} redirects to {to}, which is not followed: {reason}")]
    Redirect {
        /// URL.
        location: String,
        /// Where it redirects to.
        to: String,
        /// Why it is not followed.
        reason: &'static str,
    },
    /// The answer is not what the distribution protocol says.
    #[error("{location}: {reason}")]
    Protocol {
        /// URL.
        location: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The bytes of the answer do not have the digest that was asked for, or that the registry itself names.
    #[error("{location}: the digest is {computed}, and not {expected}")]
    Digest {
        /// URL.
        location: String,
        /// The digest that the bytes must have.
        expected: String,
        /// The digest that they have.
        computed: String,
    },
    /// The answer is longer than allowed.
    #[error("{location} is longer than {limit} bytes")]
    TooLong {
        /// URL.
        location: String,
        /// Bytes allowed.
        limit: u64,
    },
}

impl RegistryError {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unusable { .. } => "registry-unusable",
            Self::Transport { .. } => "registry-unreachable",
            Self::Read { .. } => "registry-unreadable",
            Self::Status { .. } => "registry-status",
            Self::Challenge { .. } => "registry-challenge",
            Self::Redirect { .. } => "registry-redirect",
            Self::Protocol { .. } => "registry-protocol",
            Self::Digest { .. } => "registry-digest",
            Self::TooLong { .. } => "registry-too-long",
        }
    }

    /// What to do next, for a person: half a sentence in lower case, to follow `help:`.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Unusable { .. } => "correct this setting",
            Self::Transport { .. } | Self::Read { .. } => {
                "check the address, the network and the proxy, then try again"
            }
            Self::Status { status: 401 | 403, .. } => {
                "give credentials that this registry accepts for this repository"
            }
            Self::Status { .. } => "check the address, or try again later",
            Self::Challenge { .. } => {
                "give the credentials that this registry asks for, or use its https address"
            }
            Self::Redirect { .. } => "use the address that it redirects to",
            Self::Protocol { .. } | Self::Digest { .. } | Self::TooLong { .. } => {
                "check that the address is that of a registry, and what stands between"
            }
        }
    }
}
