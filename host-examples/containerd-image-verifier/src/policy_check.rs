//! `tuf-image-verifier policy check`: whether a policy can be followed.

use std::path::Path;

use tuf_verifier_host::{Client, MemoryStore};

use crate::policy::{Mode, Policy, RepositoryPolicy};
use crate::verify::read_root;
use crate::words::one_line;

/// A policy file becomes lines for a person and an exit status: 0 where every rule and every pinned root can be used.
pub(crate) fn check(file: &Path) -> (Vec<String>, u8) {
    let policy = match Policy::read(file) {
        Ok(policy) => policy,
        Err(error) => return (vec![one_line(&format!("policy-unusable: {error}"))], 1),
    };
    let wrong: Vec<String> =
        policy.repositories.values().filter_map(|repository| root_error(repository)).collect();
    if !wrong.is_empty() {
        return (wrong.iter().map(|line| one_line(&format!("policy-unusable: {line}"))).collect(), 1);
    }
    let mode = if policy.mode == Mode::Audit { "audit: nothing is blocked" } else { "enforce" };
    let (rules, repositories) = (policy.rules().count(), policy.repositories.len());
    let seconds = policy.deadline.as_secs_f64();
    let line = format!("{rules} rules, {repositories} repositories, mode {mode}, deadline {seconds} seconds");
    (vec![line], 0)
}

/// Why a pinned root is of no use; none where the verifier takes it as one.
pub(crate) fn root_error(repository: &RepositoryPolicy) -> Option<String> {
    let key = format!("repositories.{}.root, {}", repository.name, repository.root.display());
    let root = match read_root(&repository.root) {
        Ok(root) => root,
        Err(error) => return Some(format!("{key}: {error}")),
    };
    match Client::offline(root, MemoryStore::new()).refresh() {
        Ok(_) => None,
        // Nothing but the root is there. It may have expired: newer ones are walked to from it.
        Err(error) if matches!(error.code(), "not-in-store" | "freeze") => None,
        Err(error) => Some(format!("{key}: {error}")),
    }
}
