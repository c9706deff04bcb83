//! The hash of a target path, by which hashed bins are chosen (4.5, TAP 15).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Algorithm;

/// The SHA-256 digest of a target path.
#[derive(Clone, Debug)]
pub(crate) struct PathHash {
    digest: Vec<u8>,
    hex: String,
}

impl PathHash {
    /// Hashes a path.
    pub(crate) fn of(path: &str) -> Self {
        let digest = Algorithm::Sha256.digest(path.as_bytes());
        let hex = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { digest, hex }
    }

    /// Whether the digest in lower-case hexadecimal begins with these digits.
    pub(crate) fn starts_with(&self, prefix: &str) -> bool {
        self.hex.starts_with(prefix)
    }

    /// Whether these are digits that the digest of some path begins with.
    pub(crate) fn may_start_with(prefix: &str) -> bool {
        prefix.len() <= 64 && prefix.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    }

    /// The first 1 to 32 bits as a number.
    pub(crate) fn leading_bits(&self, bits: u32) -> u32 {
        let first = self.digest.first_chunk::<4>().copied().unwrap_or_default();
        u32::from_be_bytes(first).checked_shr(32_u32.saturating_sub(bits)).unwrap_or_default()
    }
}
