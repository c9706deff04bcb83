//! What the module may demand of an engine.

use anyhow::{Context, Result, bail};
use wasmparser::{Parser, Payload, Validator};

use crate::proposals::PROPOSALS;

/// The JavaScript that was made with the module, as the module names it.
const GLUE: &str = "./verifier_web_bg.js";

/// Checks that the module needs nothing but these proposals and the functions of its own JavaScript, that its memory has a
/// limit, and that nothing of a component is in it.
pub(crate) fn check(module: &[u8]) -> Result<()> {
    Validator::new_with_features(PROPOSALS)
        .validate_all(module)
        .context("the module needs a proposal that is not on the list")?;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    if import.module != GLUE {
                        bail!("the module imports {} of {}", import.name, import.module);
                    }
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    memory?.maximum.context("the module's memory has no limit")?;
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let name = export?.name;
                    if name.contains(':') || name.starts_with("cabi_") {
                        bail!("the module exports {name}, which is a component's");
                    }
                }
            }
            Payload::CustomSection(section) if section.name().starts_with("component-type:") => {
                bail!("the module has the section {}, which is a component's", section.name());
            }
            _ => {}
        }
    }
    Ok(())
}
