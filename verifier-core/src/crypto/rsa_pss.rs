//! Scheme `rsassa-pss-sha256`: RFC 8017, keys as PEM.

use alloc::vec::Vec;

use rsa::RsaPublicKey;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::pkcs8::DecodePublicKey;
use rsa::pss::{Signature, VerifyingKey};
use rsa::signature::hazmat::PrehashVerifier;
use rsa::traits::PublicKeyParts;
use sha2::Sha256;

/// Bits of the smallest modulus: "All RSA keys MUST be at least 2048 bits" (4.2.2).
const MIN_MODULUS: u32 = 2048;

/// An RSA public key.
pub(crate) struct RsaKey(RsaPublicKey);

impl RsaKey {
    /// Reads a PEM `PUBLIC KEY` or `RSA PUBLIC KEY`.
    pub(super) fn parse(public: &str) -> Option<Self> {
        let pem = public.trim_ascii();
        let key =
            RsaPublicKey::from_public_key_pem(pem).ok().or_else(|| RsaPublicKey::from_pkcs1_pem(pem).ok())?;
        (key.n().bits() >= MIN_MODULUS).then_some(Self(key))
    }

    /// The salt may have any length, as signers differ.
    pub(super) fn verifies(&self, digest: &[u8], signature: &[u8]) -> bool {
        let key = VerifyingKey::<Sha256>::new_with_auto_salt_len(self.0.clone());
        let signature = Signature::try_from(signature);
        signature.is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok())
    }

    pub(super) fn material(&self) -> Vec<u8> {
        self.0.n_bytes().to_vec()
    }
}
