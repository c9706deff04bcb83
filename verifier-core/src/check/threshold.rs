//! Check for an arbitrary software attack (5.3.4, 5.4.2, 5.5.3, 5.6.3).

use alloc::vec::Vec;

use crate::crypto::{Message, PublicKey};
use crate::failure::Refusal;
use crate::role::{Authority, Envelope};

/// Sees that a threshold of distinct trusted keys signed the metadata of a role.
///
/// Each key counts once, under however many keyids and with however many signatures. Keys of unknown types and
/// signatures by unknown keys are passed over.
pub(crate) fn signed(role: &str, envelope: &Envelope, authority: &Authority) -> Result<(), Refusal> {
    let message = Message::new(envelope.signed().as_bytes());
    let mut counted = Vec::new();
    for signature in envelope.signatures() {
        let trusted = authority.keys.iter().find(|(keyid, _)| signature.keyid.is(keyid));
        let Some(key) = trusted.and_then(|(_, description)| PublicKey::parse(description)) else {
            continue;
        };
        let material = key.material();
        if !counted.contains(&material) && key.verifies(&message, &signature.sig.plain()) {
            counted.push(material);
        }
    }
    let valid = u64::try_from(counted.len()).unwrap_or(u64::MAX);
    if valid < authority.threshold {
        return Err(Refusal::ArbitrarySoftware {
            role: role.into(),
            delegator: authority.delegator.clone(),
            delegator_version: authority.delegator_version,
            threshold: authority.threshold,
            valid,
        });
    }
    Ok(())
}
