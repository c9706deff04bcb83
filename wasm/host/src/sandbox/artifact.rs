//! The component as it was built into this program.

use std::sync::OnceLock;

use wasmtime::component::Component;
use wasmtime::{Engine, Error};

use super::engine;

/// SHA-256 of the component, lower-case hexadecimal: the digest that `cargo xtask component` prints.
#[must_use]
pub fn component_digest() -> &'static str {
    env!("TUF_VERIFIER_COMPONENT_DIGEST")
}

/// SHA-256 of the core module inside the component, lower-case hexadecimal. Hosts without components run this module, byte
/// for byte: two programs that name the same digest run the same verifier, in whatever language they are.
#[must_use]
pub fn verifier_digest() -> &'static str {
    env!("TUF_VERIFIER_CORE_DIGEST")
}

/// What a program prints for `--version`: its version, and which verifier it runs.
///
/// Three lines without a line end: the version, `component sha256:DIGEST` and `verifier sha256:DIGEST`.
#[must_use]
pub fn long_version(version: &str) -> String {
    format!("{version}\ncomponent sha256:{}\nverifier sha256:{}", component_digest(), verifier_digest())
}

/// The engine and the component, loaded once a process.
pub(crate) struct Artifact {
    pub(crate) engine: Engine,
    pub(crate) component: Component,
}

impl Artifact {
    /// The loaded component.
    ///
    /// # Errors
    /// Why it cannot run here, in words: a processor without the instructions that it was compiled for, or no address
    /// space for it.
    pub(crate) fn loaded() -> Result<&'static Self, &'static str> {
        static LOADED: OnceLock<Result<Artifact, String>> = OnceLock::new();
        LOADED
            .get_or_init(|| Self::load().map_err(|error| format!("{error:#}")))
            .as_ref()
            .map_err(String::as_str)
    }

    fn load() -> Result<Self, Error> {
        let engine = Engine::new(&engine::config())?;
        let component = component(&engine)?;
        Ok(Self { engine, component })
    }
}

#[cfg(not(feature = "jit"))]
#[expect(unsafe_code, reason = "wasmtime loads precompiled code through an unsafe function alone")]
fn component(engine: &Engine) -> Result<Component, Error> {
    static PRECOMPILED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/component.cwasm"));
    let code = super::bound_code::code_of(component_digest(), PRECOMPILED)
        .ok_or_else(|| Error::msg("the machine code in this program is not that of its component"))?;
    // SAFETY: `deserialize` demands bytes that Wasmtime itself has written, and that nobody has changed since. The
    // build script copies them from the artifact of `cargo xtask component`, and they are part of this program's
    // constant data: whoever can change them can change the program. No caller can pass other bytes here. Wasmtime
    // refuses code of another version, of other settings, or for a processor that this one is not.
    unsafe { Component::deserialize(engine, code) }
}

#[cfg(feature = "jit")]
fn component(engine: &Engine) -> Result<Component, Error> {
    static COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/component.wasm"));
    Component::from_binary(engine, COMPONENT)
}
