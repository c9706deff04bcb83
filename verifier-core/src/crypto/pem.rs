//! Keys in PEM (RFC 7468).

use pkcs8::Document;

/// The label of a SubjectPublicKeyInfo (RFC 5280).
pub(super) const PUBLIC_KEY: &str = "PUBLIC KEY";

/// PEM becomes its label and the DER in it. White space around it does not count.
pub(super) fn read(text: &str) -> Option<(&str, Document)> {
    Document::from_pem(text.trim_ascii()).ok()
}
