//! The verifier as a component: the functions of `wasm/wit/verifier.wit` over the core.
//!
//! Records are mapped, nothing is decided. The guest imports nothing; no hash map is used, whose seed would have to
//! come from outside.

mod check;
mod cycle;
mod failure;
mod map;
mod request;
mod settings;
mod waiver;

#[expect(unsafe_code, reason = "the generated exports pass pointers")]
mod bindings {
    wit_bindgen::generate!({ path: "../wit", world: "verifier" });
    use super::Verifier;
    export!(Verifier);
}

use bindings::exports::tuf::verifier::workflow as wit;

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
