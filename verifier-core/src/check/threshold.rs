//! Check for an arbitrary software attack (5.3.4, 5.4.2, 5.5.3, 5.6.3), and for rotated keys (5.3.11).

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::crypto::{Keyring, Material, Message, PublicKey};
use crate::failure::{Failure, KeyProblem, MAX_NAMED, Refusal, Unsupported, UnusableKeys, excerpt};
use crate::role::{Authority, Envelope, Form, KeyDescription, Profile};

/// The signatures of one envelope. Each is verified once with a key, however many authorities list the key.
pub(crate) struct Signatures<'a> {
    envelope: &'a Envelope,
    message: Message<'a>,
    keys: &'a mut Keyring,
    /// By the place of a signature: the key that it was last verified with, and the result.
    verified: BTreeMap<usize, (Arc<KeyDescription>, bool)>,
}

impl<'a> Signatures<'a> {
    /// The signatures of an envelope, which keys of this ring verify.
    pub(crate) fn of(envelope: &'a Envelope, keys: &'a mut Keyring) -> Self {
        Self {
            envelope,
            message: Message::new(envelope.signed().as_bytes()),
            keys,
            verified: BTreeMap::new(),
        }
    }

    /// Sees that a threshold of distinct trusted keys signed the metadata of a role.
    ///
    /// Each key counts once, under however many keyids, in however many forms and with however many signatures. Signatures
    /// by unknown keys are passed over. Returns the keyids of the counted keys that only the compatible profile reads.
    ///
    /// # Errors
    /// An arbitrary software attack. Unsupported, if keys that are not usable here signed, and the usable ones alone could
    /// not meet the threshold: then nobody can say whether it is an attack.
    pub(crate) fn meet(&mut self, role: &str, authority: &Authority) -> Result<Vec<Box<str>>, Failure> {
        let (envelope, profile) = (self.envelope, self.envelope.profile());
        let (mut counted, mut other_forms, mut unread) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
        for (place, signature) in envelope.signatures().enumerate() {
            let Some((keyid, description)) = authority.find(signature.keyid) else {
                continue;
            };
            let sig = signature.sig.plain();
            match self.keys.material(description, profile) {
                Ok((material, form)) => {
                    if !counted.contains(&material) && self.verifies(place, description, &sig) {
                        counted.insert(material);
                        other_forms.extend((form == Form::Compatible).then(|| keyid.clone()));
                    }
                }
                // An empty signature is one that is still awaited.
                Err(_) if sig.is_empty() => {}
                Err(_) => _ = unread.insert(description),
            }
        }
        let valid = number(counted.len());
        if valid >= authority.threshold {
            return Ok(other_forms);
        }
        // If not even the signatures that cannot be verified here would do, the metadata lacks signatures for everybody.
        if valid.saturating_add(number(unread.len())) >= authority.threshold
            && let Some(unsupported) = unsupported(role, authority, profile)
        {
            return Err(unsupported.into());
        }
        Err(Refusal::ArbitrarySoftware {
            role: role.into(),
            delegator: (*authority.delegator).into(),
            delegator_version: authority.delegator_version,
            threshold: authority.threshold,
            valid,
        }
        .into())
    }

    /// Whether the signature at a place is this key's.
    fn verifies(&mut self, place: usize, description: &Arc<KeyDescription>, sig: &str) -> bool {
        match self.verified.get(&place) {
            Some((verifier, result)) if verifier == description => *result,
            _ => {
                let result = self.keys.verifies(description, &self.message, sig);
                self.verified.insert(place, (Arc::clone(description), result));
                result
            }
        }
    }
}

/// Sees that a threshold of distinct trusted keys signed the metadata of a role, as [`Signatures::meet`] does.
///
/// # Errors
/// As there.
pub(crate) fn signed(
    role: &str,
    envelope: &Envelope,
    authority: &Authority,
) -> Result<Vec<Box<str>>, Failure> {
    Signatures::of(envelope, &mut Keyring::default()).meet(role, authority)
}

/// Whether the same keys with the same threshold are listed, under whatever keyids and in whatever form. A key that is
/// not usable is the same if it is described by the same words.
///
/// # Specification
/// 5.3.11: what was signed by keys that have been rotated is forgotten. A key that is merely written in another way has
/// not been rotated, and what it signed stays the floor.
pub(crate) fn same_keys(one: &Authority, other: &Authority, profile: Profile) -> bool {
    one.threshold == other.threshold && distinct(one, profile) == distinct(other, profile)
}

/// A key without its name and the form that it is written in. With its scheme: what one scheme signed is nothing under
/// another.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Usable { scheme: &'a str, material: Material },
    Unusable(&'a KeyDescription),
}

fn distinct(authority: &Authority, profile: Profile) -> BTreeSet<Key<'_>> {
    let keys = authority.keys.iter().map(|(_, description)| match PublicKey::parse(description, profile) {
        Ok((key, _)) => Key::Usable { scheme: &description.scheme, material: key.material() },
        Err(_) => Key::Unusable(description),
    });
    // Inserted one by one: `collect` sorts first, which is kilobytes of code for each type.
    let mut distinct = BTreeSet::new();
    distinct.extend(keys);
    distinct
}

/// What keeps a threshold from being met. `None` if the usable keys alone could meet it: they should have signed then.
fn unsupported(role: &str, authority: &Authority, profile: Profile) -> Option<Unsupported> {
    let (mut usable, mut unusable) = (BTreeSet::new(), Vec::new());
    for (_, description) in authority.keys.iter() {
        match PublicKey::parse(description, profile) {
            Ok((key, _)) => _ = usable.insert(key.material()),
            Err(why) => count(&mut unusable, description, why),
        }
    }
    (number(usable.len()) < authority.threshold).then(|| Unsupported::Keys {
        role: role.into(),
        delegator: (*authority.delegator).into(),
        delegator_version: authority.delegator_version,
        threshold: authority.threshold,
        listed: number(authority.keys.len()),
        unusable,
    })
}

/// Counts a key among those of its type and scheme. Kinds beyond the most that are named count with the last one.
fn count(unusable: &mut Vec<UnusableKeys>, description: &KeyDescription, why: KeyProblem) {
    let (keytype, scheme) = (excerpt(&description.keytype), excerpt(&description.scheme));
    let known =
        unusable.iter().position(|keys| (&keys.keytype, &keys.scheme, keys.why) == (&keytype, &scheme, why));
    let last = (unusable.len() >= MAX_NAMED).then(|| unusable.len().saturating_sub(1));
    match known.or(last).and_then(|index| unusable.get_mut(index)) {
        Some(keys) => keys.count = keys.count.saturating_add(1),
        None => unusable.push(UnusableKeys { keytype, scheme, why, count: 1 }),
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
