//! The resource `target-check`.

use std::cell::RefCell;

use tuf_verifier_core::TargetCheck;
use tuf_verifier_records::{failure, hash, wit};

/// A check of target bytes.
pub(crate) struct Check(RefCell<TargetCheck>);

impl Check {
    pub(crate) fn new(check: TargetCheck) -> Self {
        Self(RefCell::new(check))
    }
}

impl wit::GuestTargetCheck for Check {
    fn write(&self, chunk: Vec<u8>) -> Result<(), wit::Failure> {
        self.0.borrow_mut().write(&chunk).map_err(failure::to_wit)
    }

    fn finish(&self) -> Result<(), wit::Failure> {
        self.0.borrow_mut().finish().map_err(failure::to_wit)
    }

    fn check_digests(&self, length: u64, hashes: Vec<wit::Hash>) -> Result<(), wit::Failure> {
        self.0.borrow_mut().check_digests(length, &hash::to_core(hashes)).map_err(failure::to_wit)
    }
}
