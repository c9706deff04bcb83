//! The classes `UpdateCycle` and `TargetCheck`.

use tuf_verifier_core::UnixTime;
use tuf_verifier_records::{hash, request, settings, wit};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::thrown;
use crate::value::{FromJs, ToJs};

/// One update cycle with the searches that follow it.
#[wasm_bindgen]
pub struct UpdateCycle(tuf_verifier_core::UpdateCycle);

/// Verifies the bytes of one target. A refused check stays refused.
#[wasm_bindgen]
pub struct TargetCheck(tuf_verifier_core::TargetCheck);

#[wasm_bindgen]
impl UpdateCycle {
    /// Begins an update cycle (5.1, 5.2) from root metadata (`Uint8Array`) that came to the caller out of band.
    /// `now` is the fixed update start time, a `bigint` of seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// The record `failure` where the root metadata is unusable.
    pub fn start(trusted_root: JsValue, now: JsValue, settings: JsValue) -> Result<Self, JsValue> {
        let root = Vec::from_js(&trusted_root, "trustedRoot")?;
        let now = UnixTime(i64::from_js(&now, "now")?);
        let settings = settings::to_core(wit::Settings::from_js(&settings, "settings")?);
        tuf_verifier_core::UpdateCycle::start(&root, now, settings).map(Self).map_err(thrown)
    }

    /// What is needed next: the variant `request`. Calling it again before `load` and `fetch` are answered repeats the
    /// request.
    pub fn next(&mut self) -> JsValue {
        request::to_wit(self.0.next()).to_js()
    }

    /// Answers `load` and `fetch`: the bytes (`Uint8Array`), or `undefined` where there is no such file.
    ///
    /// # Errors
    /// The record `failure`. The cycle is unchanged: other bytes may be offered.
    pub fn offer(&mut self, bytes: JsValue) -> Result<(), JsValue> {
        let bytes = Option::from_js(&bytes, "bytes")?;
        self.0.offer(bytes).map_err(thrown)
    }

    /// Begins the search for a target (5.6.7) by its path (string). Allowed once `next` has said `ready`, also after an
    /// earlier search.
    ///
    /// # Errors
    /// The record `failure`.
    pub fn find(&mut self, path: JsValue) -> Result<(), JsValue> {
        self.0.find(&String::from_js(&path, "path")?).map_err(thrown)
    }

    /// Begins the verification of the bytes of the target that the last search found (5.7).
    ///
    /// # Errors
    /// The record `failure` where nothing was found.
    pub fn check(&self) -> Result<TargetCheck, JsValue> {
        self.0.check().map(TargetCheck).map_err(thrown)
    }
}

#[wasm_bindgen]
impl TargetCheck {
    /// Takes the next bytes (`Uint8Array`).
    ///
    /// # Errors
    /// The record `failure` as soon as they are longer than listed.
    pub fn write(&mut self, chunk: JsValue) -> Result<(), JsValue> {
        self.0.write(&Vec::from_js(&chunk, "chunk")?).map_err(thrown)
    }

    /// Compares the length and every listed hash of a supported algorithm, of all bytes written.
    ///
    /// # Errors
    /// The record `failure` where these are not the target's bytes.
    pub fn finish(&mut self) -> Result<(), JsValue> {
        self.0.finish().map_err(thrown)
    }

    /// Compares a length (`bigint`) and digests (an array of records `hash`) that the caller computed. Each listed hash
    /// of a supported algorithm must be there.
    ///
    /// # Errors
    /// The record `failure` where these are not the target's.
    #[wasm_bindgen(js_name = checkDigests)]
    pub fn check_digests(&mut self, length: JsValue, hashes: JsValue) -> Result<(), JsValue> {
        let length = u64::from_js(&length, "length")?;
        let hashes = hash::to_core(Vec::from_js(&hashes, "hashes")?);
        self.0.check_digests(length, &hashes).map_err(thrown)
    }
}
