//! 5.4 does not come before 5.3.10: there is no timestamp stage without a current root.

use tuf_verifier_core::stage::{RootUpdate, TimestampUpdate};

fn order(root: RootUpdate) -> TimestampUpdate {
    root
}

fn main() {}
