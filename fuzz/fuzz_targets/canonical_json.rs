//! See `tuf_fuzz::canonical_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tuf_fuzz::canonical_json::check(input));
