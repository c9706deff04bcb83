//! What a publisher remembers of the events that it made, in its state folder.
//!
//! Many people write to the folder of an event, and its signers sign whatever they find there. This record is what binds an
//! event to its publisher: a payload is published only if this publisher made it for this event, and an event is rebased from
//! what this publisher made it from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::event::{Base, Change, Event, EventError, EventFolder, Payload, Reading, edited};
use crate::metadata::sha256_hex;
use crate::repository::Repository;
use crate::repository::layout::Layout;

/// What is remembered of an event that is not published yet.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct OpenEvent {
    /// The folder that it was made in.
    pub(super) folder: PathBuf,
    /// The roles that it changes. A record of an earlier version of this program has none.
    #[serde(default)]
    roles: BTreeMap<String, MadeRole>,
    /// What it starts from. A record of an earlier version of this program has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<Base>,
    /// What it started from before it was written anew, until all of it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<Base>,
    /// The roles that this publisher invited somebody to sign for, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) invited: BTreeMap<String, BTreeSet<String>>,
}

/// A payload that this publisher made, and what its bytes cannot say.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct MadeRole {
    /// Lower-case hexadecimal SHA-256 of the bytes to sign.
    sha256: String,
    /// Target paths whose bytes are published elsewhere.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) elsewhere: BTreeSet<String>,
    /// Target paths that the role lists, although it delegates them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) shadowing: BTreeSet<String>,
    /// Of root metadata: roles whose old keys sign nothing any more.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) abrupt: BTreeSet<String>,
}

impl OpenEvent {
    /// What is remembered of an event; none of one that was made elsewhere.
    ///
    /// # Errors
    /// Where the record cannot be read.
    pub(super) fn load(layout: &Layout, id: &str) -> Result<Option<Self>, Error> {
        let path = layout.open_event(id);
        let Some(text) = layout.read_state(&path)? else { return Ok(None) };
        serde_json::from_slice(&text).map(Some).map_err(|error| Error::unreadable(&path, error))
    }

    /// Whether the event was made in this folder, whatever links lead there.
    pub(super) fn is_in(&self, folder: &EventFolder) -> bool {
        let real = |path: &Path| path.canonicalize().ok();
        std::path::absolute(folder.path()).is_ok_and(|path| path == self.folder)
            || real(&self.folder).is_some_and(|own| real(folder.path()) == Some(own))
    }

    /// What the event in this folder starts from; none of an event that was made elsewhere.
    fn base(self, folder: &EventFolder) -> Result<Option<Base>, Error> {
        let Some(previous) = self.previous else { return Ok(self.base) };
        // It was being written anew. With a payload of before on what is published since, a rebase would undo what came between.
        for (role, made) in &self.roles {
            let bytes = folder.read(&folder.bytes(role), u64::MAX - 1)?;
            if bytes.as_deref().map(sha256_hex) != Some(made.sha256.clone()) {
                return Ok(Some(previous));
            }
        }
        Ok(self.base)
    }

    /// What is remembered of a role; nothing of one that is not recorded.
    pub(super) fn role(&self, role: &str) -> MadeRole {
        self.roles.get(role).cloned().unwrap_or_default()
    }
}

impl MadeRole {
    fn new(payload: &Payload, change: &Change) -> Self {
        Self {
            sha256: sha256_hex(&payload.bytes),
            elsewhere: change.elsewhere.clone(),
            shadowing: change.shadowing.clone(),
            abrupt: change.abrupt.clone(),
        }
    }
}

impl Repository {
    /// Remembers the payloads of an event and what it starts from, before its folder has them. `previous` is what it started
    /// from so far, while that may still be in its folder.
    pub(super) fn remember_event(
        &self,
        folder: &EventFolder,
        payloads: &BTreeMap<String, Payload>,
        base: &Base,
        previous: Option<&Base>,
        invited: BTreeMap<String, BTreeSet<String>>,
    ) -> Result<(), Error> {
        let path = folder.path();
        let absolute = std::path::absolute(path).map_err(|cause| Error::io("look at", path, cause))?;
        let made = payloads.iter().filter_map(|(role, payload)| {
            Some((role.clone(), MadeRole::new(payload, base.roles.get(role)?)))
        });
        let (roles, base, previous) = (made.collect(), Some(base.clone()), previous.cloned());
        let open = OpenEvent { folder: absolute, roles, base, previous, invited };
        self.save_open_event(folder.id(), &open)
    }

    /// Every event that was made here, is not published yet and can be read, with the folder of the event. One that cannot be read
    /// is not published either.
    ///
    /// # Errors
    /// Where what is remembered of them cannot be read.
    pub(super) fn open_events(&self) -> Result<Vec<(PathBuf, Event)>, Error> {
        let mut events = Vec::new();
        for name in self.layout.remembered().names(&self.layout.open_events())? {
            let Some(id) = name.strip_suffix(".json") else { continue };
            let Some(open) = OpenEvent::load(&self.layout, id)? else { continue };
            let folder = open.folder.parent().map(|events| EventFolder::new(events, id));
            let event = folder.map(|folder| Event::read(folder?, Reading::Renewed));
            events.extend(event.and_then(Result::ok).map(|event| (open.folder, event)));
        }
        Ok(events)
    }

    pub(super) fn save_open_event(&self, id: &str, open: &OpenEvent) -> Result<(), Error> {
        let text = serde_json::to_vec(open).map_err(Error::NotJson)?;
        self.state_disk.replace(&self.layout.open_event(id), &text)
    }

    /// Reads an event to be rebased. Others can write to `base.json`: what an event that was made here starts from is what is
    /// remembered.
    pub(super) fn event_to_rebase(&self, folder: EventFolder) -> Result<Event, Error> {
        let base = match (Base::read(&folder), OpenEvent::load(&self.layout, folder.id())?) {
            (Err(Error::Event(error @ EventError::NotFound { .. })), _) => return Err(error.into()),
            (read, Some(open)) => open.base(&folder)?.map_or(read, Ok)?,
            (read, None) => read?,
        };
        Event::read_from(folder, base, Reading::Renewed)
    }

    /// Sees that every payload of an event was made here for this event, that none is missing, and that it starts from what it
    /// was made from.
    ///
    /// # Errors
    /// [`EventError::NotMadeHere`] for the first role that is another one; [`EventError::BaseEdited`].
    pub(super) fn check_made_here(&self, event: &Event) -> Result<(), Error> {
        let made = OpenEvent::load(&self.layout, event.id())?.unwrap_or_default();
        let roles: BTreeSet<&String> = event.payloads.keys().chain(made.roles.keys()).collect();
        for role in roles {
            let sha256 = event.payloads.get(role).map(|payload| sha256_hex(&payload.bytes));
            if sha256.is_none() || sha256.as_ref() != made.roles.get(role).map(|made| &made.sha256) {
                let (event, role) = (event.id().to_owned(), role.clone());
                return Err(EventError::NotMadeHere { event, role }.into());
            }
        }
        // Those who signed have seen what somebody else wanted them to see.
        match made.base.is_none_or(|base| base == event.base || made.previous.as_ref() == Some(&event.base)) {
            true => Ok(()),
            false => Err(edited(&event.folder, "it is not what was made here")),
        }
    }
}
