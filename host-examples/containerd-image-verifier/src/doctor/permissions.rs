//! `permissions`: whether somebody who is not root can change what decides.

use std::path::PathBuf;

use tuf_files::Owners;

use super::finding::Finding;
use super::machine::Machine;
use crate::node::imports;
use crate::policy::Policy;

const CHECK: &str = "permissions";

pub(super) fn check(machine: &Machine) -> Vec<Finding> {
    let mut paths = vec![machine.daemon.program.path().to_owned(), machine.daemon.policy.clone()];
    let config = machine.daemon.config.clone().unwrap_or_else(|| "/etc/containerd/config.toml".into());
    paths.extend(imports(&config));
    paths.push(config);
    paths.extend(machine.config.verifiers.iter().map(|verifiers| verifiers.bin_dir.clone()));
    paths.extend(machine.entries.iter().flatten().map(|entry| entry.path.clone()));
    paths.extend(machine.policy.iter().flat_map(named));
    let mut writable: Vec<Finding> = Vec::new();
    for path in &paths {
        if let Err(exposed) = Owners::root().check(path) {
            let words = exposed.to_string();
            if !writable.iter().any(|known| known.says(&words)) {
                writable.push(Finding::open(CHECK, words));
            }
        }
    }
    if writable.is_empty() {
        let words = format!("root alone can change the {} files and folders that decide", paths.len());
        writable.push(Finding::ok(CHECK, words));
    }
    writable
}

/// What a policy trusts.
fn named(policy: &Policy) -> Vec<PathBuf> {
    let repositories = policy.repositories.values();
    let files = repositories.flat_map(|repository| [Some(&repository.root), repository.ca_file.as_ref()]);
    files.flatten().chain([&policy.state_dir]).cloned().collect()
}
