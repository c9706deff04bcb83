//! Update cycles.

use tuf_verifier_core::{Failure, Request, Settings, UnixTime};

use super::check::TargetCheck;
use super::recording::{Call, Recording};
use super::sink::bytes;
use super::{failure, record};
use crate::json::Json;

/// [`tuf_verifier_core::UpdateCycle`].
#[derive(Debug)]
pub struct UpdateCycle {
    inner: tuf_verifier_core::UpdateCycle,
    recording: Recording,
    resource: u64,
}

impl UpdateCycle {
    /// [`tuf_verifier_core::UpdateCycle::start`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn start(trusted_root: &[u8], now: UnixTime, settings: Settings) -> Result<Self, Failure> {
        let recording = Recording::begin();
        let resource = recording.resource();
        let started = tuf_verifier_core::UpdateCycle::start(trusted_root, now, settings);
        recording.note(|| Call {
            function: "update-cycle.start",
            on: None,
            with: vec![bytes(trusted_root), record::number(now.0), record::settings(&settings)],
            gives: failure::result(&started, |_| resource.into()),
        });
        Ok(Self { inner: started?, recording, resource })
    }

    /// [`tuf_verifier_core::UpdateCycle::next`].
    #[allow(clippy::should_implement_trait, reason = "the name is the core's")]
    pub fn next(&mut self) -> Request {
        let request = self.inner.next();
        self.note("update-cycle.next", Vec::new, || record::request(&request));
        request
    }

    /// [`tuf_verifier_core::UpdateCycle::offer`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn offer(&mut self, answer: Option<Vec<u8>>) -> Result<(), Failure> {
        let offered = self.recording.is_on().then(|| record::option(answer.as_deref(), bytes));
        let outcome = self.inner.offer(answer);
        self.note("update-cycle.offer", || offered.into_iter().collect(), || failure::unit(&outcome));
        outcome
    }

    /// [`tuf_verifier_core::UpdateCycle::find`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn find(&mut self, path: &str) -> Result<(), Failure> {
        let outcome = self.inner.find(path);
        self.note("update-cycle.find", || vec![path.into()], || failure::unit(&outcome));
        outcome
    }

    /// [`tuf_verifier_core::UpdateCycle::check`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn check(&self) -> Result<TargetCheck, Failure> {
        let begun = self.inner.check();
        let resource = if begun.is_ok() { self.recording.resource() } else { 0 };
        self.note("update-cycle.check", Vec::new, || failure::result(&begun, |_| resource.into()));
        Ok(TargetCheck::new(begun?, self.recording.clone(), resource))
    }

    fn note(&self, function: &'static str, with: impl FnOnce() -> Vec<Json>, gives: impl FnOnce() -> Json) {
        self.recording.note(|| Call { function, on: Some(self.resource), with: with(), gives: gives() });
    }
}
