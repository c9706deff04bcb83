//! `pause-image`: whether pods can start. Every pod needs one image of the CRI's own, which it pulls as any other.

use super::finding::Finding;
use super::machine::Machine;
use crate::explain::may_be_pulled;

const CHECK: &str = "pause-image";

pub(super) fn check(machine: &Machine) -> Vec<Finding> {
    let Ok(policy) = &machine.policy else { return Vec::new() };
    match machine.serves_cri() {
        Err(error) => return vec![Finding::untried(CHECK, error.to_string())],
        Ok(false) => return Vec::new(),
        Ok(true) => {}
    }
    let Some(image) = machine.config.cri().and_then(|cri| cri.sandbox()) else {
        return vec![Finding::untried(CHECK, "the CRI's configuration names no image for sandboxes")];
    };
    vec![match may_be_pulled(policy, image, &mut Vec::new()) {
        Ok(()) => Finding::ok(CHECK, image),
        Err(verdict) => Finding::blocked(CHECK, format!("no pod can start with {image}: {verdict}")),
    }]
}
