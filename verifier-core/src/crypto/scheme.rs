//! What every signature scheme does.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Message, Tables};

/// A public key with its signature scheme.
pub(super) trait Scheme: Send + Sync {
    /// Whether a signature of the message is this key's. Bytes that are no signature of the scheme are not.
    fn verifies(&self, message: &Message<'_>, signature: &[u8]) -> bool;

    /// What the key is made of.
    fn material(&self) -> Material;

    /// The same key, made to verify many signatures; none if that would not be faster.
    fn prepared(&self, _: &mut Tables) -> Option<Arc<dyn Scheme>> {
        None
    }
}

/// What a key is made of, without its name, its scheme or the way in which it is written: the same key is the same
/// material (TAP 12).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Material {
    /// What the bytes are.
    family: &'static str,
    bytes: Vec<u8>,
}

impl Material {
    pub(super) fn new(family: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { family, bytes: bytes.into() }
    }

    /// Family and bytes as one. No family contains a line end, so that no two materials become the same bytes.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        [self.family.as_bytes(), b"\n", &self.bytes].concat()
    }
}
