//! `base.json`: what an event starts from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::event::EventError;
use crate::event::folder::{EventFolder, MOST_BASE, damaged};
use crate::metadata::{ROOT, SNAPSHOT, TARGETS, TIMESTAMP};
use crate::repository::check_file_role;

/// What an event starts from, and what its signed documents cannot say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Base {
    /// Version of this format.
    pub(crate) format: u32,
    /// The event's id: the name of its folder.
    pub(crate) event: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    /// When it was made.
    pub(crate) created: String,
    /// The root metadata that it starts from.
    pub(crate) root: Published,
    /// The roles that it changes.
    pub(crate) roles: BTreeMap<String, Change>,
    /// The published roles that delegate to those.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) delegators: BTreeMap<String, Published>,
    /// What the maker of the event calls the keys that may be asked, by keyid. Nobody has to believe it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) names: BTreeMap<String, String>,
}

/// A published file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Published {
    pub(crate) version: u64,
    /// Lower-case hexadecimal SHA-256 of the file.
    pub(crate) sha256: String,
}

/// A role that an event changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// What was published; none for a new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<Published>,
    /// Version of the snapshot's listing of a role that was published once and is not delegated to; 0 otherwise.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) listed: u64,
    /// Target paths whose bytes are published elsewhere.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) elsewhere: BTreeSet<String>,
    /// Target paths that this role lists, although it delegates them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) shadowing: BTreeSet<String>,
    /// Of root metadata: roles whose old keys sign nothing any more.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) abrupt: BTreeSet<String>,
}

pub(crate) const FORMAT: u32 = 1;

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(version: &u64) -> bool {
    *version == 0
}

impl Change {
    /// Version that is published, 0 where there is none.
    pub(crate) fn version(&self) -> u64 {
        self.before.as_ref().map_or(self.listed, |before| before.version)
    }
}

impl Base {
    /// Reads what an event starts from.
    ///
    /// # Errors
    /// [`EventError::NotFound`]; [`EventError::Damaged`] for a file that this program does not write;
    /// [`EventError::BaseEdited`] for one that hides what was published of `targets`.
    pub(crate) fn read(folder: &EventFolder) -> Result<Self, Error> {
        let path = folder.base();
        let Some(text) = folder.read(&path, MOST_BASE)? else {
            let (id, events) = (folder.id().to_owned(), folder.events().to_owned());
            return Err(EventError::NotFound { id, folder: events }.into());
        };
        let base: Self = serde_json::from_slice(&text).map_err(|error| damaged(&path, error))?;
        let wrong = |reason: &str| Err(damaged(&path, reason));
        if base.format != FORMAT {
            return wrong("it is of another version of this program");
        }
        if base.event != folder.id() {
            return wrong("it is another event's: the folder has been renamed");
        }
        if base.roles.is_empty() {
            return wrong("it changes no role");
        }
        if base.roles.contains_key(SNAPSHOT) || base.roles.contains_key(TIMESTAMP) {
            return wrong("snapshot and timestamp are signed by a publish, and are part of no event");
        }
        // Each becomes a file name.
        for role in base.roles.keys().chain(base.delegators.keys()) {
            check_file_role(role)?;
        }
        if base.roles.get(ROOT).is_some_and(|root| root.before.as_ref() != Some(&base.root)) {
            return wrong("it names two root metadata files that it starts from");
        }
        // Every repository has published both, so that an event without them would show removals as nothing.
        if base.roles.get(TARGETS).is_some_and(|targets| targets.before.is_none()) {
            return Err(hides(folder, TARGETS));
        }
        Ok(base)
    }

    pub(crate) fn write(&self, folder: &EventFolder) -> Result<(), Error> {
        let mut text = serde_json::to_vec_pretty(self).map_err(Error::NotJson)?;
        text.push(b'\n');
        folder.write(&folder.base(), &text)
    }
}

/// Whether somebody may call a key so: no name can be taken for more than a name.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}

/// What is said of a `base.json` that hides what was published of a role.
pub(crate) fn hides(folder: &EventFolder, role: &str) -> Error {
    edited(folder, format!("it hides what was published of role {role}"))
}

pub(crate) fn edited(folder: &EventFolder, reason: impl Into<String>) -> Error {
    EventError::BaseEdited { path: folder.base(), reason: reason.into() }.into()
}
