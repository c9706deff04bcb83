//! What a cycle asks of its host, and what it answers.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::failure::Failure;
use crate::role::{Header, UnixTime};
use crate::workflow::Waiver;

/// What the cycle needs next, or what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Offer the bytes of this file of the trusted store, or none where it is not there.
    Load {
        /// File name relative to the store, with `/` as separator.
        name: String,
    },
    /// Offer the bytes of this metadata file of the repository, or none where it has no such file.
    Fetch {
        /// File name relative to the metadata base URL, percent-encoded.
        name: String,
        /// Bytes after which the host stops reading; a host that has read more offers what it has read.
        max_length: u64,
    },
    /// Write this file of the trusted store, atomically. Needs no answer.
    Persist {
        /// File name relative to the store, with `/` as separator.
        name: String,
        /// The bytes as they were received.
        bytes: Vec<u8>,
    },
    /// Delete this file of the trusted store. Needs no answer; a file that is not there is deleted.
    Forget {
        /// File name relative to the store, with `/` as separator.
        name: String,
    },
    /// The top-level roles are authentic and current: targets can be searched.
    Ready(Report),
    /// The searched target.
    Found(Target),
    /// The search ended without the target. An answer, not a failure.
    NotFound(NotFound),
    /// The search cannot go on: the snapshot does not list a role or a rotate file that it needs, or more rotate files
    /// than may be followed; a file that it needs, or the target, is listed with more bytes than may be fetched; a role
    /// was revoked; or the target's entry has no hash of a supported algorithm. The answer before it was accepted.
    SearchFailed(Failure),
}

/// What a finished refresh established.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The fixed update start time (5.1).
    pub now: UnixTime,
    /// The trusted root metadata.
    pub root: RoleState,
    /// The trusted timestamp metadata.
    pub timestamp: RoleState,
    /// The trusted snapshot metadata.
    pub snapshot: RoleState,
    /// The trusted top-level targets metadata.
    pub targets: RoleState,
    /// Whether the repository uses consistent snapshots (5.3.12).
    pub consistent_snapshot: bool,
    /// The repository offered the timestamp version that was trusted already (5.4.3.1).
    pub timestamp_unchanged: bool,
    /// Files of the store that were not used, and why.
    pub notices: Vec<Notice>,
    /// Checks that were not made as the specification demands, and why.
    pub waived: Vec<Waiver>,
}

/// One trusted metadata file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleState {
    /// Version number.
    pub version: u64,
    /// Expiry.
    pub expires: UnixTime,
}

/// A file of the trusted store that was not used. It is no failure: the file is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// File name in the store.
    pub name: Box<str>,
    /// Why it was not used.
    pub why: Failure,
}

/// A target as its trusted metadata describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Target path.
    pub path: Box<str>,
    /// Bytes of the target file.
    pub length: u64,
    /// Every listed hash, in the order of the algorithms' names.
    pub hashes: Vec<Hash>,
    /// The `custom` object as canonical JSON text.
    pub custom: Option<Box<str>>,
    /// The role that lists the target.
    pub role: Box<str>,
    /// Where the target file is, relative to the targets base URL, percent-encoded.
    pub fetch_path: String,
    /// Checks of the delegated roles visited in the search that were not made as the specification demands, and why.
    pub waived: Vec<Waiver>,
}

/// A hash of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hash {
    /// Algorithm as the metadata names it, such as `sha256`.
    pub algorithm: Box<str>,
    /// Lower-case hexadecimal digest.
    pub digest: Box<str>,
}

/// Why a search ended without the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// No trusted role that may speak for the path lists it.
    Absent,
    /// [`Settings::max_delegations`](crate::Settings) roles were visited and more were left.
    BudgetSpent {
        /// Delegated roles visited.
        visited: u32,
    },
    /// The search came to a delegation that is not understood, so that nobody can say whether it covers the path. What
    /// its delegator put after it was not asked.
    UnsupportedDelegation {
        /// The delegated role; the delegation, where it goes to several roles.
        role: Box<str>,
    },
    /// Nothing was found, and a terminating multi-role delegation covers the path: roles of it list the target, but too
    /// few of them with the same length and hashes (TAP 3).
    Disagreement {
        /// Name of the delegation.
        delegation: Box<str>,
    },
}

impl NotFound {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::BudgetSpent { .. } => "budget-spent",
            Self::UnsupportedDelegation { .. } => "unsupported-delegation",
            Self::Disagreement { .. } => "disagreement",
        }
    }

    /// What to do next, for a person: half a sentence in lower case.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Absent => "check the path; the publisher of the repository decides what is in it",
            _ => "the answer is not final: tell the publisher of the repository",
        }
    }
}

impl fmt::Display for NotFound {
    /// The reason, to follow the path and a colon.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("no trusted role lists it"),
            Self::BudgetSpent { visited } => {
                write!(f, "not found in {visited} delegated roles, and more are left")
            }
            Self::UnsupportedDelegation { role } => {
                write!(f, "not found, and the delegation to {role:?} is not understood")
            }
            Self::Disagreement { delegation } => {
                write!(f, "the roles of the delegation {delegation:?} do not agree on it")
            }
        }
    }
}

impl From<Header> for RoleState {
    fn from(header: Header) -> Self {
        Self { version: header.version, expires: header.expires }
    }
}
