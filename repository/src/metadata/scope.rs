//! The target paths that a delegation covers.

use serde::{Deserialize, Serialize};

use crate::metadata::sha256_hex;

/// The target paths that a delegated role is trusted with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Patterns of target paths. `*` and `?` stand for anything but `/`.
    Paths(Vec<String>),
    /// Lower-case hexadecimal prefixes of the SHA-256 of target paths.
    PathHashPrefixes(Vec<String>),
}

impl Scope {
    /// Whether a target path is covered.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        match self {
            Self::Paths(patterns) => patterns.iter().any(|pattern| matches(pattern, path)),
            Self::PathHashPrefixes(prefixes) => {
                let digest = sha256_hex(path.as_bytes());
                prefixes.iter().any(|prefix| digest.starts_with(prefix))
            }
        }
    }
}

/// Whether every segment of the path matches its segment of the pattern.
fn matches(pattern: &str, path: &str) -> bool {
    let (patterns, segments) = (pattern.split('/'), path.split('/'));
    patterns.clone().count() == segments.clone().count()
        && patterns.zip(segments).all(|(pattern, segment)| segment_matches(pattern, segment))
}

/// Walks both texts once. After a mismatch it goes back to the last `*`, which then takes one character more.
fn segment_matches(pattern: &str, segment: &str) -> bool {
    let (pattern, segment): (Vec<char>, Vec<char>) = (pattern.chars().collect(), segment.chars().collect());
    let (mut at, mut taken, mut star) = (0, 0, None);
    while taken < segment.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, taken));
                at += 1;
            }
            Some(&character) if character == '?' || character == segment[taken] => {
                at += 1;
                taken += 1;
            }
            _ => {
                let Some((star_at, star_taken)) = star else { return false };
                star = Some((star_at, star_taken + 1));
                at = star_at + 1;
                taken = star_taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|character| *character == '*')
}
