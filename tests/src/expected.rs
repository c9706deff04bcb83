//! Failures as tests expect them, field by field.

use tuf_verifier_core::{Defect, Failure, Malformed, Mismatch, Missing, Place, Refusal, UnixTime};

use crate::date::NOW;

/// Metadata of `role` has `valid` signatures, where the `delegator` at that version demands `threshold`.
#[must_use]
pub fn arbitrary_software(role: &str, delegator: (&str, u64), threshold: u64, valid: u64) -> Failure {
    Failure::Refused(Refusal::ArbitrarySoftware {
        role: role.into(),
        delegator: delegator.0.into(),
        delegator_version: delegator.1,
        threshold,
        valid,
    })
}

/// Metadata of `role` lists, or is, another version of `subject` than may be.
#[must_use]
pub fn rollback(role: &str, subject: &str, trusted: u64, offered: Option<u64>) -> Failure {
    Failure::Refused(Refusal::Rollback { role: role.into(), subject: subject.into(), trusted, offered })
}

/// Metadata of `role` expired at `expires`, and it is [`NOW`].
#[must_use]
pub fn freeze(role: &str, version: u64, expires: i64) -> Failure {
    freeze_at(NOW, role, version, expires)
}

/// Metadata of `role` expired at `expires`, and it is `now`.
#[must_use]
pub fn freeze_at(now: i64, role: &str, version: u64, expires: i64) -> Failure {
    Failure::Refused(Refusal::Freeze {
        role: role.into(),
        version,
        expires: UnixTime(expires),
        now: UnixTime(now),
    })
}

/// Metadata of `role` differs from its listing.
#[must_use]
pub fn mix_and_match(role: &str, mismatch: Mismatch) -> Failure {
    Failure::Refused(Refusal::MixAndMatch { role: role.into(), mismatch })
}

/// The version differs from the listed one.
#[must_use]
pub fn version(listed: u64, offered: u64) -> Mismatch {
    Mismatch::Version { listed, offered }
}

/// The length differs from the listed one.
#[must_use]
pub fn length(listed: u64, offered: u64) -> Mismatch {
    Mismatch::Length { listed, offered }
}

/// The digest of this algorithm differs from the listed one.
#[must_use]
pub fn digest(algorithm: &str) -> Mismatch {
    Mismatch::Digest { algorithm: algorithm.into() }
}

/// The file is longer than `limit` bytes.
#[must_use]
pub fn endless_data(name: &str, limit: u64) -> Failure {
    Failure::Refused(Refusal::EndlessData { name: name.into(), limit })
}

/// The role's own keys have revoked it, in this rotate file.
#[must_use]
pub fn revoked(role: &str, version: u64) -> Failure {
    Failure::Refused(Refusal::Revoked { role: role.into(), version })
}

/// The role has more rotate files than this.
#[must_use]
pub fn endless_rotation(role: &str, limit: u32) -> Failure {
    Failure::Refused(Refusal::EndlessRotation { role: role.into(), limit })
}

/// The trusted store has a root of this version, and no chain joins it with the pinned root of that version.
#[must_use]
pub fn other_root_line(stored: u64, pinned: u64) -> Failure {
    Failure::Refused(Refusal::OtherRootLine { stored, pinned })
}

/// The target is not the one that was asked for.
#[must_use]
pub fn wrong_software(path: &str, mismatch: Mismatch) -> Failure {
    Failure::Refused(Refusal::WrongSoftware { path: path.into(), mismatch })
}

/// The repository has no such file.
#[must_use]
pub fn missing(name: &str) -> Failure {
    Failure::Missing(Missing { name: name.into(), place: Place::Repository })
}

/// The file has two signatures of one keyid, which 4.2.1 does not allow.
#[must_use]
pub fn signed_twice(name: &str) -> Failure {
    let defect = Defect::Field { field: "signatures", expected: "at most one signature a keyid" };
    Failure::Malformed(Malformed { name: name.into(), defect, offset: None })
}

/// The defect of a malformed file, wherever in it.
///
/// # Panics
/// Where the failure is of another kind, or of another file.
#[must_use]
pub fn defect_of(name: &str, failure: Failure) -> Defect {
    match failure {
        Failure::Malformed(Malformed { name: found, defect, .. }) if *found == *name => defect,
        other => panic!("{name} is expected to be malformed: {other:?}"),
    }
}
