//! `policy`: whether there is one that can be followed, and what it lets pass.

use super::finding::Finding;
use super::machine::Machine;
use crate::policy::{Action, Mode, Policy};
use crate::policy_check::root_error;

const CHECK: &str = "policy";

pub(super) fn check(machine: &Machine) -> Vec<Finding> {
    let path = machine.daemon.policy.display();
    let policy = match &machine.policy {
        Ok(policy) => policy,
        Err(error) => {
            return vec![Finding::blocked(
                CHECK,
                format!("{error}; with it, this program blocks every pull"),
            )];
        }
    };
    let mut findings = Vec::new();
    if policy.mode == Mode::Audit {
        findings.push(Finding::open(CHECK, format!("{path}: mode = \"audit\" blocks nothing")));
    }
    if policy.allows_by_default() {
        let words = format!("{path}: default = \"allow\" lets every image pass that no rule names");
        findings.push(Finding::open(CHECK, words));
    }
    let roots = policy.repositories.values().filter_map(|repository| root_error(repository));
    findings.extend(roots.map(|error| Finding::blocked(CHECK, error)));
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, format!("{path}, {} rules, enforced", policy.rules().count())));
    }
    findings.extend(unverified(policy));
    findings
}

fn unverified(policy: &Policy) -> impl Iterator<Item = Finding> {
    let allowed = policy.rules().filter(|(_, action)| matches!(action, Action::Allow));
    allowed.map(|(prefix, _)| Finding::warning(CHECK, format!("a rule allows {prefix} unverified")))
}
