//! Clients.

use tuf_verifier_core::client::{
    Action, AtHand, ClientOptions, Instant, RequestId, Response, SearchId, TransferId,
};
use tuf_verifier_core::{Failure, Misuse, UnixTime};

use super::recording::{Call, Recording};
use super::sink::bytes;
use super::{exchange, failure, record};
use crate::json::Json;

/// [`tuf_verifier_core::client::Client`].
#[derive(Debug)]
pub struct Client {
    inner: tuf_verifier_core::client::Client,
    recording: Recording,
    resource: u64,
}

impl Client {
    /// [`tuf_verifier_core::client::Client::start`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn start(trusted_root: &[u8], now: UnixTime, options: &ClientOptions) -> Result<Self, Failure> {
        Self::start_in(Recording::begin(), trusted_root, now, options)
    }

    /// The same, as a part of this recording.
    pub(super) fn start_in(
        recording: Recording,
        trusted_root: &[u8],
        now: UnixTime,
        options: &ClientOptions,
    ) -> Result<Self, Failure> {
        let resource = recording.resource();
        let started = tuf_verifier_core::client::Client::start(trusted_root, now, options);
        recording.note(|| Call {
            function: "client.start",
            on: None,
            with: vec![bytes(trusted_root), record::number(now.0), exchange::options(options)],
            gives: failure::result(&started, |_| resource.into()),
        });
        Ok(Self { inner: started?, recording, resource })
    }

    /// [`tuf_verifier_core::client::Client::poll`].
    pub fn poll(&mut self, at: Instant) -> Action {
        let action = self.inner.poll(at);
        self.note("client.poll", || vec![record::number(at.0)], || exchange::action(&action));
        action
    }

    /// [`tuf_verifier_core::client::Client::supply`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn supply(&mut self, id: RequestId, part: &[u8], length: u64) -> Result<(), Misuse> {
        let outcome = self.inner.supply(id, part, length);
        let with = || vec![record::number(id.0), bytes(part), record::number(length)];
        self.note("client.supply", with, || failure::unit(&outcome.clone().map_err(Failure::from)));
        outcome
    }

    /// [`tuf_verifier_core::client::Client::answer`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn answer(&mut self, id: RequestId, response: Response, at: Instant) -> Result<(), Misuse> {
        let given = self.recording.is_on().then(|| exchange::response(&response));
        let outcome = self.inner.answer(id, response, at);
        let with = || {
            let given = given.into_iter();
            [record::number(id.0)].into_iter().chain(given).chain([record::number(at.0)]).collect()
        };
        self.note("client.answer", with, || failure::unit(&outcome.clone().map_err(Failure::from)));
        outcome
    }

    /// [`tuf_verifier_core::client::Client::find`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn find(&mut self, path: &str) -> Result<SearchId, Failure> {
        let begun = self.inner.find(path);
        let gives = || failure::result(&begun, |search| record::number(search.0));
        self.note("client.find", || vec![path.into()], gives);
        begun
    }

    /// [`tuf_verifier_core::client::Client::receive`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn receive(&mut self, found: SearchId, at_hand: AtHand, at: Instant) -> Result<TransferId, Misuse> {
        let given = self.recording.is_on().then(|| exchange::at_hand(&at_hand));
        let begun = self.inner.receive(found, at_hand, at);
        let with = || {
            let given = given.into_iter();
            [record::number(found.0)].into_iter().chain(given).chain([record::number(at.0)]).collect()
        };
        let failing = || begun.clone().map_err(Failure::from);
        let gives = || failure::result(&failing(), |transfer| record::number(transfer.0));
        self.note("client.receive", with, gives);
        begun
    }

    /// [`tuf_verifier_core::client::Client::abandon`].
    pub fn abandon(&mut self, transfer: TransferId) {
        self.inner.abandon(transfer);
        self.note("client.abandon", || vec![record::number(transfer.0)], || Json::raw("null"));
    }

    /// [`tuf_verifier_core::client::Client::check`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn check(&self, found: SearchId, at_hand: &AtHand) -> Result<(), Failure> {
        let outcome = self.inner.check(found, at_hand);
        let with = || vec![record::number(found.0), exchange::at_hand(at_hand)];
        self.note("client.check", with, || failure::unit(&outcome));
        outcome
    }

    /// [`tuf_verifier_core::client::Client::drop_target`].
    pub fn drop_target(&mut self, found: SearchId) {
        self.inner.drop_target(found);
        self.note("client.drop-target", || vec![record::number(found.0)], || Json::raw("null"));
    }

    fn note(&self, function: &'static str, with: impl FnOnce() -> Vec<Json>, gives: impl FnOnce() -> Json) {
        self.recording.note(|| Call { function, on: Some(self.resource), with: with(), gives: gives() });
    }
}
