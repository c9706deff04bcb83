//! The records of `wasm/wit` as objects of JavaScript: `build.rs` writes their conversions.

use tuf_verifier_records::wit;
use wasm_bindgen::JsValue;

use crate::value::{FromJs, Record, ToJs, record, wrong};

include!(concat!(env!("OUT_DIR"), "/records.rs"));
