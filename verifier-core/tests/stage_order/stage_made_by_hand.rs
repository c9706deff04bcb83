//! A stage is made by the step before it and by nothing else.
#![allow(unreachable_code)]

use tuf_verifier_core::stage::{SnapshotUpdate, TargetsUpdate, TimestampUpdate};

fn order() {
    let _ = TimestampUpdate { base: loop {}, timestamp: None, snapshot: None };
    let _ = SnapshotUpdate { base: loop {}, timestamp: loop {}, stored: None };
    let _ = TargetsUpdate { base: loop {}, timestamp: loop {}, snapshot: loop {} };
}

fn main() {}
