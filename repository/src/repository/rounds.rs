//! What a publisher does when others are faster: waits for a random time, and plans its change anew on what they have
//! published.
//!
//! A publish is decided by one step, the change of the timestamp. It succeeds only if the timestamp is still the one that
//! the publish was planned on. Everything before that step may be left behind: nothing lists it, and the next plan takes
//! other versions. Only versions of root metadata have no gaps, and new root metadata comes after that step.

use std::thread;
use std::time::Duration;

use tuf_verifier_core::UnixTime;

use crate::bucket::StoreError;
use crate::error::Error;
use crate::metadata::{ROOT, TIMESTAMP, sha256_hex};
use crate::repository::layout::file_name;
use crate::repository::memory::Memory;
use crate::repository::pending::{Commit, Pending};
use crate::repository::plan::PlannedFile;
use crate::repository::publish::{Change, Prepared};
use crate::repository::state::State;
use crate::repository::view::View;
use crate::repository::{Published, Repository};
use crate::store::MOST_SWAPPED_BYTES;

/// How often a change is planned and signed at most. Somebody wins each time, so this many others must have published.
pub(super) const MOST_ROUNDS: u32 = 64;

/// The longest pause before the second round. It doubles from round to round, up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);

/// Sleeps for a random time, so that publishers that met once do not meet again.
pub(super) fn pause(round: u32) {
    let longest = FIRST.saturating_mul(1 << round.saturating_sub(1).min(10)).min(LONGEST);
    let mut random = [0; 4];
    // Without random numbers nothing is signed either; the pause is then the longest.
    let part = getrandom::fill(&mut random).map_or(u32::MAX, |()| u32::from_le_bytes(random));
    thread::sleep(longest.mul_f64(f64::from(part) / f64::from(u32::MAX)));
}

impl Repository {
    /// Plans, signs and publishes a change, until what it was planned on is what is published.
    ///
    /// # Errors
    /// [`StoreError::Contended`]; whatever planning and publishing refuse.
    pub(super) fn settle<'e>(
        &self,
        now: UnixTime,
        change: impl Fn(&State) -> Result<Change<'e>, Error>,
    ) -> Result<Published, Error> {
        for round in 0..MOST_ROUNDS {
            if round > 0 {
                (self.pause)(round);
            }
            let state = self.load_state()?;
            let prepared = match self.plan_change(&state, &change, now) {
                // It was judged by files of two states. Nothing is written yet.
                Err(_) if self.has_moved(&state)? => continue,
                planned => planned?,
            };
            if let Some(published) = self.write(prepared, &state)? {
                return Ok(published);
            }
        }
        let location = self.layout.location().display().to_string();
        Err(StoreError::Contended { location, rounds: MOST_ROUNDS }.into())
    }

    /// Plans, signs and rehearses.
    fn plan_change<'e>(
        &self,
        state: &State,
        change: impl Fn(&State) -> Result<Change<'e>, Error>,
        now: UnixTime,
    ) -> Result<Prepared, Error> {
        let prepared = self.prepare(state, &change(state)?, now)?;
        if prepared.plan.files.is_empty() {
            self.judge(state, now)?;
        }
        Ok(prepared)
    }

    /// What is published. If it changes while it is read, files of two states may not fit together.
    fn load_state(&self) -> Result<State, Error> {
        self.layout.tree().begin();
        for _ in 1..MOST_ROUNDS {
            let before = self.timestamp_digest()?;
            match State::load(&self.layout) {
                Err(Error::Changed { .. } | Error::RolledBack { .. })
                    if self.layout.tree().is_shared() && self.timestamp_digest()? != before => {}
                loaded => return loaded,
            }
        }
        State::load(&self.layout)
    }

    /// Whether somebody has published since this was read.
    fn has_moved(&self, state: &State) -> Result<bool, Error> {
        Ok(self.layout.tree().is_shared() && self.timestamp_digest()? != state.base)
    }

    fn timestamp_digest(&self) -> Result<Option<String>, Error> {
        let bytes = self.layout.read_metadata(&file_name(TIMESTAMP, 0), MOST_SWAPPED_BYTES)?;
        Ok(bytes.as_deref().map(sha256_hex))
    }

    /// Finishes a publish that was interrupted. If another publisher has gone on since, it is given up: its changes are
    /// still staged.
    pub(super) fn finish_interrupted(&self) -> Result<Option<Published>, Error> {
        let Some(pending) = Pending::load(&self.layout)? else { return Ok(None) };
        let planned = pending.files(&self.layout)?;
        if let Err(changed) = pending.check_timestamp(&planned, &self.layout) {
            self.give_up(&pending, changed)?;
            return Ok(None);
        }
        let state = State::load_planned(&View { layout: &self.layout, planned: &planned, hidden: None })?;
        let memory = state.memory().ok_or_else(|| Error::NoRepository(self.layout.location()))?;
        self.trust_store()?;
        let Some(left_events) = self.complete(&pending, &planned, memory)? else { return Ok(None) };
        let metadata = pending.metadata().to_vec();
        let (targets, finished_interrupted) = (pending.targets(), true);
        Ok(Some(Published { metadata, targets, left_events, finished_interrupted, ..Published::default() }))
    }

    /// Publishes what is pending, remembers it, and only then forgets that it was pending: a crash in between is gone on
    /// with, and is no difference between what is published and what is remembered. None if another publisher was faster,
    /// and the changes are to be planned anew; otherwise what is to be said of events that could not be put away.
    pub(super) fn complete(
        &self,
        pending: &Pending,
        files: &[PlannedFile],
        memory: Memory,
    ) -> Result<Option<Vec<String>>, Error> {
        match pending.commit(files, &self.layout, self.disks())? {
            Commit::Done => {}
            Commit::Moved(changed) => return self.give_up(pending, changed).map(|()| None),
            Commit::Taken(role, 1) if role == ROOT => {
                pending.withdraw(&self.layout, self.disks())?;
                return Err(Error::RepositoryExists(self.layout.location()));
            }
            Commit::Taken(role, version) => {
                pending.withdraw(&self.layout, self.disks())?;
                // Everything else is published. Who signs from now on is decided by a person, not by who comes last.
                return if role == ROOT { Err(Error::RootTaken(version)) } else { Ok(None) };
            }
        }
        self.remember(memory, files)?;
        pending.forget(&self.layout, self.disks()).map(Some)
    }

    /// Forgets a publish that another publisher has overtaken, and not the changes in it. Whoever has no key can
    /// change the timestamp too: only a newer one that our keys have signed counts.
    ///
    /// # Errors
    /// `changed` where what is published is no newer state of this repository.
    fn give_up(&self, pending: &Pending, changed: Error) -> Result<(), Error> {
        if !matches!(changed, Error::Changed { .. }) {
            return Err(changed);
        }
        match self.load_state() {
            Ok(state) if pending.is_before(&state) => pending.withdraw(&self.layout, self.disks()),
            Ok(_) | Err(Error::Changed { .. } | Error::RolledBack { .. }) => Err(changed),
            Err(error) => Err(error),
        }
    }
}
