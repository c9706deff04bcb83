//! 5.5 does not come before 5.4: the timestamp stage takes no snapshot but one to remember.

use tuf_verifier_core::stage::{SnapshotUpdate, TimestampUpdate};

fn order(timestamp: TimestampUpdate) -> SnapshotUpdate {
    timestamp.recalled().unwrap()
}

fn main() {}
