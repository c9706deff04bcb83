//! `installed`, `verifier-timeout`: whether this program is asked, and for how long.

use std::path::Path;

use super::finding::Finding;
use super::machine::Machine;
use crate::policy::DEADLINE;

const CHECK: &str = "installed";

pub(super) fn check(machine: &Machine) -> Vec<Finding> {
    let mut findings = vec![this_program(machine)];
    findings.extend(timeout(machine));
    findings
}

fn this_program(machine: &Machine) -> Finding {
    if let Some(entry) = machine.installed() {
        return Finding::ok(CHECK, entry.path.display().to_string());
    }
    let program = std::env::current_exe().ok();
    let name = program.as_deref().and_then(Path::file_name);
    let of_that_name = machine.entries.iter().flatten().find(|entry| Some(entry.name.as_os_str()) == name);
    match of_that_name.filter(|entry| entry.asked && entry.unusable.is_none()) {
        Some(other) => Finding::untried(
            CHECK,
            format!("{} is another version of this program: let that one look", other.path.display()),
        ),
        None => Finding::open(CHECK, "this program is not among the verifiers that containerd asks"),
    }
}

fn timeout(machine: &Machine) -> Option<Finding> {
    const CHECK: &str = "verifier-timeout";
    let deadline = machine.policy.as_ref().map_or(DEADLINE, |policy| policy.deadline);
    let limit = machine.config.verifiers.as_ref()?.timeout();
    let seconds = deadline.as_secs_f64();
    Some(match limit {
        Some(limit) if limit > deadline => {
            Finding::ok(CHECK, format!("{} s, this program takes {seconds} s at most", limit.as_secs_f64()))
        }
        Some(limit) if limit.is_zero() => Finding::blocked(
            CHECK,
            "per_verifier_timeout is 0: no verifier has time, so every pull is blocked",
        ),
        Some(limit) => Finding::warning(
            CHECK,
            format!(
                "per_verifier_timeout is {} s and deadline is {seconds} s: containerd ends the program first, and its \
                 reason is lost",
                limit.as_secs_f64()
            ),
        ),
        None => Finding::untried(CHECK, "per_verifier_timeout is no time that is understood"),
    })
}
