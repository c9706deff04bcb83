//! Bytes that a host brought.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::ops::Deref;

/// Bytes that a host brought, with the number of the answer that brought them. A clone shares the bytes.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    bytes: Arc<Vec<u8>>,
    answer: u64,
}

impl Received {
    pub(crate) fn new(bytes: Vec<u8>, answer: u64) -> Self {
        Self { bytes: Arc::new(bytes), answer }
    }

    /// The number of the answer: what the host may still hold under it.
    pub(crate) fn answer(&self) -> u64 {
        self.answer
    }

    /// Tells whether the bytes are still known to somebody.
    pub(crate) fn downgrade(&self) -> Weak<Vec<u8>> {
        Arc::downgrade(&self.bytes)
    }

    /// The bytes, without a copy if nobody else holds them.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        Arc::unwrap_or_clone(self.bytes)
    }
}

impl Deref for Received {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}
