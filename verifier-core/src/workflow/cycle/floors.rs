//! Timestamp and snapshot metadata of earlier updates: floors for versions, each kept twice.
//!
//! The store has the bytes of `timestamp.json` and `snapshot.json` a second time below `floors/`. Where the file itself
//! is of no use, the copy gives the floor, and the file is restored from it. The copy is written first, so that an
//! interruption never leaves the file without it.

use alloc::boxed::Box;

use super::{State, UpdateCycle};
use crate::workflow::Received;
use crate::workflow::stage::TimestampUpdate;

impl UpdateCycle {
    pub(super) fn recall_timestamp(
        &mut self,
        mut stage: Box<TimestampUpdate>,
        bytes: Option<Received>,
    ) -> State {
        match bytes.map(|bytes| stage.recall_timestamp(&bytes)) {
            Some(Ok(())) => return State::StoredSnapshot(stage),
            Some(Err(why)) => self.outbox.notice("timestamp.json", why),
            None => {}
        }
        State::TimestampFloor(stage)
    }

    pub(super) fn restore_timestamp(
        &mut self,
        mut stage: Box<TimestampUpdate>,
        bytes: Option<Received>,
    ) -> State {
        if let Some(bytes) = bytes {
            match stage.recall_timestamp(&bytes) {
                Ok(()) => self.outbox.persist("timestamp.json", bytes.kept()),
                Err(why) => self.outbox.notice("floors/timestamp", why),
            }
        }
        State::StoredSnapshot(stage)
    }

    pub(super) fn recall_snapshot(
        &mut self,
        mut stage: Box<TimestampUpdate>,
        bytes: Option<Received>,
    ) -> State {
        match bytes.map(|bytes| stage.recall_snapshot(bytes.into_bytes())) {
            Some(Ok(())) => return State::Timestamp(stage),
            Some(Err(why)) => self.outbox.notice("snapshot.json", why),
            None => {}
        }
        State::SnapshotFloor(stage)
    }

    pub(super) fn restore_snapshot(
        &mut self,
        mut stage: Box<TimestampUpdate>,
        bytes: Option<Received>,
    ) -> State {
        if let Some(bytes) = bytes {
            match stage.recall_snapshot(bytes.to_vec()) {
                Ok(()) => self.outbox.persist("snapshot.json", bytes.kept()),
                Err(why) => self.outbox.notice("floors/snapshot", why),
            }
        }
        State::Timestamp(stage)
    }
}
