//! Public keys as metadata writes them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::KeyError;
use crate::metadata::sha256_hex;

/// A public key as metadata writes it (specification 4.2, "Key objects").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The public key system, such as `ed25519`.
    pub keytype: String,
    /// The signature scheme, such as `rsassa-pss-sha256`.
    pub scheme: String,
    /// The public portion.
    pub keyval: KeyValue,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub unrecognized: Map<String, Value>,
}

/// The public portion of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyValue {
    /// Hexadecimal for Ed25519, otherwise a SubjectPublicKeyInfo in PEM.
    pub public: String,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub unrecognized: Map<String, Value>,
}

impl Key {
    /// A key of a type and scheme, with its public portion.
    #[must_use]
    pub fn new(keytype: &str, scheme: &str, public: String) -> Self {
        Self {
            keytype: keytype.to_owned(),
            scheme: scheme.to_owned(),
            keyval: KeyValue { public, unrecognized: Map::new() },
            unrecognized: Map::new(),
        }
    }

    /// Whether both are one key, used in one way: whatever else is said of it, and however it is written.
    #[must_use]
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.is_used_as(other)
            && (self.keyval.public == other.keyval.public || self.material() == other.material())
    }

    /// Whether both have one type and one scheme: a client takes signatures of either in the same form.
    pub(crate) fn is_used_as(&self, other: &Self) -> bool {
        (&self.keytype, &self.scheme) == (&other.keytype, &other.scheme)
    }

    /// The keyid: lower-case hexadecimal SHA-256 of the canonical form.
    ///
    /// # Errors
    /// [`KeyError::NotCanonical`] where a field has no canonical form.
    pub fn keyid(&self) -> Result<String, KeyError> {
        let text = serde_json::to_vec(self).unwrap_or_default();
        let canonical = tuf_verifier_core::canonicalize(&text)
            .map_err(|malformed| KeyError::NotCanonical(malformed.into()))?;
        Ok(sha256_hex(canonical.as_bytes()))
    }
}
