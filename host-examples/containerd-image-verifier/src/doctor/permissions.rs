//! `permissions`: whether somebody who is not root can change what decides, or read what is secret.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use tuf_files::{Exposed, Exposure, Owners};

use super::finding::Finding;
use super::machine::Machine;
use crate::node::imports;
use crate::policy::Policy;
use crate::state::State;

const CHECK: &str = "permissions";

/// Read for the group, read for others.
const READ: u32 = 0o044;

pub(super) fn check(machine: &Machine) -> Vec<Finding> {
    let decisive = Decisive::on(machine);
    let checked = decisive.files.iter().map(|file| Owners::root().check(file));
    let checked =
        checked.chain(decisive.folders.iter().map(|folder| Owners::root().check_private_folder(folder)));
    let mut findings: Vec<Finding> = Vec::new();
    for exposed in checked.filter_map(Result::err).chain(decisive.unknown) {
        let words = exposed.to_string();
        if !findings.iter().any(|known| known.says(&words)) {
            findings.push(Finding::open(CHECK, words));
        }
    }
    if findings.is_empty() {
        let count = decisive.files.len() + decisive.folders.len();
        findings.push(Finding::ok(
            CHECK,
            format!("root alone can change the {count} files and folders that decide"),
        ));
    }
    findings.extend(readable(machine));
    findings
}

/// What decides about pulls.
#[derive(Default)]
struct Decisive {
    /// Nobody may change these.
    files: Vec<PathBuf>,
    /// Nor may anybody add something to these, whoever owns what is in them: what is new there decides as well.
    folders: Vec<PathBuf>,
    /// What could not be listed.
    unknown: Vec<Exposed>,
}

impl Decisive {
    fn on(machine: &Machine) -> Self {
        let daemon = &machine.daemon;
        let config = daemon.config.clone().unwrap_or_else(|| "/etc/containerd/config.toml".into());
        let imports = imports(&config);
        let mut decisive = Self {
            files: vec![daemon.program.path().to_owned(), daemon.policy.clone(), config],
            folders: imports.folders,
            unknown: Vec::new(),
        };
        decisive.files.extend(imports.files);
        let folder = machine.config.verifiers.iter().map(|verifiers| verifiers.bin_dir.clone());
        // An empty name leads nowhere.
        decisive.folders.extend(folder.filter(|folder| !folder.as_os_str().is_empty()));
        decisive.files.extend(machine.entries.iter().flatten().map(|entry| entry.path.clone()));
        machine.policy.iter().for_each(|policy| decisive.trusted_by(policy));
        decisive
    }

    /// What a policy trusts, and what is kept between pulls for each of its repositories.
    fn trusted_by(&mut self, policy: &Policy) {
        self.folders.push(policy.state_dir.clone());
        for repository in policy.repositories.values() {
            let named = [Some(&repository.root), repository.ca_file.as_ref(), repository.auth_file.as_ref()];
            self.files.extend(named.into_iter().flatten().cloned());
            self.everything_in(State::of(policy, repository).folder());
        }
    }

    /// A folder and all that is in it. A link is checked with what it leads to, and not gone through.
    fn everything_in(&mut self, folder: &Path) {
        self.folders.extend(folder.parent().map(Path::to_owned));
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let entries = match entries {
                Ok(entries) => entries,
                Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
                Err(error) => {
                    self.unknown.push(Exposed { path: folder, exposure: Exposure::Unknown(error) });
                    continue;
                }
            };
            for entry in entries {
                match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    true => folders.push(entry.path()),
                    false => self.files.push(entry.path()),
                }
            }
            self.folders.push(folder);
        }
    }
}

/// Warnings of files with passwords that others can read.
fn readable(machine: &Machine) -> Vec<Finding> {
    let Ok(policy) = &machine.policy else { return Vec::new() };
    let repositories = || policy.repositories.values();
    let own = repositories().any(|repository| repository.has_secret()).then_some(&machine.daemon.policy);
    let secret = own.into_iter().chain(repositories().filter_map(|repository| repository.auth_file.as_ref()));
    let is_readable = |path: &&PathBuf| fs::metadata(path).is_ok_and(|found| found.mode() & READ != 0);
    let words =
        |path: &PathBuf| format!("{} has a password, and others can read it: chmod 600", path.display());
    secret.filter(is_readable).map(|path| Finding::warning(CHECK, words(path))).collect()
}
