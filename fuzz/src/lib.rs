//! What must hold of the verifier for every input.
//!
//! Each module named in [`TARGETS`] has one function `check`, which takes any bytes and panics where a property does
//! not hold. `fuzz_targets/` hands it what libFuzzer finds; `tests/` hands it the corpus, and mutations of it.
//!
//! Where a property compares, the other side is made without the verifier: JSON is read again by serde_json
//! ([`tree`]), signatures are counted again ([`signed`]), dates are read again by the crate `time`, and patterns are
//! matched by a table ([`glob`]).

pub mod canonical_json;
pub mod client_sequence;
pub mod date;
pub mod glob;
pub mod offer_sequence;
pub mod role_json;
pub mod root_chain;
pub mod seeds;
pub mod signed;
pub mod target_path_and_pattern;
pub mod tree;

/// The properties of one target: panics where one does not hold for these bytes.
pub type Check = fn(&[u8]);

/// Every target by name.
pub const TARGETS: [(&str, Check); 7] = [
    ("canonical_json", canonical_json::check),
    ("client_sequence", client_sequence::check),
    ("date", date::check),
    ("offer_sequence", offer_sequence::check),
    ("role_json", role_json::check),
    ("root_chain", root_chain::check),
    ("target_path_and_pattern", target_path_and_pattern::check),
];
