//! Signing keys of every supported scheme, each made from its label alone.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use ml_dsa::{MlDsa44, MlDsa65, MlDsa87, MlDsaParams};
use p256::pkcs8::{DecodePrivateKey, EncodePublicKey, LineEnding};
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::signature::{RandomizedSigner, SignatureEncoding, Signer};
use rsa::{RsaPrivateKey, RsaPublicKey};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::digest::{hex, sha256};
use crate::json::Json;
use crate::scheme::Scheme;

/// Test keys that protect nothing.
const RSA_2048: &str = include_str!("../keys/rsa-2048.pem");
const RSA_1024: &str = include_str!("../keys/rsa-1024.pem");

/// A private key with the keyid under which metadata lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The keyid.
    pub keyid: String,
    scheme: Scheme,
    label: String,
    derived: Arc<Derived>,
}

/// What follows from scheme and label, derived once: on a curve that costs as much as a signature.
#[derive(Debug, Default)]
struct Derived {
    public: OnceLock<Json>,
    ed25519: OnceLock<ed25519_dalek::SigningKey>,
    p256: OnceLock<p256::ecdsa::SigningKey>,
    p384: OnceLock<p384::ecdsa::SigningKey>,
}

/// It adds nothing to scheme and label.
impl PartialEq for Derived {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Derived {}

/// What each thread has signed, by scheme, label and digest of the bytes. A repository signs most of its files again with
/// every publish, and a signature depends on these alone.
type Signatures = HashMap<(Scheme, String, [u8; 32]), String>;

thread_local! {
    static SIGNATURES: RefCell<Signatures> = RefCell::default();
}

/// The memory of signatures begins anew here: about 4 MB.
const REMEMBERED_SIGNATURES: usize = 20_000;

impl Key {
    /// The ed25519 key of this label.
    #[must_use]
    pub fn new(label: &str) -> Self {
        Self::of(Scheme::Ed25519, label)
    }

    /// The key of this scheme and label. There is one RSA key, whatever the label.
    #[must_use]
    pub fn of(scheme: Scheme, label: &str) -> Self {
        let mut key = Self { keyid: String::new(), scheme, label: label.into(), derived: Arc::default() };
        key.keyid = sha256(key.public().canonical().as_bytes());
        key
    }

    /// The same key under another keyid.
    #[must_use]
    pub fn with_keyid(&self, keyid: &str) -> Self {
        Self { keyid: keyid.into(), ..self.clone() }
    }

    /// The key object that metadata lists.
    #[must_use]
    pub fn public(&self) -> Json {
        self.derived.public.get_or_init(|| self.derive_public()).clone()
    }

    fn derive_public(&self) -> Json {
        let (keytype, scheme) = self.scheme.names();
        let public = match self.scheme {
            Scheme::Ed25519 => hex(self.ed25519().verifying_key().as_bytes()),
            Scheme::EcdsaP256 => pem(&p256::PublicKey::from(self.p256().verifying_key())),
            Scheme::EcdsaP384 => pem(&p384::PublicKey::from(self.p384().verifying_key())),
            Scheme::EcdsaP521 => pem(&p521::PublicKey::from(self.p521().verifying_key())),
            Scheme::RsaPssSha256
            | Scheme::RsaPssSha384
            | Scheme::RsaPssSha512
            | Scheme::RsaPkcs1v15Sha256
            | Scheme::ShortRsa => pem(&RsaPublicKey::from(self.rsa())),
            Scheme::MlDsa44 => pem(self.ml_dsa::<MlDsa44>().as_ref()),
            Scheme::MlDsa65 => pem(self.ml_dsa::<MlDsa65>().as_ref()),
            Scheme::MlDsa87 => pem(self.ml_dsa::<MlDsa87>().as_ref()),
            Scheme::Future => "a public key".into(),
        };
        Json::object([
            ("keytype", Json::from(keytype)),
            ("scheme", Json::from(scheme)),
            ("keyval", Json::object([("public", public)])),
        ])
    }

    /// The public point of a P-256 key in hexadecimal, uncompressed, as old repositories list it.
    #[must_use]
    pub fn point(&self) -> String {
        hex(self.p256().verifying_key().to_sec1_point(false).as_bytes())
    }

    /// The hexadecimal signature of these bytes.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> String {
        let name = (self.scheme, self.label.clone(), Sha256::digest(bytes).into());
        SIGNATURES.with_borrow_mut(|signatures| {
            if signatures.len() >= REMEMBERED_SIGNATURES {
                signatures.clear();
            }
            signatures.entry(name).or_insert_with(|| self.compute_signature(bytes)).clone()
        })
    }

    fn compute_signature(&self, bytes: &[u8]) -> String {
        match self.scheme {
            Scheme::Ed25519 => hex(&self.ed25519().sign(bytes).to_bytes()),
            Scheme::EcdsaP256 => {
                let signature: p256::ecdsa::DerSignature = Signer::sign(self.p256(), bytes);
                hex(signature.as_bytes())
            }
            Scheme::EcdsaP384 => {
                let signature: p384::ecdsa::DerSignature = Signer::sign(self.p384(), bytes);
                hex(signature.as_bytes())
            }
            Scheme::EcdsaP521 => {
                let signature: p521::ecdsa::DerSignature = Signer::sign(&self.p521(), bytes);
                hex(signature.as_bytes())
            }
            Scheme::RsaPssSha256 | Scheme::ShortRsa => {
                randomized(&rsa::pss::SigningKey::<Sha256>::new(self.rsa().clone()), bytes)
            }
            Scheme::RsaPssSha384 => {
                randomized(&rsa::pss::SigningKey::<Sha384>::new(self.rsa().clone()), bytes)
            }
            Scheme::RsaPssSha512 => {
                randomized(&rsa::pss::SigningKey::<Sha512>::new(self.rsa().clone()), bytes)
            }
            Scheme::RsaPkcs1v15Sha256 => {
                let key = rsa::pkcs1v15::SigningKey::<Sha256>::new(self.rsa().clone());
                hex(&Signer::<rsa::pkcs1v15::Signature>::sign(&key, bytes).to_bytes())
            }
            Scheme::MlDsa44 => self.ml_dsa_signature::<MlDsa44>(bytes),
            Scheme::MlDsa65 => self.ml_dsa_signature::<MlDsa65>(bytes),
            Scheme::MlDsa87 => self.ml_dsa_signature::<MlDsa87>(bytes),
            Scheme::Future => hex(b"a signature"),
        }
    }

    fn ed25519(&self) -> &ed25519_dalek::SigningKey {
        let derive = || ed25519_dalek::SigningKey::from_bytes(&Sha256::digest(&self.label).into());
        self.derived.ed25519.get_or_init(derive)
    }

    fn p256(&self) -> &p256::ecdsa::SigningKey {
        self.derived.p256.get_or_init(|| {
            p256::ecdsa::SigningKey::from_slice(&Sha256::digest(&self.label)).expect("a scalar of the curve")
        })
    }

    fn p384(&self) -> &p384::ecdsa::SigningKey {
        self.derived.p384.get_or_init(|| {
            p384::ecdsa::SigningKey::from_slice(&Sha384::digest(&self.label)).expect("a scalar of the curve")
        })
    }

    fn p521(&self) -> p521::ecdsa::SigningKey {
        let scalar = [&[0; 2][..], &Sha512::digest(&self.label)].concat();
        p521::ecdsa::SigningKey::from_slice(&scalar).expect("a scalar of the curve")
    }

    fn ml_dsa<P: MlDsaParams>(&self) -> ml_dsa::SigningKey<P> {
        ml_dsa::SigningKey::from_seed(&Sha256::digest(&self.label))
    }

    /// Pure ML-DSA over the prefix and the digest of TAP 21.
    fn ml_dsa_signature<P: MlDsaParams>(&self, bytes: &[u8]) -> String {
        let message = [b"tuf\x01", &Sha512::digest(bytes)[..]].concat();
        let signature = self.ml_dsa::<P>().expanded_key().sign_deterministic(&message, &[]);
        hex(&signature.expect("an empty context").encode())
    }

    fn rsa(&self) -> &'static RsaPrivateKey {
        static LONG: OnceLock<RsaPrivateKey> = OnceLock::new();
        static SHORT: OnceLock<RsaPrivateKey> = OnceLock::new();
        let (key, pem) = match self.scheme {
            Scheme::ShortRsa => (&SHORT, RSA_1024),
            _ => (&LONG, RSA_2048),
        };
        key.get_or_init(|| RsaPrivateKey::from_pkcs8_pem(pem).expect("an embedded key"))
    }
}

fn pem(key: &impl EncodePublicKey) -> String {
    key.to_public_key_pem(LineEnding::LF).expect("a public key")
}

fn randomized(key: &impl RandomizedSigner<rsa::pss::Signature>, bytes: &[u8]) -> String {
    hex(&key.sign_with_rng(&mut FixedSalt, bytes).to_bytes())
}

/// The same bytes each time, so that signatures are the same in every run.
struct FixedSalt;

impl TryRng for FixedSalt {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0x5a5a_5a5a)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0x5a5a_5a5a_5a5a_5a5a)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(0x5a);
        Ok(())
    }
}

impl TryCryptoRng for FixedSalt {}
