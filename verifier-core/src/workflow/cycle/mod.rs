//! The driver: one update cycle over the stages, one request at a time.

mod answer;
mod course;
mod floors;
mod rotation;

pub(crate) use course::REFRESHED;

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::root_walk::RootWalk;
use super::searches::Searches;
use super::stage::{
    MetadataFile, RootUpdate, RotationUpdate, Search, SnapshotUpdate, TargetsUpdate, TimestampUpdate, Trusted,
};
use super::{
    Basis, Change, Course, NeedNumber, Outbox, Received, Report, Request, SearchNumber, Settings, Verdict,
    Wanted,
};
use crate::failure::{Failure, Misuse};
use crate::role::{TIMESTAMP, UnixTime, role_file};
use crate::target::TargetCheck;

/// One update cycle with the searches that follow it.
///
/// The host calls [`next`](Self::next) and does what it is asked: it answers [`Request::Load`] and [`Request::Fetch`]
/// with [`offer`](Self::offer), and does [`Request::Persist`] and [`Request::Forget`] before it calls `next` again.
/// After [`Request::Ready`] it may call [`find`](Self::find), which ends in [`Request::Found`] or
/// [`Request::NotFound`].
#[derive(Clone, Debug)]
pub struct UpdateCycle {
    /// Always there between calls.
    state: Option<State>,
    outbox: Outbox,
    /// Changes of the store that wait for a timestamp that the trusted root's keys signed.
    deferred: Vec<Change>,
    now: UnixTime,
    settings: Settings,
    course: Course,
    /// Why the refresh used the store alone, if it did.
    basis: Option<Basis>,
    /// The pinned root, with which the cycle begins anew where a fresh store does not do.
    fallback: Option<Box<RootUpdate>>,
    timestamp_unchanged: bool,
    /// The refresh has finished.
    completed: bool,
    /// The root chain ended at the limit.
    root_limit_reached: bool,
}

#[derive(Clone, Debug)]
enum State {
    Refreshed(Box<RootUpdate>),
    Root(Box<RootWalk>),
    StoredTimestamp(Box<TimestampUpdate>),
    TimestampFloor(Box<TimestampUpdate>),
    StoredSnapshot(Box<TimestampUpdate>),
    SnapshotFloor(Box<TimestampUpdate>),
    Timestamp(Box<TimestampUpdate>),
    Snapshot(Box<SnapshotUpdate>),
    StoredRotation(Box<RotationUpdate>),
    Rotation(Box<RotationUpdate>, MetadataFile),
    StoredTargets(Box<TargetsUpdate>),
    Targets(Box<TargetsUpdate>, MetadataFile),
    /// The refresh is finished; what the last search came to.
    Trusted(Box<Searches>, Option<Verdict>),
}

/// Whom a needed file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// The refresh.
    Refresh,
    /// The searches that wait for it.
    Search(NeedNumber),
}

impl UpdateCycle {
    /// Trusted root metadata and a time become a cycle.
    ///
    /// # Errors
    /// Malformed metadata; an arbitrary software attack where the root metadata is not signed by its own keys.
    ///
    /// # Specification
    /// 5.1, Record fixed update start time; 5.2, Load trusted root metadata.
    pub fn start(trusted_root: &[u8], now: UnixTime, settings: Settings) -> Result<Self, Failure> {
        let (course, state) = Self::begin(RootUpdate::start(trusted_root, settings)?, settings);
        let basis = match course {
            Course::Full => None,
            Course::Store(basis) => Some(basis),
        };
        Ok(Self {
            state: Some(state),
            outbox: Outbox::of(course),
            deferred: Vec::new(),
            now,
            settings,
            course,
            basis,
            fallback: None,
            timestamp_unchanged: false,
            completed: false,
            root_limit_reached: false,
        })
    }

    /// What is needed next. [`Request::Load`] and [`Request::Fetch`] are repeated until they are answered,
    /// [`Request::Persist`] and [`Request::Forget`] are not.
    #[expect(clippy::should_implement_trait, reason = "requests do not end, and the name is the field's")]
    pub fn next(&mut self) -> Request {
        if let Some(change) = self.change() {
            return change.into();
        }
        if let Some((_, wanted)) = self.wanted() {
            return wanted.into();
        }
        match &self.state {
            Some(State::Trusted(_, Some(Verdict::Found(target)))) => Request::Found(target.clone()),
            Some(State::Trusted(_, Some(Verdict::NotFound(reason)))) => Request::NotFound(reason.clone()),
            Some(State::Trusted(_, Some(Verdict::Failed(failure)))) => Request::SearchFailed(failure.clone()),
            Some(State::Trusted(searches, None)) => Request::Ready(self.report(searches.trusted())),
            _ => Request::Load { name: role_file(TIMESTAMP, None) },
        }
    }

    /// Answers [`Request::Load`] and [`Request::Fetch`]: the bytes, or none where there is no such file.
    ///
    /// A file of the store that is of no use is never an error: it is noted in the [`Report`] and fetched. There are two
    /// exceptions: where the store alone is used, [`Access::Store`](crate::Access::Store), there is nothing else; and a
    /// root of the store may show that the pinned root is of another line
    /// ([`Refusal::OtherRootLine`](crate::Refusal::OtherRootLine)).
    ///
    /// # Errors
    /// Why the bytes were not accepted. The cycle is unchanged and repeats its request, so that other bytes may be
    /// offered.
    pub fn offer(&mut self, bytes: Option<Vec<u8>>) -> Result<(), Failure> {
        let bytes = bytes.map(Received::new);
        match self.wanted() {
            Some((need, _)) if self.outbox.changes.is_empty() => self.take(need, bytes)?,
            _ => return Err(Misuse::NothingToAnswer.into()),
        }
        self.note_verdict();
        Ok(())
    }

    /// Begins the search for a target. It may be called whenever the refresh is finished; an earlier search is ended.
    ///
    /// # Errors
    /// [`Misuse::UnsafePath`] for a path that could leave the base URL; [`Misuse::NotReady`] before the refresh is
    /// finished. Nothing has changed then.
    ///
    /// # Specification
    /// 5.6.7.
    pub fn find(&mut self, path: &str) -> Result<(), Failure> {
        let search = Search::new(path)?;
        let Some(State::Trusted(searches, verdict)) = &mut self.state else {
            return Err(Misuse::NotReady.into());
        };
        searches.abandon();
        searches.begin(search);
        *verdict = None;
        self.note_verdict();
        Ok(())
    }

    /// Keeps what the only search came to.
    fn note_verdict(&mut self) {
        if let Some(State::Trusted(searches, verdict)) = &mut self.state
            && let Some((_, ended)) = searches.ended()
        {
            *verdict = Some(ended);
        }
    }

    /// Begins the verification of the bytes of the target that the last search found.
    ///
    /// # Errors
    /// [`Misuse::NothingFound`] where it found none.
    ///
    /// # Specification
    /// 5.7.
    pub fn check(&self) -> Result<TargetCheck, Failure> {
        match &self.state {
            Some(State::Trusted(_, Some(Verdict::Found(target)))) => TargetCheck::new(target),
            _ => Err(Misuse::NothingFound.into()),
        }
    }

    /// The next change of the store.
    pub(crate) fn change(&mut self) -> Option<Change> {
        self.outbox.changes.pop_front()
    }

    /// What is needed now: the oldest need.
    fn wanted(&self) -> Option<(Need, Wanted)> {
        self.wanted_beside(&BTreeSet::new())
    }

    /// What is needed now: the oldest need that is not among these.
    pub(crate) fn wanted_beside(&self, asked: &BTreeSet<Need>) -> Option<(Need, Wanted)> {
        let store_alone = self.course != Course::Full;
        let wanted = match self.state.as_ref()? {
            State::Refreshed(_) => Wanted::stored(REFRESHED),
            State::Root(walk) => walk.wanted(),
            State::StoredTimestamp(_) => Wanted::stored("timestamp.json"),
            State::TimestampFloor(_) => Wanted::stored("floors/timestamp"),
            State::SnapshotFloor(_) => Wanted::stored("floors/snapshot"),
            State::Timestamp(_) if store_alone => Wanted::stored("timestamp.json"),
            State::Timestamp(stage) => Wanted::Fetched(stage.file()),
            State::Snapshot(_) if store_alone => Wanted::stored("snapshot.json"),
            State::StoredSnapshot(_) => Wanted::stored("snapshot.json"),
            State::Snapshot(stage) => Wanted::Fetched(stage.file()),
            State::StoredTargets(_) => Wanted::stored("targets.json"),
            State::StoredRotation(stage) => Wanted::stored(&rotation::stored_name(stage)),
            State::Rotation(_, file) | State::Targets(_, file) => Wanted::Fetched(file.clone()),
            State::Trusted(searches, _) => {
                let mut wanted = searches.wanted().map(|(need, wanted)| (Need::Search(need), wanted));
                return wanted.find(|(need, _)| !asked.contains(need));
            }
        };
        Some((Need::Refresh, wanted)).filter(|(need, _)| !asked.contains(need))
    }

    /// What the refresh established, once it is finished.
    pub(crate) fn finished(&self) -> Option<Report> {
        match &self.state {
            Some(State::Trusted(searches, _)) => Some(self.report(searches.trusted())),
            _ => None,
        }
    }

    /// Begins a search beside those that go on.
    ///
    /// # Errors
    /// As for [`find`](Self::find).
    pub(crate) fn begin_search(&mut self, path: &str) -> Result<SearchNumber, Failure> {
        let search = Search::new(path)?;
        match &mut self.state {
            Some(State::Trusted(searches, _)) => Ok(searches.begin(search)),
            _ => Err(Misuse::NotReady.into()),
        }
    }

    /// The oldest search that came to an end, once.
    pub(crate) fn ended_search(&mut self) -> Option<(SearchNumber, Verdict)> {
        match &mut self.state {
            Some(State::Trusted(searches, _)) => searches.ended(),
            _ => None,
        }
    }

    /// Gives a needed file up. Returns the searches that waited for it: they have ended.
    pub(crate) fn give_up(&mut self, need: NeedNumber) -> Vec<SearchNumber> {
        match &mut self.state {
            Some(State::Trusted(searches, _)) => searches.give_up(need),
            _ => Vec::new(),
        }
    }

    /// Takes the answer to a need.
    ///
    /// # Errors
    /// As for [`offer`](Self::offer).
    pub(crate) fn take(&mut self, need: Need, bytes: Option<Received>) -> Result<(), Failure> {
        let Some(state) = self.state.take() else {
            return Err(Misuse::NothingToAnswer.into());
        };
        let answered = self.answer(state, need, bytes);
        let (state, outcome) = self.settle(answered);
        self.state = Some(state);
        outcome
    }

    fn report(&self, trusted: &Trusted) -> Report {
        let [root, timestamp, snapshot, targets] = trusted.states();
        Report {
            now: self.now,
            root,
            timestamp,
            snapshot,
            targets,
            consistent_snapshot: trusted.consistent_snapshot(),
            timestamp_unchanged: self.timestamp_unchanged,
            notices: self.outbox.notices.clone(),
            waived: [self.left_out(), trusted.waivers()].concat(),
        }
    }
}
