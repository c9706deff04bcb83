//! See `tuf_fuzz::offer_sequence`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tuf_fuzz::offer_sequence::check(input));
