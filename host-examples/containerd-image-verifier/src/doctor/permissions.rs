//! `permissions`: whether somebody who is not root can change what decides.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::finding::Finding;
use super::machine::Machine;
use crate::policy::Policy;

const CHECK: &str = "permissions";

/// Write for the group, write for others.
const GROUP: u32 = 0o020;
const OTHERS: u32 = 0o002;
/// Where others may write, but not touch what is not theirs.
const STICKY: u32 = 0o1000;

pub(super) fn check(machine: &Machine) -> Vec<Finding> {
    let mut paths = vec![machine.daemon.program.clone(), machine.daemon.policy.clone()];
    paths.push(machine.daemon.config.clone().unwrap_or_else(|| "/etc/containerd/config.toml".into()));
    paths.extend(machine.config.imports.iter().cloned());
    paths.extend(machine.config.verifiers.iter().map(|verifiers| verifiers.bin_dir.clone()));
    paths.extend(machine.entries.iter().flatten().map(|entry| entry.path.clone()));
    paths.extend(machine.policy.iter().flat_map(named));
    let mut writable: Vec<Finding> = Vec::new();
    for path in &paths {
        if let Err((part, why)) = only_root(path) {
            let words = format!("{}: {why}", part.display());
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

/// Whether root alone can change what is at a path: neither it, nor what a link leads to, nor a folder above of either.
/// What is not there is as its folder is.
///
/// # Errors
/// The part that others can change, and why.
pub(super) fn only_root(path: &Path) -> Result<(), (PathBuf, String)> {
    for part in path.ancestors().filter(|part| !part.as_os_str().is_empty()) {
        match fs::symlink_metadata(part) {
            // A link is changed through its folder.
            Ok(link) if link.is_symlink() => match fs::canonicalize(part) {
                Ok(target) => only_root(&target)?,
                // What is not there decides nothing.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err((part.to_owned(), error.to_string())),
            },
            Ok(found) => writable(&found).map_or(Ok(()), |why| Err((part.to_owned(), why)))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err((part.to_owned(), error.to_string())),
        }
    }
    Ok(())
}

fn writable(found: &Metadata) -> Option<String> {
    if found.uid() != 0 {
        return Some(format!("it belongs to user {}, not to root", found.uid()));
    }
    let (mode, guarded) = (found.mode(), found.is_dir() && found.mode() & STICKY != 0);
    if mode & OTHERS != 0 && !guarded {
        return Some(format!("everybody can write to it (mode {:o})", mode & 0o7777));
    }
    if mode & GROUP != 0 && found.gid() != 0 && !guarded {
        return Some(format!("group {} can write to it (mode {:o})", found.gid(), mode & 0o7777));
    }
    None
}
