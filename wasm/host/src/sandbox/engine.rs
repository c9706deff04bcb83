//! What the precompiling tool and the sandbox must agree on: written once, in this file, which both include.

use wasmtime::Config;

/// The settings that compiled code and the engine that runs it must share.
///
/// Epoch interruption is compiled in, so that a computation can be stopped. Nothing else departs from Wasmtime's defaults.
pub(super) fn config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config
}
