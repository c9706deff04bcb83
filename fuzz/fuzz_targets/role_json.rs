//! See `tuf_fuzz::role_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tuf_fuzz::role_json::check(input));
