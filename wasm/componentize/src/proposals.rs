//! What the modules may demand of an engine: those of the component, and that for bundlers.

use wasmparser::WasmFeatures;

/// The proposals beyond the first version that an engine must know to run a module; every engine with SIMD does.
pub(crate) const PROPOSALS: WasmFeatures = WasmFeatures::WASM1
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::SIMD);
