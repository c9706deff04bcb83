//! One mapping: the targets that it covers, and the repositories that must agree on them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::check::path;

/// One item of `mapping`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) patterns: Vec<Pattern>,
    /// Distinct names, in the order in which the repositories are asked.
    pub(super) repositories: Vec<Box<str>>,
    /// Repositories that must agree: from 1 to as many as there are.
    pub(super) threshold: u64,
    /// No later mapping is consulted for a path that this one covers.
    pub(super) terminating: bool,
}

/// Paths that a mapping covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// A lone `*`: in a map it covers every path, not only those without `/`.
    Everything,
    /// A path pattern as delegations have it.
    Glob(Box<str>),
}

impl Pattern {
    /// Reads a pattern. `None` for one that covers no safe path: what it was meant to cover would fall to a later mapping.
    pub(super) fn read(pattern: &str) -> Option<Self> {
        if pattern == "*" {
            return Some(Self::Everything);
        }
        let relative = pattern.strip_prefix('/').unwrap_or(pattern);
        path::is_safe(relative).then(|| Self::Glob(relative.into()))
    }

    fn covers(&self, target: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Glob(pattern) => path::covers(pattern, target),
        }
    }
}

impl Mapping {
    /// Whether the mapping says who is asked for a target.
    pub(super) fn covers(&self, target: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.covers(target))
    }
}
