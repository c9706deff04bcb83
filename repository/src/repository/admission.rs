//! The key of somebody who was invited becomes part of an event.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::event::{Event, EventError, Reading};
use crate::metadata::Key;
use crate::repository::open_event::OpenEvent;
use crate::repository::staging::Staged;
use crate::repository::state::State;
use crate::repository::{Handover, Rebased, Repository};

/// Whose key becomes part of an event, and for what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admission {
    /// Who was invited.
    pub name: String,
    /// Keyid of the key, which somebody has compared with its owner.
    pub keyid: Option<String>,
    /// The roles that get the key. Those of [`Repository::invited_roles`], or those that somebody names.
    pub roles: BTreeSet<String>,
    /// New thresholds of some of these roles.
    pub thresholds: BTreeMap<String, u64>,
}

/// What became of an admission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// What became of the event.
    pub rebased: Rebased,
    /// The key whose keyid was compared. The event's folder may have another one by now.
    pub key: Key,
}

impl Repository {
    /// Remembers that somebody was invited to sign for a role of an event that was made here. Nothing is remembered of an event
    /// that was made elsewhere.
    ///
    /// # Errors
    /// Where the state folder cannot be read or written.
    pub fn remember_invitation(&self, id: &str, role: &str, name: &str) -> Result<(), Error> {
        let _lock = self.lock()?;
        let Some(mut open) = OpenEvent::load(&self.layout, id)? else { return Ok(()) };
        open.invited.entry(name.to_owned()).or_default().insert(role.to_owned());
        self.save_open_event(id, &open)
    }

    /// The roles that this publisher invited somebody to sign for. What the event's folder says of it is somebody else's.
    ///
    /// # Errors
    /// Where what is remembered cannot be read.
    pub fn invited_roles(&self, id: &str, name: &str) -> Result<BTreeSet<String>, Error> {
        let open = OpenEvent::load(&self.layout, id)?;
        Ok(open.and_then(|mut open| open.invited.remove(name)).unwrap_or_default())
    }

    /// Gives roles to the key of somebody who was invited to them, and to no other ones. A threshold stays as it is, unless there
    /// is another one.
    ///
    /// # Errors
    /// [`EventError::NotInvited`], also without roles; [`EventError::NotAccepted`], also for a role that they did not accept; [`EventError::BadProof`],
    /// [`EventError::KeyNotCompared`]; [`Error::NoSuchRole`], [`Error::BadThreshold`]; [`EventError::BaseMoved`] and
    /// [`EventError::NotMadeHere`] where the event is to be rebased first. The event is as it was.
    pub fn admit(
        &self,
        events: &Path,
        id: &str,
        admission: &Admission,
        now: UnixTime,
    ) -> Result<Admitted, Error> {
        let Admission { name, keyid, roles, thresholds } = admission;
        let lock = self.lock()?;
        self.check_finished()?;
        let event = Event::read(self.event_folder(events, id)?, Reading::Strict(now))?;
        let state = State::load(&self.layout)?;
        self.check_base(&event, &state)?;
        // What it is written anew from is published as this publisher's own.
        self.check_made_here(&event)?;
        let invited = event.invited_as(name)?;
        let file = event.acceptance_file(name);
        let not_accepted = || {
            let is_there = file.exists();
            EventError::NotAccepted { event: id.to_owned(), name: name.clone(), file: file.clone(), is_there }
        };
        if roles.is_empty() {
            return Err(EventError::NotInvited { event: id.to_owned(), name: name.clone() }.into());
        }
        if !roles.is_subset(&invited.roles) {
            return Err(not_accepted().into());
        }
        let key = invited.key.ok_or_else(not_accepted)?;
        let brought = key.keyid()?;
        if keyid.as_ref() != Some(&brought) {
            return Err(EventError::KeyNotCompared { name: name.clone(), keyid: brought }.into());
        }
        let (layout, disks, drafts) = (&self.layout, self.disks(), self.drafts_of([&event])?);
        let mut staged = Staged::over(layout, (disks.own, disks.state), lock, state.clone(), drafts);
        for role in roles {
            let mut keys = staged.keys(role)?;
            keys.keys.push(key.clone());
            keys.threshold = thresholds.get(role).copied().unwrap_or(keys.threshold);
            staged.set_keys(role, &keys, Handover::Overlapping)?;
        }
        let names = BTreeMap::from([(brought, name.clone())]);
        let rebased = self.rewrite(&event, &state, &staged.drafts, names, now)?;
        Ok(Admitted { rebased, key })
    }
}
