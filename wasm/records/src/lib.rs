//! The records of `wasm/wit`, and what of the core's becomes which of them.
//!
//! Records are mapped, nothing is decided. Whoever puts the core behind an interface (the component, or JavaScript without
//! one) does it through these, so that both say the same.

pub mod client;
pub mod failure;
pub mod hash;
pub mod lines;
pub mod map;
mod report;
pub mod settings;
mod waiver;

/// What is generated of the WIT file. The records have its documentation.
///
/// `export!(Verifier with_types_in tuf_verifier_records::bindings)` makes a component of a crate; without it, none of the
/// component's imports and exports are in the module.
#[expect(missing_docs, reason = "of the generated items, the records are documented")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "verifier",
        pub_export_macro: true,
        default_bindings_module: "tuf_verifier_records::bindings",
    });
}

/// The records, and what a crate implements that exports the functions.
pub mod wit {
    pub use crate::bindings::exports::tuf::verifier::types::*;
    pub use crate::bindings::exports::tuf::verifier::workflow::{
        Client, Guest, GuestClient, GuestHasher, GuestMapSearch, GuestRepositoryMap, Hasher, MapSearch,
        RepositoryMap,
    };
}
