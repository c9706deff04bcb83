//! The proofs that checks ran are the workflow's own.

use tuf_verifier_core::check::{Authentic, Current};

fn order(authentic: Authentic<()>, current: Current<()>) {}

fn main() {}
