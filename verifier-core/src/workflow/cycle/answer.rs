//! What an answer makes of each state.

use alloc::boxed::Box;

use super::{Need, State, UpdateCycle, rotation};
use crate::failure::{Failure, Missing, Misuse, Place};
use crate::workflow::root_walk::{RootWalk, Walked};
use crate::workflow::searches::Searches;
use crate::workflow::stage::{
    MetadataFile, Refused, SnapshotUpdate, TargetsUpdate, Timeliness, TimestampUpdate,
};
use crate::workflow::{Course, Received};

/// A state after an answer, and why the answer was not accepted, if it was not.
pub(super) type Answered = (State, Result<(), Failure>);

impl UpdateCycle {
    /// Takes an answer to the request of a state.
    pub(super) fn answer(&mut self, state: State, need: Need, bytes: Option<Received>) -> Answered {
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
            State::Trusted(searches, _) => self.answer_search(searches, need, bytes),
        }
    }

    fn answer_root(&mut self, walk: RootWalk, bytes: Option<Received>) -> Answered {
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

    fn answer_timestamp(&mut self, stage: Box<TimestampUpdate>, bytes: Option<Received>) -> Answered {
        let Some(bytes) = bytes else {
            let missing = self.missing(&stage.file().name, "timestamp.json");
            return (State::Timestamp(stage), missing);
        };
        match stage.accept(&bytes) {
            Ok((next, timeliness)) => {
                self.outbox.change(core::mem::take(&mut self.deferred));
                self.timestamp_unchanged = timeliness == Timeliness::Unchanged;
                if timeliness == Timeliness::New {
                    self.outbox.persist("floors/timestamp", bytes.kept());
                    self.outbox.persist("timestamp.json", bytes.kept());
                }
                match next.recalled() {
                    Ok(next) => (rotation::go_on(next), Ok(())),
                    Err(next) => (State::Snapshot(next), Ok(())),
                }
            }
            Err(Refused { stage, failure }) => (State::Timestamp(stage), Err(failure)),
        }
    }

    fn answer_snapshot(&mut self, stage: Box<SnapshotUpdate>, bytes: Option<Received>) -> Answered {
        let Some(bytes) = bytes else {
            let missing = self.missing(&stage.file().name, "snapshot.json");
            return (State::Snapshot(stage), missing);
        };
        match stage.accept(&bytes) {
            Ok(next) => {
                self.outbox.persist("floors/snapshot", bytes.kept());
                self.outbox.persist("snapshot.json", bytes.kept());
                (rotation::go_on(next), Ok(()))
            }
            Err(Refused { stage, failure }) => (State::Snapshot(stage), Err(failure)),
        }
    }

    fn answer_stored_targets(&mut self, stage: Box<TargetsUpdate>, bytes: Option<Received>) -> Answered {
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
        match stage.take(bytes.into_bytes()) {
            Ok(trusted) => (State::Trusted(Box::new(Searches::new(trusted)), None), Ok(())),
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
        bytes: Option<Received>,
    ) -> Answered {
        let Some(bytes) = bytes else {
            let missing = self.missing(&file.name, "targets.json");
            return (State::Targets(stage, file), missing);
        };
        let kept = bytes.kept();
        match stage.take(bytes.into_bytes()) {
            Ok(trusted) => {
                self.outbox.persist("targets.json", kept);
                (State::Trusted(Box::new(Searches::new(trusted)), None), Ok(()))
            }
            Err(Refused { stage, failure }) => (State::Targets(stage, file), Err(failure)),
        }
    }

    fn answer_search(
        &mut self,
        mut searches: Box<Searches>,
        need: Need,
        bytes: Option<Received>,
    ) -> Answered {
        let Need::Search(need) = need else {
            return (State::Trusted(searches, None), Err(Misuse::NothingToAnswer.into()));
        };
        let outcome = searches.offer(need, bytes, self.course, &mut self.outbox);
        (State::Trusted(searches, None), outcome)
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
