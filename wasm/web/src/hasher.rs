//! The class `Hasher`.

use tuf_verifier_core::client::TargetHasher;
use tuf_verifier_records::client;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::value::{FromJs, ToJs};

/// Hashes the bytes of a target as they come.
#[wasm_bindgen]
pub struct Hasher(TargetHasher);

#[wasm_bindgen]
impl Hasher {
    /// Begins to hash by each of these algorithms (an array of strings), as metadata names them. Those that are not supported are
    /// left out.
    ///
    /// # Errors
    /// A `TypeError`.
    pub fn start(algorithms: JsValue) -> Result<Self, JsValue> {
        let algorithms: Vec<String> = Vec::from_js(&algorithms, "algorithms")?;
        Ok(Self(TargetHasher::new(algorithms.iter().map(String::as_str))))
    }

    /// Takes the next bytes (`Uint8Array`).
    ///
    /// # Errors
    /// A `TypeError`.
    pub fn write(&mut self, chunk: JsValue) -> Result<(), JsValue> {
        self.0.write(&Vec::from_js(&chunk, "chunk")?);
        Ok(())
    }

    /// The number of all bytes so far and their digests: the record `at-hand`. More may follow.
    #[wasm_bindgen(js_name = atHand)]
    #[must_use]
    pub fn at_hand(&self) -> JsValue {
        client::at_hand_to_wit(self.0.at_hand()).to_js()
    }
}
