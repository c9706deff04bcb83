//! Digests as metadata writes them: lower-case hexadecimal.

use sha2::{Digest, Sha256, Sha384, Sha512};

/// Bytes become lower-case hexadecimal text.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 digest of these bytes, as hexadecimal text.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The SHA-384 digest of these bytes, as hexadecimal text.
#[must_use]
pub fn sha384(bytes: &[u8]) -> String {
    hex(&Sha384::digest(bytes))
}

/// The SHA-512 digest of these bytes, as hexadecimal text.
#[must_use]
pub fn sha512(bytes: &[u8]) -> String {
    hex(&Sha512::digest(bytes))
}
