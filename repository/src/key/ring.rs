//! Private keys, found by keyid.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Error;
use crate::key::SigningKey;

/// Where a repository finds the private keys that it signs with.
pub trait Signers {
    /// The private key with this keyid, or none where it is not here.
    ///
    /// # Errors
    /// Where it is here but cannot be opened.
    fn signer(&self, keyid: &str) -> Result<Option<Arc<SigningKey>>, Error>;
}

/// Private keys in memory.
#[derive(Clone, Debug, Default)]
pub struct KeyRing {
    keys: BTreeMap<String, Arc<SigningKey>>,
}

impl KeyRing {
    /// A ring without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key.
    pub fn add(&mut self, key: Arc<SigningKey>) {
        self.keys.insert(key.keyid().to_owned(), key);
    }
}

impl FromIterator<Arc<SigningKey>> for KeyRing {
    fn from_iter<I: IntoIterator<Item = Arc<SigningKey>>>(keys: I) -> Self {
        let mut ring = Self::new();
        keys.into_iter().for_each(|key| ring.add(key));
        ring
    }
}

impl Signers for KeyRing {
    fn signer(&self, keyid: &str) -> Result<Option<Arc<SigningKey>>, Error> {
        Ok(self.keys.get(keyid).cloned())
    }
}
