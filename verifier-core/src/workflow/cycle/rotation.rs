//! Rotate files of the top-level targets role, each from the store or from the repository (TAP 8).

use alloc::boxed::Box;
use alloc::string::String;

use super::answer::Answered;
use super::{State, UpdateCycle};
use crate::workflow::stage::{MetadataFile, Refused, RotationUpdate};
use crate::workflow::{Course, Received};

/// The state that needs the next rotate file; after the last one, the metadata of the role.
pub(super) fn go_on(stage: RotationUpdate) -> State {
    match stage.finish() {
        Ok(next) => State::StoredTargets(Box::new(next)),
        Err(Refused { stage, .. }) => State::StoredRotation(stage),
    }
}

/// Name of the next rotate file in the store.
pub(super) fn stored_name(stage: &RotationUpdate) -> String {
    stage.next_file().map(|file| file.name).unwrap_or_default()
}

impl UpdateCycle {
    pub(super) fn answer_stored_rotation(
        &mut self,
        stage: Box<RotationUpdate>,
        bytes: Option<Received>,
    ) -> Answered {
        match self.course {
            Course::Full => self.recall_rotation(stage, bytes),
            Course::Store(_) => self.take_rotation(stage, bytes),
        }
    }

    pub(super) fn answer_rotation(
        &mut self,
        stage: Box<RotationUpdate>,
        file: MetadataFile,
        bytes: Option<Received>,
    ) -> Answered {
        let Some(bytes) = bytes else {
            let missing = self.missing(&file.name, &file.name);
            return (State::Rotation(stage, file), missing);
        };
        match stage.accept(&bytes) {
            Ok(next) => {
                self.outbox.persist(file.name, bytes.kept());
                (go_on(next), Ok(()))
            }
            Err(Refused { stage, failure }) => (State::Rotation(stage, file), Err(failure)),
        }
    }

    fn recall_rotation(&mut self, mut stage: Box<RotationUpdate>, bytes: Option<Received>) -> Answered {
        let Some(file) = stage.next_file() else {
            return (go_on(*stage), Ok(()));
        };
        match bytes.map(|bytes| stage.recall(bytes.into_bytes())) {
            Some(Ok(true)) => return (go_on(*stage), Ok(())),
            Some(Err(failure)) => self.outbox.notice(&file.name, failure),
            Some(Ok(false)) | None => {}
        }
        (State::Rotation(stage, file), Ok(()))
    }

    /// Takes the store's rotate file for all that there is.
    fn take_rotation(&mut self, stage: Box<RotationUpdate>, bytes: Option<Received>) -> Answered {
        let Some(bytes) = bytes else {
            let missing = self.missing("", &stored_name(&stage));
            return (State::StoredRotation(stage), missing);
        };
        match stage.accept(&bytes) {
            Ok(next) => (go_on(next), Ok(())),
            Err(Refused { stage, failure }) => (State::StoredRotation(stage), Err(failure)),
        }
    }
}
