//! No rotate file is followed once the rotation has ended: the stage is consumed.

use tuf_verifier_core::stage::RotationUpdate;

fn order(rotation: RotationUpdate, received: &[u8]) {
    let _ = rotation.finish();
    let _ = rotation.accept(received);
}

fn main() {}
