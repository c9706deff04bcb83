//! Why a client did not come to what it was asked for.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use super::RequestId;
use crate::failure::Failure;

/// Why a client did not come to what it was asked for. Only a [`Failure`](Self::Failure) is a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientError {
    /// Something was not accepted: the verdict.
    Failure(Failure),
    /// A mirror gave no answer.
    Transport {
        /// The request that was not answered.
        request: RequestId,
        /// Why.
        error: TransportError,
    },
    /// The trusted store did not work, so that there is no verdict.
    Store {
        /// The request that was not answered.
        request: RequestId,
        /// File name relative to the store.
        name: Box<str>,
    },
    /// No mirror has a file for a target that metadata lists.
    MissingTarget {
        /// Target path.
        path: Box<str>,
        /// Where the file should be, relative to the targets base URL.
        fetch_path: String,
    },
    /// There is no mirror, and this would have to be fetched.
    Offline {
        /// Target path, or name of the metadata file.
        name: Box<str>,
    },
}

/// What kept a mirror from giving an answer. It says nothing about the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    /// What happened.
    pub kind: TransportKind,
    /// How long the server asks to wait before the next request, in milliseconds.
    pub retry_after: Option<u64>,
    /// For a person: what happened where, in the host's words. It is shown and never judged.
    pub text: String,
}

/// What kept a mirror from giving an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportKind {
    /// The source was set up in a way that cannot work.
    Unusable,
    /// A name that could lead out of the base URL or folder, or that no URL can hold.
    Name,
    /// The server was not found, took no connection, or closed it before it answered.
    Unreachable,
    /// The server let a time limit pass.
    Timeout(Phase),
    /// The server sends, but too slowly.
    TooSlow,
    /// No trusted, encrypted connection to the server could be made.
    Tls,
    /// The proxy did not connect to the server.
    Proxy,
    /// The transfer broke off before its end, or a file could not be read.
    Read,
    /// The answer is not in the protocol.
    Protocol,
    /// The server answered with an HTTP status that is neither success nor "no such file".
    Status(u16),
    /// A redirect was not followed.
    Redirect,
}

/// What did not come in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The addresses of the server's name.
    Resolution,
    /// A connection, with the agreement on TLS and with a proxy.
    Connection,
    /// The status and headers of the answer.
    Response,
    /// The next bytes of a transfer.
    Bytes,
    /// The end of the whole transfer.
    End,
}

impl ClientError {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Failure(failure) => failure.code(),
            Self::Transport { error, .. } => error.kind.code(),
            Self::Store { .. } => "store-unreadable",
            Self::MissingTarget { .. } => "missing-target",
            Self::Offline { .. } => "offline",
        }
    }

    /// What to do next, for a person: half a sentence in lower case.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Failure(failure) => failure.advice(),
            Self::Transport { .. } => "check the URL, the network and the proxy settings, then try again",
            Self::Store { .. } => "make the trusted store readable, or delete the file: it is fetched again",
            Self::MissingTarget { .. } => "check the targets URL, and tell the publisher of the repository",
            Self::Offline { .. } => "refresh once with the network, or bring a bundle",
        }
    }

    /// Whether another mirror can do better.
    pub(super) fn concerns_one_mirror(&self) -> bool {
        match self {
            Self::Failure(failure) => !matches!(failure, Failure::Misuse(_)),
            Self::MissingTarget { .. } | Self::Transport { .. } => true,
            Self::Offline { .. } | Self::Store { .. } => false,
        }
    }

    /// The error that says more of two: what was refused, then what kept a mirror from answering, then what is missing. The
    /// first if they say as much.
    pub(super) fn more_telling(first: Option<Self>, second: Self) -> Self {
        match first {
            Some(first) if first.weight() >= second.weight() => first,
            _ => second,
        }
    }

    fn weight(&self) -> u8 {
        match self {
            Self::MissingTarget { .. } | Self::Failure(Failure::Missing(_)) => 0,
            Self::Transport { .. } => 1,
            Self::Failure(_) | Self::Offline { .. } | Self::Store { .. } => 2,
        }
    }
}

impl TransportKind {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unusable => "source-unusable",
            Self::Name => "source-name",
            Self::Unreachable => "source-unreachable",
            Self::Timeout(_) => "source-timeout",
            Self::TooSlow => "source-too-slow",
            Self::Tls => "source-tls",
            Self::Proxy => "source-proxy",
            Self::Read => "source-unreadable",
            Self::Protocol => "source-protocol",
            Self::Status(_) => "source-status",
            Self::Redirect => "source-redirect",
        }
    }

    /// Whether the same request may well succeed a little later. A slow transfer is not tried again: the next is as slow,
    /// and whoever slows it would gain time by it.
    pub(super) fn is_transient(self) -> bool {
        match self {
            Self::Unreachable | Self::Read => true,
            Self::Timeout(phase) => phase != Phase::End,
            Self::Status(status) => status == 429 || (500..600).contains(&status),
            _ => false,
        }
    }

    /// Whether a transfer stopped on its way, so that the same mirror may well have the rest.
    pub(super) fn breaks_off(self) -> bool {
        matches!(self, Self::Read | Self::Timeout(Phase::Bytes))
    }
}

impl From<Failure> for ClientError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failure(failure) => failure.fmt(f),
            Self::Transport { error, .. } => f.write_str(&error.text),
            Self::Store { name, .. } => write!(f, "cannot read {name} of the trusted store"),
            Self::MissingTarget { path, fetch_path } => write!(
                f,
                "the repository has no file {fetch_path}, though its metadata lists the target {path}"
            ),
            Self::Offline { name } => write!(f, "{name} is not fetched: the client is offline"),
        }
    }
}

impl core::error::Error for ClientError {}
