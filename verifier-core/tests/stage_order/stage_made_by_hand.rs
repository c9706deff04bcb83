//! A stage is made by the step before it and by nothing else.
#![allow(unreachable_code)]

use tuf_verifier_core::stage::{SnapshotUpdate, TargetsUpdate, TimestampUpdate};

fn order() {
    let _ = TimestampUpdate { base: unimplemented!(), timestamp: None, snapshot: None };
    let _ = SnapshotUpdate { base: unimplemented!(), timestamp: unimplemented!(), stored: None };
    let _ = TargetsUpdate { base: unimplemented!(), timestamp: unimplemented!(), snapshot: unimplemented!() };
}

fn main() {}
