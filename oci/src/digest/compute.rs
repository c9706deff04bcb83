//! The digest of bytes.

use std::fmt::Write;

use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::{Algorithm, Digest};

impl Digest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(algorithm: Algorithm, bytes: &[u8]) -> Self {
        let hash = match algorithm {
            Algorithm::Sha256 => Sha256::digest(bytes).to_vec(),
            Algorithm::Sha384 => Sha384::digest(bytes).to_vec(),
            Algorithm::Sha512 => Sha512::digest(bytes).to_vec(),
        };
        let mut hex = String::with_capacity(algorithm.digits());
        for byte in hash {
            // A String takes whatever is written to it.
            let _ = write!(hex, "{byte:02x}");
        }
        Self { algorithm, hex }
    }
}
