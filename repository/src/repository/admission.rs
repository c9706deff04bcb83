//! The key of somebody who was invited becomes part of an event.

use std::collections::BTreeMap;
use std::path::Path;

use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::event::{Event, EventError, Reading};
use crate::repository::staging::Staged;
use crate::repository::state::State;
use crate::repository::{Handover, Rebased, Repository};

impl Repository {
    /// Gives the roles that somebody was invited to their key. `keyid` is that of the key, which somebody has compared with
    /// its owner. A threshold stays as it is, unless there is another one.
    ///
    /// # Errors
    /// [`EventError::NotInvited`], [`EventError::NotAccepted`], [`EventError::BadProof`],
    /// [`EventError::KeyNotCompared`]; [`Error::NoSuchRole`], [`Error::BadThreshold`]; [`EventError::BaseMoved`] and
    /// [`EventError::NotMadeHere`] where the event is to be rebased first. The event is as it was.
    pub fn admit(
        &self,
        events: &Path,
        id: &str,
        name: &str,
        keyid: Option<&str>,
        threshold: Option<u64>,
        now: UnixTime,
    ) -> Result<Rebased, Error> {
        let lock = self.lock()?;
        self.check_finished()?;
        let event = Event::read(self.event_folder(events, id)?, Reading::Strict(now))?;
        let state = State::load(&self.layout)?;
        self.check_base(&event, &state)?;
        // What it is written anew from is published as this publisher's own.
        self.check_made_here(&event)?;
        let invited = event.invited_as(name)?;
        let not_accepted = || EventError::NotAccepted { event: id.to_owned(), name: name.to_owned() };
        let key = invited.key.ok_or_else(not_accepted)?;
        let brought = key.keyid()?;
        if keyid != Some(brought.as_str()) {
            return Err(EventError::KeyNotCompared { name: name.to_owned(), keyid: brought }.into());
        }
        let (layout, disks, drafts) = (&self.layout, self.disks(), self.drafts_of([&event])?);
        let mut staged = Staged::over(layout, (disks.own, disks.state), lock, state.clone(), drafts);
        for role in &invited.roles {
            let mut keys = staged.keys(role)?;
            keys.keys.push(key.clone());
            keys.threshold = threshold.unwrap_or(keys.threshold);
            staged.set_keys(role, &keys, Handover::Overlapping)?;
        }
        let names = BTreeMap::from([(brought, name.to_owned())]);
        self.rewrite(&event, &state, &staged.drafts, names, now)
    }
}
