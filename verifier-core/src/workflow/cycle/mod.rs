//! The driver: one update cycle over the stages, one request at a time.

mod answer;
mod course;
mod floors;
mod rotation;

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::root_walk::RootWalk;
use super::stage::{
    MetadataFile, Progress, RootUpdate, RotationUpdate, Search, SnapshotUpdate, Step, TargetsUpdate,
    TimestampUpdate, Trusted,
};
use super::{Basis, Course, NotFound, Outbox, Report, Request, Settings, Target};
use crate::failure::{Failure, Misuse};
use crate::role::{UnixTime, role_file};
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
    deferred: Vec<Request>,
    now: UnixTime,
    settings: Settings,
    course: Course,
    /// Why the refresh used the store alone, if it did.
    basis: Option<Basis>,
    /// The pinned root, with which the cycle begins anew where a fresh store does not do.
    fallback: Option<Box<RootUpdate>>,
    timestamp_unchanged: bool,
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
    StoredRole(Box<Trusted>, Search, Step, MetadataFile),
    Role(Box<Trusted>, Search, Step, MetadataFile),
    Idle(Box<Trusted>, Verdict),
}

/// What the last search found.
#[derive(Clone, Debug)]
enum Verdict {
    NotSearched,
    Found(Target),
    NotFound(NotFound),
    Failed(Failure),
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
            root_limit_reached: false,
        })
    }

    /// What is needed next. [`Request::Load`] and [`Request::Fetch`] are repeated until they are answered,
    /// [`Request::Persist`] and [`Request::Forget`] are not.
    #[expect(clippy::should_implement_trait, reason = "requests do not end, and the name is the field's")]
    pub fn next(&mut self) -> Request {
        if let Some(request) = self.outbox.requests.pop_front() {
            return request;
        }
        let load = |role: &str| Request::Load { name: role_file(role, None) };
        let fetch =
            |file: &MetadataFile| Request::Fetch { name: file.name.clone(), max_length: file.max_length };
        let named = |name: &str| Request::Load { name: name.into() };
        let store_alone = self.course != Course::Full;
        match &self.state {
            Some(State::Refreshed(_)) => named(course::REFRESHED),
            Some(State::Root(walk)) => walk.request(),
            Some(State::TimestampFloor(_)) => named("floors/timestamp"),
            Some(State::SnapshotFloor(_)) => named("floors/snapshot"),
            Some(State::Timestamp(_)) if store_alone => load("timestamp"),
            Some(State::Timestamp(stage)) => fetch(&stage.file()),
            Some(State::Snapshot(_)) if store_alone => load("snapshot"),
            Some(State::StoredSnapshot(_)) => load("snapshot"),
            Some(State::Snapshot(stage)) => fetch(&stage.file()),
            Some(State::StoredTargets(_)) => load("targets"),
            Some(State::StoredRotation(stage)) => named(&rotation::stored_name(stage)),
            Some(State::Rotation(_, file) | State::Targets(_, file) | State::Role(_, _, _, file)) => {
                fetch(file)
            }
            Some(State::StoredRole(_, _, step, _)) => named(&step.stored_name()),
            Some(State::Idle(_, Verdict::Found(target))) => Request::Found(target.clone()),
            Some(State::Idle(_, Verdict::NotFound(reason))) => Request::NotFound(reason.clone()),
            Some(State::Idle(_, Verdict::Failed(failure))) => Request::SearchFailed(failure.clone()),
            Some(State::Idle(trusted, Verdict::NotSearched)) => Request::Ready(self.report(trusted)),
            Some(State::StoredTimestamp(_)) | None => load("timestamp"),
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
        let open = self.outbox.requests.is_empty() && !matches!(self.state, Some(State::Idle(..)));
        let Some(state) = self.state.take_if(|_| open) else {
            return Err(Misuse::NothingToAnswer.into());
        };
        let answered = self.answer(state, bytes);
        let (state, outcome) = self.settle(answered);
        self.state = Some(state);
        outcome
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
        let idle = self
            .state
            .take_if(|state| matches!(state, State::Idle(..) | State::StoredRole(..) | State::Role(..)));
        match idle {
            Some(State::Idle(trusted, _) | State::StoredRole(trusted, ..) | State::Role(trusted, ..)) => {
                self.state = Some(advance(trusted, search));
                Ok(())
            }
            _ => Err(Misuse::NotReady.into()),
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
            Some(State::Idle(_, Verdict::Found(target))) => TargetCheck::new(target),
            _ => Err(Misuse::NothingFound.into()),
        }
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

/// Goes on with a search until it needs metadata or ends.
fn advance(trusted: Box<Trusted>, mut search: Search) -> State {
    let verdict = match trusted.advance(&mut search) {
        Ok(Progress::Needs(step)) => match trusted.file(&step) {
            Ok(file) => return State::StoredRole(trusted, search, step, file),
            Err(failure) => Verdict::Failed(failure),
        },
        Ok(Progress::Found(target)) => Verdict::Found(target),
        Ok(Progress::NotFound(reason)) => Verdict::NotFound(reason),
        Err(failure) => Verdict::Failed(failure),
    };
    State::Idle(trusted, verdict)
}
