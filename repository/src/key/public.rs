//! Public keys between their two forms: the key object of metadata, and SubjectPublicKeyInfo.

use pkcs8::der::Document;
use pkcs8::der::pem::{LineEnding, PemLabel as _};
use pkcs8::{DecodePublicKey as _, EncodePublicKey as _, ObjectIdentifier, SubjectPublicKeyInfoRef};
use tuf_verifier_core::verify_signature;

use crate::error::KeyError;
use crate::key::RsaScheme;
use crate::key::ml_dsa::MlDsaSecret;
use crate::metadata::Key;

impl Key {
    /// A SubjectPublicKeyInfo in DER becomes the key object that this library writes for the key: the same key has the
    /// same keyid, however its point was encoded. An RSA key has `rsassa-pss-sha256` if no scheme is given.
    ///
    /// # Errors
    /// [`KeyError`] if it is malformed, of a kind that is not supported, or cannot have the scheme.
    pub fn from_spki(der: &[u8], scheme: Option<&str>) -> Result<Self, KeyError> {
        let (keytype, own_scheme, public) = read(der)?;
        let scheme = match scheme {
            Some(scheme) if scheme != own_scheme => {
                let known = RsaScheme::named(scheme).filter(|_| keytype == "rsa");
                let other = || KeyError::OtherScheme { kind: keytype.to_owned(), scheme: scheme.to_owned() };
                known.ok_or_else(other)?.name()
            }
            _ => own_scheme,
        };
        let key = Self::new(keytype, scheme, public);
        // What clients cannot read is no key of a repository: such as an RSA key that is too short.
        key.verify(b"", b"")?;
        Ok(key)
    }

    /// The key as a SubjectPublicKeyInfo in PEM, which other programs read.
    ///
    /// # Errors
    /// [`KeyError::UnusablePublic`] if the key is in none of the forms that clients read.
    pub fn to_spki_pem(&self) -> Result<String, KeyError> {
        self.verify(b"", b"")?;
        let public = &self.keyval.public;
        if self.keytype != "ed25519" {
            // A point in hexadecimal, as old repositories have it, has no other form here.
            return match public.starts_with("-----BEGIN PUBLIC KEY-----") {
                true => Ok(public.clone()),
                false => Err(KeyError::NotSpki),
            };
        }
        let mut bytes = [0; 32];
        base16ct::mixed::decode(public, &mut bytes).map_err(|_| KeyError::NotSpki)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(KeyError::Signature)?;
        key.to_public_key_pem(LineEnding::LF).map_err(encoding)
    }

    /// Whether a signature of a message is this key's, as a client decides it.
    ///
    /// # Errors
    /// [`KeyError::UnusablePublic`] if clients do not read the key.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<bool, KeyError> {
        verify_signature(&self.keytype, &self.scheme, &self.keyval.public, message, signature)
            .map_err(KeyError::UnusablePublic)
    }
}

/// The key type, the scheme of the specification, and the `public` of a key object.
fn read(der: &[u8]) -> Result<(&'static str, &'static str, String), KeyError> {
    const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
    const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
    let info = SubjectPublicKeyInfoRef::try_from(der).map_err(|error| KeyError::Encoding(error.into()))?;
    match info.algorithm.oid {
        ed25519_dalek::pkcs8::ALGORITHM_OID => {
            let key = ed25519_dalek::VerifyingKey::from_public_key_der(der).map_err(encoding)?;
            Ok(("ed25519", "ed25519", base16ct::lower::encode_string(key.as_bytes())))
        }
        rsa::pkcs1::ALGORITHM_OID | RSA_PSS => {
            let key = rsa::RsaPublicKey::from_public_key_der(der).map_err(encoding)?;
            Ok(("rsa", RsaScheme::PssSha256.name(), key.to_public_key_pem(LineEnding::LF).map_err(encoding)?))
        }
        EC => {
            let (scheme, public) = read_point(der, &info)?;
            Ok(("ecdsa", scheme, public))
        }
        other => {
            let kind = MlDsaSecret::kind_of(other);
            let kind = kind.ok_or_else(|| KeyError::UnsupportedKind(other.to_string()))?;
            let document = Document::encode_msg(&info).map_err(pkcs8::Error::from)?;
            let public = document.to_pem(SubjectPublicKeyInfoRef::PEM_LABEL, LineEnding::LF);
            Ok((kind.keytype(), kind.scheme(), public.map_err(pkcs8::Error::from)?))
        }
    }
}

/// The scheme of a curve, and the point in its uncompressed form.
fn read_point(der: &[u8], info: &SubjectPublicKeyInfoRef<'_>) -> Result<(&'static str, String), KeyError> {
    const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
    const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
    const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
    let curve = info.algorithm.parameters_oid().map_err(encoding)?;
    let (scheme, public) = match curve {
        P256 => {
            let key = p256::PublicKey::from_public_key_der(der).map_err(encoding)?;
            ("ecdsa-sha2-nistp256", key.to_public_key_pem(LineEnding::LF))
        }
        P384 => {
            let key = p384::PublicKey::from_public_key_der(der).map_err(encoding)?;
            ("ecdsa-sha2-nistp384", key.to_public_key_pem(LineEnding::LF))
        }
        P521 => {
            let key = p521::PublicKey::from_public_key_der(der).map_err(encoding)?;
            ("ecdsa-sha2-nistp521", key.to_public_key_pem(LineEnding::LF))
        }
        other => return Err(KeyError::UnsupportedKind(other.to_string())),
    };
    Ok((scheme, public.map_err(encoding)?))
}

fn encoding(error: pkcs8::spki::Error) -> KeyError {
    KeyError::Encoding(error.into())
}
