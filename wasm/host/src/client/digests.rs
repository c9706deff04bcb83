//! Hashes target bytes outside of the sandbox, where the processor's own instructions for it can be used. The
//! component compares the digests.

use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::records::{AtHand, Hash, Target};

/// The digests of the algorithms that a target lists, as far as they are known here.
#[derive(Clone)]
pub(crate) struct Digests {
    length: u64,
    sha256: Option<Sha256>,
    sha384: Option<Sha384>,
    sha512: Option<Sha512>,
}

impl Digests {
    /// Nothing hashed yet.
    pub(crate) fn listed_by(target: &Target) -> Self {
        let listed = |algorithm: &str| target.hashes.iter().any(|hash| hash.algorithm == algorithm);
        Self {
            length: 0,
            sha256: listed("sha256").then(Sha256::new),
            sha384: listed("sha384").then(Sha384::new),
            sha512: listed("sha512").then(Sha512::new),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.length = self.length.saturating_add(bytes.len().try_into().unwrap_or(u64::MAX));
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
        if let Some(sha384) = &mut self.sha384 {
            sha384.update(bytes);
        }
        if let Some(sha512) = &mut self.sha512 {
            sha512.update(bytes);
        }
    }

    /// Bytes hashed so far.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Their number of bytes and digests, for the component.
    pub(crate) fn at_hand(self) -> AtHand {
        AtHand { length: self.length, digests: self.finish() }
    }

    fn finish(self) -> Vec<Hash> {
        let hash = |algorithm: &str, digest: &[u8]| Hash {
            algorithm: algorithm.to_owned(),
            digest: hexadecimal(digest),
        };
        [
            self.sha256.map(|sha256| hash("sha256", &sha256.finalize())),
            self.sha384.map(|sha384| hash("sha384", &sha384.finalize())),
            self.sha512.map(|sha512| hash("sha512", &sha512.finalize())),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Bytes become lower-case hexadecimal digits.
pub(super) fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
