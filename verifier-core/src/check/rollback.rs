//! Check for a rollback attack (5.3.5, 5.4.3, 5.5.5).

use alloc::boxed::Box;
use core::cmp::Ordering;

use crate::failure::Refusal;
use crate::json::Text;
use crate::role::{ROOT, SNAPSHOT, Snapshot};

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

/// Sees that a snapshot lists all that the trusted one lists, and nothing in an older version (5.5.5).
pub(crate) fn listed(trusted: &Snapshot, offered: &Snapshot) -> Result<(), Refusal> {
    let mut offered = offered.iter().peekable();
    for (name, listing) in trusted.iter() {
        while offered.next_if(|(other, _)| other.cmp(&name) == Ordering::Less).is_some() {}
        match offered.next_if(|(other, _)| other.cmp(&name) == Ordering::Equal) {
            Some((_, now)) => version(SNAPSHOT, &role(name), listing.version, now.version)?,
            None => return Err(went_back(SNAPSHOT, &role(name), listing.version, None)),
        }
    }
    Ok(())
}

/// The role whose metadata file has this name.
fn role(file: Text<'_>) -> Box<str> {
    let name = file.plain();
    name.strip_suffix(".json").unwrap_or(&name).into()
}

fn went_back(role: &str, subject: &str, trusted: u64, offered: Option<u64>) -> Refusal {
    Refusal::Rollback { role: role.into(), subject: subject.into(), trusted, offered }
}
