//! See `tuf_fuzz::target_path_and_pattern`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tuf_fuzz::target_path_and_pattern::check(input));
