//! The resource `client`.

use std::cell::RefCell;

use tuf_verifier_core::client::{Client, Instant, RequestId, SearchId, TransferId};
use tuf_verifier_core::{Failure, UnixTime};
use tuf_verifier_records::{client, failure, wit};

/// A client of one repository. A component has one thread and its functions do not call back: the cell is never borrowed twice.
pub(crate) struct Tuf(RefCell<Client>);

impl wit::GuestClient for Tuf {
    fn start(
        trusted_root: Vec<u8>,
        now: i64,
        options: wit::ClientOptions,
    ) -> Result<wit::Client, wit::Failure> {
        let options = client::options(options);
        let started = Client::start(&trusted_root, UnixTime(now), &options).map_err(failure::to_wit)?;
        Ok(wit::Client::new(Self(RefCell::new(started))))
    }

    fn poll(&self, at: u64) -> wit::Action {
        client::action(self.0.borrow_mut().poll(Instant(at)))
    }

    fn supply(&self, id: u64, part: Vec<u8>, length: u64) -> Result<(), wit::Failure> {
        let supplied = self.0.borrow_mut().supply(RequestId(id), &part, length);
        supplied.map_err(|why| failure::to_wit(Failure::from(why)))
    }

    fn answer(&self, id: u64, response: wit::Response, at: u64) -> Result<(), wit::Failure> {
        let response = client::response(response);
        let answered = self.0.borrow_mut().answer(RequestId(id), response, Instant(at));
        answered.map_err(|why| failure::to_wit(Failure::from(why)))
    }

    fn find(&self, path: String) -> Result<u64, wit::Failure> {
        let begun = self.0.borrow_mut().find(&path);
        begun.map(|SearchId(search)| search).map_err(failure::to_wit)
    }

    fn receive(&self, found: u64, at_hand: wit::AtHand, at: u64) -> Result<u64, wit::Failure> {
        let at_hand = client::at_hand(at_hand);
        let begun = self.0.borrow_mut().receive(SearchId(found), at_hand, Instant(at));
        begun.map(|TransferId(transfer)| transfer).map_err(|why| failure::to_wit(Failure::from(why)))
    }

    fn abandon(&self, transfer: u64) {
        self.0.borrow_mut().abandon(TransferId(transfer));
    }

    fn check(&self, found: u64, at_hand: wit::AtHand) -> Result<(), wit::Failure> {
        self.0.borrow().check(SearchId(found), &client::at_hand(at_hand)).map_err(failure::to_wit)
    }

    fn drop_target(&self, found: u64) {
        self.0.borrow_mut().drop_target(SearchId(found));
    }
}
