//! Check against the referring metadata, which stops a mix-and-match attack (5.5.2, 5.5.4, 5.6.2, 5.6.4).

use crate::crypto::{Algorithm, decode};
use crate::failure::{Failure, Mismatch, Refusal, Unsupported};
use crate::role::MetaFile;

/// Sees that received bytes have the listed length and every listed hash of a supported algorithm.
///
/// A listing that has hashes, but none of a supported algorithm, cannot be checked: the bytes are not accepted.
pub(crate) fn bytes(role: &str, listing: &MetaFile<'_>, received: &[u8]) -> Result<(), Failure> {
    let offered = u64::try_from(received.len()).unwrap_or(u64::MAX);
    if let Some(listed) = listing.length.filter(|listed| *listed != offered) {
        return Err(mixed(role, Mismatch::Length { listed, offered }).into());
    }
    let Some(hashes) = listing.hashes else {
        return Ok(());
    };
    let mut checked = false;
    for (name, digest) in hashes.iter() {
        let name = name.plain();
        if let Some(algorithm) = Algorithm::named(&name) {
            if decode(&digest.plain()) != Some(algorithm.digest(received)) {
                return Err(mixed(role, Mismatch::Digest { algorithm: name.into() }).into());
            }
            checked = true;
        }
    }
    match checked {
        true => Ok(()),
        false => Err(Unsupported::Hashes { name: role.into(), listed: hashes.algorithms() }.into()),
    }
}

/// Sees that metadata has the listed version.
pub(crate) fn version(role: &str, listing: &MetaFile<'_>, offered: u64) -> Result<(), Refusal> {
    match listing.version == offered {
        true => Ok(()),
        false => Err(mixed(role, Mismatch::Version { listed: listing.version, offered })),
    }
}

/// The refusal of metadata that is not what its listing says.
pub(crate) fn mixed(role: &str, mismatch: Mismatch) -> Refusal {
    Refusal::MixAndMatch { role: role.into(), mismatch }
}
