//! RSA private keys, with one of the schemes that such a key may have.

use getrandom::SysRng;
use pkcs8::{EncodePrivateKey, SecretDocument};
use rsa::signature::{Error, RandomizedSigner, SignatureEncoding};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey, pkcs1v15, pss};
use sha2::{Sha256, Sha384, Sha512};

use crate::error::KeyError;
use crate::key::{KeyType, RsaScheme};

/// An RSA private key with its signature scheme.
pub(super) struct RsaSecret {
    key: RsaPrivateKey,
    scheme: RsaScheme,
}

impl RsaSecret {
    /// With the scheme of the specification.
    pub(super) fn new(key: RsaPrivateKey) -> Result<Self, KeyError> {
        let bits = key.n().bits();
        if bits < u32::from(KeyType::RSA_MIN_BITS) {
            return Err(KeyError::ShortModulus { bits });
        }
        Ok(Self { key, scheme: RsaScheme::PssSha256 })
    }

    pub(super) fn with_scheme(self, scheme: &str) -> Result<Self, KeyError> {
        let other = || KeyError::OtherScheme { kind: "rsa".to_owned(), scheme: scheme.to_owned() };
        Ok(Self { scheme: RsaScheme::named(scheme).ok_or_else(other)?, ..self })
    }

    pub(super) fn scheme(&self) -> RsaScheme {
        self.scheme
    }

    pub(super) fn public(&self) -> RsaPublicKey {
        self.key.to_public_key()
    }

    pub(super) fn to_pkcs8(&self) -> Result<SecretDocument, pkcs8::Error> {
        self.key.to_pkcs8_der()
    }

    /// Signs with blinding. Each signer has a copy of the key, which is zeroed when it is dropped.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let key = self.key.clone();
        match self.scheme {
            RsaScheme::PssSha256 => randomized(&pss::SigningKey::<Sha256>::new(key), message),
            RsaScheme::PssSha384 => randomized(&pss::SigningKey::<Sha384>::new(key), message),
            RsaScheme::PssSha512 => randomized(&pss::SigningKey::<Sha512>::new(key), message),
            RsaScheme::Pkcs1v15Sha256 => randomized(&pkcs1v15::SigningKey::<Sha256>::new(key), message),
            RsaScheme::Pkcs1v15Sha384 => randomized(&pkcs1v15::SigningKey::<Sha384>::new(key), message),
            RsaScheme::Pkcs1v15Sha512 => randomized(&pkcs1v15::SigningKey::<Sha512>::new(key), message),
        }
    }
}

fn randomized<S: SignatureEncoding>(
    key: &impl RandomizedSigner<S>,
    message: &[u8],
) -> Result<Vec<u8>, Error> {
    Ok(key.try_sign_with_rng(&mut SysRng, message)?.to_vec())
}
