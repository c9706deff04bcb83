//! From staged changes to published files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Map;
use tuf_verifier_core::UnixTime;

use crate::clients::Obstacle;
use crate::error::Error;
use crate::event::Event;
use crate::key::Signers;
use crate::metadata::{ROOT, Role, Root, SNAPSHOT, SPEC_VERSION, TARGETS, TIMESTAMP, Targets};
use crate::repository::agreement::{Disagreement, new_disagreements};
use crate::repository::changes::changed_targets;
use crate::repository::draft::{Draft, Drafts};
use crate::repository::event_publish::PublishedEvent;
use crate::repository::forecast::{Forecast, Forecaster};
use crate::repository::given_up;
use crate::repository::keys::RoleKeys;
use crate::repository::memory::Memory;
use crate::repository::pending::{Contents, Pending};
use crate::repository::plan::{Plan, PlannedFile, Planner};
use crate::repository::rehearsal::Rehearsal;
use crate::repository::state::State;
use crate::repository::{Periods, Repository, Site};

/// Who signs for the top-level roles of a new repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// For root metadata.
    pub root: RoleKeys,
    /// For timestamp metadata.
    pub timestamp: RoleKeys,
    /// For snapshot metadata.
    pub snapshot: RoleKeys,
    /// For top-level targets metadata.
    pub targets: RoleKeys,
}

/// What was published, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Role and version of every metadata file, in the order of writing. Empty where there was nothing to publish.
    pub metadata: Vec<(String, u64)>,
    /// Number of target files.
    pub targets: usize,
    /// What clients would refuse of it that are told of ([`Repository::clients_mut`]).
    pub obstacles: Vec<Obstacle>,
    /// Targets that roles which must agree do not list alike, as far as that is new.
    pub disagreements: Vec<Disagreement>,
    /// What kept events that are published from being put away, one sentence each.
    pub left_events: Vec<String>,
    /// An interrupted publish was finished first; its files are counted in.
    pub finished_interrupted: bool,
}

impl Repository {
    /// Makes a repository in a folder that holds none: root metadata version 1 with consistent snapshots, and no
    /// targets yet. What it leaves is published and whole.
    ///
    /// # Errors
    /// [`Error::RepositoryExists`], [`Error::BadThreshold`], [`Error::MissingKeys`], [`Error::Io`];
    /// [`Error::StateInUse`] where the state folder is that of another repository.
    pub fn init(
        site: impl Into<Site>,
        state: &Path,
        setup: &Setup,
        signers: impl Signers + 'static,
        periods: Periods,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let root = first_root(setup)?;
        let repository = Self::at(&site.into(), state, signers, periods);
        repository.check_new()?;
        let drafts = Drafts {
            root: Some(Draft::new(root)),
            targets: BTreeMap::from([(TARGETS.to_owned(), Draft::new(Targets::empty()))]),
        };
        let (state, change) = (State::default(), Change { drafts, ..Change::default() });
        let prepared = repository.prepare(&state, &change, now)?;
        // What is refused leaves nothing behind, not even the file of the lock.
        let lock = repository.lock()?;
        repository.check_new()?;
        // Whoever was faster has made a repository in the same place.
        let exists = || Error::RepositoryExists(repository.layout.location());
        repository.write(prepared, &state)?.ok_or_else(exists)?;
        drop(lock);
        Ok(repository)
    }

    /// Sees that nothing is published or remembered in this place.
    fn check_new(&self) -> Result<(), Error> {
        let layout = &self.layout;
        if layout.read_metadata("1.root.json", 0)?.is_some() || Pending::load(layout)?.is_some() {
            return Err(Error::RepositoryExists(layout.location()));
        }
        // What is remembered would be forgotten: the files of that repository may have been taken away.
        match Memory::load(layout)? {
            Some(_) => Err(Error::StateInUse(layout.state().to_owned())),
            None => Ok(()),
        }
    }

    /// Publishes every staged change; first finishes a publish that was interrupted.
    ///
    /// # Errors
    /// With nothing signed and nothing published: [`Error::Changed`], [`Error::RolledBack`], [`Error::SymbolicLink`]
    /// where somebody else has written to the folder, [`Error::NotAdopted`], [`Error::MissingKeys`],
    /// [`Error::StagedConflict`], [`Error::BaseMoved`], [`Error::Rehearsal`], [`Error::ClientsRefuse`]. [`Error::Conflict`] where somebody writes
    /// to the folder at the same time; [`Error::Io`] and [`Error::Store`], after which the next publish goes on.
    /// [`Error::RootTaken`] after everything but new root metadata is published. [`Error::Refused`] where nothing is
    /// staged, and clients refuse what is published: a publish that was interrupted is finished by then.
    pub fn publish(&self, now: UnixTime) -> Result<Published, Error> {
        let _lock = self.lock()?;
        let finished = self.finish_interrupted()?;
        let published = self.settle(now, |state| {
            let change = self.staged_change(state)?;
            self.stage_head(&change.drafts)?;
            Ok(change)
        })?;
        Ok(merge(finished, published))
    }

    /// Signs and rehearses what [`Repository::publish`] would write, and writes nothing.
    ///
    /// # Errors
    /// As [`Repository::publish`]; [`Error::Interrupted`] where a publish was interrupted.
    pub fn rehearse(&self, now: UnixTime) -> Result<Published, Error> {
        let _lock = self.lock()?;
        Ok(self.rehearsed(now)?.published())
    }

    /// As [`Repository::rehearse`], and lets clients update after each single file that would be written.
    ///
    /// # Errors
    /// As [`Repository::rehearse`].
    pub fn forecast(&self, now: UnixTime) -> Result<(Published, Forecast), Error> {
        let _lock = self.lock()?;
        self.check_finished()?;
        let state = State::load(&self.layout)?;
        self.foreseen(&state, &self.staged_change(&state)?, now)
    }

    fn rehearsed(&self, now: UnixTime) -> Result<Prepared, Error> {
        self.check_finished()?;
        let state = State::load(&self.layout)?;
        self.prepare(&state, &self.staged_change(&state)?, now)
    }

    /// Lets clients update after each single file that would be written.
    pub(super) fn foreseen(
        &self,
        state: &State,
        change: &Change<'_>,
        now: UnixTime,
    ) -> Result<(Published, Forecast), Error> {
        let prepared = self.prepare(state, change, now)?;
        let (layout, files) = (&self.layout, &prepared.plan.files);
        let abrupt = change.drafts.root.as_ref().map(|root| root.abrupt.clone()).unwrap_or_default();
        let forecast = Forecaster { layout, kept: &[], files, now, state, abrupt }.run()?;
        Ok((prepared.published(), forecast))
    }

    /// Refuses where a publish was interrupted.
    pub(super) fn check_finished(&self) -> Result<(), Error> {
        match Pending::load(&self.layout)? {
            Some(_) => Err(Error::Interrupted),
            None => Ok(()),
        }
    }

    /// Everything that is staged, laid over what is published.
    fn staged_change(&self, state: &State) -> Result<Change<'static>, Error> {
        let mut drafts = Drafts::load(&self.layout)?;
        drafts.rebase(state)?;
        let staged = drafts.roles().map(str::to_owned).collect();
        self.list_head(&mut drafts, state)?;
        Ok(Change { drafts, staged, ..Change::default() })
    }

    /// Roles signed anew. What the role `targets` lists of the journal is renewed with it.
    pub(super) fn renewal_change(
        &self,
        renewed: BTreeSet<String>,
        state: &State,
    ) -> Result<Change<'static>, Error> {
        let mut drafts = match renewed.contains(TARGETS) {
            true => self.renew_head(state),
            false => Drafts::default(),
        };
        self.list_head(&mut drafts, state)?;
        Ok(Change { drafts, renewed, ..Change::default() })
    }

    /// Signs and rehearses what [`Repository::refresh`] would write, and writes nothing.
    ///
    /// # Errors
    /// As [`Repository::refresh`]; [`Error::Interrupted`] where a publish was interrupted.
    pub fn rehearse_refresh(&self, roles: &[&str], now: UnixTime) -> Result<Published, Error> {
        let _lock = self.lock()?;
        self.check_finished()?;
        let state = State::load(&self.layout)?;
        let change = self.renewal_change(self.renewed(roles, &state)?, &state)?;
        Ok(self.prepare(&state, &change, now)?.published())
    }

    /// Signs roles anew, with a new expiry, though nothing has changed. Staged changes stay staged.
    ///
    /// # Errors
    /// As [`Repository::publish`]; [`Error::NoSuchRole`]; [`Error::StagedChange`] where a named role has one.
    pub fn refresh(&self, roles: &[&str], now: UnixTime) -> Result<Published, Error> {
        let _lock = self.lock()?;
        let finished = self.finish_interrupted()?;
        let published = self.settle(now, |state| {
            let change = self.renewal_change(self.renewed(roles, state)?, state)?;
            self.stage_head(&change.drafts)?;
            Ok(change)
        })?;
        Ok(merge(finished, published))
    }

    /// The roles that are to be signed anew, if none of them has a staged change.
    fn renewed(&self, roles: &[&str], state: &State) -> Result<BTreeSet<String>, Error> {
        let drafts = Drafts::load(&self.layout)?;
        let mut renewed = BTreeSet::new();
        for role in roles {
            if drafts.roles().any(|staged| staged == *role) {
                return Err(Error::StagedChange((*role).to_owned()));
            }
            if ![ROOT, SNAPSHOT, TIMESTAMP].contains(role) && state.version(role) == 0 {
                return Err(Error::NoSuchRole((*role).to_owned()));
            }
            renewed.insert((*role).to_owned());
        }
        Ok(renewed)
    }

    /// Remembers what is published, planned files included. What is remembered of copies in registries stays.
    pub(super) fn remember(&self, memory: Memory, planned: &[PlannedFile]) -> Result<(), Error> {
        // First: what is kept is never older than what is remembered.
        self.keep(&memory, planned)?;
        let before = Memory::load(&self.layout)?;
        let copies = before.as_ref().map(|before| before.copies.clone()).unwrap_or_default();
        let memory = Memory { copies, ..memory };
        match before.as_ref() == Some(&memory) {
            true => Ok(()),
            false => memory.save(&self.layout, &self.state_disk),
        }
    }

    /// Lets clients judge what is published, though nothing is about to be.
    pub(super) fn judge(&self, state: &State, now: UnixTime) -> Result<(), Error> {
        let nothing = Plan::default();
        match self.rehearsal(&nothing, state, true, now, &[], &Drafts::default()).run() {
            Err(Error::Rehearsal(refused)) => Err(Error::Refused(refused)),
            judged => judged,
        }
    }

    pub(super) fn rehearsal<'a>(
        &'a self,
        plan: &'a Plan,
        state: &'a State,
        overlapping: bool,
        now: UnixTime,
        targets: &'a [(String, String)],
        drafts: &'a Drafts,
    ) -> Rehearsal<'a> {
        Rehearsal {
            layout: &self.layout,
            plan,
            root_version: state.root_version(),
            root_expires: state.root.as_ref().map(|root| root.signed.expires),
            overlapping,
            now,
            targets,
            documents: (state, drafts),
        }
    }

    /// Plans, signs, and rehearses. Nothing is written.
    pub(super) fn prepare(
        &self,
        state: &State,
        change: &Change<'_>,
        now: UnixTime,
    ) -> Result<Prepared, Error> {
        let Change { drafts, renewed, sealed, .. } = change;
        // They may be older than the recovery, or come from an event.
        given_up::check_changes(&self.layout, state, drafts)?;
        let changed = changed_targets(&self.layout, state, drafts)?;
        let (layout, signers, periods) = (&self.layout, &*self.signers, &self.periods);
        let (restarted, seen) = (&BTreeSet::new(), &BTreeMap::new());
        let planner = Planner {
            layout,
            state,
            drafts,
            renewed,
            restarted,
            seen,
            signers,
            periods,
            now,
            events: sealed,
        };
        let plan = planner.plan()?;
        let mut targets = BTreeMap::new();
        for target in &changed {
            targets.extend(target.staged_file(layout)?);
        }
        let found: Vec<_> = changed.into_iter().map(|target| (target.role, target.path)).collect();
        if !plan.files.is_empty() {
            let overlapping = drafts.root.as_ref().is_none_or(|root| root.abrupt.is_empty());
            self.rehearsal(&plan, state, overlapping, now, &found, drafts).run()?;
        }
        let (staged, events) = (change.staged.clone(), change.events.clone());
        let contents = Contents { targets, drafts: staged, events, journal: None };
        let obstacles = self.check_clients(state, &plan)?;
        let disagreements = new_disagreements(state, drafts);
        Ok(Prepared { plan, contents, obstacles, disagreements, now })
    }

    /// Publishes what is prepared. None if another publisher was faster: nothing that clients see has changed then.
    pub(super) fn write(&self, prepared: Prepared, state: &State) -> Result<Option<Published>, Error> {
        let Prepared { plan, contents, obstacles, disagreements, now } = prepared;
        let memory = state.memory();
        if plan.files.is_empty() {
            // Another publisher may have gone on: from now on nothing older is believed.
            memory.map_or(Ok(()), |memory| self.remember(memory, &[]))?;
            return Ok(Some(Published::default()));
        }
        let memory = memory.unwrap_or_else(Memory::empty);
        let published = self.write_plan(&plan, state.base(), memory, contents, now)?;
        Ok(published.map(|published| Published { obstacles, disagreements, ..published }))
    }

    /// Writes a plan to the disk and publishes it. `base` is the SHA-256 and the version of the timestamp whose place is taken.
    /// None if another publisher was faster.
    pub(super) fn write_plan(
        &self,
        plan: &Plan,
        base: (Option<String>, u64),
        memory: Memory,
        contents: Contents,
        now: UnixTime,
    ) -> Result<Option<Published>, Error> {
        self.trust_store()?;
        let events = contents.events.iter().map(PublishedEvent::id).collect();
        let journal = self.journal_line(base.0.as_deref(), &plan.files, events, now)?;
        let contents = Contents { journal, ..contents };
        let pending = Pending::write(plan, base, contents, &self.layout, self.disks())?;
        let memory = memory.with(&plan.files);
        let Some(left_events) = self.complete(&pending, &plan.files, memory)? else { return Ok(None) };
        let metadata = pending.metadata().to_vec();
        Ok(Some(Published { metadata, targets: pending.targets(), left_events, ..Published::default() }))
    }
}

/// What a publish changes.
#[derive(Default)]
pub(super) struct Change<'e> {
    /// Documents as they shall become.
    pub(super) drafts: Drafts,
    /// Roles that are signed anew, though nothing has changed.
    pub(super) renewed: BTreeSet<String>,
    /// The events whose signed payloads are published, by role: what they have is not signed here.
    pub(super) sealed: BTreeMap<String, &'e Event>,
    /// Roles whose staged changes it contains, which are forgotten once it is published.
    pub(super) staged: Vec<String>,
    /// Events that it contains, which are put away once it is published.
    pub(super) events: Vec<PublishedEvent>,
}

/// A publish that is signed and rehearsed.
pub(super) struct Prepared {
    pub(super) plan: Plan,
    contents: Contents,
    /// What some clients would refuse.
    obstacles: Vec<Obstacle>,
    disagreements: Vec<Disagreement>,
    now: UnixTime,
}

impl Prepared {
    /// What it will have published.
    pub(super) fn published(&self) -> Published {
        let metadata = self.plan.files.iter().map(|file| (file.role.clone(), file.version)).collect();
        let (targets, obstacles) = (self.contents.targets.len(), self.obstacles.clone());
        let disagreements = self.disagreements.clone();
        Published { metadata, targets, obstacles, disagreements, ..Published::default() }
    }
}

fn first_root(setup: &Setup) -> Result<Root, Error> {
    let mut root = Root {
        spec_version: SPEC_VERSION.to_owned(),
        version: 1,
        expires: UnixTime(0),
        consistent_snapshot: true,
        keys: BTreeMap::new(),
        roles: BTreeMap::new(),
        unrecognized: Map::new(),
    };
    let setups = [
        (ROOT, &setup.root),
        (TIMESTAMP, &setup.timestamp),
        (SNAPSHOT, &setup.snapshot),
        (TARGETS, &setup.targets),
    ];
    for (name, setup) in setups {
        let keys = setup.check(name)?;
        let keyids = keys.keys().cloned().collect();
        root.roles.insert(name.to_owned(), Role::new(keyids, setup.threshold));
        root.keys.extend(keys);
    }
    Ok(root)
}

pub(super) fn merge(finished: Option<Published>, published: Published) -> Published {
    match finished {
        None => published,
        Some(mut finished) => {
            finished.metadata.extend(published.metadata);
            finished.targets += published.targets;
            finished.obstacles.extend(published.obstacles);
            finished.disagreements.extend(published.disagreements);
            finished.left_events.extend(published.left_events);
            finished
        }
    }
}
