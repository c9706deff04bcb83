//! The target paths that a delegation covers (4.5).

use crate::check::path;
use crate::crypto::PathHash;
use crate::failure::Defect;
use crate::json::{Cursor, Text};
use crate::role::field;

/// The paths of one delegation: patterns, or prefixes of the digest of the path, or neither.
#[derive(Clone, Copy)]
pub(super) struct Paths<'a> {
    patterns: Option<Cursor<'a>>,
    hash_prefixes: Option<Cursor<'a>>,
}

impl Paths<'_> {
    /// Whether a path is covered.
    ///
    /// A delegation by neither patterns nor prefixes is of a kind that is not known here. So is a prefix that no SHA-256
    /// digest in lower-case hexadecimal can have: it is of another digest, or written in another way. What such a
    /// delegation covers cannot be said.
    pub(super) fn coverage(&self, target: &str, hash: &PathHash) -> Coverage {
        match (self.patterns, self.hash_prefixes) {
            (Some(patterns), _) => {
                let covers = strings(patterns).any(|pattern| path::covers(&pattern.plain(), target));
                if covers { Coverage::Covers } else { Coverage::Elsewhere }
            }
            (None, Some(prefixes)) => {
                let mut coverage = Coverage::Elsewhere;
                for prefix in strings(prefixes) {
                    let prefix = prefix.plain();
                    if hash.starts_with(&prefix) {
                        return Coverage::Covers;
                    }
                    if !PathHash::may_start_with(&prefix) {
                        coverage = Coverage::Unknown;
                    }
                }
                coverage
            }
            (None, None) => Coverage::Unknown,
        }
    }

    /// Whether some path may be covered: one, where the kind of the delegation is known.
    pub(super) fn coverage_of_any(&self) -> Coverage {
        match (self.patterns, self.hash_prefixes) {
            (None, None) => Coverage::Unknown,
            _ => Coverage::Covers,
        }
    }
}

/// Whether a delegation covers a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coverage {
    Covers,
    Elsewhere,
    /// That cannot be said. A search must not go past the delegation: it may be the one that speaks for the path, and
    /// may be terminating.
    Unknown,
}

/// Reads [`Paths`] while another reader walks over the delegation.
#[derive(Default)]
pub(super) struct PathsReader<'a> {
    patterns: Option<Cursor<'a>>,
    hash_prefixes: Option<Cursor<'a>>,
}

impl<'a> PathsReader<'a> {
    /// Reads one member where it is one of the two. Whether it was.
    pub(super) fn read(&mut self, name: Text<'_>, cursor: &mut Cursor<'a>) -> Result<bool, Defect> {
        if name.is("paths") {
            self.patterns = Some(validate(cursor, "paths")?);
        } else if name.is("path_hash_prefixes") {
            self.hash_prefixes = Some(validate(cursor, "path_hash_prefixes")?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// The paths, unless both were there. `of` is the field that has the delegation.
    pub(super) fn finish(self, of: &'static str) -> Result<Paths<'a>, Defect> {
        match self.patterns.is_some() && self.hash_prefixes.is_some() {
            true => Err(field(of, "delegations by either paths or path_hash_prefixes")),
            false => Ok(Paths { patterns: self.patterns, hash_prefixes: self.hash_prefixes }),
        }
    }
}

fn validate<'a>(cursor: &mut Cursor<'a>, name: &'static str) -> Result<Cursor<'a>, Defect> {
    let start = *cursor;
    let expected = field(name, "an array of strings");
    cursor.array().ok_or(expected.clone())?;
    while cursor.item() {
        cursor.string().ok_or(expected.clone())?;
    }
    Ok(start)
}

fn strings(array: Cursor<'_>) -> impl Iterator<Item = Text<'_>> {
    array.items(|cursor| cursor.string().ok_or(()))
}
