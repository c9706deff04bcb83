//! 5.4 happens once: the timestamp stage is consumed by the metadata that it accepts.

use tuf_verifier_core::stage::TimestampUpdate;

fn order(timestamp: TimestampUpdate, received: &[u8]) {
    let _ = timestamp.accept(received);
    let _ = timestamp.accept(received);
}

fn main() {}
