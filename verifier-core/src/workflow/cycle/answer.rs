//! What an answer makes of each state.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{State, UpdateCycle, Verdict, advance};
use crate::failure::{Failure, Missing, Misuse, Place};
use crate::role::role_file;
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
            State::Root(walk) => self.answer_root(*walk, bytes),
            State::StoredTimestamp(mut stage) => {
                let recalled = bytes.map(|bytes| stage.recall_timestamp(&bytes));
                self.note("timestamp.json", recalled);
                (State::StoredSnapshot(stage), Ok(()))
            }
            State::StoredSnapshot(mut stage) => {
                let recalled = bytes.map(|bytes| stage.recall_snapshot(bytes));
                self.note("snapshot.json", recalled);
                (State::Timestamp(stage), Ok(()))
            }
            State::Timestamp(stage) => self.answer_timestamp(stage, bytes),
            State::Snapshot(stage) => self.answer_snapshot(stage, bytes),
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
                match chain.rotated {
                    true => (State::Timestamp(chain.next), Ok(())),
                    false => (State::StoredTimestamp(chain.next), Ok(())),
                }
            }
        }
    }

    fn answer_timestamp(&mut self, stage: Box<TimestampUpdate>, bytes: Option<Vec<u8>>) -> Answered {
        let Some(bytes) = bytes else {
            let missing = missing(&stage.file());
            return (State::Timestamp(stage), missing);
        };
        match stage.accept(&bytes) {
            Ok((next, timeliness)) => {
                self.outbox.requests.extend(self.deferred.drain(..));
                self.timestamp_unchanged = timeliness == Timeliness::Unchanged;
                if timeliness == Timeliness::New {
                    self.outbox.persist("timestamp.json", bytes);
                }
                match next.recalled() {
                    Ok(next) => (State::StoredTargets(Box::new(next)), Ok(())),
                    Err(next) => (State::Snapshot(next), Ok(())),
                }
            }
            Err(Refused { stage, failure }) => (State::Timestamp(stage), Err(failure)),
        }
    }

    fn answer_snapshot(&mut self, stage: Box<SnapshotUpdate>, bytes: Option<Vec<u8>>) -> Answered {
        let Some(bytes) = bytes else {
            let missing = missing(&stage.file());
            return (State::Snapshot(stage), missing);
        };
        match stage.accept(&bytes) {
            Ok(next) => {
                self.outbox.persist("snapshot.json", bytes);
                (State::StoredTargets(Box::new(next)), Ok(()))
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
            return (State::Targets(stage, file), Ok(()));
        };
        match stage.accept(&bytes) {
            Ok(trusted) => (State::Idle(Box::new(trusted), Verdict::NotSearched), Ok(())),
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
            let missing = missing(&file);
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
        match bytes.map(|bytes| trusted.accept(&step, &bytes)) {
            Some(Ok(())) => return (advance(trusted, search), Ok(())),
            Some(Err(failure)) => self.outbox.notice(&role_file(step.role(), None), failure),
            None => {}
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
            let missing = missing(&file);
            return (State::Role(trusted, search, step, file), missing);
        };
        match trusted.accept(&step, &bytes) {
            Ok(()) => {
                self.outbox.persist(role_file(step.role(), None), bytes);
                (advance(trusted, search), Ok(()))
            }
            Err(failure) => (State::Role(trusted, search, step, file), Err(failure)),
        }
    }

    fn note(&mut self, name: &str, recalled: Option<Result<(), Failure>>) {
        if let Some(Err(why)) = recalled {
            self.outbox.notice(name, why);
        }
    }
}

fn missing(file: &MetadataFile) -> Result<(), Failure> {
    Err(Missing { name: file.name.as_str().into(), place: Place::Repository }.into())
}
