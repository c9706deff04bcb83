//! Scheme `ed25519`: RFC 8032, keys and signatures in hexadecimal.

use alloc::vec::Vec;

use ed25519_dalek::{Signature, VerifyingKey};

use super::decode;

/// An Ed25519 public key.
pub(crate) struct Ed25519Key(VerifyingKey);

impl Ed25519Key {
    /// Reads 64 hexadecimal digits.
    pub(super) fn parse(public: &str) -> Option<Self> {
        let bytes: [u8; 32] = decode(public)?.try_into().ok()?;
        VerifyingKey::from_bytes(&bytes).ok().map(Self)
    }

    /// Strict: points of small order, with which one signature fits many messages, are refused.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }

    pub(super) fn material(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }
}
