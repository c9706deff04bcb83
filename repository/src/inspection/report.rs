//! What is said of a repository, ready to be shown or written as JSON.
//!
//! Texts are the repository's own and may be hostile: whoever shows them escapes them first.

use serde::{Serialize, Serializer};
use tuf_verifier_core::UnixTime;

use super::findings::Finding;
use super::judgement::Verdict;
use crate::clients::Obstacle;
use crate::metadata::format_expiry;

/// What is said of a repository.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// Where it is.
    pub location: String,
    /// When it was judged.
    #[serde(serialize_with = "time")]
    pub at: UnixTime,
    /// What a client says that needs all of it.
    pub verdict: Verdict,
    /// Whether root metadata to start from was given. Otherwise the repository's own was taken, which proves nothing.
    pub root_confirmed: bool,
    /// Root metadata, from the first one on.
    pub roots: Vec<RootReport>,
    /// The roles, from root down to delegated ones. Bins are in `bins`.
    pub roles: Vec<RoleReport>,
    /// Bins, one entry for each role that delegates to some.
    pub bins: Vec<BinsReport>,
    /// Keys that sign for more than one role.
    pub shared_keys: Vec<SharedKey>,
    /// The role that expires next, and when.
    pub next_expiry: Option<NextExpiry>,
    /// What a reader should know.
    pub findings: Vec<Finding>,
    /// What other clients would refuse.
    pub other_clients: Vec<Obstacle>,
    /// What was not checked, a sentence each.
    pub not_checked: Vec<String>,
}

/// One version of root metadata.
#[derive(Clone, Debug, Serialize)]
pub struct RootReport {
    /// Its file.
    pub file: String,
    /// Lower-case hexadecimal; compare it with what clients start from.
    pub sha256: Option<String>,
    /// What the core says of it.
    pub verdict: Verdict,
}

/// One role.
#[derive(Clone, Debug, Serialize)]
pub struct RoleReport {
    /// Its name.
    pub role: String,
    /// The role that delegates to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegator: Option<String>,
    /// Number of roles above it below `targets`; 0 for top-level roles.
    pub depth: usize,
    /// Its version, if it was read.
    pub version: Option<u64>,
    /// When it expires.
    #[serde(serialize_with = "optional_time")]
    pub expires: Option<UnixTime>,
    /// Bytes of its file.
    pub length: Option<usize>,
    /// Signatures that are needed.
    pub threshold: u64,
    /// Who may sign: the keys of the last rotate file, where there is one.
    pub keys: Vec<KeyReport>,
    /// The rotate files by which it has given itself these keys (TAP 8), from the first one on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rotations: Vec<RotationReport>,
    /// What it is trusted with; of delegated roles alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Whether the search ends with it.
    pub terminating: bool,
    /// How many roles must list a target alike, and which: `2 of 3 (dev, qa, ci)`; none if the role is trusted alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
    /// The targets that it lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<TargetsReport>,
    /// What the core says of it; of the worst file if there are several delegators.
    pub verdict: Verdict,
}

/// A rotate file of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RotationReport {
    /// Its number.
    pub version: u64,
    /// Signatures that the role needs from there on.
    pub threshold: u64,
    /// The keys that the role goes on with, by name and keyid; none if the file revokes the role.
    pub keys: Vec<String>,
    /// The keys that have signed the file, by name and keyid.
    pub signed_by: Vec<String>,
    /// Whether it revokes the role (TAP 20).
    pub revokes: bool,
}

/// A key that may sign for a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyReport {
    /// Keyid.
    pub keyid: String,
    /// Its name, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Signature scheme; none if the metadata has no such key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Whether the file has a signature by it. Whether enough of them are valid is in the verdict.
    pub has_signed: bool,
}

/// The targets of a role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TargetsReport {
    /// How many there are.
    pub count: usize,
    /// Their bytes together.
    pub bytes: u64,
}

/// Bins that a role delegates to.
#[derive(Clone, Debug, Serialize)]
pub struct BinsReport {
    /// The role that delegates to them.
    pub delegator: String,
    /// The beginning of their names.
    pub name_prefix: String,
    /// How many there are.
    pub count: u64,
    /// How many were read.
    pub read: usize,
    /// How many are delegated to and not published.
    pub unpublished: usize,
    /// Signatures that each needs.
    pub threshold: u64,
    /// Who may sign each.
    pub keys: Vec<KeyReport>,
    /// The targets of all that were read.
    pub targets: TargetsReport,
    /// Bytes of the longest file that was read.
    pub longest: usize,
    /// When the first of them expires.
    #[serde(serialize_with = "optional_time")]
    pub expires: Option<UnixTime>,
    /// Bins that clients do not accept, with the verdict of each.
    pub failed: Vec<(String, Verdict)>,
}

/// A key that signs for more than one role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SharedKey {
    /// Its name and the beginning of its keyid.
    pub key: String,
    /// The roles.
    pub roles: Vec<String>,
}

/// What expires next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextExpiry {
    /// The role.
    pub role: String,
    /// When.
    #[serde(serialize_with = "time")]
    pub expires: UnixTime,
}

fn time<S: Serializer>(time: &UnixTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format_expiry(*time))
}

fn optional_time<S: Serializer>(time: &Option<UnixTime>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(format_expiry).serialize(serializer)
}
