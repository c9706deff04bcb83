//! The verifier behind wasm-bindgen: the functions of `wasm/wit` as JavaScript classes.
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

mod client;
mod hasher;
mod map;
mod value;

use tuf_verifier_core::Failure;
use tuf_verifier_records::{failure, lines, settings, wit};
use value::{FromJs, ToJs};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The defaults of the settings: the record `settings`.
#[wasm_bindgen(js_name = defaultSettings)]
#[must_use]
pub fn default_settings() -> JsValue {
    settings::to_wit(tuf_verifier_core::Settings::default()).to_js()
}

/// The default rule for tries of one request: the record `retry`.
#[wasm_bindgen(js_name = defaultRetry)]
#[must_use]
pub fn default_retry() -> JsValue {
    tuf_verifier_records::client::retry(tuf_verifier_core::client::Retry::default()).to_js()
}

/// The files of a store (strings) that `seedLine` is to be given, in this order. `trustedRoot` is a `Uint8Array`.
///
/// # Errors
/// The record `failure` where the root metadata is unusable.
#[wasm_bindgen(js_name = lineFiles)]
pub fn line_files(trusted_root: JsValue, settings: JsValue) -> Result<JsValue, JsValue> {
    let root: Vec<u8> = Vec::from_js(&trusted_root, "trustedRoot")?;
    let settings = settings::to_core(wit::Settings::from_js(&settings, "settings")?);
    tuf_verifier_core::line_files(&root, settings).map(ToJs::to_js).map_err(thrown)
}

/// The files with which the pinned root's own store begins: an array of records `store-file`. Each sibling is an
/// array of its files: a `Uint8Array`, or `undefined`. The first one is the store without a pinned root in its name.
///
/// # Errors
/// The record `failure`: the root metadata is unusable, or two siblings prove different roots of one version.
#[wasm_bindgen(js_name = seedLine)]
pub fn seed_line(trusted_root: JsValue, settings: JsValue, siblings: JsValue) -> Result<JsValue, JsValue> {
    let root: Vec<u8> = Vec::from_js(&trusted_root, "trustedRoot")?;
    let settings = settings::to_core(wit::Settings::from_js(&settings, "settings")?);
    let siblings: Vec<Vec<Option<Vec<u8>>>> = Vec::from_js(&siblings, "siblings")?;
    let files = tuf_verifier_core::seed_line(&root, settings, &siblings).map_err(thrown)?;
    Ok(lines::to_wit(files).to_js())
}

/// What is thrown for a failure.
fn thrown(why: Failure) -> JsValue {
    failure::to_wit(why).to_js()
}
