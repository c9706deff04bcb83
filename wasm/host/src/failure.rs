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
    /// Metadata that this verifier cannot judge: nothing speaks for an attack, and nothing was accepted.
    #[component(name = "unsupported")]
    Unsupported(Unsupported),
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

/// What of well-formed metadata this verifier does not have. Whether the metadata is authentic cannot be said.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(variant)]
pub enum Unsupported {
    /// The threshold cannot be met without signatures by keys that are not usable here.
    #[component(name = "keys")]
    Keys(UnsupportedKeys),
    /// No listed hash is of a supported algorithm.
    #[component(name = "hashes")]
    Hashes(UnsupportedHashes),
    /// The expiry is a date, in a form that is not read.
    #[component(name = "date")]
    Date(UnsupportedText),
    /// `spec_version` is not 1.x.
    #[component(name = "spec-version")]
    SpecVersion(UnsupportedText),
}

/// A threshold that cannot be met without keys that are not usable.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct UnsupportedKeys {
    /// Role of the metadata offered.
    pub role: String,
    /// The role whose metadata lists the keys.
    pub delegator: String,
    /// Version of the metadata that lists the keys.
    #[component(name = "delegator-version")]
    pub delegator_version: u64,
    /// Signatures needed.
    pub threshold: u64,
    /// Keys listed for the role.
    pub listed: u64,
    /// Those of them that are not usable, at least one.
    pub unusable: Vec<UnusableKeys>,
}

/// Keys of one type and scheme that are not usable for one reason.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct UnusableKeys {
    /// Key type as the metadata names it.
    pub keytype: String,
    /// Signature scheme as the metadata names it.
    pub scheme: String,
    /// Why.
    pub why: KeyProblem,
    /// How many there are.
    pub count: u64,
}

/// Why a listed key is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
pub enum KeyProblem {
    /// The key type is not known.
    #[component(name = "unknown-type")]
    UnknownType,
    /// The type is known, the signature scheme is not, or this build was made without it.
    #[component(name = "unknown-scheme")]
    UnknownScheme,
    /// The text of the key is no key of its scheme.
    #[component(name = "unreadable")]
    Unreadable,
    /// [`Profile::Compatible`](crate::Profile::Compatible) reads this form of key, and `Strict` does not.
    #[component(name = "other-form")]
    OtherForm,
}

/// Hashes of which none is of a supported algorithm.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct UnsupportedHashes {
    /// Role or target path.
    pub name: String,
    /// The listed algorithms, in the order of their names; the first eight.
    pub listed: Vec<String>,
}

/// A text that is not read.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct UnsupportedText {
    /// Name of the file.
    pub name: String,
    /// As it is written.
    pub found: String,
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
    /// Bytes that metadata lists, where it lists more than are allowed: nothing was fetched.
    pub listed: Option<u64>,
    /// Name of the setting that the limit comes from, in kebab case: a field of [`Settings`](crate::Settings). None where
    /// the listed length is the limit.
    pub setting: Option<String>,
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
