//! A module that was compiled with wasm-bindgen becomes one that JavaScript can call, and the JavaScript.

use std::path::Path;

use anyhow::{Context, Result};
use walrus::{Export, Module, ModuleConfig};
use wasm_bindgen_cli_support::Bindgen;

/// What the JavaScript calls the functions and classes.
pub(crate) const GLOBAL: &str = "workflow";

/// What wasm-bindgen makes.
pub(crate) struct Bound {
    /// The WebAssembly.
    pub(crate) module: Vec<u8>,
    /// A script that declares the variable [`GLOBAL`].
    pub(crate) script: String,
}

/// Reads the module and lets wasm-bindgen work on it.
pub(crate) fn bind(module: &Path) -> Result<Bound> {
    let mut module = ModuleConfig::new()
        .generate_name_section(false)
        .generate_producers_section(false)
        .parse_file(module)
        .with_context(|| format!("cannot read {}", module.display()))?;
    remove_traces_of_components(&mut module);
    let mut output = Bindgen::new()
        .input_module("verifier_web", module)
        .no_modules(true)?
        .no_modules_global(GLOBAL)?
        .omit_default_module_path(true)
        .generate_output()
        .context("no JavaScript can be made for the module")?;
    Ok(Bound { script: output.js().trim_end().to_owned(), module: output.wasm_mut().emit_wasm() })
}

/// Removes what the library of the records leaves for components: an allocator that nobody calls here, and the description
/// of a world.
fn remove_traces_of_components(module: &mut Module) {
    let exports = module.exports.iter().filter(|export| export.name.starts_with("cabi_"));
    for export in exports.map(Export::id).collect::<Vec<_>>() {
        module.exports.delete(export);
    }
    let sections = module.customs.iter().filter(|(_, section)| section.name().starts_with("component-type:"));
    for section in sections.map(|(section, _)| section).collect::<Vec<_>>() {
        module.customs.delete(section);
    }
}
