//! The resource `hasher`.

use std::cell::RefCell;

use tuf_verifier_core::client::TargetHasher;
use tuf_verifier_records::{client, wit};

/// Hashes under way. As with the other resources, the cell is never borrowed twice.
pub(crate) struct Hasher(RefCell<TargetHasher>);

impl wit::GuestHasher for Hasher {
    fn start(algorithms: Vec<String>) -> wit::Hasher {
        wit::Hasher::new(Self(RefCell::new(TargetHasher::new(algorithms.iter().map(String::as_str)))))
    }

    fn write(&self, chunk: Vec<u8>) {
        self.0.borrow_mut().write(&chunk);
    }

    fn at_hand(&self) -> wit::AtHand {
        client::at_hand_to_wit(self.0.borrow().at_hand())
    }
}
