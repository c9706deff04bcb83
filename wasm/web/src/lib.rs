//! The verifier behind wasm-bindgen: the functions of `wasm/wit/verifier.wit` as JavaScript classes.
//!
//! JavaScript sees what it sees of the component through jco, so that one TypeScript runs on both:
//!
//! | WIT | JavaScript |
//! |---|---|
//! | record | a plain object; its names in camel case |
//! | variant | `{ tag, val }`, the tag in kebab case; no `val` where a case has none |
//! | enum | a string in kebab case |
//! | `option` | the value, or `undefined` |
//! | `list<u8>` | a `Uint8Array`; other lists are arrays |
//! | `u64`, `s64` | a `bigint`; `u32` is a number |
//! | a failed `result` | the record `failure` is thrown, a plain object |
//!
//! An argument of another type is a `TypeError`, and nothing is done. Records are mapped, nothing is decided.

mod cycle;
mod map;
mod names;
mod records;
mod value;

use tuf_verifier_core::Failure;
use tuf_verifier_records::{failure, settings};
use value::ToJs;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The defaults of the settings: the record `settings`.
#[wasm_bindgen(js_name = defaultSettings)]
#[must_use]
pub fn default_settings() -> JsValue {
    settings::to_wit(tuf_verifier_core::Settings::default()).to_js()
}

/// What is thrown for a failure.
fn thrown(why: Failure) -> JsValue {
    failure::to_wit(why).to_js()
}
