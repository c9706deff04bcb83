//! From staged changes to published files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Map;
use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::event::Event;
use crate::key::Signers;
use crate::metadata::{ROOT, Role, Root, SNAPSHOT, SPEC_VERSION, TARGETS, TIMESTAMP, Targets};
use crate::repository::changes::changed_targets;
use crate::repository::draft::{Draft, Drafts};
use crate::repository::event_publish::PublishedEvent;
use crate::repository::keys::RoleKeys;
use crate::repository::memory::Memory;
use crate::repository::pending::{Contents, Pending};
use crate::repository::plan::{Plan, PlannedFile, Planner};
use crate::repository::rehearsal::Rehearsal;
use crate::repository::state::State;
use crate::repository::view::View;
use crate::repository::{Periods, Repository};

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
        folder: &Path,
        state: &Path,
        setup: &Setup,
        signers: impl Signers + 'static,
        periods: Periods,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let root = first_root(setup)?;
        let repository = Self::at(folder, state, signers, periods);
        let lock = repository.lock()?;
        let layout = &repository.layout;
        if layout.read_metadata("1.root.json", 0)?.is_some() || Pending::load(layout)?.is_some() {
            return Err(Error::RepositoryExists(folder.to_owned()));
        }
        // What is remembered would be forgotten: the files of that repository may have been taken away.
        if Memory::load(layout)?.is_some() {
            return Err(Error::StateInUse(state.to_owned()));
        }
        let drafts = Drafts {
            root: Some(Draft::new(root)),
            targets: BTreeMap::from([(TARGETS.to_owned(), Draft::new(Targets::empty()))]),
        };
        let state = State::default();
        let prepared = repository.prepare(&state, &drafts, &BTreeSet::new(), &BTreeMap::new(), now)?;
        repository.write(prepared, state, Vec::new())?;
        drop(lock);
        Ok(repository)
    }

    /// Publishes every staged change; first finishes a publish that was interrupted.
    ///
    /// # Errors
    /// With nothing signed and nothing published: [`Error::Changed`], [`Error::RolledBack`], [`Error::SymbolicLink`]
    /// where somebody else has written to the folder, [`Error::NotAdopted`], [`Error::MissingKeys`],
    /// [`Error::StagedConflict`], [`Error::BaseMoved`], [`Error::Rehearsal`]. [`Error::Conflict`] where somebody writes to the folder at the same
    /// time; [`Error::Io`], after which the next publish goes on. [`Error::Refused`] where nothing is staged, and clients
    /// refuse what is published: a publish that was interrupted is finished by then.
    pub fn publish(&self, now: UnixTime) -> Result<Published, Error> {
        let _lock = self.lock()?;
        let finished = self.finish_interrupted()?;
        let state = State::load(&self.layout)?;
        let mut drafts = Drafts::load(&self.layout)?;
        drafts.rebase(&state)?;
        self.list_head(&mut drafts, &state)?;
        self.stage_head(&drafts)?;
        let prepared = self.prepare(&state, &drafts, &BTreeSet::new(), &BTreeMap::new(), now)?;
        let roles = drafts.roles().map(str::to_owned).collect();
        if prepared.plan.files.is_empty() {
            self.judge(&state, now)?;
        }
        Ok(merge(finished, self.write(prepared, state, roles)?))
    }

    /// Signs and rehearses what [`Repository::publish`] would write, and writes nothing.
    ///
    /// # Errors
    /// As [`Repository::publish`]; [`Error::Interrupted`] where a publish was interrupted.
    pub fn rehearse(&self, now: UnixTime) -> Result<Published, Error> {
        let _lock = self.lock()?;
        self.check_finished()?;
        let state = State::load(&self.layout)?;
        let mut drafts = Drafts::load(&self.layout)?;
        drafts.rebase(&state)?;
        self.list_head(&mut drafts, &state)?;
        Ok(self.prepare(&state, &drafts, &BTreeSet::new(), &BTreeMap::new(), now)?.published())
    }

    /// Signs roles anew, with a new expiry, though nothing has changed. Staged changes stay staged.
    ///
    /// # Errors
    /// As [`Repository::publish`]; [`Error::NoSuchRole`]; [`Error::StagedChange`] where a named role has one.
    pub fn refresh(&self, roles: &[&str], now: UnixTime) -> Result<Published, Error> {
        let _lock = self.lock()?;
        let finished = self.finish_interrupted()?;
        let state = State::load(&self.layout)?;
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
        let mut drafts = match renewed.contains(TARGETS) {
            true => self.renew_head(&state),
            false => Drafts::default(),
        };
        self.list_head(&mut drafts, &state)?;
        self.stage_head(&drafts)?;
        let prepared = self.prepare(&state, &drafts, &renewed, &BTreeMap::new(), now)?;
        if prepared.plan.files.is_empty() {
            self.judge(&state, now)?;
        }
        Ok(merge(finished, self.write(prepared, state, Vec::new())?))
    }

    /// Refuses where a publish was interrupted.
    pub(super) fn check_finished(&self) -> Result<(), Error> {
        match Pending::load(&self.layout)? {
            Some(_) => Err(Error::Interrupted),
            None => Ok(()),
        }
    }

    pub(super) fn finish_interrupted(&self) -> Result<Option<Published>, Error> {
        let Some(pending) = Pending::load(&self.layout)? else { return Ok(None) };
        let planned = pending.files(&self.layout)?;
        pending.check_timestamp(&planned, &self.layout)?;
        let state = State::load_planned(&View { layout: &self.layout, planned: &planned, hidden: None })?;
        let memory = state.memory().ok_or_else(|| Error::NoRepository(self.folder().to_owned()))?;
        self.complete(&pending, &planned, memory)?;
        let metadata = pending.metadata().to_vec();
        Ok(Some(Published { metadata, targets: pending.targets(), finished_interrupted: true }))
    }

    /// Publishes what is pending, remembers it, and only then forgets that it was pending: a crash in between is gone on
    /// with, and is no difference between what is published and what is remembered.
    fn complete(&self, pending: &Pending, files: &[PlannedFile], memory: Memory) -> Result<(), Error> {
        pending.commit(files, &self.layout, self.disks())?;
        self.remember(memory, files)?;
        pending.forget(&self.layout, self.disks())
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
    fn judge(&self, state: &State, now: UnixTime) -> Result<(), Error> {
        let nothing = Plan::default();
        match self.rehearsal(&nothing, state, true, now, &[]).run() {
            Err(Error::Rehearsal(refused)) => Err(Error::Refused(refused)),
            judged => judged,
        }
    }

    pub(super) fn rehearsal<'a>(
        &'a self,
        plan: &'a Plan,
        state: &State,
        overlapping: bool,
        now: UnixTime,
        targets: &'a [(String, String)],
    ) -> Rehearsal<'a> {
        Rehearsal {
            layout: &self.layout,
            plan,
            root_version: state.root_version(),
            root_expires: state.root.as_ref().map(|root| root.signed.expires),
            overlapping,
            now,
            targets,
        }
    }

    /// Plans, signs, and rehearses. Nothing is written.
    pub(super) fn prepare(
        &self,
        state: &State,
        drafts: &Drafts,
        renewed: &BTreeSet<String>,
        events: &BTreeMap<String, &Event>,
        now: UnixTime,
    ) -> Result<Prepared, Error> {
        let changed = changed_targets(&self.layout, state, drafts)?;
        let (layout, signers, periods) = (&self.layout, &*self.signers, &self.periods);
        let plan = Planner { layout, state, drafts, renewed, signers, periods, now, events }.plan()?;
        let mut targets = BTreeMap::new();
        for target in &changed {
            targets.extend(target.staged_file(layout)?);
        }
        let found: Vec<_> = changed.into_iter().map(|target| (target.role, target.path)).collect();
        if !plan.files.is_empty() {
            let overlapping = drafts.root.as_ref().is_none_or(|root| root.abrupt.is_empty());
            self.rehearsal(&plan, state, overlapping, now, &found).run()?;
        }
        Ok(Prepared { plan, targets, events: Vec::new(), now })
    }

    pub(super) fn write(
        &self,
        prepared: Prepared,
        state: State,
        drafts: Vec<String>,
    ) -> Result<Published, Error> {
        let Prepared { plan, targets, events, now } = prepared;
        let memory = state.memory();
        if plan.files.is_empty() {
            // Another publisher may have gone on: from now on nothing older is believed.
            memory.map_or(Ok(()), |memory| self.remember(memory, &[]))?;
            return Ok(Published::default());
        }
        let disks = self.disks();
        let ids = events.iter().map(PublishedEvent::id).collect();
        let journal = self.journal_line(state.base.as_deref(), &plan.files, ids, now)?;
        let contents = Contents { targets, drafts, events, journal };
        let pending = Pending::write(&plan, state.base, contents, &self.layout, disks)?;
        let memory = memory.unwrap_or_else(Memory::empty).with(&plan.files);
        self.complete(&pending, &plan.files, memory)?;
        let metadata = pending.metadata().to_vec();
        Ok(Published { metadata, targets: pending.targets(), finished_interrupted: false })
    }
}

/// A publish that is signed and rehearsed.
pub(super) struct Prepared {
    plan: Plan,
    /// Where clients fetch the target files, and their lengths.
    targets: BTreeMap<String, u64>,
    /// Events that it contains.
    events: Vec<PublishedEvent>,
    now: UnixTime,
}

impl Prepared {
    pub(super) fn with_events(self, events: Vec<PublishedEvent>) -> Self {
        Self { events, ..self }
    }

    /// What it will have published.
    pub(super) fn published(&self) -> Published {
        let metadata = self.plan.files.iter().map(|file| (file.role.clone(), file.version)).collect();
        Published { metadata, targets: self.targets.len(), finished_interrupted: false }
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
        root.roles.insert(name.to_owned(), Role { keyids, threshold: setup.threshold });
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
            finished
        }
    }
}
