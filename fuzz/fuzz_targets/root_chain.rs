//! See `tuf_fuzz::root_chain`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tuf_fuzz::root_chain::check(input));
