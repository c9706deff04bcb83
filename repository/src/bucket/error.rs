//! What an object store did not do.

use std::fmt;

use thiserror::Error;

/// Why an object store was not read, written or trusted. None of these says anything about signatures.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The URL names no object store that is known here.
    #[error("{url:?} names no object store: {reason}")]
    BadUrl {
        /// The URL as it was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The settings of the environment do not fit together, or something is missing.
    #[error("{location} cannot be used: {reason}")]
    Unusable {
        /// The store.
        location: String,
        /// What is wrong.
        reason: String,
    },
    /// The environment has no credentials, and the machine gives out none.
    #[error("{location} cannot be used: no credentials: set {variables}")]
    NoCredentials {
        /// The store.
        location: String,
        /// Names of the variables that hold them.
        variables: &'static str,
    },
    /// The endpoint is one of http.
    #[error("{location} cannot be used: its endpoint is not encrypted")]
    NotEncrypted {
        /// The store.
        location: String,
    },
    /// The store does not accept the credentials, or they do not allow what was asked for.
    #[error("{location}: the store does not allow to {action} it: {reason}")]
    Denied {
        /// The object or store.
        location: String,
        /// What was being done, as a verb.
        action: &'static str,
        /// What the store answered.
        reason: String,
    },
    /// No answer, or one that is neither success nor a known refusal.
    #[error("could not {action} {location}: {reason}")]
    Failed {
        /// What was being done, as a verb.
        action: &'static str,
        /// The object or store.
        location: String,
        /// What went wrong.
        reason: String,
    },
    /// The store does not keep concurrent publishers apart, so an update could be lost.
    #[error("{location} is no store to publish to: {property}: {found}")]
    Unsuitable {
        /// The store.
        location: String,
        /// The property that it does not have.
        property: Property,
        /// What it did.
        found: String,
    },
    /// Other publishers were faster each time.
    #[error("{location}: other publishers went first {rounds} times")]
    Contended {
        /// What is published.
        location: String,
        /// How often the change was planned and signed.
        rounds: u32,
    },
}

/// What a store must do so that no update is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Property {
    /// What was written is what is read, at once.
    ReadAfterWrite,
    /// Each content has an ETag of its own, and it is the same when it is written and when it is read.
    Etag,
    /// `If-None-Match: *` creates an object once.
    CreateOnly,
    /// `If-Match` replaces the object that was read, and no other.
    CompareAndSwap,
    /// Of many that create one object at the same time, one wins.
    CreateOnlyRaced,
    /// Of many that replace one object at the same time, one wins.
    CompareAndSwapRaced,
}

impl Property {
    /// A word for programs, the same in every version.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ReadAfterWrite => "read-after-write",
            Self::Etag => "etag",
            Self::CreateOnly => "create-only",
            Self::CompareAndSwap => "compare-and-swap",
            Self::CreateOnlyRaced => "create-only-raced",
            Self::CompareAndSwapRaced => "compare-and-swap-raced",
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl StoreError {
    /// A word for programs, the same in every version.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadUrl { .. } => "bad-store-url",
            Self::Unusable { .. } | Self::NoCredentials { .. } | Self::NotEncrypted { .. } => {
                "store-unusable"
            }
            Self::Denied { .. } => "store-denied",
            Self::Failed { .. } => "store-failed",
            Self::Unsuitable { .. } => "store-unsuitable",
            Self::Contended { .. } => "store-contended",
        }
    }

    /// One English sentence for a person: what to do next.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::BadUrl { .. } => {
                "write it as `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` or `az://CONTAINER/PREFIX`"
            }
            Self::Unusable { .. } => {
                "say region, endpoint and credentials in the variables AWS_…, GOOGLE_… or AZURE_…, as docs/publishing-stores.md has them"
            }
            Self::NoCredentials { .. } => {
                "docs/publishing-stores.md has every way to give them; on a cloud's own machine, give the machine a role or an identity"
            }
            Self::NotEncrypted { .. } => {
                "name an endpoint with https; AWS_ALLOW_HTTP=true, GOOGLE_ALLOW_HTTP=true or AZURE_ALLOW_HTTP=true allows one without, \
                 such as on this machine"
            }
            Self::Denied { .. } => {
                "check the credentials in the environment, and that they allow to read, write, list and delete below the prefix"
            }
            Self::Unsuitable { .. } => {
                "publish to a store that keeps the condition, or to a folder with one publisher and copy that; updates would be lost here"
            }
            Self::Contended { .. } => {
                "nothing is lost: publish again, and publish less often or from fewer places"
            }
            Self::Failed { .. } => {
                "nothing is lost: check the network, the region and the name of the bucket, then run the command again"
            }
        }
    }
}
