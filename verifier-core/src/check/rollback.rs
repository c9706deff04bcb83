//! Check for a rollback attack (5.3.5, 5.4.3, 5.5.5).

use alloc::boxed::Box;
use core::cmp::Ordering;

use crate::failure::Refusal;
use crate::json::Text;
use crate::role::{MIRRORS, ROOT, SNAPSHOT, Snapshot, TIMESTAMP};

/// Sees that a version did not go back. `subject` is the role whose version it is, in metadata of `role`.
pub(crate) fn version(role: &str, subject: &str, trusted: u64, offered: u64) -> Result<(), Refusal> {
    match offered < trusted {
        true => Err(went_back(role, subject, trusted, Some(offered))),
        false => Ok(()),
    }
}

/// Sees that root metadata is the very next (5.3.5).
pub(crate) fn next_root(trusted: u64, offered: u64) -> Result<(), Refusal> {
    match trusted.checked_add(1) == Some(offered) {
        true => Ok(()),
        false => Err(went_back(ROOT, ROOT, trusted, Some(offered))),
    }
}

/// Sees that a snapshot lists all targets metadata that the trusted one lists, and none in an older version (5.5.5).
pub(crate) fn listed(trusted: &Snapshot, offered: &Snapshot) -> Result<(), Refusal> {
    let mut offered = offered.iter().peekable();
    for (name, listing) in trusted.iter().filter(|(name, _)| is_targets_metadata(*name)) {
        while offered.next_if(|(other, _)| other.cmp(&name) == Ordering::Less).is_some() {}
        match offered.next_if(|(other, _)| other.cmp(&name) == Ordering::Equal) {
            Some((_, now)) => version(SNAPSHOT, &role(name), listing.version, now.version)?,
            None => return Err(went_back(SNAPSHOT, &role(name), listing.version, None)),
        }
    }
    Ok(())
}

/// Whether a snapshot lists targets metadata under this name, or a rotate file of it.
///
/// "The version number of the targets metadata file, and all delegated targets metadata files, if any": old snapshots
/// list `root.json` or `mirrors.json` as well. Those have rules of their own (5.3.5), and newer versions of the
/// publishers' tools leave them out. No delegated role has such a name.
fn is_targets_metadata(file: Text<'_>) -> bool {
    ![ROOT, TIMESTAMP, SNAPSHOT, MIRRORS].iter().any(|role| file.cmp_joined(role, ".json").is_eq())
}

/// The role whose metadata file has this name.
fn role(file: Text<'_>) -> Box<str> {
    let name = file.plain();
    name.strip_suffix(".json").unwrap_or(&name).into()
}

fn went_back(role: &str, subject: &str, trusted: u64, offered: Option<u64>) -> Refusal {
    Refusal::Rollback { role: role.into(), subject: subject.into(), trusted, offered }
}
