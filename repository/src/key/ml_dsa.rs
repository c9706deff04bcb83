//! ML-DSA private keys (FIPS 204), as their seed: RFC 9881, and the draft of TAP 21 for what is signed.

use getrandom::SysRng;
use ml_dsa::{MlDsa44, MlDsa65, MlDsa87, MlDsaParams, SigningKey};
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::pem::LineEnding;
use pkcs8::der::{AnyRef, Decode as _, Reader as _, SliceReader};
use pkcs8::spki::AssociatedAlgorithmIdentifier;
use pkcs8::{EncodePrivateKey, EncodePublicKey, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument, spki};
use rsa::signature::{Error, Keypair as _};
use sha2::{Digest as _, Sha512};

use crate::error::KeyError;
use crate::key::KeyType;

/// What is signed begins so, and goes on with the SHA-512 digest of the message (draft of TAP 21).
const PREFIX: &[u8] = b"tuf\x01";

/// An ML-DSA private key of one parameter set. On the heap: an expanded key has up to 60 kB.
pub(super) enum MlDsaSecret {
    MlDsa44(Box<SigningKey<MlDsa44>>),
    MlDsa65(Box<SigningKey<MlDsa65>>),
    MlDsa87(Box<SigningKey<MlDsa87>>),
}

/// Runs an expression for the key of each parameter set.
macro_rules! each {
    ($secret:expr, $key:ident => $result:expr) => {
        match $secret {
            MlDsaSecret::MlDsa44($key) => $result,
            MlDsaSecret::MlDsa65($key) => $result,
            MlDsaSecret::MlDsa87($key) => $result,
        }
    };
}

impl MlDsaSecret {
    /// The parameter set of an object identifier.
    pub(super) fn kind_of(oid: ObjectIdentifier) -> Option<KeyType> {
        let sets = [
            (MlDsa44::ALGORITHM_IDENTIFIER.oid, KeyType::MlDsa44),
            (MlDsa65::ALGORITHM_IDENTIFIER.oid, KeyType::MlDsa65),
            (MlDsa87::ALGORITHM_IDENTIFIER.oid, KeyType::MlDsa87),
        ];
        sets.into_iter().find(|(of_set, _)| *of_set == oid).map(|(_, kind)| kind)
    }

    /// The key of a seed. Kinds that are not ML-DSA do not come here; they would become ML-DSA-87.
    pub(super) fn from_seed(kind: KeyType, seed: &[u8; 32]) -> Self {
        let seed = seed.into();
        match kind {
            KeyType::MlDsa44 => Self::MlDsa44(Box::new(SigningKey::from_seed(seed))),
            KeyType::MlDsa65 => Self::MlDsa65(Box::new(SigningKey::from_seed(seed))),
            _ => Self::MlDsa87(Box::new(SigningKey::from_seed(seed))),
        }
    }

    /// Reads the two forms that have a seed: the seed alone, and the seed with the expanded key, as OpenSSL writes by
    /// default. The form without a seed is not read: it cannot be checked, nor written again.
    pub(super) fn read(kind: KeyType, info: &PrivateKeyInfoRef<'_>) -> Result<Self, KeyError> {
        let bytes = info.private_key.as_bytes();
        match kind {
            KeyType::MlDsa44 => read(bytes).map(|key| Self::MlDsa44(Box::new(key))),
            KeyType::MlDsa65 => read(bytes).map(|key| Self::MlDsa65(Box::new(key))),
            _ => read(bytes).map(|key| Self::MlDsa87(Box::new(key))),
        }
    }

    pub(super) fn kind(&self) -> KeyType {
        match self {
            Self::MlDsa44(_) => KeyType::MlDsa44,
            Self::MlDsa65(_) => KeyType::MlDsa65,
            Self::MlDsa87(_) => KeyType::MlDsa87,
        }
    }

    /// Pure ML-DSA with an empty context, over the digest.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signed = [PREFIX, &Sha512::digest(message)].concat();
        each!(self, key => {
            let signature = key.expanded_key().sign_randomized(&signed, &[], &mut SysRng)?;
            Ok(signature.encode().to_vec())
        })
    }

    pub(super) fn to_pkcs8(&self) -> Result<SecretDocument, pkcs8::Error> {
        each!(self, key => key.to_pkcs8_der())
    }

    pub(super) fn public_pem(&self) -> spki::Result<String> {
        each!(self, key => key.verifying_key().to_public_key_pem(LineEnding::LF))
    }
}

/// `ML-DSA-PrivateKey` of RFC 9881, section 6.
fn read<P>(bytes: &[u8]) -> Result<SigningKey<P>, KeyError>
where
    P: MlDsaParams + AssociatedAlgorithmIdentifier<Params = AnyRef<'static>>,
{
    /// `[0] IMPLICIT OCTET STRING (SIZE (32))`.
    const SEED_HEADER: [u8; 2] = [0x80, 32];
    const SEQUENCE: u8 = 0x30;
    const OCTET_STRING: u8 = 0x04;

    let malformed = || KeyError::Encoding(pkcs8::Error::KeyMalformed(pkcs8::KeyError::Invalid));
    let seed = match bytes.first() {
        Some(&SEQUENCE) => {
            let mut reader = SliceReader::new(bytes).map_err(pkcs8::Error::from)?;
            let both = reader
                .sequence(|both| Ok((<&OctetStringRef>::decode(both)?, <&OctetStringRef>::decode(both)?)));
            let (seed, expanded) = both.map_err(|error: pkcs8::der::Error| pkcs8::Error::from(error))?;
            reader.finish().map_err(pkcs8::Error::from)?;
            let seed: &[u8; 32] = seed.as_bytes().try_into().map_err(|_| malformed())?;
            let key = SigningKey::<P>::from_seed(seed.into());
            return if expands_to(&key, expanded.as_bytes()) { Ok(key) } else { Err(malformed()) };
        }
        Some(&OCTET_STRING) => return Err(KeyError::NoSeed),
        _ => bytes.strip_prefix(&SEED_HEADER).and_then(|seed| <&[u8; 32]>::try_from(seed).ok()),
    };
    Ok(SigningKey::from_seed(seed.ok_or_else(malformed)?.into()))
}

/// Whether a seed and an expanded key are of one key: a file with two keys in it would sign with one of them only.
#[expect(deprecated, reason = "compared, and used for nothing else")]
fn expands_to<P: MlDsaParams>(key: &SigningKey<P>, expanded: &[u8]) -> bool {
    let own = zeroize::Zeroizing::new(key.expanded_key().to_expanded().to_vec());
    own.as_slice() == expanded
}
