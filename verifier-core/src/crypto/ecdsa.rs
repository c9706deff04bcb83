//! Schemes `ecdsa-sha2-nistp256`, `-nistp384` and `-nistp521`: FIPS 186-5, signatures in DER.

use alloc::sync::Arc;

use pkcs8::DecodePublicKey;

use super::multiples::{Multiples, PreparedPoint};
use super::scheme::{Material, Scheme};
use super::{Algorithm, Message, Tables, decode, pem};

/// Whether this build has the scheme.
pub(super) fn knows(scheme: &str) -> bool {
    let schemes = [
        ("ecdsa-sha2-nistp256", cfg!(feature = "ecdsa-p256")),
        ("ecdsa-sha2-nistp384", cfg!(feature = "ecdsa-p384")),
        ("ecdsa-sha2-nistp521", cfg!(feature = "ecdsa-p521")),
    ];
    schemes.contains(&(scheme, true))
}

/// Reads a PEM `PUBLIC KEY`.
pub(super) fn parse(scheme: &str, public: &str) -> Option<Arc<dyn Scheme>> {
    let (label, der) = pem::read(public)?;
    if label != pem::PUBLIC_KEY {
        return None;
    }
    match scheme {
        #[cfg(feature = "ecdsa-p256")]
        "ecdsa-sha2-nistp256" => p256::PublicKey::from_public_key_der(der.as_bytes()).ok().map(P256Key::of),
        #[cfg(feature = "ecdsa-p384")]
        "ecdsa-sha2-nistp384" => p384::PublicKey::from_public_key_der(der.as_bytes()).ok().map(P384Key::of),
        #[cfg(feature = "ecdsa-p521")]
        "ecdsa-sha2-nistp521" => p521::PublicKey::from_public_key_der(der.as_bytes()).ok().map(P521Key::of),
        _ => None,
    }
}

/// Reads a point in hexadecimal: SEC 1, uncompressed or compressed.
pub(super) fn parse_hex(scheme: &str, public: &str) -> Option<Arc<dyn Scheme>> {
    let point = decode(public)?;
    if !(2..=4).contains(point.first()?) {
        return None;
    }
    match scheme {
        #[cfg(feature = "ecdsa-p256")]
        "ecdsa-sha2-nistp256" => p256::PublicKey::from_sec1_bytes(&point).ok().map(P256Key::of),
        #[cfg(feature = "ecdsa-p384")]
        "ecdsa-sha2-nistp384" => p384::PublicKey::from_sec1_bytes(&point).ok().map(P384Key::of),
        #[cfg(feature = "ecdsa-p521")]
        "ecdsa-sha2-nistp521" => p521::PublicKey::from_sec1_bytes(&point).ok().map(P521Key::of),
        _ => None,
    }
}

/// A key of one curve over its digest.
macro_rules! ecdsa_key {
    (
        $(#[$attribute:meta])*
        $name:ident, $curve:ident::$type:ident, $family:literal, $digest:ident, $generator:ident
    ) => {
        $(#[$attribute])*
        struct $name {
            key: $curve::ecdsa::VerifyingKey,
            /// Multiples of its point, once it is prepared.
            point: Option<PreparedPoint<$curve::$type>>,
        }

        $(#[$attribute])*
        impl $name {
            fn of(key: $curve::PublicKey) -> Arc<dyn Scheme> {
                Arc::new(Self { key: key.into(), point: None })
            }
        }

        $(#[$attribute])*
        impl Scheme for $name {
            /// Strict DER. Both values of `s` that fit are taken, as signers differ.
            fn verifies(&self, message: &Message<'_>, signature: &[u8]) -> bool {
                use $curve::ecdsa::{Signature, signature::hazmat::PrehashVerifier};

                let digest = message.digest(Algorithm::$digest);
                let signature = Signature::from_der(signature);
                signature.is_ok_and(|signature| match &self.point {
                    Some(point) => point.verifies(digest, signature.split_scalars()),
                    None => self.key.verify_prehash(digest, &signature).is_ok(),
                })
            }

            fn material(&self) -> Material {
                Material::new($family, self.key.to_sec1_point(false).as_bytes())
            }

            fn prepared(&self, tables: &mut Tables) -> Option<Arc<dyn Scheme>> {
                let multiples = Multiples::of(self.key.as_affine().into());
                let point = Some(PreparedPoint::new(tables.$generator(), multiples));
                Some(Arc::new(Self { key: self.key.clone(), point }))
            }
        }
    };
}

ecdsa_key! {
    #[cfg(feature = "ecdsa-p256")]
    P256Key, p256::NistP256, "P-256", Sha256, p256_generator
}

ecdsa_key! {
    #[cfg(feature = "ecdsa-p384")]
    P384Key, p384::NistP384, "P-384", Sha384, p384_generator
}

ecdsa_key! {
    #[cfg(feature = "ecdsa-p521")]
    P521Key, p521::NistP521, "P-521", Sha512, p521_generator
}
