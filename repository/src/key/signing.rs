//! A private key that signs metadata.

use std::fmt;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use p256::elliptic_curve::Generate;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::pem::LineEnding;
use pkcs8::{EncodePrivateKey, EncodePublicKey, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument};
use rsa::signature::{RandomizedSigner, SignatureEncoding, Signer};
use rsa::traits::PublicKeyParts;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::key::{self, KeyType};
use crate::metadata::Key;

/// A private key that signs metadata. Its secret is zeroed when it is dropped.
pub struct SigningKey {
    secret: Secret,
    public: Key,
    keyid: String,
}

enum Secret {
    Ed25519(ed25519_dalek::SigningKey),
    EcdsaP256(p256::ecdsa::SigningKey),
    EcdsaP384(p384::ecdsa::SigningKey),
    RsaPss(rsa::pss::SigningKey<Sha256>),
}

impl SigningKey {
    /// Makes a new key from the operating system's random numbers.
    ///
    /// # Errors
    /// [`KeyError`] where there are none, or where an RSA modulus is too short.
    pub fn generate(kind: KeyType) -> Result<Self, KeyError> {
        Self::from_secret(Secret::generate(kind)?)
    }

    /// A PKCS#8 document (RFC 5208, RFC 5958) becomes a key.
    ///
    /// # Errors
    /// [`KeyError`] where it is malformed or of a kind that is not supported.
    pub fn from_pkcs8(document: &SecretDocument) -> Result<Self, KeyError> {
        let info: PrivateKeyInfoRef<'_> = document.decode_msg().map_err(pkcs8::Error::from)?;
        Self::from_secret(Secret::read(info)?)
    }

    /// Writes the key as a PKCS#8 document, version 1: version 2 is refused by OpenSSL 3.0 and by pyca.
    ///
    /// # Errors
    /// [`KeyError`] where the key cannot be encoded.
    pub fn to_pkcs8(&self) -> Result<SecretDocument, KeyError> {
        Ok(match &self.secret {
            Secret::Ed25519(key) => ed25519_to_pkcs8(key)?,
            Secret::EcdsaP256(key) => key.to_pkcs8_der()?,
            Secret::EcdsaP384(key) => key.to_pkcs8_der()?,
            Secret::RsaPss(key) => key.as_ref().to_pkcs8_der()?,
        })
    }

    /// The kind of key.
    #[must_use]
    pub fn kind(&self) -> KeyType {
        self.secret.kind()
    }

    /// The public key as metadata writes it.
    #[must_use]
    pub fn public(&self) -> &Key {
        &self.public
    }

    /// Lower-case hexadecimal SHA-256 of the canonical form of [`SigningKey::public`].
    #[must_use]
    pub fn keyid(&self) -> &str {
        &self.keyid
    }

    /// Signs canonical bytes.
    ///
    /// # Errors
    /// [`KeyError`] where the system has no random numbers, or the algorithm fails.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(match &self.secret {
            Secret::Ed25519(key) => key.try_sign(message)?.to_bytes().to_vec(),
            Secret::EcdsaP256(key) => {
                let signature: p256::ecdsa::Signature = key.try_sign(message)?;
                signature.to_der().as_bytes().to_vec()
            }
            Secret::EcdsaP384(key) => {
                let signature: p384::ecdsa::Signature = key.try_sign(message)?;
                signature.to_der().as_bytes().to_vec()
            }
            Secret::RsaPss(key) => key.try_sign_with_rng(&mut SysRng, message)?.to_vec(),
        })
    }

    fn from_secret(secret: Secret) -> Result<Self, KeyError> {
        let kind = secret.kind();
        let public = Key::new(kind.keytype(), kind.scheme(), secret.public()?);
        let keyid = public.keyid()?;
        Ok(Self { secret, public, keyid })
    }
}

impl key::Signer for SigningKey {
    fn public(&self) -> &Key {
        self.public()
    }

    fn keyid(&self) -> &str {
        self.keyid()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.sign(message)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("keyid", &self.keyid).finish_non_exhaustive()
    }
}

impl Secret {
    fn generate(kind: KeyType) -> Result<Self, KeyError> {
        Ok(match kind {
            KeyType::Ed25519 => {
                let mut seed = Zeroizing::new([0; 32]);
                getrandom::fill(seed.as_mut_slice()).map_err(KeyError::NoRandomNumbers)?;
                Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed))
            }
            KeyType::EcdsaP256 => Self::EcdsaP256(
                p256::ecdsa::SigningKey::try_generate_from_rng(&mut SysRng)
                    .map_err(KeyError::NoRandomNumbers)?,
            ),
            KeyType::EcdsaP384 => Self::EcdsaP384(
                p384::ecdsa::SigningKey::try_generate_from_rng(&mut SysRng)
                    .map_err(KeyError::NoRandomNumbers)?,
            ),
            KeyType::RsaPss { bits } => {
                let key = rsa::RsaPrivateKey::new(&mut UnwrapErr(SysRng), bits.into())?;
                Self::from_rsa(key)?
            }
        })
    }

    fn read(info: PrivateKeyInfoRef<'_>) -> Result<Self, KeyError> {
        const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
        const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
        const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
        let algorithm = info.algorithm.oid;
        match algorithm {
            ed25519_dalek::pkcs8::ALGORITHM_OID => ed25519_from_pkcs8(&info).map(Self::Ed25519),
            rsa::pkcs1::ALGORITHM_OID => Self::from_rsa(info.try_into()?),
            EC => match info.algorithm.parameters_oid().map_err(pkcs8::Error::from)? {
                P256 => Ok(Self::EcdsaP256(info.try_into()?)),
                P384 => Ok(Self::EcdsaP384(info.try_into()?)),
                curve => Err(KeyError::UnsupportedKind(curve.to_string())),
            },
            other => Err(KeyError::UnsupportedKind(other.to_string())),
        }
    }

    fn from_rsa(key: rsa::RsaPrivateKey) -> Result<Self, KeyError> {
        let bits = key.n().bits();
        if bits < u32::from(KeyType::RSA_MIN_BITS) {
            return Err(KeyError::ShortModulus { bits });
        }
        Ok(Self::RsaPss(rsa::pss::SigningKey::new(key)))
    }

    fn kind(&self) -> KeyType {
        match self {
            Self::Ed25519(_) => KeyType::Ed25519,
            Self::EcdsaP256(_) => KeyType::EcdsaP256,
            Self::EcdsaP384(_) => KeyType::EcdsaP384,
            Self::RsaPss(key) => {
                KeyType::RsaPss { bits: u16::try_from(key.as_ref().n().bits()).unwrap_or(u16::MAX) }
            }
        }
    }

    /// `keyval.public`: hexadecimal for Ed25519, otherwise a SubjectPublicKeyInfo in PEM.
    fn public(&self) -> Result<String, KeyError> {
        let pem = match self {
            Self::Ed25519(key) => {
                return Ok(base16ct::lower::encode_string(key.verifying_key().as_bytes()));
            }
            Self::EcdsaP256(key) => key.verifying_key().to_public_key_pem(LineEnding::LF),
            Self::EcdsaP384(key) => key.verifying_key().to_public_key_pem(LineEnding::LF),
            Self::RsaPss(key) => key.as_ref().to_public_key().to_public_key_pem(LineEnding::LF),
        };
        pem.map_err(|error| KeyError::Encoding(pkcs8::Error::from(error)))
    }
}

/// Tag and length of the OCTET STRING around the seed (RFC 8410, section 7).
const ED25519_SEED_HEADER: [u8; 2] = [0x04, 32];

fn ed25519_to_pkcs8(key: &ed25519_dalek::SigningKey) -> Result<SecretDocument, KeyError> {
    let mut seed = Zeroizing::new([0; 34]);
    seed[..2].copy_from_slice(&ED25519_SEED_HEADER);
    seed[2..].copy_from_slice(key.as_bytes());
    let seed = OctetStringRef::new(seed.as_slice()).map_err(pkcs8::Error::from)?;
    let info = PrivateKeyInfoRef::new(ed25519_dalek::pkcs8::ALGORITHM_ID, seed);
    SecretDocument::encode_msg(&info).map_err(|error| KeyError::Encoding(error.into()))
}

fn ed25519_from_pkcs8(info: &PrivateKeyInfoRef<'_>) -> Result<ed25519_dalek::SigningKey, KeyError> {
    let seed = info.private_key.as_bytes().strip_prefix(&ED25519_SEED_HEADER);
    let seed = seed.and_then(|seed| <&[u8; 32]>::try_from(seed).ok());
    seed.map(ed25519_dalek::SigningKey::from_bytes).ok_or(KeyError::NotPkcs8Pem)
}
