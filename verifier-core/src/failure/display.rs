//! The words for a person, the same in every host.

use core::fmt;

use super::{Defect, Failure, Malformed, Mismatch, Missing, Misuse, Place, Refusal};

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Unsupported(unsupported) => unsupported.fmt(f),
            Self::Malformed(malformed) => malformed.fmt(f),
            Self::Missing(missing) => missing.fmt(f),
            Self::Misuse(misuse) => misuse.fmt(f),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Repository => write!(f, "missing metadata: the repository has no {}", self.name),
            Place::Store => {
                write!(f, "not in the store: {} is needed, and offline nothing is fetched", self.name)
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ArbitrarySoftware { role, delegator, delegator_version, threshold, valid } => write!(
                f,
                "arbitrary software attack: {role} has {valid} valid signatures by distinct trusted keys, \
                 {delegator} version {delegator_version} demands {threshold}"
            ),
            Self::Rollback { role, subject, trusted, offered: Some(offered) } if role == subject => write!(
                f,
                "rollback attack: {role} version {offered} was offered, version {trusted} is trusted"
            ),
            Self::Rollback { role, subject, trusted, offered: Some(offered) } => write!(
                f,
                "rollback attack: {role} lists {subject} version {offered}, version {trusted} is trusted"
            ),
            Self::Rollback { role, subject, trusted, offered: None } => {
                write!(f, "rollback attack: {role} no longer lists {subject}, version {trusted} is trusted")
            }
            Self::Freeze { role, version, expires, now } => write!(
                f,
                "freeze attack: {role} version {version} expired at {expires}, the update started at {now}"
            ),
            Self::MixAndMatch { role, mismatch } => {
                write!(f, "mix-and-match attack: {role} metadata: {mismatch}")
            }
            Self::EndlessData { name, limit, listed, setting } => {
                match listed {
                    Some(listed) => {
                        write!(
                            f,
                            "endless data attack: {name} is listed with {listed} bytes, more than {limit}"
                        )
                    }
                    None => write!(f, "endless data attack: {name} is longer than {limit} bytes"),
                }?;
                match setting {
                    Some(setting) => write!(f, ", the limit of the setting {setting}"),
                    None => Ok(()),
                }
            }
            Self::WrongSoftware { path, mismatch } => {
                write!(f, "wrong software: target {path}: {mismatch}")
            }
            Self::Revoked { role, version } => {
                write!(f, "revoked: the keys of {role} have revoked the role, in rotate file {version}")
            }
            Self::EndlessRotation { role, limit } => {
                write!(f, "endless rotation: {role} has more than {limit} rotate files")
            }
            Self::OtherRootLine { stored, pinned } => write!(
                f,
                "another line of roots: no verified chain joins the pinned root version {pinned} with root version \
                 {stored} of the trusted store"
            ),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { listed, offered } => {
                write!(f, "version {offered} was offered, version {listed} is listed")
            }
            Self::Length { listed, offered } => {
                write!(f, "{offered} bytes were offered, {listed} bytes are listed")
            }
            Self::Digest { algorithm } => write!(f, "the {algorithm} digest differs from the listed one"),
            Self::Unlisted => write!(f, "not listed by the snapshot"),
            Self::Replaced => write!(f, "it differs from the one that was trusted, and revokes nothing"),
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed metadata: {}: {}", self.name, self.defect)?;
        match self.offset {
            Some(offset) => write!(f, " (at byte {offset})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(words) => f.write_str(words),
            Self::MissingField(field) => write!(f, "the field {field} is not there"),
            Self::Field { field, expected } => write!(f, "the field {field} must be {expected}"),
            Self::WrongType { expected } => write!(f, "the field _type is not {expected}"),
            Self::TooMany { what, limit } => write!(f, "more than {limit} {what}, a fixed limit"),
        }
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingToAnswer => f.write_str("misuse: no request is waiting for an answer"),
            Self::NotReady => f.write_str("misuse: the refresh is not finished"),
            Self::NothingFound => f.write_str("misuse: no target has been found"),
            Self::UnsafePath(path) => write!(
                f,
                "misuse: {path:?} is no safe target path (relative, no empty, `.` or `..` segment, no backslash, no control character)"
            ),
            Self::CheckFinished => f.write_str("misuse: this target check is finished"),
            Self::DigestNotGiven(algorithm) => {
                write!(f, "misuse: the listed {algorithm} digest was not given")
            }
            Self::SameRoot { one, other } => write!(
                f,
                "misuse: the repositories {one} and {other} are one: the same keys can sign the root metadata of both, and \
                 a threshold of the map counts them twice"
            ),
        }
    }
}
