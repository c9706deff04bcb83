//! A stage is made by the step before it and by nothing else.
#![allow(unreachable_code)]

use tuf_verifier_core::stage::{RotationUpdate, SnapshotUpdate, TargetsUpdate, TimestampUpdate};

fn order() {
    let _ = TimestampUpdate { base: loop {}, timestamp: None, snapshot: None };
    let _ = SnapshotUpdate { base: loop {}, timestamp: loop {}, stored: None, file: loop {} };
    let _ = RotationUpdate { base: loop {}, timestamp: loop {}, snapshot: loop {}, chain: loop {} };
    let _ = TargetsUpdate { base: loop {}, timestamp: loop {}, snapshot: loop {}, chain: loop {} };
}

fn main() {}
