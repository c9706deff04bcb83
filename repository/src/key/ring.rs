//! Who signs: private keys, wherever they are, found by keyid.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, KeyError};
use crate::metadata::Key;

/// One private key, wherever it is: in memory, in a token, with an agent or a service.
pub trait Signer: fmt::Debug + Send + Sync {
    /// The public key as metadata writes it.
    fn public(&self) -> &Key;

    /// Lower-case hexadecimal SHA-256 of the canonical form of [`Signer::public`].
    fn keyid(&self) -> &str;

    /// Signs canonical bytes, by the scheme of the public key.
    ///
    /// # Errors
    /// [`KeyError`] where whoever holds the key does not sign.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// Where a repository finds the private keys that it signs with.
pub trait Signers {
    /// The signer with this keyid, or none where it is not here.
    ///
    /// # Errors
    /// Where it is here but cannot be opened.
    fn signer(&self, keyid: &str) -> Result<Option<Arc<dyn Signer>>, Error>;
}

/// Signers in memory.
#[derive(Clone, Debug, Default)]
pub struct KeyRing {
    keys: BTreeMap<String, Arc<dyn Signer>>,
}

impl KeyRing {
    /// A ring without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a signer.
    pub fn add(&mut self, key: Arc<dyn Signer>) {
        self.keys.insert(key.keyid().to_owned(), key);
    }
}

impl<S: Signer + 'static> FromIterator<Arc<S>> for KeyRing {
    fn from_iter<I: IntoIterator<Item = Arc<S>>>(keys: I) -> Self {
        let mut ring = Self::new();
        keys.into_iter().for_each(|key| ring.add(key));
        ring
    }
}

impl Signers for KeyRing {
    fn signer(&self, keyid: &str) -> Result<Option<Arc<dyn Signer>>, Error> {
        Ok(self.keys.get(keyid).cloned())
    }
}
