//! `tuf-image-verifier policy replace-root-line`: a repository whose publisher has set it up anew.
//!
//! A pinned root that does not lead to the root of the store is refused, and blocks every pull (`other-root-line`). The
//! policy has no key for it: it would stay there, and let the next root in as well.

use std::time::Instant;

use tuf_verifier_host::UnixTime;

use crate::policy;
use crate::state::State;
use crate::verdict::Verdict;
use crate::verify::replace_root_line;
use crate::words::one_line;

/// The name of a repository becomes a line for a person and an exit status: 0 where its pinned root is that of its store now.
pub(crate) fn replace(name: &str, started: Instant) -> (Vec<String>, u8) {
    match replaced(name, started) {
        Ok(line) => (vec![one_line(&line)], 0),
        Err(verdict) => (vec![one_line(&verdict.to_string())], 1),
    }
}

fn replaced(name: &str, started: Instant) -> Result<String, Verdict> {
    let unusable = |words: String| Verdict::block("policy-unusable", words);
    let policy = policy::of_this_machine().map_err(|error| unusable(error.to_string()))?;
    let repository = policy
        .repositories
        .get(name)
        .ok_or_else(|| unusable(format!("the policy has no repository {name:?}")))?;
    let report = replace_root_line(repository, &State::of(&policy, repository), policy.deadline, started)?;
    let expires = UnixTime::from_seconds(report.root.expires);
    Ok(format!("repository {name}: root version {}, expires {expires}", report.root.version))
}
