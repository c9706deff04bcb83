//! Schemes `ecdsa-sha2-nistp256` and `ecdsa-sha2-nistp384`: keys as PEM, signatures in DER.

use alloc::vec::Vec;

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::pkcs8::DecodePublicKey;

/// A key of one curve over its digest.
macro_rules! ecdsa_key {
    ($(#[$doc:meta])* $name:ident, $curve:ident) => {
        $(#[$doc])*
        pub(crate) struct $name($curve::ecdsa::VerifyingKey);

        impl $name {
            /// Reads a PEM `PUBLIC KEY`.
            pub(super) fn parse(public: &str) -> Option<Self> {
                let key = $curve::PublicKey::from_public_key_pem(public.trim_ascii()).ok()?;
                Some(Self(key.into()))
            }

            pub(super) fn verifies(&self, digest: &[u8], signature: &[u8]) -> bool {
                let signature = $curve::ecdsa::Signature::from_der(signature);
                signature.is_ok_and(|signature| self.0.verify_prehash(digest, &signature).is_ok())
            }

            pub(super) fn material(&self) -> Vec<u8> {
                self.0.to_sec1_point(false).as_bytes().to_vec()
            }
        }
    };
}

ecdsa_key! {
    /// A public key on P-256, for signatures over SHA-256.
    P256Key, p256
}

ecdsa_key! {
    /// A public key on P-384, for signatures over SHA-384.
    P384Key, p384
}
