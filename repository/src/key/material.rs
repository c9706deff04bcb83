//! What a public key is made of, whatever keyid, scheme and spelling it has.

use pkcs8::der::Document;
use tuf_verifier_core::{KeyProblem, key_material};

use crate::metadata::Key;

impl Key {
    /// What thresholds count, as the core says it: the same bytes for every key object of one private key, with another scheme, other
    /// letters in hexadecimal, other lines of PEM, a compressed point. A key that clients cannot read is its own text.
    #[must_use]
    pub fn material(&self) -> Vec<u8> {
        let material = self.of_core().or_else(|problem| self.of_spki().ok_or(problem));
        // No family of the core's has this name.
        material.unwrap_or_else(|_| ["unreadable\n", self.keyval.public.trim()].concat().into_bytes())
    }

    fn of_core(&self) -> Result<Vec<u8>, KeyProblem> {
        key_material(&self.keytype, &self.scheme, &self.keyval.public)
    }

    /// Of a key whose type or scheme clients do not know, or not with this form: a PEM says itself what it is.
    fn of_spki(&self) -> Option<Vec<u8>> {
        let (_, document) = Document::from_pem(self.keyval.public.trim()).ok()?;
        Self::from_spki(document.as_bytes(), None).ok()?.of_core().ok()
    }
}
