//! What it costs to find the paths that a role takes from the roles it delegates them to.
//!
//! Whoever writes to an event chooses paths and patterns: two of two thousand characters each take millions of steps, and a
//! payload has room for a million such pairs. Every command that shows or signs the event compares them.

use std::ops::Bound;

use crate::metadata::{Delegations, Scope, Targets};

/// Steps that are taken at most: some seconds.
const MOST_STEPS: u64 = 2_000_000_000;

/// Why the paths of a payload are not compared with the patterns of delegations; none if they are.
pub(super) fn refusal(listed: &Targets, delegations: Option<&Delegations>) -> Option<String> {
    let patterns = delegations.into_iter().flat_map(Delegations::listed).flat_map(|of| match of.scope() {
        Scope::Paths(patterns) => patterns.as_slice(),
        Scope::PathHashPrefixes(_) => &[],
    });
    let all = characters(listed, "", u64::MAX);
    let mut steps = 0_u64;
    for pattern in patterns {
        let literal = pattern.split(['*', '?']).next().unwrap_or_default();
        let factor = stretched(pattern).saturating_add(1);
        let left = (MOST_STEPS - steps) / factor;
        let compared = if literal.is_empty() { all } else { characters(listed, literal, left) };
        if compared > left {
            return Some(format!(
                "comparing its target paths with the patterns of delegations takes more than {MOST_STEPS} steps"
            ));
        }
        steps += compared * factor;
    }
    None
}

/// Characters after the first star of a segment: those that are compared again with each character that the star takes.
fn stretched(pattern: &str) -> u64 {
    let rests = pattern.split('/').filter_map(|segment| segment.split_once('*'));
    rests.map(|(_, rest)| u64::try_from(rest.trim_matches('*').len()).unwrap_or(u64::MAX)).max().unwrap_or(0)
}

/// Characters of the paths that begin so; not counted further than `most`. All others differ in their first characters.
fn characters(listed: &Targets, begin: &str, most: u64) -> u64 {
    let mut counted = 0_u64;
    let paths = listed.targets.range::<str, _>((Bound::Included(begin), Bound::Unbounded));
    for (path, _) in paths.take_while(|(path, _)| path.starts_with(begin)) {
        counted = counted.saturating_add(u64::try_from(path.len()).unwrap_or(u64::MAX)).saturating_add(1);
        if counted > most {
            break;
        }
    }
    counted
}
