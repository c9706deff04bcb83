//! See `tuf_fuzz::date`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tuf_fuzz::date::check(input));
