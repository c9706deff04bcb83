//! `canary-ctr`, `canary-cri`: pulls of images that must be refused, through whatever asks containerd to pull.
//!
//! The images come from a registry of this process. A refusal counts only where containerd says that this program
//! refused; an image whose content was asked for has passed, however the pull ended.

mod hosts;
mod image;
mod registry;

use std::path::Path;
use std::process::Command;

use tuf_oci::Reference;

use super::finding::Finding;
use super::machine::Machine;
use crate::node::{NodeError, Program};
use crate::policy::{Action, Policy};
use registry::Registry;

/// What is pulled by `ctr` is kept apart in this namespace.
const NAMESPACE: &str = "tuf-image-verifier-doctor";

/// A host that is none.
const NOBODY: &str = "canary.invalid";

pub(super) fn check(machine: &Machine) -> Vec<Finding> {
    match Registry::start() {
        Err(error) => vec![Finding::untried("canary-ctr", format!("a registry cannot be started: {error}"))],
        Ok(registry) => {
            let trial = Trial { machine, policy: machine.policy.as_ref().ok(), registry: &registry };
            let mut findings = trial.by_ctr();
            findings.push(trial.by_cri());
            findings
        }
    }
}

struct Trial<'a> {
    machine: &'a Machine,
    /// None where it is unusable: then every pull must be refused.
    policy: Option<&'a Policy>,
    registry: &'a Registry,
}

/// How a pull ended.
enum End {
    Pulled,
    Failed(String),
}

impl Trial<'_> {
    /// One image that no rule names, and one for each rule that asks a repository.
    fn by_ctr(&self) -> Vec<Finding> {
        const CHECK: &str = "canary-ctr";
        let hosts = match hosts::everything_to(self.registry) {
            Ok(hosts) => hosts,
            Err(error) => return vec![Finding::untried(CHECK, format!("a folder cannot be made: {error}"))],
        };
        let rules = self.policy.into_iter().flat_map(Policy::rules);
        let asked = rules.filter(|(_, action)| matches!(action, Action::Verify { .. }));
        let prefixes = [NOBODY].into_iter().chain(asked.map(|(prefix, _)| prefix));
        let pull = |prefix: &str| {
            let name = format!("{prefix}/{}:v1", self.registry.canary());
            let ctr = |name: &str| {
                let end = ctr(self.machine, hosts.path(), name);
                self.machine.api.forget(NAMESPACE, name);
                end
            };
            self.refused(CHECK, &name, ctr)
        };
        prefixes.map(pull).collect()
    }

    fn by_cri(&self) -> Finding {
        const CHECK: &str = "canary-cri";
        match self.machine.serves_cri() {
            Err(error) => return Finding::untried(CHECK, error.to_string()),
            Ok(false) => return Finding::ok(CHECK, "there is no CRI"),
            Ok(true) => {}
        }
        let address = self.registry.address();
        let paths =
            self.machine.config.cri().and_then(|cri| cri.option(&["registry", "config_path"])?.as_str());
        let entry = paths.map(|paths| hosts::Entry::in_first_of(paths, self.registry)).transpose();
        let _entry = match entry {
            Ok(entry) => entry,
            Err(error) => return Finding::untried(CHECK, format!("a folder cannot be made: {error}")),
        };
        let name = format!("{address}/{}:v1", self.registry.canary());
        self.refused(CHECK, &name, |name| {
            let end = match self.machine.api.cri_pull(name) {
                Ok(()) => End::Pulled,
                Err(words) => End::Failed(words),
            };
            self.machine.api.cri_remove(name);
            end
        })
    }

    fn refused(&self, check: &'static str, name: &str, pull: impl FnOnce(&str) -> End) -> Finding {
        if self.is_allowed(name) {
            return Finding::untried(check, format!("the policy allows {name}: nothing can be shown by it"));
        }
        let before = self.registry.content_was_asked_for();
        let end = pull(name);
        let passed = self.registry.content_was_asked_for() > before;
        match end {
            End::Pulled => Finding::open(check, format!("{name} was pulled, and must not be")),
            End::Failed(_) if passed => Finding::open(check, format!("{name} was fetched, and must not be")),
            End::Failed(words) => match self.reason(&words) {
                Some(reason) => Finding::ok(check, format!("{name} was refused: {reason}")),
                None => Finding::untried(
                    check,
                    format!("{name} was not pulled, but not because of this program: {words}"),
                ),
            },
        }
    }

    /// Whether the policy wants no check of this name.
    fn is_allowed(&self, name: &str) -> bool {
        let action = |policy| Reference::parse(name).ok().map(|name| Policy::rule_for(policy, &name).1);
        matches!(self.policy.and_then(action), Some(Action::Allow))
    }

    /// This program's reason in containerd's words.
    fn reason<'w>(&self, words: &'w str) -> Option<&'w str> {
        let (_, blocked) = words.split_once("blocked pull of ")?;
        let verifier = self.machine.installed()?.name.to_string_lossy();
        let begin = format!("verifier {verifier} rejected image (exit code 1): ");
        let (_, reason) = blocked.split_once(&begin)?;
        Some(reason.lines().next().unwrap_or_default())
    }
}

fn ctr(machine: &Machine, hosts: &Path, name: &str) -> End {
    let pull = |command: &mut Command| {
        command.arg("--address").arg(&machine.daemon.socket).args([
            "--namespace",
            NAMESPACE,
            "--timeout",
            "2m",
        ]);
        command.args(["images", "pull", "--hosts-dir"]).arg(hosts).arg(name);
    };
    match program(machine).and_then(|program| program.output(pull)) {
        Err(error) => End::Failed(format!("ctr is not run: {error}")),
        Ok(output) if output.status.success() => End::Pulled,
        Ok(output) => End::Failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

/// The one beside containerd, or else on the search path.
fn program(machine: &Machine) -> Result<Program, NodeError> {
    machine.daemon.program.beside("ctr")?.map_or_else(|| Program::on_search_path("ctr"), Ok)
}
