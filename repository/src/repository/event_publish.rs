//! Events that are complete become published files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::event::{Document, Event, EventError, EventFolder, Payload, edited};
use crate::metadata::ROOT;
use crate::repository::events::{delegators, published};
use crate::repository::forecast::Forecast;
use crate::repository::layout::{Layout, file_name};
use crate::repository::pending::Disks;
use crate::repository::publish::{Change, merge};
use crate::repository::state::State;
use crate::repository::{Published, Repository};

/// An event that a publish contains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PublishedEvent {
    /// The folder of events, absolute.
    events: PathBuf,
    id: String,
}

impl Repository {
    /// Publishes events whose signatures are complete, with snapshot and timestamp signed by the keys at hand. First
    /// finishes a publish that was interrupted. What is staged stays staged.
    ///
    /// # Errors
    /// With nothing published: [`EventError::NotMadeHere`] for a payload of somebody else; [`EventError::Incomplete`] with who
    /// is missing; [`EventError::BaseMoved`]; [`EventError::BaseEdited`]; [`EventError::Overlap`]; [`EventError::OtherRoot`]; as for [`Repository::publish`].
    pub fn publish_events(&self, events: &[Event], now: UnixTime) -> Result<Published, Error> {
        let _lock = self.lock()?;
        let finished = self.finish_interrupted()?;
        let published = self.settle(now, |state| {
            let change = self.event_change(events, state)?;
            self.stage_head(&change.drafts)?;
            Ok(change)
        })?;
        Ok(merge(finished, published))
    }

    /// Checks and rehearses what [`Repository::publish_events`] would write, lets clients update after each single file of it,
    /// and writes nothing.
    ///
    /// # Errors
    /// As [`Repository::publish_events`]; [`Error::Interrupted`] where a publish was interrupted.
    pub fn forecast_events(&self, events: &[Event], now: UnixTime) -> Result<(Published, Forecast), Error> {
        let _lock = self.lock()?;
        self.check_finished()?;
        let state = State::load(&self.layout)?;
        self.foreseen(&state, &self.event_change(events, &state)?, now)
    }

    /// Sees that an event was made from what is published now.
    ///
    /// # Errors
    /// [`EventError::BaseMoved`], [`EventError::BaseEdited`], [`EventError::OtherRoot`]; where what is published cannot be read.
    pub fn check_event(&self, event: &Event) -> Result<(), Error> {
        self.check_base(event, &State::load(&self.layout)?)
    }

    /// Whether every document of an event is published as the event has it.
    ///
    /// # Errors
    /// Where what is published cannot be read.
    pub fn has_published(&self, event: &Event) -> Result<bool, Error> {
        let state = State::load(&self.layout)?;
        let is_published = |(role, payload): (&String, &Payload)| match &payload.document {
            Document::Root(root) => state.root.as_ref().is_some_and(|published| published.signed == *root),
            Document::Targets(targets) => {
                state.targets(role).is_some_and(|published| published.signed == *targets)
            }
        };
        Ok(event.payloads.iter().all(is_published))
    }

    fn event_change<'e>(&self, events: &'e [Event], state: &State) -> Result<Change<'e>, Error> {
        let mut sealed = BTreeMap::new();
        for event in events {
            self.check_base(event, state)?;
            self.check_made_here(event)?;
            sealed.extend(event.payloads.keys().map(|role| (role.clone(), event)));
        }
        let drafts = self.drafts_of(events)?;
        self.check_journal(state)?;
        let events = events.iter().map(PublishedEvent::of).collect::<Result<_, Error>>()?;
        Ok(Change { drafts, sealed, events, ..Change::default() })
    }

    /// Sees that every role and every delegator is published as it was when the event was made, that the event shows all of it,
    /// and that the next version of each role is free.
    pub(super) fn check_base(&self, event: &Event, state: &State) -> Result<(), Error> {
        self.check_line(event, state)?;
        check_versions(event, state)?;
        let moved = |role: &str, base: u64| base_moved(event, state, role, base);
        for (role, change) in &event.base.roles {
            if change.before != published(state, role) {
                return Err(moved(role, change.version()));
            }
            let payload = event.payload(role)?;
            // A crash may have left a file of this version that nothing refers to.
            let name = file_name(role, payload.document.version());
            if self.layout.read_metadata(&name, 0)?.is_some() {
                return Err(moved(role, change.version()));
            }
        }
        // Old delegators would ask keys to sign that may not sign any more.
        match event.base.delegators == delegators(state, event.base.roles.keys()) {
            true => Ok(()),
            false => Err(edited(&event.folder, "it names other delegators than those that are published")),
        }
    }
}

/// Sees that no role and no delegator of an event was published since.
fn check_versions(event: &Event, state: &State) -> Result<(), Error> {
    let base = &event.base;
    let changed = base.roles.iter().map(|(role, change)| (role, change.version()));
    let above = base.delegators.iter().map(|(role, above)| (role, above.version));
    let published = delegators(state, base.roles.keys());
    let new = published.keys().filter(|role| !base.delegators.contains_key(*role)).map(|role| (role, 0));
    match changed.chain(above).chain(new).find(|(role, version)| *version != version_of(state, role)) {
        Some((role, version)) => Err(base_moved(event, state, role, version)),
        None => Ok(()),
    }
}

fn base_moved(event: &Event, state: &State, role: &str, base: u64) -> Error {
    let (event, published) = (event.id().to_owned(), version_of(state, role));
    EventError::BaseMoved { event, role: role.to_owned(), base, published }.into()
}

fn version_of(state: &State, role: &str) -> u64 {
    if role == ROOT { state.root_version() } else { state.version(role) }
}

impl PublishedEvent {
    fn of(event: &Event) -> Result<Self, Error> {
        let path = event.folder.events();
        let events = std::path::absolute(path).map_err(|cause| Error::io("look at", path, cause))?;
        Ok(Self { events, id: event.id().to_owned() })
    }

    pub(crate) fn id(&self) -> String {
        self.id.clone()
    }

    /// Forgets that the event was open, and puts it where published ones are. May be repeated. Others can write to that folder,
    /// and can keep the event from getting there: it stays where it is then, and no later publish is held up by it. Gives what
    /// is to be said of that.
    pub(crate) fn finish(&self, layout: &Layout, disks: Disks<'_>) -> Result<Option<String>, Error> {
        let folder = EventFolder::new(&self.events, &self.id)?.observed(disks.own);
        let left = folder.put_away().err();
        disks.state.remove(&layout.open_event(&self.id))?;
        Ok(left.map(|error| {
            format!(
                "event {} is published, and stays in {}: {error} [{}]",
                self.id,
                self.events.display(),
                error.code()
            )
        }))
    }
}
