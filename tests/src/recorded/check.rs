//! Checks of target bytes.

use tuf_verifier_core::{Failure, Hash};

use super::recording::{Call, Recording};
use super::sink::bytes;
use super::{failure, record};
use crate::json::Json;

/// [`tuf_verifier_core::TargetCheck`].
#[derive(Debug)]
pub struct TargetCheck {
    inner: tuf_verifier_core::TargetCheck,
    recording: Recording,
    resource: u64,
}

impl TargetCheck {
    pub(super) fn new(inner: tuf_verifier_core::TargetCheck, recording: Recording, resource: u64) -> Self {
        Self { inner, recording, resource }
    }

    /// [`tuf_verifier_core::TargetCheck::write`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        let outcome = self.inner.write(chunk);
        self.noted("target-check.write", || vec![bytes(chunk)], outcome)
    }

    /// [`tuf_verifier_core::TargetCheck::finish`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn finish(&mut self) -> Result<(), Failure> {
        let outcome = self.inner.finish();
        self.noted("target-check.finish", Vec::new, outcome)
    }

    /// [`tuf_verifier_core::TargetCheck::check_digests`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn check_digests(&mut self, length: u64, hashes: &[Hash]) -> Result<(), Failure> {
        let outcome = self.inner.check_digests(length, hashes);
        let with = || vec![record::number(length), record::list(hashes, record::hash)];
        self.noted("target-check.check-digests", with, outcome)
    }

    fn noted(
        &self,
        function: &'static str,
        with: impl FnOnce() -> Vec<Json>,
        outcome: Result<(), Failure>,
    ) -> Result<(), Failure> {
        let on = Some(self.resource);
        self.recording.note(|| Call { function, on, with: with(), gives: failure::unit(&outcome) });
        outcome
    }
}
