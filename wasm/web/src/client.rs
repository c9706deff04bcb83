//! The class `Client`.

use tuf_verifier_core::client::{Instant, RequestId, SearchId, TransferId};
use tuf_verifier_core::{Failure, UnixTime};
use tuf_verifier_records::{client, wit};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::thrown;
use crate::value::{FromJs, ToJs};

/// A client of one repository: mirrors, the trusted store and transfers around the workflow. A host polls for actions, does
/// them in their order and answers. Numbers of requests, searches and transfers are `bigint`s, and so are all times but
/// `now`: milliseconds of a clock that never goes back.
#[wasm_bindgen]
pub struct Client(tuf_verifier_core::client::Client);

#[wasm_bindgen]
impl Client {
    /// Begins a refresh (5.1, 5.2) from root metadata (`Uint8Array`) that came to the caller out of band. `now` is the fixed
    /// update start time, a `bigint` of seconds since 1970-01-01T00:00:00Z; `options` is the record `client-options`.
    ///
    /// # Errors
    /// The record `failure` where the root metadata is unusable.
    pub fn start(trusted_root: JsValue, now: JsValue, options: JsValue) -> Result<Self, JsValue> {
        let root: Vec<u8> = Vec::from_js(&trusted_root, "trustedRoot")?;
        let now = UnixTime(i64::from_js(&now, "now")?);
        let options = client::options(wit::ClientOptions::from_js(&options, "options")?);
        tuf_verifier_core::client::Client::start(&root, now, &options).map(Self).map_err(thrown)
    }

    /// What is to be done next: the variant `action`.
    ///
    /// # Errors
    /// A `TypeError`.
    pub fn poll(&mut self, at: JsValue) -> Result<JsValue, JsValue> {
        let at = Instant(u64::from_js(&at, "at")?);
        Ok(client::action(self.0.poll(at)).to_js())
    }

    /// Takes the next part (`Uint8Array`) of a metadata file that was asked for. The answer `supplied` says that it was the last one.
    /// `length`, a `bigint`, is how many bytes are expected in all.
    ///
    /// # Errors
    /// The record `failure`: no such request is outstanding.
    pub fn supply(&mut self, id: JsValue, part: JsValue, length: JsValue) -> Result<(), JsValue> {
        let id = RequestId(u64::from_js(&id, "id")?);
        let part: Vec<u8> = Vec::from_js(&part, "part")?;
        let length = u64::from_js(&length, "length")?;
        self.0.supply(id, &part, length).map_err(|why| thrown(Failure::from(why)))
    }

    /// Answers a request with the variant `response`.
    ///
    /// # Errors
    /// The record `failure`: no such request is outstanding, or it cannot be answered so. Nothing has changed then.
    pub fn answer(&mut self, id: JsValue, response: JsValue, at: JsValue) -> Result<(), JsValue> {
        let id = RequestId(u64::from_js(&id, "id")?);
        let response = client::response(wit::Response::from_js(&response, "response")?);
        let at = Instant(u64::from_js(&at, "at")?);
        self.0.answer(id, response, at).map_err(|why| thrown(Failure::from(why)))
    }

    /// Begins the search for a target (5.6.7) by its path (string), and gives its number.
    ///
    /// # Errors
    /// The record `failure`.
    pub fn find(&mut self, path: JsValue) -> Result<u64, JsValue> {
        let path = String::from_js(&path, "path")?;
        self.0.find(&path).map(|SearchId(search)| search).map_err(thrown)
    }

    /// Begins to receive the target that a search found (5.7), and gives the number of the transfer. `atHand` is the record
    /// `at-hand`: what an earlier transfer of it has left.
    ///
    /// # Errors
    /// The record `failure` where the search has found no target, or it was dropped.
    pub fn receive(&mut self, found: JsValue, at_hand: JsValue, at: JsValue) -> Result<u64, JsValue> {
        let found = SearchId(u64::from_js(&found, "found")?);
        let at_hand = client::at_hand(wit::AtHand::from_js(&at_hand, "atHand")?);
        let at = Instant(u64::from_js(&at, "at")?);
        let begun = self.0.receive(found, at_hand, at);
        begun.map(|TransferId(transfer)| transfer).map_err(|why| thrown(Failure::from(why)))
    }

    /// Gives a transfer up. Nothing more is asked or said of it.
    ///
    /// # Errors
    /// A `TypeError`.
    pub fn abandon(&mut self, transfer: JsValue) -> Result<(), JsValue> {
        self.0.abandon(TransferId(u64::from_js(&transfer, "transfer")?));
        Ok(())
    }

    /// Compares a length and digests that the caller computed, the record `at-hand`, with those of the target that a search
    /// found (5.7). Each listed hash of a supported algorithm must be there.
    ///
    /// # Errors
    /// The record `failure` where these are not the target's.
    pub fn check(&self, found: JsValue, at_hand: JsValue) -> Result<(), JsValue> {
        let found = SearchId(u64::from_js(&found, "found")?);
        let at_hand = client::at_hand(wit::AtHand::from_js(&at_hand, "atHand")?);
        self.0.check(found, &at_hand).map_err(thrown)
    }

    /// Drops the target that a search found: its number is no handle any more. Transfers of it go on.
    ///
    /// # Errors
    /// A `TypeError`.
    #[wasm_bindgen(js_name = dropTarget)]
    pub fn drop_target(&mut self, found: JsValue) -> Result<(), JsValue> {
        self.0.drop_target(SearchId(u64::from_js(&found, "found")?));
        Ok(())
    }
}
