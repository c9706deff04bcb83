//! No signature is given out that the trusted public key does not verify.

use std::fmt;

use crate::error::KeyError;
use crate::key::Signer;
use crate::metadata::Key;
use crate::signer::{SignerError, SignerProblem, SignerUri};

/// Whoever has a private key.
pub(super) trait Holder: fmt::Debug + Send + Sync {
    /// Signs a message by the scheme of the public key: the bytes that metadata has in hexadecimal.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerProblem>;
}

/// A signer whose signatures are verified with the public key before they are given out.
#[derive(Debug)]
pub(super) struct Checked {
    uri: SignerUri,
    public: Key,
    keyid: String,
    holder: Box<dyn Holder>,
}

impl Checked {
    pub(super) fn new(uri: SignerUri, public: Key, holder: Box<dyn Holder>) -> Result<Self, KeyError> {
        let keyid = public.keyid()?;
        Ok(Self { uri, public, keyid, holder })
    }

    fn refused(&self, problem: SignerProblem) -> SignerError {
        problem.of(&self.uri)
    }
}

impl Signer for Checked {
    fn public(&self) -> &Key {
        &self.public
    }

    fn keyid(&self) -> &str {
        &self.keyid
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.holder.sign(message).map_err(|problem| self.refused(problem))?;
        match self.public.verify(message, &signature)? {
            true => Ok(signature),
            false => Err(self.refused(SignerProblem::AnotherKey { keyid: self.keyid.clone() }).into()),
        }
    }
}
