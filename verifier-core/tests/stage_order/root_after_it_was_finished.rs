//! 5.3 cannot go on after 5.3.10: the root stage is consumed by its end.

use tuf_verifier_core::UnixTime;
use tuf_verifier_core::stage::RootUpdate;

fn order(root: RootUpdate, newer: Vec<u8>) {
    let _ = root.finish(UnixTime(0));
    let _ = root.accept(newer);
}

fn main() {}
