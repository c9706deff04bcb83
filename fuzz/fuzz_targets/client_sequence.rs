//! See `tuf_fuzz::client_sequence`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tuf_fuzz::client_sequence::check(input));
