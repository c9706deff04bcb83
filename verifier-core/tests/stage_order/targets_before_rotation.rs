//! 5.6 does not come before the rotate files of TAP 8: the rotation stage accepts no targets metadata.

use tuf_verifier_core::stage::{RotationUpdate, Trusted};

fn order(rotation: RotationUpdate, received: &[u8]) -> Trusted {
    rotation.accept(received).unwrap()
}

fn main() {}
