//! Bytes that a host brought.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::ops::Deref;

/// Bytes that a host brought. A clone shares the bytes.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    bytes: Arc<Vec<u8>>,
    answer: Option<Arc<Answer>>,
}

/// The number of an answer. The host holds its bytes as long as somebody knows it.
#[derive(Debug)]
pub(crate) struct Answer(pub(crate) u64);

/// What is to be written to the store of what was received. A clone shares it.
#[derive(Clone, Debug)]
pub(crate) enum Kept {
    /// The bytes, which nobody else holds.
    Bytes(Arc<Vec<u8>>),
    /// The bytes that the host holds of this answer.
    Answer(Arc<Answer>),
}

impl Received {
    /// Bytes that the host does not hold.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes: Arc::new(bytes), answer: None }
    }

    /// Bytes that the host holds under the number of this answer.
    pub(crate) fn held(bytes: Vec<u8>, answer: u64) -> Self {
        Self { bytes: Arc::new(bytes), answer: Some(Arc::new(Answer(answer))) }
    }

    /// What is to be written: no second copy of bytes that the host holds.
    pub(crate) fn kept(&self) -> Kept {
        match &self.answer {
            Some(answer) => Kept::Answer(Arc::clone(answer)),
            None => Kept::Bytes(Arc::clone(&self.bytes)),
        }
    }

    /// Tells whether the answer is still known to somebody; nothing if the host does not hold it.
    pub(crate) fn downgrade(&self) -> Weak<Answer> {
        self.answer.as_ref().map(Arc::downgrade).unwrap_or_default()
    }

    /// The bytes, without a copy if nobody else has them.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        Arc::unwrap_or_clone(self.bytes)
    }
}

impl Kept {
    /// The bytes themselves.
    pub(crate) fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Some(Arc::unwrap_or_clone(bytes)),
            Self::Answer(_) => None,
        }
    }
}

impl Deref for Received {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}
