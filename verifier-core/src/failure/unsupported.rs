//! Metadata that needs what this verifier does not have: no attack is seen, and nothing is accepted.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::crypto::Algorithm;

/// What of well-formed metadata this verifier does not have. Whether the metadata is authentic cannot be said.
///
/// Nobody without keys gains by it: the metadata is not accepted, and where the usable keys alone could meet the
/// threshold, a missing signature stays an attack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// The threshold cannot be met without signatures by keys that are not usable here (5.3.4, 5.4.2, 5.5.3, 5.6.3).
    Keys {
        /// Role of the metadata offered.
        role: Box<str>,
        /// Role whose metadata lists the keys.
        delegator: Box<str>,
        /// Version of the metadata that lists the keys.
        delegator_version: u64,
        /// Signatures needed.
        threshold: u64,
        /// Keys listed for the role.
        listed: u64,
        /// Those of them that are not usable, at least one.
        unusable: Vec<UnusableKeys>,
    },
    /// No listed hash is of a supported algorithm: nothing could be checked.
    Hashes {
        /// Role or target path whose hashes these are.
        name: Box<str>,
        /// The listed algorithms, in the order of their names; at most eight of them.
        listed: Vec<Box<str>>,
    },
    /// The expiry is a date, in a form that is not read (4.2.3).
    Date {
        /// Name of the file.
        name: Box<str>,
        /// As it is written.
        found: Box<str>,
    },
    /// `spec_version` is not 1.x (4.3).
    SpecVersion {
        /// Name of the file.
        name: Box<str>,
        /// As it is written.
        found: Box<str>,
    },
}

/// Keys of one type and scheme that are not usable for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusableKeys {
    /// Key type as the metadata names it.
    pub keytype: Box<str>,
    /// Signature scheme as the metadata names it.
    pub scheme: Box<str>,
    /// Why.
    pub why: KeyProblem,
    /// How many there are.
    pub count: u64,
}

/// Why a listed key is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyProblem {
    /// The key type is not known.
    UnknownType,
    /// The type is known, the signature scheme is not, or this build was made without it.
    UnknownScheme,
    /// The text of the key is no key of its scheme: another encoding, a size that is not allowed, no point of the curve.
    Unreadable,
    /// [`Profile::Compatible`](crate::Profile::Compatible) reads this form of key, and `Strict` does not.
    OtherForm,
}

/// The most algorithms, and the most kinds of unusable keys, that are named.
pub(crate) const MAX_NAMED: usize = 8;

/// The most characters that are repeated of a text in metadata.
const MAX_EXCERPT: usize = 64;

/// A text of metadata, which may be as long as the file, becomes what a report repeats of it.
pub(crate) fn excerpt(text: &str) -> Box<str> {
    let mut shown: String = text.chars().take(MAX_EXCERPT).collect();
    if shown.len() < text.len() {
        shown.push('\u{2026}');
    }
    shown.into_boxed_str()
}

impl Unsupported {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys { .. } => "unsupported-keys",
            Self::Hashes { .. } => "no-supported-hash",
            Self::Date { .. } => "unsupported-date",
            Self::SpecVersion { .. } => "unsupported-spec-version",
        }
    }
}

impl KeyProblem {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownType => "unknown-type",
            Self::UnknownScheme => "unknown-scheme",
            Self::Unreadable => "unreadable",
            Self::OtherForm => "other-form",
        }
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys { role, delegator, delegator_version, threshold, listed, unusable } => {
                let count = unusable.iter().fold(0_u64, |sum, keys| sum.saturating_add(keys.count));
                write!(
                    f,
                    "unsupported keys: {count} of the {listed} keys that {delegator} version {delegator_version} \
                     lists for {role} cannot be used here, and its threshold of {threshold} needs them"
                )?;
                unusable.iter().enumerate().try_for_each(|(index, keys)| {
                    f.write_str(if index == 0 { ": " } else { "; " })?;
                    keys.fmt(f)
                })
            }
            Self::Hashes { name, listed } => {
                write!(f, "no supported hash: {name} is listed with ")?;
                list(f, listed.iter().map(|algorithm| &**algorithm))?;
                f.write_str("; supported are ")?;
                list(f, Algorithm::ALL.iter().map(|algorithm| algorithm.name()))
            }
            Self::Date { name, found } => write!(
                f,
                "unsupported date: {name}: the expiry {found:?} has a form that is not read; read are \
                 YYYY-MM-DDTHH:MM:SSZ and, by the compatible profile, a fraction of a second and an offset \u{b1}HH:MM"
            ),
            Self::SpecVersion { name, found } => write!(
                f,
                "unsupported specification: {name}: the field spec_version is {found:?}; supported is 1.x, a later \
                 verifier may read it"
            ),
        }
    }
}

impl fmt::Display for UnusableKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keytype, scheme, why, count } = self;
        write!(f, "{count} of type {keytype:?} and scheme {scheme:?}, ")?;
        f.write_str(match why {
            KeyProblem::UnknownType => "a type that a later verifier may know",
            KeyProblem::UnknownScheme => {
                "a scheme that a later verifier, or a build with that scheme, may know"
            }
            KeyProblem::Unreadable => "whose text is no key of that scheme: its publisher must list it anew",
            KeyProblem::OtherForm => "in a form that the compatible profile reads",
        })
    }
}

fn list<'a>(f: &mut fmt::Formatter<'_>, mut names: impl Iterator<Item = &'a str>) -> fmt::Result {
    if let Some(first) = names.next() {
        write!(f, "{}", excerpt(first).escape_debug())?;
    }
    names.try_for_each(|name| write!(f, ", {}", excerpt(name).escape_debug()))
}
