//! What a search answers.

use std::fmt::{self, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::waiver::Waiver;

/// A target as its trusted metadata describes it.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
#[non_exhaustive]
pub struct Target {
    /// Target path.
    pub path: String,
    /// Bytes of the target file.
    pub length: u64,
    /// Every listed hash, in the order of the algorithms' names.
    pub hashes: Vec<Hash>,
    /// The `custom` object as canonical JSON text.
    pub custom: Option<String>,
    /// The role that lists the target.
    pub role: String,
    /// Where the target file is, relative to the targets base URL, percent-encoded; with the hash in its name where
    /// consistent snapshots are used.
    #[component(name = "fetch-path")]
    pub fetch_path: String,
    /// Checks of the delegated roles visited in the search that were not made as the specification demands, and why.
    pub waived: Vec<Waiver>,
}

impl Target {
    /// A name for the target's file in a folder: always the same one, another for every target path, and never one that
    /// leads out of the folder.
    ///
    /// The whole path is percent-encoded, slashes too, and a dot at its beginning. Where that is longer than a file
    /// system can hold (255 bytes), the name is `%sha256-` and the hash of the path: `%s` is no escape.
    #[must_use]
    pub fn file_name(&self) -> String {
        let encoded = utf8_percent_encode(&self.path, ENCODED).to_string();
        let encoded = match encoded.strip_prefix('.') {
            Some(rest) => format!("%2E{rest}"),
            None => encoded,
        };
        if encoded.len() <= LONGEST { encoded } else { hashed(&self.path) }
    }
}

/// Bytes that most file systems allow in one name.
const LONGEST: usize = 255;

/// Everything but unreserved characters (RFC 3986).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn hashed(path: &str) -> String {
    let mut name = "%sha256-".to_owned();
    for byte in Sha256::digest(path) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// A hash of a file.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Hash {
    /// Algorithm as the metadata names it, such as `sha256`.
    pub algorithm: String,
    /// Lower-case hexadecimal digest.
    pub digest: String,
}

/// Why a search ended without the target. An answer, not a failure.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(variant)]
pub enum NotFound {
    /// No trusted role that may speak for the path lists it.
    #[component(name = "absent")]
    Absent,
    /// As many delegated roles as [`Settings::max_delegations`](crate::Settings) allows were visited, and more were left.
    #[component(name = "budget-spent")]
    BudgetSpent(u32),
    /// Nothing was found, and this role is delegated to in a way that is not understood.
    #[component(name = "unsupported-delegation")]
    UnsupportedDelegation(String),
    /// The roles of the terminating delegation of this name do not agree on the target (TAP 3).
    #[component(name = "disagreement")]
    Disagreement(String),
}

impl fmt::Display for NotFound {
    /// The reason, to follow the path and a colon.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("no trusted role lists it"),
            Self::BudgetSpent(visited) => {
                write!(f, "not found in {visited} delegated roles, and more are left")
            }
            Self::UnsupportedDelegation(role) => {
                write!(f, "not found, and the delegation to {role:?} is not understood")
            }
            Self::Disagreement(delegation) => {
                write!(f, "the roles of the delegation {delegation:?} do not agree on it")
            }
        }
    }
}
