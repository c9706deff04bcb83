//! A core module becomes a component.

use anyhow::{Context, Result};
use wasmparser::{Validator, WasmFeatures};
use wit_component::ComponentEncoder;

use crate::proposals::PROPOSALS;

/// The proposals that an engine must know to run the component; every engine with components and SIMD does.
const OF_THE_COMPONENT: WasmFeatures = PROPOSALS.union(WasmFeatures::COMPONENT_MODEL);

/// The core module, with the world that its bindings describe, becomes a component.
pub(crate) fn encode(module: &[u8]) -> Result<Vec<u8>> {
    let component = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .context("the module carries no usable description of its world")?
        .encode()
        .context("the module does not fit its world")?;
    Validator::new_with_features(OF_THE_COMPONENT)
        .validate_all(&component)
        .context("the component needs a proposal that is not on the list")?;
    Ok(component)
}
