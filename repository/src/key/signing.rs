//! A private key that signs metadata.

use std::fmt;

use pkcs8::{PrivateKeyInfoRef, SecretDocument};

use crate::error::KeyError;
use crate::key::secret::Secret;
use crate::key::{self, KeyType};
use crate::metadata::Key;

/// A private key that signs metadata. Its secret is zeroed when it is dropped.
pub struct SigningKey {
    secret: Secret,
    public: Key,
    keyid: String,
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
        self.secret.to_pkcs8()
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
        self.secret.sign(message)
    }

    /// The same key with another signature scheme, for a key that may have several: an RSA key. A PKCS#8 document does not
    /// say which one is meant; the public key in metadata does.
    ///
    /// # Errors
    /// [`KeyError::OtherScheme`] where a key of this kind cannot have the scheme.
    pub fn with_scheme(self, scheme: &str) -> Result<Self, KeyError> {
        if self.public.scheme == scheme {
            return Ok(self);
        }
        Self::from_secret(self.secret.with_scheme(scheme)?)
    }

    fn from_secret(secret: Secret) -> Result<Self, KeyError> {
        let public = Key::new(secret.kind().keytype(), secret.scheme(), secret.public()?);
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
