//! Which targets there are, and which ones the next publish changes.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::metadata::{TARGETS, TargetFile};
use crate::repository::Repository;
use crate::repository::documents::document;
use crate::repository::draft::Drafts;
use crate::repository::state::State;
use crate::repository::status::roles_of;

/// A target as its role lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetEntry {
    /// Name of the role.
    pub role: String,
    /// Target path.
    pub path: String,
    /// Bytes of the target file.
    pub length: u64,
    /// Lower-case hexadecimal SHA-256 of the target file; empty if the role lists none.
    pub sha256: String,
}

/// What the next publish does to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It has other bytes, or is described anew.
    Changed,
    /// It goes.
    Removed,
}

impl Repository {
    /// The published targets of a role, or of every role that clients are led to.
    ///
    /// # Errors
    /// [`Error::NoSuchRole`]; as for [`Repository::status`].
    pub fn published_targets(&self, role: Option<&str>) -> Result<Vec<TargetEntry>, Error> {
        let state = State::load(&self.layout)?;
        let roles = roles(&state, &Drafts::default(), role)?;
        let listed = roles.iter().flat_map(|role| {
            let published = state.targets(role).map(|published| &published.signed.targets);
            published.into_iter().flatten().map(move |(path, target)| entry(role, path, target))
        });
        Ok(listed.collect())
    }

    /// What the next publish changes of the targets of a role, or of every role.
    ///
    /// # Errors
    /// As for [`Repository::published_targets`].
    pub fn staged_targets(&self, role: Option<&str>) -> Result<Vec<(Change, TargetEntry)>, Error> {
        let state = State::load(&self.layout)?;
        let drafts = Drafts::load(&self.layout)?;
        let nothing = BTreeMap::new();
        let mut changes = Vec::new();
        for role in roles(&state, &drafts, role)? {
            let before = state.targets(&role).map_or(&nothing, |published| &published.signed.targets);
            let after = document(&state, &drafts, &role).map_or(&nothing, |document| &document.targets);
            for (path, target) in after {
                match before.get(path) {
                    None => changes.push((Change::Added, entry(&role, path, target))),
                    Some(old) if old != target => changes.push((Change::Changed, entry(&role, path, target))),
                    Some(_) => {}
                }
            }
            let removed = before.iter().filter(|(path, _)| !after.contains_key(*path));
            changes.extend(removed.map(|(path, target)| (Change::Removed, entry(&role, path, target))));
        }
        Ok(changes)
    }
}

/// The one role that is asked for, or all targets roles, with those that are only staged.
fn roles(state: &State, drafts: &Drafts, role: Option<&str>) -> Result<Vec<String>, Error> {
    let mut roles: Vec<String> = roles_of(state)?.into_iter().map(|role| role.role).collect();
    // A role that is not published yet is one that a staged change delegates to.
    let documents = drafts.targets.values().map(|draft| &draft.signed);
    let delegated = documents.filter_map(|document| document.delegations.as_ref());
    for (name, _) in delegated.flat_map(|delegations| delegations.signers()) {
        if !roles.contains(&name) {
            roles.push(name);
        }
    }
    match role {
        None => Ok(roles),
        Some(role) if role == TARGETS || roles.iter().any(|known| known == role) => Ok(vec![role.to_owned()]),
        Some(role) => Err(Error::NoSuchRole(role.to_owned())),
    }
}

fn entry(role: &str, path: &str, target: &TargetFile) -> TargetEntry {
    let sha256 = target.hashes.get("sha256").cloned().unwrap_or_default();
    TargetEntry { role: role.to_owned(), path: path.to_owned(), length: target.length, sha256 }
}
