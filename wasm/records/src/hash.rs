//! Hashes, both ways.

use tuf_verifier_core::Hash;

use crate::wit;

/// A hash, from the core to the host.
pub(crate) fn to_wit(hash: Hash) -> wit::Hash {
    wit::Hash { algorithm: hash.algorithm.into(), digest: hash.digest.into() }
}

/// Hashes, from the host to the core.
#[must_use]
pub fn to_core(hashes: Vec<wit::Hash>) -> Vec<Hash> {
    let hash = |hash: wit::Hash| Hash { algorithm: hash.algorithm.into(), digest: hash.digest.into() };
    hashes.into_iter().map(hash).collect()
}
