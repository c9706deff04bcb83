//! `metadata`: whether each repository of the policy answers, and for how long that is good.

use std::time::Instant;

use tuf_verifier_host::{Report, UnixTime};

use super::finding::Finding;
use super::machine::Machine;
use crate::policy::{Policy, RepositoryPolicy};
use crate::state::State;
use crate::verdict::Metadata;
use crate::verify::{Consulted, consult};

const CHECK: &str = "metadata";

/// Root and targets are signed by people, who need notice; timestamp and snapshot by machines, all the time.
const NOTICE: i64 = 14 * 86_400;

pub(super) fn check(machine: &Machine) -> Vec<Finding> {
    let Ok(policy) = &machine.policy else { return Vec::new() };
    policy.repositories.values().flat_map(|repository| of(policy, repository)).collect()
}

fn of(policy: &Policy, repository: &RepositoryPolicy) -> Vec<Finding> {
    let name = &repository.name;
    let state = State::of(policy, repository);
    let consulted = match consult(repository, &state, policy.deadline, Instant::now(), &[]) {
        Ok(consulted) => consulted,
        Err(verdict) => return vec![Finding::blocked(CHECK, format!("{name}: {verdict}"))],
    };
    let mut findings = vec![answered(name, &consulted)];
    findings.extend(soon(name, &consulted.report));
    findings
}

fn answered(name: &str, consulted: &Consulted) -> Finding {
    let Report { root, timestamp, snapshot, targets, .. } = &consulted.report;
    let words = format!(
        "{name}: root {}, timestamp {}, snapshot {}, targets {}; {}",
        root.version,
        timestamp.version,
        snapshot.version,
        targets.version,
        Metadata::from(&consulted.report)
    );
    match &consulted.unreachable {
        Some(why) => Finding::warning(CHECK, format!("{words}; the repository is unreachable: {why}")),
        None => Finding::ok(CHECK, words),
    }
}

fn soon(name: &str, report: &Report) -> impl Iterator<Item = Finding> {
    let (name, now) = (name.to_owned(), report.now);
    let roles = [("root", report.root), ("targets", report.targets)];
    let soon = roles.into_iter().filter(move |(_, state)| state.expires.saturating_sub(now) < NOTICE);
    soon.map(move |(role, state)| {
        let expires = UnixTime::from_seconds(state.expires);
        Finding::warning(CHECK, format!("{name}: {role} expires {expires}: its publisher must sign it anew"))
    })
}
