//! 5.5 happens once: the snapshot stage is consumed by the metadata that it accepts.

use tuf_verifier_core::stage::SnapshotUpdate;

fn order(snapshot: SnapshotUpdate, received: &[u8]) {
    let _ = snapshot.accept(received);
    let _ = snapshot.recalled();
}

fn main() {}
