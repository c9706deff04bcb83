//! The verifier as a component: the functions of `wasm/wit` over the core.
//!
//! Nothing is decided here. The guest imports nothing; no hash map is used, whose seed would have to come from outside.

mod client;
mod hasher;
mod map;

use tuf_verifier_records::{failure, lines, settings, wit};

/// The component.
struct Verifier;

impl wit::Guest for Verifier {
    type Client = client::Tuf;
    type Hasher = hasher::Hasher;
    type RepositoryMap = map::Map;
    type MapSearch = map::Search;

    fn default_settings() -> wit::Settings {
        settings::to_wit(tuf_verifier_core::Settings::default())
    }

    fn default_retry() -> wit::Retry {
        tuf_verifier_records::client::retry(tuf_verifier_core::client::Retry::default())
    }

    fn line_files(trusted_root: Vec<u8>, settings: wit::Settings) -> Result<Vec<String>, wit::Failure> {
        tuf_verifier_core::line_files(&trusted_root, settings::to_core(settings)).map_err(failure::to_wit)
    }

    fn seed_line(
        trusted_root: Vec<u8>,
        settings: wit::Settings,
        siblings: Vec<Vec<Option<Vec<u8>>>>,
    ) -> Result<Vec<wit::StoreFile>, wit::Failure> {
        let files = tuf_verifier_core::seed_line(&trusted_root, settings::to_core(settings), &siblings);
        files.map(lines::to_wit).map_err(failure::to_wit)
    }
}

tuf_verifier_records::bindings::export!(Verifier with_types_in tuf_verifier_records::bindings);
