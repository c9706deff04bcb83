//! Private keys of each kind: made, read from PKCS#8 and written, and what they sign.

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use p256::elliptic_curve::Generate;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::pem::LineEnding;
use pkcs8::{EncodePrivateKey, EncodePublicKey, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument};
use rsa::signature::Signer;
use rsa::traits::PublicKeyParts;
use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::key::KeyType;
use crate::key::ml_dsa::MlDsaSecret;
use crate::key::rsa::RsaSecret;

/// A private key of one kind. Zeroed when it is dropped.
pub(super) enum Secret {
    Ed25519(ed25519_dalek::SigningKey),
    EcdsaP256(p256::ecdsa::SigningKey),
    EcdsaP384(p384::ecdsa::SigningKey),
    EcdsaP521(p521::ecdsa::SigningKey),
    Rsa(RsaSecret),
    MlDsa(MlDsaSecret),
}

impl Secret {
    pub(super) fn generate(kind: KeyType) -> Result<Self, KeyError> {
        let no_random = KeyError::NoRandomNumbers;
        Ok(match kind {
            KeyType::Ed25519 => Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&*seed()?)),
            KeyType::EcdsaP256 => {
                let key = p256::ecdsa::SigningKey::try_generate_from_rng(&mut SysRng);
                Self::EcdsaP256(key.map_err(no_random)?)
            }
            KeyType::EcdsaP384 => {
                let key = p384::ecdsa::SigningKey::try_generate_from_rng(&mut SysRng);
                Self::EcdsaP384(key.map_err(no_random)?)
            }
            KeyType::EcdsaP521 => {
                let key = p521::ecdsa::SigningKey::try_generate_from_rng(&mut SysRng);
                Self::EcdsaP521(key.map_err(no_random)?)
            }
            KeyType::RsaPss { bits } => {
                let key = rsa::RsaPrivateKey::new(&mut UnwrapErr(SysRng), bits.into())?;
                Self::Rsa(RsaSecret::new(key)?)
            }
            KeyType::MlDsa44 | KeyType::MlDsa65 | KeyType::MlDsa87 => {
                Self::MlDsa(MlDsaSecret::from_seed(kind, &*seed()?))
            }
        })
    }

    pub(super) fn read(info: PrivateKeyInfoRef<'_>) -> Result<Self, KeyError> {
        const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
        const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
        const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
        const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
        match info.algorithm.oid {
            ed25519_dalek::pkcs8::ALGORITHM_OID => ed25519_from_pkcs8(&info).map(Self::Ed25519),
            rsa::pkcs1::ALGORITHM_OID => Ok(Self::Rsa(RsaSecret::new(info.try_into()?)?)),
            EC => match info.algorithm.parameters_oid().map_err(pkcs8::Error::from)? {
                P256 => Ok(Self::EcdsaP256(info.try_into()?)),
                P384 => Ok(Self::EcdsaP384(info.try_into()?)),
                P521 => Ok(Self::EcdsaP521(info.try_into()?)),
                curve => Err(KeyError::UnsupportedKind(curve.to_string())),
            },
            other => match MlDsaSecret::kind_of(other) {
                Some(kind) => MlDsaSecret::read(kind, &info).map(Self::MlDsa),
                None => Err(KeyError::UnsupportedKind(other.to_string())),
            },
        }
    }

    /// A PKCS#8 document of version 1: version 2 is refused by OpenSSL 3.0 and by pyca.
    pub(super) fn to_pkcs8(&self) -> Result<SecretDocument, KeyError> {
        Ok(match self {
            Self::Ed25519(key) => ed25519_to_pkcs8(key)?,
            Self::EcdsaP256(key) => key.to_pkcs8_der()?,
            Self::EcdsaP384(key) => key.to_pkcs8_der()?,
            Self::EcdsaP521(key) => key.to_pkcs8_der()?,
            Self::Rsa(key) => key.to_pkcs8()?,
            Self::MlDsa(key) => key.to_pkcs8()?,
        })
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(match self {
            Self::Ed25519(key) => key.try_sign(message)?.to_bytes().to_vec(),
            Self::EcdsaP256(key) => {
                let signature: p256::ecdsa::Signature = key.try_sign(message)?;
                signature.to_der().as_bytes().to_vec()
            }
            Self::EcdsaP384(key) => {
                let signature: p384::ecdsa::Signature = key.try_sign(message)?;
                signature.to_der().as_bytes().to_vec()
            }
            Self::EcdsaP521(key) => {
                let signature: p521::ecdsa::Signature = key.try_sign(message)?;
                signature.to_der().as_bytes().to_vec()
            }
            Self::Rsa(key) => key.sign(message)?,
            Self::MlDsa(key) => key.sign(message)?,
        })
    }

    pub(super) fn kind(&self) -> KeyType {
        match self {
            Self::Ed25519(_) => KeyType::Ed25519,
            Self::EcdsaP256(_) => KeyType::EcdsaP256,
            Self::EcdsaP384(_) => KeyType::EcdsaP384,
            Self::EcdsaP521(_) => KeyType::EcdsaP521,
            Self::Rsa(key) => {
                KeyType::RsaPss { bits: u16::try_from(key.public().n().bits()).unwrap_or(u16::MAX) }
            }
            Self::MlDsa(key) => key.kind(),
        }
    }

    pub(super) fn scheme(&self) -> &'static str {
        match self {
            Self::Rsa(key) => key.scheme().name(),
            other => other.kind().scheme(),
        }
    }

    pub(super) fn with_scheme(self, scheme: &str) -> Result<Self, KeyError> {
        match self {
            Self::Rsa(key) => key.with_scheme(scheme).map(Self::Rsa),
            other => Err(KeyError::OtherScheme { kind: other.kind().to_string(), scheme: scheme.to_owned() }),
        }
    }

    /// `keyval.public`: hexadecimal for Ed25519, otherwise a SubjectPublicKeyInfo in PEM.
    pub(super) fn public(&self) -> Result<String, KeyError> {
        let pem = match self {
            Self::Ed25519(key) => {
                return Ok(base16ct::lower::encode_string(key.verifying_key().as_bytes()));
            }
            Self::EcdsaP256(key) => key.verifying_key().to_public_key_pem(LineEnding::LF),
            Self::EcdsaP384(key) => key.verifying_key().to_public_key_pem(LineEnding::LF),
            Self::EcdsaP521(key) => key.verifying_key().to_public_key_pem(LineEnding::LF),
            Self::Rsa(key) => key.public().to_public_key_pem(LineEnding::LF),
            Self::MlDsa(key) => key.public_pem(),
        };
        pem.map_err(|error| KeyError::Encoding(pkcs8::Error::from(error)))
    }
}

/// 32 random bytes, which are all that an Ed25519 or ML-DSA key is made from.
fn seed() -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(KeyError::NoRandomNumbers)?;
    Ok(seed)
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
