//! A role is visited under the authority that its delegator gives it, not under one of the caller's.

use tuf_verifier_core::stage::Step;

fn order() -> Step {
    Step { role: "team".into(), authority: None, rotation: None }
}

fn main() {}
