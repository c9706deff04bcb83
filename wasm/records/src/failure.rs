//! Failures, from the core to the host.

use tuf_verifier_core::{
    Failure, KeyProblem, Malformed, Mismatch, Missing, Place, Refusal, Unsupported, UnusableKeys,
};

use crate::wit;

/// A failure, from the core to the host.
#[must_use]
pub fn to_wit(failure: Failure) -> wit::Failure {
    let (code, message, advice) = (failure.code().into(), failure.to_string(), failure.advice().into());
    wit::Failure { code, message, advice, cause: cause(failure) }
}

pub(crate) fn cause(failure: Failure) -> wit::Cause {
    match failure {
        Failure::Refused(stopped) => wit::Cause::Refused(refusal(stopped)),
        Failure::Unsupported(lacking) => wit::Cause::Unsupported(unsupported(lacking)),
        Failure::Malformed(unreadable) => wit::Cause::Malformed(malformed(unreadable)),
        Failure::Missing(missing) => wit::Cause::Missing(self::missing(missing)),
        Failure::Misuse(misuse) => wit::Cause::Misuse(misuse.to_string()),
    }
}

fn refusal(refusal: Refusal) -> wit::Refusal {
    match refusal {
        Refusal::ArbitrarySoftware { role, delegator, delegator_version, threshold, valid } => {
            let (role, delegator) = (role.into(), delegator.into());
            wit::Refusal::ArbitrarySoftware(wit::ArbitrarySoftware {
                role,
                delegator,
                delegator_version,
                threshold,
                valid,
            })
        }
        Refusal::Rollback { role, subject, trusted, offered } => wit::Refusal::Rollback(wit::Rollback {
            role: role.into(),
            subject: subject.into(),
            trusted,
            offered,
        }),
        Refusal::Freeze { role, version, expires, now } => {
            let (expires, now) = (expires.0, now.0);
            wit::Refusal::Freeze(wit::Freeze { role: role.into(), version, expires, now })
        }
        Refusal::MixAndMatch { role, mismatch: differs } => {
            wit::Refusal::MixAndMatch(wit::MixAndMatch { role: role.into(), mismatch: mismatch(differs) })
        }
        Refusal::EndlessData { name, limit, listed, setting } => {
            let (name, setting) = (name.into(), setting.map(Into::into));
            wit::Refusal::EndlessData(wit::EndlessData { name, limit, listed, setting })
        }
        Refusal::WrongSoftware { path, mismatch: differs } => {
            wit::Refusal::WrongSoftware(wit::WrongSoftware { path: path.into(), mismatch: mismatch(differs) })
        }
        Refusal::Revoked { role, version } => {
            wit::Refusal::Revoked(wit::Revoked { role: role.into(), version })
        }
        Refusal::EndlessRotation { role, limit } => {
            wit::Refusal::EndlessRotation(wit::EndlessRotation { role: role.into(), limit })
        }
        Refusal::OtherRootLine { stored, pinned } => {
            wit::Refusal::OtherRootLine(wit::OtherRootLine { stored, pinned })
        }
    }
}

fn unsupported(unsupported: Unsupported) -> wit::Unsupported {
    let text =
        |name: Box<str>, found: Box<str>| wit::UnsupportedText { name: name.into(), found: found.into() };
    match unsupported {
        Unsupported::Keys { role, delegator, delegator_version, threshold, listed, unusable } => {
            wit::Unsupported::Keys(wit::UnsupportedKeys {
                role: role.into(),
                delegator: delegator.into(),
                delegator_version,
                threshold,
                listed,
                unusable: unusable.into_iter().map(unusable_keys).collect(),
            })
        }
        Unsupported::Hashes { name, listed } => wit::Unsupported::Hashes(wit::UnsupportedHashes {
            name: name.into(),
            listed: listed.into_iter().map(String::from).collect(),
        }),
        Unsupported::Date { name, found } => wit::Unsupported::Date(text(name, found)),
        Unsupported::SpecVersion { name, found } => wit::Unsupported::SpecVersion(text(name, found)),
    }
}

fn unusable_keys(keys: UnusableKeys) -> wit::UnusableKeys {
    wit::UnusableKeys {
        keytype: keys.keytype.into(),
        scheme: keys.scheme.into(),
        why: match keys.why {
            KeyProblem::UnknownType => wit::KeyProblem::UnknownType,
            KeyProblem::UnknownScheme => wit::KeyProblem::UnknownScheme,
            KeyProblem::Unreadable => wit::KeyProblem::Unreadable,
            KeyProblem::OtherForm => wit::KeyProblem::OtherForm,
        },
        count: keys.count,
    }
}

fn mismatch(mismatch: Mismatch) -> wit::Mismatch {
    match mismatch {
        Mismatch::Version { listed, offered } => {
            wit::Mismatch::Version(wit::NumberMismatch { listed, offered })
        }
        Mismatch::Length { listed, offered } => {
            wit::Mismatch::Length(wit::NumberMismatch { listed, offered })
        }
        Mismatch::Digest { algorithm } => wit::Mismatch::Digest(algorithm.into()),
        Mismatch::Unlisted => wit::Mismatch::Unlisted,
        Mismatch::Replaced => wit::Mismatch::Replaced,
    }
}

fn missing(missing: Missing) -> wit::Missing {
    let place = match missing.place {
        Place::Repository => wit::Place::Repository,
        Place::Store => wit::Place::Store,
    };
    wit::Missing { name: missing.name.into(), place }
}

fn malformed(malformed: Malformed) -> wit::Malformed {
    wit::Malformed {
        reason: malformed.defect.to_string(),
        // A usize of this target has 32 bits.
        offset: malformed.offset.map(|offset| u64::try_from(offset).unwrap_or(u64::MAX)),
        name: malformed.name.into(),
    }
}
