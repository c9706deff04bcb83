//! What a public key is made of, whatever keyid, scheme and spelling it has.

use pkcs8::der::Document;
use pkcs8::der::pem::PemLabel as _;
use pkcs8::{EncodePublicKey as _, SubjectPublicKeyInfoRef, spki};
use rsa::pkcs1::DecodeRsaPublicKey as _;

use crate::key::public;
use crate::metadata::Key;

impl Key {
    /// The SubjectPublicKeyInfo of the key in DER, which is the same for every key object of one private key: with another scheme,
    /// other letters in hexadecimal, a compressed point, another PEM label. A key that cannot be read is its own text.
    #[must_use]
    pub fn material(&self) -> Vec<u8> {
        let text = self.keyval.public.trim();
        of_pem(text).or_else(|| self.of_hexadecimal(text)).unwrap_or_else(|| text.as_bytes().to_vec())
    }

    fn of_hexadecimal(&self, text: &str) -> Option<Vec<u8>> {
        let bytes = base16ct::mixed::decode_vec(text).ok()?;
        let written = match self.scheme.as_str() {
            "ed25519" => {
                let bytes = bytes.try_into().ok()?;
                ed25519_dalek::VerifyingKey::from_bytes(&bytes).ok()?.to_public_key_der()
            }
            "ecdsa-sha2-nistp256" => p256::PublicKey::from_sec1_bytes(&bytes).ok()?.to_public_key_der(),
            "ecdsa-sha2-nistp384" => p384::PublicKey::from_sec1_bytes(&bytes).ok()?.to_public_key_der(),
            "ecdsa-sha2-nistp521" => p521::PublicKey::from_sec1_bytes(&bytes).ok()?.to_public_key_der(),
            _ => return None,
        };
        der(written)
    }
}

fn of_pem(text: &str) -> Option<Vec<u8>> {
    let (label, document) = Document::from_pem(text).ok()?;
    match label {
        SubjectPublicKeyInfoRef::PEM_LABEL => public::normal_form(document.as_bytes()),
        _ => der(rsa::RsaPublicKey::from_pkcs1_der(document.as_bytes()).ok()?.to_public_key_der()),
    }
}

fn der(written: spki::Result<Document>) -> Option<Vec<u8>> {
    Some(written.ok()?.as_bytes().to_vec())
}
