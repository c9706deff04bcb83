//! Why the component did not accept something, with the component's own code and words.

use std::fmt;

use wasmtime::component::{ComponentType, Lift};

/// Why the component did not accept something. Prints the component's own message.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
#[non_exhaustive]
pub struct Failure {
    /// Stable kebab-case code, such as `rollback`.
    pub code: String,
    /// One English sentence for a person.
    pub message: String,
    /// The typed facts.
    pub cause: Cause,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The failure, divided by blame.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(variant)]
pub enum Cause {
    /// An attack was stopped.
    #[component(name = "refused")]
    Refused(Refusal),
    /// The bytes are no metadata of the kind asked for.
    #[component(name = "malformed")]
    Malformed(Malformed),
    /// A file is not where it must be.
    #[component(name = "missing")]
    Missing(Missing),
    /// The caller called out of order or with unusable arguments: what it did.
    #[component(name = "misuse")]
    Misuse(String),
}

/// A file that is not where it must be.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct Missing {
    /// Name of the file.
    pub name: String,
    /// Where it is missing.
    pub place: Place,
}

/// Where a file may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
pub enum Place {
    /// The repository, though its metadata says that it must have the file.
    #[component(name = "repository")]
    Repository,
    /// The trusted store, from which alone metadata may come.
    #[component(name = "store")]
    Store,
}

/// The attack stopped.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(variant)]
pub enum Refusal {
    /// Not signed by a threshold of trusted keys.
    #[component(name = "arbitrary-software")]
    ArbitrarySoftware(ArbitrarySoftware),
    /// Older than what is trusted.
    #[component(name = "rollback")]
    Rollback(Rollback),
    /// Expired.
    #[component(name = "freeze")]
    Freeze(Freeze),
    /// Not the file that the referring metadata lists.
    #[component(name = "mix-and-match")]
    MixAndMatch(MixAndMatch),
    /// Longer than allowed.
    #[component(name = "endless-data")]
    EndlessData(EndlessData),
    /// Not the target file that was asked for.
    #[component(name = "wrong-software")]
    WrongSoftware(WrongSoftware),
    /// A role that its own keys have revoked (TAP 20).
    #[component(name = "revoked")]
    Revoked(Revoked),
    /// More rotate files for one role than are followed (TAP 8).
    #[component(name = "endless-rotation")]
    EndlessRotation(EndlessRotation),
    /// A pinned root that no verified chain joins with the root of the trusted store.
    #[component(name = "other-root-line")]
    OtherRootLine(OtherRootLine),
}

/// Two roots of different lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct OtherRootLine {
    /// Version of the store's root.
    pub stored: u64,
    /// Version of the pinned root.
    pub pinned: u64,
}

/// A role that its own keys have revoked.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct Revoked {
    /// Role.
    pub role: String,
    /// Version of the rotate file that revokes it.
    pub version: u64,
}

/// More rotate files for one role than are followed.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct EndlessRotation {
    /// Role.
    pub role: String,
    /// Rotate files followed.
    pub limit: u32,
}

/// Fewer valid signatures of distinct keys than the threshold.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct ArbitrarySoftware {
    /// Role of the metadata offered.
    pub role: String,
    /// The role whose metadata lists the keys.
    pub delegator: String,
    /// Version of the metadata that lists the keys.
    #[component(name = "delegator-version")]
    pub delegator_version: u64,
    /// Signatures needed.
    pub threshold: u64,
    /// Valid signatures of distinct trusted keys.
    pub valid: u64,
}

/// A version number that went back.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct Rollback {
    /// Role whose metadata was offered.
    pub role: String,
    /// Role whose version went back; another than `role` where the offered metadata lists it.
    pub subject: String,
    /// Trusted version.
    pub trusted: u64,
    /// Offered version; none where the role is no longer listed.
    pub offered: Option<u64>,
}

/// Metadata that has expired.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct Freeze {
    /// Role.
    pub role: String,
    /// Version.
    pub version: u64,
    /// Expiry, seconds since 1970-01-01T00:00:00Z.
    pub expires: i64,
    /// The fixed update start time, seconds since 1970-01-01T00:00:00Z.
    pub now: i64,
}

/// Metadata that differs from its listing.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct MixAndMatch {
    /// Role whose metadata was offered.
    pub role: String,
    /// What differs.
    pub mismatch: Mismatch,
}

/// What differs from a listing.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(variant)]
pub enum Mismatch {
    /// Version number.
    #[component(name = "version")]
    Version(NumberMismatch),
    /// Length in bytes.
    #[component(name = "length")]
    Length(NumberMismatch),
    /// The digest of this algorithm.
    #[component(name = "digest")]
    Digest(String),
    /// The role is not listed at all.
    #[component(name = "unlisted")]
    Unlisted,
    /// A rotate file differs from the one that was trusted before, and is no revocation (TAP 8, TAP 20).
    #[component(name = "replaced")]
    Replaced,
}

/// Two numbers that should be equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct NumberMismatch {
    /// As listed.
    pub listed: u64,
    /// As offered.
    pub offered: u64,
}

/// A file that is longer than allowed.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct EndlessData {
    /// Name of the file.
    pub name: String,
    /// Bytes allowed.
    pub limit: u64,
}

/// A target file that differs from its listing.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct WrongSoftware {
    /// Target path.
    pub path: String,
    /// What differs.
    pub mismatch: Mismatch,
}

/// Bytes that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct Malformed {
    /// Name of the file.
    pub name: String,
    /// What is wrong.
    pub reason: String,
    /// Bytes before the place, where it is one place.
    pub offset: Option<u64>,
}
