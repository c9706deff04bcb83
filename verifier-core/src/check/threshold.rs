//! Check for an arbitrary software attack (5.3.4, 5.4.2, 5.5.3, 5.6.3).

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::crypto::{Message, PublicKey};
use crate::failure::Refusal;
use crate::role::{Authority, Envelope, Form};

/// Sees that a threshold of distinct trusted keys signed the metadata of a role.
///
/// Each key counts once, under however many keyids and with however many signatures. Keys of unknown types and
/// signatures by unknown keys are passed over. Returns the keyids of the counted keys that only the legacy profile
/// takes.
pub(crate) fn signed(
    role: &str,
    envelope: &Envelope,
    authority: &Authority,
) -> Result<Vec<Box<str>>, Refusal> {
    let message = Message::new(envelope.signed().as_bytes());
    let (mut counted, mut legacy) = (Vec::new(), Vec::new());
    for signature in envelope.signatures() {
        let Some((keyid, description)) = authority.find(signature.keyid) else {
            continue;
        };
        let Some((key, form)) = PublicKey::parse(description, envelope.profile()) else {
            continue;
        };
        let material = key.material();
        if !counted.contains(&material) && key.verifies(&message, &signature.sig.plain()) {
            counted.push(material);
            legacy.extend((form == Form::Legacy).then(|| keyid.clone()));
        }
    }
    let valid = u64::try_from(counted.len()).unwrap_or(u64::MAX);
    if valid < authority.threshold {
        return Err(Refusal::ArbitrarySoftware {
            role: role.into(),
            delegator: (*authority.delegator).into(),
            delegator_version: authority.delegator_version,
            threshold: authority.threshold,
            valid,
        });
    }
    Ok(legacy)
}
