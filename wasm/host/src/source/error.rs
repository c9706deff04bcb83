//! What kept a source from giving an answer.

use std::io;
use std::time::Duration;

use crate::records::Phase;

/// What kept a source from giving an answer. Never a verdict about the repository.
///
/// The text names the URL or path and what happened; [`SourceError::advice`] says what to do next. User names,
/// passwords and query strings of URLs are in none of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The source was set up in a way that cannot work.
    #[error("{location}: {reason}")]
    Unusable {
        /// URL or path.
        location: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A name that could lead out of the base URL or folder, or that no URL can hold.
    #[error("the file name {name:?} is refused: {reason}")]
    Name {
        /// The name as it was asked for.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The server was not found, took no connection, or closed it before it answered.
    #[error("cannot reach {location}")]
    Unreachable {
        /// URL.
        location: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The server let a time limit pass.
    #[error("{location}: no {phase} within {} seconds", limit.as_secs_f64())]
    Timeout {
        /// URL.
        location: String,
        /// What did not come in time.
        phase: Phase,
        /// The limit.
        limit: Duration,
    },
    /// The server sends, but so slowly that the transfer may never end.
    #[error("{location}: {received} bytes in {} seconds, at least {minimum} are demanded", window.as_secs_f64())]
    TooSlow {
        /// URL.
        location: String,
        /// Bytes received in the window.
        received: u64,
        /// Bytes demanded in the window.
        minimum: u64,
        /// Length of the window.
        window: Duration,
    },
    /// No trusted, encrypted connection to the server could be made.
    #[error("{location}: TLS: {reason}")]
    Tls {
        /// URL.
        location: String,
        /// What is wrong, in the words of the TLS library.
        reason: String,
    },
    /// The proxy did not connect to the server.
    #[error("{location}: the proxy {proxy}: {reason}")]
    Proxy {
        /// URL.
        location: String,
        /// The proxy's scheme, host and port.
        proxy: String,
        /// What the proxy answered.
        reason: String,
    },
    /// The transfer broke off before its end, or a file could not be read.
    #[error("cannot read {location}")]
    Read {
        /// URL or path.
        location: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The answer is not HTTP as it was asked for.
    #[error("{location}: {reason}")]
    Protocol {
        /// URL.
        location: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The server answered with a status that is neither success nor "no such file".
    #[error("the server answered {status} for {location}")]
    Status {
        /// URL.
        location: String,
        /// HTTP status code.
        status: u16,
        /// How long the server asks to wait before the next request.
        retry_after: Option<Duration>,
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
}
impl SourceError {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unusable { .. } => "source-unusable",
            Self::Name { .. } => "source-name",
            Self::Unreachable { .. } => "source-unreachable",
            Self::Timeout { .. } => "source-timeout",
            Self::TooSlow { .. } => "source-too-slow",
            Self::Tls { .. } => "source-tls",
            Self::Proxy { .. } => "source-proxy",
            Self::Read { .. } => "source-unreadable",
            Self::Protocol { .. } => "source-protocol",
            Self::Status { .. } => "source-status",
            Self::Redirect { .. } => "source-redirect",
        }
    }

    /// What to do next, for a person: half a sentence in lower case, to follow `help:`.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Unusable { .. } => "correct this setting",
            Self::Name { .. } => "tell the maintainers of the repository: their metadata asks for this name",
            Self::Unreachable { .. } => "check the URL, the network and the proxy settings, then try again",
            Self::Timeout { .. } | Self::TooSlow { .. } => {
                "try again later, or raise the time limits for a slow network"
            }
            Self::Tls { .. } => {
                "check the server's certificate and this machine's clock; for a private authority, set its CA file"
            }
            Self::Proxy { .. } => {
                "check the proxy's address and credentials, or exempt this host from the proxy"
            }
            Self::Read { .. } => "check the network or the file's permissions, then try again",
            Self::Protocol { .. } => {
                "check that the URL is that of a TUF repository, and what stands between"
            }
            Self::Status { status: 401 | 407, .. } => "give the credentials that this server asks for",
            Self::Status { .. } => "check the URL, or try again later",
            Self::Redirect { .. } => "use the URL that it redirects to, or allow redirects to that origin",
        }
    }

    /// The error behind a failed read of the stream that [`Source::target`](crate::Source::target) gave.
    #[must_use]
    pub fn from_read(location: &str, error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(inner) => inner,
            Err(source) => Self::Read { location: location.to_owned(), source },
        }
    }

    /// The same for another who waited for the same answer. Of an error of the operating system, its number or words.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Unusable { location, reason } => {
                Self::Unusable { location: location.clone(), reason: reason.clone() }
            }
            Self::Name { name, reason } => Self::Name { name: name.clone(), reason },
            Self::Unreachable { location, source } => {
                Self::Unreachable { location: location.clone(), source: io_again(source) }
            }
            Self::Timeout { location, phase, limit } => {
                Self::Timeout { location: location.clone(), phase: *phase, limit: *limit }
            }
            Self::TooSlow { location, received, minimum, window } => Self::TooSlow {
                location: location.clone(),
                received: *received,
                minimum: *minimum,
                window: *window,
            },
            Self::Tls { location, reason } => {
                Self::Tls { location: location.clone(), reason: reason.clone() }
            }
            Self::Proxy { location, proxy, reason } => {
                Self::Proxy { location: location.clone(), proxy: proxy.clone(), reason: reason.clone() }
            }
            Self::Read { location, source } => {
                Self::Read { location: location.clone(), source: io_again(source) }
            }
            Self::Protocol { location, reason } => {
                Self::Protocol { location: location.clone(), reason: reason.clone() }
            }
            Self::Status { location, status, retry_after } => {
                Self::Status { location: location.clone(), status: *status, retry_after: *retry_after }
            }
            Self::Redirect { location, to, reason } => {
                Self::Redirect { location: location.clone(), to: to.clone(), reason }
            }
        }
    }

    /// As the error of a reader. [`SourceError::from_read`] is the way back.
    pub(crate) fn into_read(self) -> io::Error {
        let kind = match &self {
            Self::Timeout { .. } | Self::TooSlow { .. } => io::ErrorKind::TimedOut,
            Self::Read { source, .. } | Self::Unreachable { source, .. } => source.kind(),
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, self)
    }
}

/// The same error of the operating system.
pub(crate) fn io_again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
