//! 5.6 happens once: the targets stage is consumed by the metadata that it accepts.

use tuf_verifier_core::stage::TargetsUpdate;

fn order(targets: TargetsUpdate, received: &[u8]) {
    let _ = targets.accept(received);
    let _ = targets.file();
}

fn main() {}
