//! The verifier as a core module, as it is inside the component.

use anyhow::{Context, Result};
use wasmparser::{Parser, Payload};

/// A component becomes the core module that does its work, byte for byte. The other modules in a component are tables
/// of a few functions, which link it.
pub(crate) fn of(component: &[u8]) -> Result<&[u8]> {
    let mut largest: &[u8] = &[];
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ModuleSection { unchecked_range, .. } = payload? {
            let (start, end) =
                (usize::try_from(unchecked_range.start)?, usize::try_from(unchecked_range.end)?);
            let module = component.get(start..end).context("a module ends after its component")?;
            largest = if module.len() > largest.len() { module } else { largest };
        }
    }
    (!largest.is_empty()).then_some(largest).context("the component has no core module")
}
