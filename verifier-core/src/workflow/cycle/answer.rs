//! What an answer makes of each state.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{State, UpdateCycle, Verdict, advance, rotation};
use crate::failure::{Failure, Missing, Misuse, Place};
use crate::workflow::Course;
use crate::workflow::root_walk::{RootWalk, Walked};
use crate::workflow::stage::{
    MetadataFile, Refused, Search, SnapshotUpdate, Step, TargetsUpdate, Timeliness, TimestampUpdate, Trusted,
};

/// A state after an answer, and why the answer was not accepted, if it was not.
pub(super) type Answered = (State, Result<(), Failure>);

impl UpdateCycle {
    /// Takes an answer to the request of a state.
    pub(super) fn answer(&mut self, state: State, bytes: Option<Vec<u8>>) -> Answered {
        match state {
            State::Refreshed(root) => (self.answer_refreshed(*root, bytes.as_deref()), Ok(())),
            State::Root(walk) => self.answer_root(*walk, bytes),
            State::StoredTimestamp(stage) => (self.recall_timestamp(stage, bytes), Ok(())),
            State::TimestampFloor(stage) => (self.restore_timestamp(stage, bytes), Ok(())),
            State::StoredSnapshot(stage) => (self.recall_snapshot(stage, bytes), Ok(())),
            State::SnapshotFloor(stage) => (self.restore_snapshot(stage, bytes), Ok(())),
            State::Timestamp(stage) => self.answer_timestamp(stage, bytes),
            State::Snapshot(stage) => self.answer_snapshot(stage, bytes),
            State::StoredRotation(stage) => self.answer_stored_rotation(stage, bytes),
            State::Rotation(stage, file) => self.answer_rotation(stage, file, bytes),
            State::StoredTargets(stage) => self.answer_stored_targets(stage, bytes),
            State::Targets(stage, file) => self.answer_targets(stage, file, bytes),
            State::StoredRole(trusted, search, step, file) => {
                self.answer_stored_role(trusted, search, step, file, bytes)
            }
            State::Role(trusted, search, step, file) => self.answer_role(trusted, search, step, file, bytes),
            idle @ State::Idle(..) => (idle, Err(Misuse::NothingToAnswer.into())),
        }
    }

    fn answer_root(&mut self, walk: RootWalk, bytes: Option<Vec<u8>>) -> Answered {
        match walk.answer(bytes, self.now, &mut self.outbox) {
            Walked::On(walk) => (State::Root(Box::new(walk)), Ok(())),
            Walked::Refused(walk, failure) => (State::Root(Box::new(walk)), Err(failure)),
            Walked::Done(chain) => {
                self.root_limit_reached = chain.limit_reached;
                self.deferred = chain.deferred;
                match chain.rotated || self.course != Course::Full {
                    true => (State::Timestamp(chain.next), Ok(())),
                    false => (State::StoredTimestamp(chain.next), Ok(())),
                }
            }
        }
    }

    fn answer_timestamp(&mut self, stage: Box<TimestampUpdate>, bytes: Option<Vec<u8>>) -> Answered {
        let Some(bytes) = bytes else {
            let missing = self.missing(&stage.file().name, "timestamp.json");
            return (State::Timestamp(stage), missing);
        };
        match stage.accept(&bytes) {
            Ok((next, timeliness)) => {
                self.outbox.change(core::mem::take(&mut self.deferred));
                self.timestamp_unchanged = timeliness == Timeliness::Unchanged;
                if timeliness == Timeliness::New {
                    self.outbox.persist("floors/timestamp", bytes.clone());
                    self.outbox.persist("timestamp.json", bytes);
                }
                match next.recalled() {
                    Ok(next) => (rotation::go_on(next), Ok(())),
                    Err(next) => (State::Snapshot(next), Ok(())),
                }
            }
            Err(Refused { stage, failure }) => (State::Timestamp(stage), Err(failure)),
        }
    }

    fn answer_snapshot(&mut self, stage: Box<SnapshotUpdate>, bytes: Option<Vec<u8>>) -> Answered {
        let Some(bytes) = bytes else {
            let missing = self.missing(&stage.file().name, "snapshot.json");
            return (State::Snapshot(stage), missing);
        };
        match stage.accept(&bytes) {
            Ok(next) => {
                self.outbox.persist("floors/snapshot", bytes.clone());
                self.outbox.persist("snapshot.json", bytes);
                (rotation::go_on(next), Ok(()))
            }
            Err(Refused { stage, failure }) => (State::Snapshot(stage), Err(failure)),
        }
    }

    fn answer_stored_targets(&mut self, stage: Box<TargetsUpdate>, bytes: Option<Vec<u8>>) -> Answered {
        let file = match stage.file() {
            Ok(file) => file,
            Err(failure) => return (State::StoredTargets(stage), Err(failure)),
        };
        let Some(bytes) = bytes else {
            return match self.course {
                Course::Full => (State::Targets(stage, file), Ok(())),
                Course::Store(_) => (State::StoredTargets(stage), self.missing(&file.name, "targets.json")),
            };
        };
        match stage.accept(&bytes) {
            Ok(trusted) => (State::Idle(Box::new(trusted), Verdict::NotSearched), Ok(())),
            Err(Refused { stage, failure }) if self.course != Course::Full => {
                (State::StoredTargets(stage), Err(failure))
            }
            Err(Refused { stage, failure }) => {
                self.outbox.notice("targets.json", failure);
                (State::Targets(stage, file), Ok(()))
            }
        }
    }

    fn answer_targets(
        &mut self,
        stage: Box<TargetsUpdate>,
        file: MetadataFile,
        bytes: Option<Vec<u8>>,
    ) -> Answered {
        let Some(bytes) = bytes else {
            let missing = self.missing(&file.name, "targets.json");
            return (State::Targets(stage, file), missing);
        };
        match stage.accept(&bytes) {
            Ok(trusted) => {
                self.outbox.persist("targets.json", bytes);
                (State::Idle(Box::new(trusted), Verdict::NotSearched), Ok(()))
            }
            Err(Refused { stage, failure }) => (State::Targets(stage, file), Err(failure)),
        }
    }

    fn answer_stored_role(
        &mut self,
        mut trusted: Box<Trusted>,
        search: Search,
        step: Step,
        file: MetadataFile,
        bytes: Option<Vec<u8>>,
    ) -> Answered {
        let stored = step.stored_name();
        let taken = bytes.map(|bytes| match self.course {
            Course::Full => trusted.recall(&step, bytes),
            Course::Store(_) => trusted.accept(&step, &bytes).map(|()| true),
        });
        let refused = match taken {
            Some(Ok(true)) => return (advance(trusted, search), Ok(())),
            Some(Err(failure)) => Some(failure),
            Some(Ok(false)) | None => None,
        };
        match (self.course, refused) {
            (Course::Store(_), refused) => {
                let failure = refused.map_or_else(|| self.missing(&file.name, &stored), Err);
                return (State::StoredRole(trusted, search, step, file), failure);
            }
            (Course::Full, Some(failure)) => self.outbox.notice(&stored, failure),
            (Course::Full, None) => {}
        }
        (State::Role(trusted, search, step, file), Ok(()))
    }

    fn answer_role(
        &mut self,
        mut trusted: Box<Trusted>,
        search: Search,
        step: Step,
        file: MetadataFile,
        bytes: Option<Vec<u8>>,
    ) -> Answered {
        let Some(bytes) = bytes else {
            let missing = self.missing(&file.name, &step.stored_name());
            return (State::Role(trusted, search, step, file), missing);
        };
        match trusted.accept(&step, &bytes) {
            Ok(()) => {
                self.outbox.persist(step.stored_name(), bytes);
                (advance(trusted, search), Ok(()))
            }
            Err(failure) => (State::Role(trusted, search, step, file), Err(failure)),
        }
    }

    /// The failure of a file that must be there: in the repository by one name, in the store by another.
    pub(super) fn missing(&self, fetched: &str, stored: &str) -> Result<(), Failure> {
        let (name, place) = match self.course {
            Course::Full => (fetched, Place::Repository),
            Course::Store(_) => (stored, Place::Store),
        };
        Err(Missing { name: name.into(), place }.into())
    }
}
