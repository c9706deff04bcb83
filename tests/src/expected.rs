//! Failures as tests expect them, field by field.

use tuf_verifier_core::{
    Defect, Failure, KeyProblem, Malformed, Mismatch, Missing, Place, Refusal, Report, UnixTime, Unsupported,
    UnusableKeys, Waived,
};

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

/// Metadata of `role` may be signed by `listed` keys of the `delegator` at that version, which demands `threshold` of them,
/// and these are not usable: their key type, scheme, the reason, and how many they are.
#[must_use]
pub fn unsupported_keys(
    role: &str,
    delegator: (&str, u64),
    threshold: u64,
    listed: u64,
    unusable: &[(&str, &str, KeyProblem, u64)],
) -> Failure {
    let keys = |&(keytype, scheme, why, count): &(&str, &str, KeyProblem, u64)| UnusableKeys {
        keytype: keytype.into(),
        scheme: scheme.into(),
        why,
        count,
    };
    Failure::Unsupported(Unsupported::Keys {
        role: role.into(),
        delegator: delegator.0.into(),
        delegator_version: delegator.1,
        threshold,
        listed,
        unusable: unusable.iter().map(keys).collect(),
    })
}

/// The one key that may sign the timestamp under the first root is not usable.
#[must_use]
pub fn only_key(keytype: &str, scheme: &str, why: KeyProblem) -> Failure {
    unsupported_keys("timestamp", ("root", 1), 1, 1, &[(keytype, scheme, why, 1)])
}

/// The file's expiry is a date that is written like this.
#[must_use]
pub fn unsupported_date(name: &str, found: &str) -> Failure {
    Failure::Unsupported(Unsupported::Date { name: name.into(), found: found.into() })
}

/// The file's `spec_version` is this one.
#[must_use]
pub fn unsupported_spec_version(name: &str, found: &str) -> Failure {
    Failure::Unsupported(Unsupported::SpecVersion { name: name.into(), found: found.into() })
}

/// The role or the target is listed with hashes of these algorithms alone.
#[must_use]
pub fn no_supported_hash(name: &str, listed: &[&str]) -> Failure {
    let listed = listed.iter().map(|&algorithm| algorithm.into()).collect();
    Failure::Unsupported(Unsupported::Hashes { name: name.into(), listed })
}

/// Whether the root chain ended at the limit.
#[must_use]
pub fn ended_at_root_limit(report: &Report) -> bool {
    report.waived.iter().any(|waiver| waiver.check == Waived::RootLimit)
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

/// The file is longer than the `limit` bytes that are listed.
#[must_use]
pub fn endless_data(name: &str, limit: u64) -> Failure {
    Failure::Refused(Refusal::EndlessData { name: name.into(), limit, listed: None, setting: None })
}

/// The metadata file, of which no length is listed, is longer than the `limit` bytes of the setting of its role.
#[must_use]
pub fn over_the_limit(name: &str, limit: u64) -> Failure {
    let setting = match name.trim_end_matches(".json").rsplit('.').next() {
        Some("root") => "root-max-length",
        Some("timestamp") => "timestamp-max-length",
        Some("snapshot") => "snapshot-max-length",
        _ => "targets-max-length",
    };
    Failure::Refused(Refusal::EndlessData { name: name.into(), limit, listed: None, setting: Some(setting) })
}

/// The file is listed with more bytes than the `limit` of this setting.
#[must_use]
pub fn listed_too_long(name: &str, listed: u64, setting: &'static str, limit: u64) -> Failure {
    Failure::Refused(Refusal::EndlessData {
        name: name.into(),
        limit,
        listed: Some(listed),
        setting: Some(setting),
    })
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
