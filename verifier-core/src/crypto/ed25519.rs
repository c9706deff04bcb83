//! Scheme `ed25519`: RFC 8032, keys and signatures in hexadecimal.

use alloc::sync::Arc;

use ed25519_dalek::{Signature, VerifyingKey};

use super::scheme::{Material, Scheme};
use super::{Message, decode};

/// Reads 64 hexadecimal digits.
pub(super) fn parse(scheme: &str, public: &str) -> Option<Arc<dyn Scheme>> {
    if scheme != "ed25519" {
        return None;
    }
    let bytes: [u8; 32] = decode(public)?.try_into().ok()?;
    Some(Arc::new(Ed25519Key(VerifyingKey::from_bytes(&bytes).ok()?)))
}

struct Ed25519Key(VerifyingKey);

impl Scheme for Ed25519Key {
    /// Strict: points of small order, with which one signature fits many messages, are refused.
    fn verifies(&self, message: &Message<'_>, signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.0.verify_strict(message.bytes(), &signature).is_ok())
    }

    fn material(&self) -> Material {
        Material::new("Ed25519", *self.0.as_bytes())
    }
}
