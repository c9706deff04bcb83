//! Schemes `rsassa-pss-sha…` and `rsa-pkcs1v15-sha…`: RFC 8017, keys as PEM.

use alloc::sync::Arc;

use rsa::RsaPublicKey;
use rsa::pkcs1::DecodeRsaPublicKey;
#[cfg(feature = "rsa-pkcs1v15")]
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::pkcs8::SubjectPublicKeyInfoRef;
#[cfg(feature = "rsa-pss")]
use rsa::pss::Pss;
use rsa::traits::PublicKeyParts;
use sha2::digest::const_oid::AssociatedOid;
use sha2::digest::{Digest, FixedOutputReset};
use sha2::{Sha256, Sha384, Sha512};

use super::scheme::{Material, Scheme};
use super::{Algorithm, Message, pem};

/// Bits of the smallest modulus: "All RSA keys MUST be at least 2048 bits" (4.2.2).
const MIN_MODULUS: u32 = 2048;

/// Bits of the largest modulus, whatever the `rsa` crate allows by default. The work for one signature grows with the
/// square of the modulus.
const MAX_MODULUS: u32 = 8192;

/// Whether this build has the scheme.
pub(super) fn knows(scheme: &str) -> bool {
    named(scheme).is_some()
}

/// Reads a PEM `PUBLIC KEY` or `RSA PUBLIC KEY`, of 2048 to 8192 bits, with an odd exponent from 3 to 2^33 - 1.
pub(super) fn parse(scheme: &str, public: &str) -> Option<Arc<dyn Scheme>> {
    let (padding, digest) = named(scheme)?;
    let (label, der) = pem::read(public)?;
    let key = match label {
        pem::PUBLIC_KEY => public_key(der.as_bytes(), padding)?,
        "RSA PUBLIC KEY" => RsaPublicKey::from_pkcs1_der(der.as_bytes()).ok()?,
        _ => return None,
    };
    let size = key.n().bits();
    if (MIN_MODULUS..=MAX_MODULUS).contains(&size) {
        Some(Arc::new(RsaKey { key, padding, digest }))
    } else {
        None
    }
}

/// Reads a SubjectPublicKeyInfo. A key that says that it is for RSASSA-PSS (RFC 4055) is none for the other padding.
fn public_key(der: &[u8], padding: Padding) -> Option<RsaPublicKey> {
    let info = SubjectPublicKeyInfoRef::try_from(der).ok()?;
    match padding {
        #[cfg(feature = "rsa-pkcs1v15")]
        Padding::Pkcs1v15 if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID => None,
        _ => RsaPublicKey::try_from(info).ok(),
    }
}

/// The padding and the digest of a scheme.
fn named(scheme: &str) -> Option<(Padding, Algorithm)> {
    Some(match scheme {
        #[cfg(feature = "rsa-pss")]
        "rsassa-pss-sha256" => (Padding::Pss, Algorithm::Sha256),
        #[cfg(feature = "rsa-pss")]
        "rsassa-pss-sha384" => (Padding::Pss, Algorithm::Sha384),
        #[cfg(feature = "rsa-pss")]
        "rsassa-pss-sha512" => (Padding::Pss, Algorithm::Sha512),
        #[cfg(feature = "rsa-pkcs1v15")]
        "rsa-pkcs1v15-sha256" => (Padding::Pkcs1v15, Algorithm::Sha256),
        #[cfg(feature = "rsa-pkcs1v15")]
        "rsa-pkcs1v15-sha384" => (Padding::Pkcs1v15, Algorithm::Sha384),
        #[cfg(feature = "rsa-pkcs1v15")]
        "rsa-pkcs1v15-sha512" => (Padding::Pkcs1v15, Algorithm::Sha512),
        _ => return None,
    })
}

struct RsaKey {
    key: RsaPublicKey,
    padding: Padding,
    digest: Algorithm,
}

/// How a digest becomes a number of the size of the modulus.
#[derive(Clone, Copy, Debug)]
enum Padding {
    /// RSASSA-PSS with MGF1 over the same digest.
    #[cfg(feature = "rsa-pss")]
    Pss,
    /// RSASSA-PKCS1-v1_5.
    #[cfg(feature = "rsa-pkcs1v15")]
    Pkcs1v15,
}

impl Scheme for RsaKey {
    fn verifies(&self, message: &Message<'_>, signature: &[u8]) -> bool {
        let digest = message.digest(self.digest);
        match self.digest {
            Algorithm::Sha256 => self.padding.verifies::<Sha256>(&self.key, digest, signature),
            Algorithm::Sha384 => self.padding.verifies::<Sha384>(&self.key, digest, signature),
            Algorithm::Sha512 => self.padding.verifies::<Sha512>(&self.key, digest, signature),
        }
    }

    /// The modulus alone: whoever can sign with one exponent can factor it, and sign with any other.
    fn material(&self) -> Material {
        Material::new("RSA", self.key.n_bytes().into_vec())
    }
}

impl Padding {
    fn verifies<D>(self, key: &RsaPublicKey, digest: &[u8], signature: &[u8]) -> bool
    where
        D: Digest + FixedOutputReset + AssociatedOid,
    {
        match self {
            // The salt may have any length, as signers differ.
            #[cfg(feature = "rsa-pss")]
            Self::Pss => {
                let padding = Pss { blinded: false, digest: D::new(), salt_len: None };
                key.verify(padding, digest, signature).is_ok()
            }
            #[cfg(feature = "rsa-pkcs1v15")]
            Self::Pkcs1v15 => key.verify(Pkcs1v15Sign::new::<D>(), digest, signature).is_ok(),
        }
    }
}
