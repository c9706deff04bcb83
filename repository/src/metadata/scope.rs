//! The target paths that a delegation covers.

use serde::{Deserialize, Serialize};
use tuf_verifier_core::path_pattern_covers;

use crate::metadata::sha256_hex;

/// The target paths that a delegated role is trusted with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Patterns of target paths, which cover what clients say that they cover (4.5, PATHPATTERN): `*`, `?` and `[…]` stand for
    /// anything but `/`.
    Paths(Vec<String>),
    /// Lower-case hexadecimal prefixes of the SHA-256 of target paths.
    PathHashPrefixes(Vec<String>),
}

impl Scope {
    /// Whether a target path is covered.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        match self {
            Self::Paths(patterns) => patterns.iter().any(|pattern| path_pattern_covers(pattern, path)),
            Self::PathHashPrefixes(prefixes) => {
                let digest = sha256_hex(path.as_bytes());
                prefixes.iter().any(|prefix| digest.starts_with(prefix))
            }
        }
    }
}

impl Scope {
    /// Whether some target path may be covered by both. Patterns and hash prefixes are taken to have one.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Paths(ours), Self::Paths(theirs)) => {
                ours.iter().any(|ours| theirs.iter().any(|theirs| patterns_meet(ours, theirs)))
            }
            (Self::PathHashPrefixes(ours), Self::PathHashPrefixes(theirs)) => ours.iter().any(|ours| {
                theirs
                    .iter()
                    .any(|theirs| ours.starts_with(theirs.as_str()) || theirs.starts_with(ours.as_str()))
            }),
            _ => true,
        }
    }
}

/// Whether two patterns have a path in common: as many segments, each with a text that both match.
fn patterns_meet(one: &str, other: &str) -> bool {
    one.split('/').count() == other.split('/').count()
        && one.split('/').zip(other.split('/')).all(|(one, other)| segments_meet(one, other))
}

/// The characters of a segment. One with a set, `[…]`, is taken for any text.
fn widened(segment: &str) -> Vec<char> {
    if segment.contains('[') { vec!['*'] } else { segment.chars().collect() }
}

/// Fills a table: whether the rest of the one segment and the rest of the other one have a text in common.
fn segments_meet(one: &str, other: &str) -> bool {
    let (one, other) = (widened(one), widened(other));
    let mut meets = vec![vec![false; other.len() + 1]; one.len() + 1];
    for left in (0..=one.len()).rev() {
        for right in (0..=other.len()).rev() {
            meets[left][right] = match (one.get(left), other.get(right)) {
                (None, None) => true,
                // A star takes nothing, or whatever the other one takes next.
                (Some('*'), right_char) => {
                    meets[left + 1][right] || right_char.is_some() && meets[left][right + 1]
                }
                (left_char, Some('*')) => {
                    meets[left][right + 1] || left_char.is_some() && meets[left + 1][right]
                }
                (Some(left_char), Some(right_char)) => {
                    let same = left_char == right_char || *left_char == '?' || *right_char == '?';
                    same && meets[left + 1][right + 1]
                }
                _ => false,
            };
        }
    }
    meets[0][0]
}
