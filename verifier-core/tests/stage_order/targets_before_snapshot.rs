//! 5.6 does not come before 5.5: the snapshot stage accepts no targets metadata.

use tuf_verifier_core::stage::{SnapshotUpdate, Trusted};

fn order(snapshot: SnapshotUpdate, received: &[u8]) -> Trusted {
    snapshot.accept(received).unwrap()
}

fn main() {}
