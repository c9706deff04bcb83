//! Checks that were not made as the specification demands, each reported with the reason.

use alloc::boxed::Box;
use core::fmt;

use crate::role::UnixTime;

/// A check that was not made as the specification demands, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The check.
    pub check: Waived,
    /// Why it was not made.
    pub why: Basis,
}

/// A check that was not made as the specification demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waived {
    /// Whether there is newer root metadata was not asked (5.3.3).
    NewerRoot,
    /// Whether there is newer timestamp metadata was not asked (5.4.1).
    NewerTimestamp,
    /// The root chain ended at the limit, before its newest root metadata (5.3.3). The next refresh goes on from there
    /// if the root that it reached is kept.
    RootLimit,
    /// The expiry of this role's metadata is not written in the specification's form (4.2.3).
    DateForm {
        /// Role.
        role: Box<str>,
    },
    /// A key whose signature was counted is not written in the specification's form (4.2.2).
    KeyForm {
        /// Role that the key signed.
        role: Box<str>,
        /// Keyid.
        keyid: Box<str>,
    },
}

/// Why a check was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// [`Access::Store`](crate::Access::Store): the trusted store alone was used.
    Offline,
    /// The last full refresh is younger than [`Settings::fresh_for`](crate::Settings::fresh_for).
    Fresh {
        /// When it was.
        refreshed: UnixTime,
    },
    /// [`Access::Bundle`](crate::Access::Bundle): a bundle answered in place of the repository.
    Bundle,
    /// [`Settings::max_root_updates`](crate::Settings::max_root_updates): so many root metadata files were accepted in this
    /// cycle.
    Limit {
        /// Root metadata files.
        files: u32,
    },
    /// [`Profile::Compatible`](crate::Profile::Compatible) reads this form as well. It says the same thing.
    Compatible,
}

impl Waiver {
    /// The stable kebab-case code of the check.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.check {
            Waived::NewerRoot => "newer-root",
            Waived::NewerTimestamp => "newer-timestamp",
            Waived::RootLimit => "root-limit",
            Waived::DateForm { .. } => "date-form",
            Waived::KeyForm { .. } => "key-form",
        }
    }
}

impl fmt::Display for Waiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.check {
            Waived::NewerRoot => f.write_str("newer root metadata was not asked for (5.3.3)"),
            Waived::NewerTimestamp => f.write_str("newer timestamp metadata was not asked for (5.4.1)"),
            Waived::RootLimit => f.write_str("newer root metadata is there and was not read (5.3.3)"),
            Waived::DateForm { role } => {
                write!(f, "the expiry of {role} is written in another form than the specification's (4.2.3)")
            }
            Waived::KeyForm { role, keyid } => {
                write!(
                    f,
                    "the key {keyid} that signed {role} is written in another form than the specification's (4.2.2)"
                )
            }
        }?;
        match self.why {
            Basis::Offline => f.write_str(": offline, the trusted store alone was used"),
            Basis::Fresh { refreshed } => {
                write!(f, ": the last full refresh, at {refreshed}, is young enough")
            }
            Basis::Bundle => f.write_str(": a bundle answered in place of the repository"),
            Basis::Limit { files } => {
                write!(f, ": one refresh reads {files} root files; refresh again, or raise the limit")
            }
            Basis::Compatible => f.write_str(": the compatible profile reads it as well"),
        }
    }
}
