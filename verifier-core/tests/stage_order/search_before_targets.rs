//! 5.6.7 does not come before 5.6.5: only current targets metadata is searched.

use tuf_verifier_core::stage::{Search, TargetsUpdate};

fn order(targets: TargetsUpdate, mut search: Search) {
    let _ = targets.advance(&mut search);
}

fn main() {}
