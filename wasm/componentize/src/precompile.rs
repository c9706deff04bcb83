//! A component becomes machine code.

use anyhow::Result;
use wasmtime::{Config, Engine};

use crate::engine;

/// The instructions of x86-64-v2, which every x86-64 processor since 2013 has. Without them the component's SIMD,
/// and with it SHA-256, is an eighth as fast.
const X86_64_V2: [&str; 5] = ["has_sse3", "has_ssse3", "has_sse41", "has_sse42", "has_popcnt"];

/// Compiles for the target alone: nothing is taken from the processor that this runs on.
pub(crate) fn for_target(component: &[u8], target: &str) -> Result<Vec<u8>> {
    let mut config = engine::config();
    config.target(target)?;
    if target.starts_with("x86_64-") {
        enable(&mut config, &X86_64_V2);
    }
    Ok(Engine::new(&config)?.precompile_component(component)?)
}

#[expect(unsafe_code, reason = "wasmtime sets flags of Cranelift through an unsafe function alone")]
fn enable(config: &mut Config, instructions: &[&str]) {
    for flag in instructions {
        // SAFETY: a wrong flag might break invariants of the compiled code. These flags only allow instructions; the
        // host refuses to load code that was compiled with an instruction which its processor lacks.
        unsafe { config.cranelift_flag_enable(flag) };
    }
}
