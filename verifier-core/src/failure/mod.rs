//! Why something was not accepted, divided by blame.
//!
//! A [`Refusal`] names the attack that was stopped. [`Unsupported`] metadata needs what this verifier does not have.
//! [`Malformed`] bytes are no metadata at all. [`Missing`] files are a broken or withholding repository. [`Misuse`] is
//! the caller's own mistake. A network failure is none of these and never reaches the core.

mod advice;
mod display;
mod unsupported;

use alloc::boxed::Box;
use alloc::string::String;

use crate::role::UnixTime;

pub use unsupported::{KeyProblem, Unsupported, UnusableKeys};
pub(crate) use unsupported::{MAX_NAMED, excerpt};

/// Why something was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// An attack was stopped.
    Refused(Refusal),
    /// Metadata that this verifier cannot judge: nothing speaks for an attack, and nothing was accepted.
    Unsupported(Unsupported),
    /// The bytes are no metadata of the kind asked for.
    Malformed(Malformed),
    /// A file is not where it must be.
    Missing(Missing),
    /// The caller called out of order or with unusable arguments.
    Misuse(Misuse),
}

/// The attack that was stopped, with the facts that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Metadata not signed by a threshold of trusted keys (5.3.4, 5.4.2, 5.5.3, 5.6.3).
    ArbitrarySoftware {
        /// Role of the metadata offered.
        role: Box<str>,
        /// Role whose metadata lists the keys.
        delegator: Box<str>,
        /// Version of the metadata that lists the keys.
        delegator_version: u64,
        /// Signatures needed.
        threshold: u64,
        /// Valid signatures of distinct trusted keys.
        valid: u64,
    },
    /// A version number that went back (5.3.5, 5.4.3, 5.5.5).
    Rollback {
        /// Role whose metadata was offered.
        role: Box<str>,
        /// Role whose version went back; another than `role` where the offered metadata lists it.
        subject: Box<str>,
        /// Trusted version.
        trusted: u64,
        /// Offered version; none where the role is no longer listed.
        offered: Option<u64>,
    },
    /// Metadata that has expired (5.3.10, 5.4.4, 5.5.6, 5.6.5).
    Freeze {
        /// Role.
        role: Box<str>,
        /// Version.
        version: u64,
        /// Expiry.
        expires: UnixTime,
        /// The fixed update start time.
        now: UnixTime,
    },
    /// Metadata that is not what the referring metadata lists (5.5.2, 5.5.4, 5.6.2, 5.6.4).
    MixAndMatch {
        /// Role whose metadata was offered.
        role: Box<str>,
        /// What differs.
        mismatch: Mismatch,
    },
    /// A file longer than allowed (5.3.3, 5.4.1, 5.5.1, 5.6.1, 5.7.3).
    EndlessData {
        /// Name of the file.
        name: Box<str>,
        /// Bytes allowed.
        limit: u64,
        /// Bytes that metadata lists, where it lists more than are allowed: nothing was fetched.
        listed: Option<u64>,
        /// Name of the setting that the limit comes from, in kebab case; none where the listed length is the limit.
        setting: Option<&'static str>,
    },
    /// Target bytes that are not those of the target asked for (5.7.3).
    WrongSoftware {
        /// Target path.
        path: Box<str>,
        /// What differs.
        mismatch: Mismatch,
    },
    /// A role that its own keys have revoked (TAP 20).
    Revoked {
        /// Role.
        role: Box<str>,
        /// Version of the rotate file that revokes it.
        version: u64,
    },
    /// More rotate files for one role than are followed (TAP 8).
    EndlessRotation {
        /// Role.
        role: Box<str>,
        /// Rotate files followed.
        limit: u32,
    },
    /// A pinned root that no verified chain joins with the root of the trusted store: it is another repository's, or
    /// revoked keys signed a root between them. Or two stores, of which a new one is to begin with copies, prove
    /// different roots of the version `stored`.
    OtherRootLine {
        /// Version of the store's root.
        stored: u64,
        /// Version of the pinned root.
        pinned: u64,
    },
}

/// What differs from a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Version number.
    Version {
        /// As listed.
        listed: u64,
        /// As offered.
        offered: u64,
    },
    /// Length in bytes.
    Length {
        /// As listed.
        listed: u64,
        /// As offered.
        offered: u64,
    },
    /// The digest of this algorithm.
    Digest {
        /// Algorithm as the metadata names it.
        algorithm: Box<str>,
    },
    /// The role is not listed at all.
    Unlisted,
    /// A rotate file differs from the one that was trusted before, and is no revocation (TAP 8, TAP 20).
    Replaced,
}

/// Bytes that are no metadata of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Name of the file.
    pub name: Box<str>,
    /// What is wrong with it.
    pub defect: Defect,
    /// Bytes before the place, where it is one place.
    pub offset: Option<usize>,
}

/// What is wrong with malformed bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Defect {
    /// Not JSON, or JSON outside of the strict subset: the words say how.
    Json(&'static str),
    /// A required field is not there.
    MissingField(&'static str),
    /// A field holds something that its format does not allow.
    Field {
        /// Name of the field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// `_type` is another role's.
    WrongType {
        /// The type asked for.
        expected: &'static str,
    },
    /// More items than any metadata may have, whoever signed it. The limits are fixed: those of
    /// [`Settings`](crate::Settings) whose names begin with `MAX_`.
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// Items allowed.
        limit: usize,
    },
}

/// A file that is not where it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Name of the file.
    pub name: Box<str>,
    /// Where it is missing.
    pub place: Place,
}

/// Where a file may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The repository, though its metadata says that it must have the file.
    Repository,
    /// The trusted store, from which alone metadata may come.
    Store,
}

/// The caller's own mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// `offer` without an open `load` or `fetch`.
    NothingToAnswer,
    /// `find` before the refresh is finished.
    NotReady,
    /// `check` without a found target.
    NothingFound,
    /// A target path that could leave the base URL, or is no path at all.
    UnsafePath(String),
    /// A finished or refused target check was used again.
    CheckFinished,
    /// A host-computed digest of a listed, supported algorithm was not given.
    DigestNotGiven(Box<str>),
    /// Two repositories of a map that must agree have roots that the same keys can sign (TAP 4).
    SameRoot {
        /// Name of one repository.
        one: Box<str>,
        /// Name of the other.
        other: Box<str>,
    },
}

impl Failure {
    /// The stable kebab-case code, the same in Rust, WIT, TypeScript and the documentation.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Unsupported(unsupported) => unsupported.code(),
            Self::Malformed(malformed) => malformed.code(),
            Self::Missing(Missing { place: Place::Repository, .. }) => "missing-metadata",
            Self::Missing(Missing { place: Place::Store, .. }) => "not-in-store",
            Self::Misuse(misuse) => misuse.code(),
        }
    }
}

impl Refusal {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ArbitrarySoftware { .. } => "arbitrary-software",
            Self::Rollback { .. } => "rollback",
            Self::Freeze { .. } => "freeze",
            Self::MixAndMatch { .. } => "mix-and-match",
            Self::EndlessData { .. } => "endless-data",
            Self::WrongSoftware { .. } => "wrong-software",
            Self::Revoked { .. } => "revoked",
            Self::EndlessRotation { .. } => "endless-rotation",
            Self::OtherRootLine { .. } => "other-root-line",
        }
    }
}

impl Malformed {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.defect {
            Defect::Json(_) => "malformed-json",
            Defect::MissingField(_) | Defect::Field { .. } | Defect::WrongType { .. } => "malformed-metadata",
            Defect::TooMany { .. } => "too-many-items",
        }
    }
}

impl Misuse {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NothingToAnswer => "nothing-to-answer",
            Self::NotReady => "not-ready",
            Self::NothingFound => "nothing-found",
            Self::UnsafePath(_) => "unsafe-path",
            Self::CheckFinished => "check-finished",
            Self::DigestNotGiven(_) => "digest-not-given",
            Self::SameRoot { .. } => "same-root",
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Unsupported> for Failure {
    fn from(unsupported: Unsupported) -> Self {
        Self::Unsupported(unsupported)
    }
}

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<Missing> for Failure {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl core::error::Error for Failure {}
