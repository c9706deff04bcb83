//! Hashes of target bytes, for hosts that have no faster way.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::AtHand;
use crate::crypto::{Algorithm, Hasher, encode};
use crate::workflow::Hash;

/// Hashes the bytes of a target as they come.
#[derive(Clone, Debug)]
pub struct TargetHasher {
    length: u64,
    hashers: Vec<(Box<str>, Hasher)>,
}

impl TargetHasher {
    /// Begins to hash by each of these algorithms, as metadata names them. Those that are not supported are left out.
    #[must_use]
    pub fn new<'a>(algorithms: impl IntoIterator<Item = &'a str>) -> Self {
        let hasher = |name: &str| Some((name.into(), Hasher::new(Algorithm::named(name)?)));
        Self { length: 0, hashers: algorithms.into_iter().filter_map(hasher).collect() }
    }

    /// Takes the next bytes.
    pub fn write(&mut self, chunk: &[u8]) {
        self.length = self.length.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        for (_, hasher) in &mut self.hashers {
            hasher.update(chunk);
        }
    }

    /// The number of all bytes so far and their digests. More may follow.
    #[must_use]
    pub fn at_hand(&self) -> AtHand {
        let digest = |(algorithm, hasher): &(Box<str>, Hasher)| Hash {
            algorithm: algorithm.clone(),
            digest: encode(&hasher.clone().finish()).into(),
        };
        AtHand { length: self.length, digests: self.hashers.iter().map(digest).collect() }
    }
}
