//! The verifier as a component: the functions of `wasm/wit/verifier.wit` over the core.
//!
//! Nothing is decided here. The guest imports nothing; no hash map is used, whose seed would have to come from outside.

mod check;
mod cycle;
mod map;

use tuf_verifier_records::{settings, wit};

/// The component.
struct Verifier;

impl wit::Guest for Verifier {
    type UpdateCycle = cycle::Cycle;
    type TargetCheck = check::Check;
    type RepositoryMap = map::Map;
    type MapSearch = map::Search;

    fn default_settings() -> wit::Settings {
        settings::to_wit(tuf_verifier_core::Settings::default())
    }
}

tuf_verifier_records::bindings::export!(Verifier with_types_in tuf_verifier_records::bindings);
