//! Who must sign a role of an event.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::error::Error;
use crate::event::EventError;
use crate::metadata::{Key, Role};

/// Signatures that a role needs, and whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// Who demands them.
    pub by: By,
    /// Signatures by distinct keys that are needed.
    pub threshold: u64,
    /// The keys that may sign, by keyid.
    pub keys: BTreeMap<String, Key>,
}

/// Who demands signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum By {
    /// Root metadata that is published.
    PublishedRoot(u64),
    /// Root metadata that the event publishes.
    NextRoot(u64),
    /// A role that delegates to it.
    Delegator(String),
    /// What is published now, which is not what the event was made from.
    Published,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PublishedRoot(version) => write!(f, "for the published root version {version}"),
            Self::NextRoot(version) => write!(f, "for the new root version {version}"),
            Self::Delegator(role) => write!(f, "for role {role}, which delegates to it"),
            Self::Published => f.write_str("by what is published now"),
        }
    }
}

impl Duty {
    pub(crate) fn new(by: By, role: &Role, keys: &BTreeMap<String, Key>) -> Self {
        let listed = |keyid: &String| Some((keyid.clone(), keys.get(keyid)?.clone()));
        Self { by, threshold: role.threshold.max(1), keys: role.keyids.iter().filter_map(listed).collect() }
    }

    /// Signatures by distinct keys among those of these keyids. One key counts once, under however many keyids.
    pub fn count<'k>(&self, signed: impl IntoIterator<Item = &'k String>) -> u64 {
        let keys = signed.into_iter().filter_map(|keyid| self.keys.get(keyid));
        keys.map(Key::material).collect::<BTreeSet<_>>().len() as u64
    }

    fn asks_the_same(&self, other: &Self) -> bool {
        self.threshold == other.threshold && self.keys == other.keys
    }
}

/// Adds a duty, unless the same is demanded already.
pub(crate) fn add(duties: &mut Vec<Duty>, duty: Duty) {
    if !duties.iter().any(|there| there.asks_the_same(&duty)) {
        duties.push(duty);
    }
}

/// Whether a key made a hexadecimal signature over canonical bytes: the core says so.
///
/// # Errors
/// [`EventError::UnusableKey`].
pub(crate) fn signs(keyid: &str, key: &Key, bytes: &[u8], signature: &str) -> Result<bool, Error> {
    let Ok(signature) = base16ct::mixed::decode_vec(signature) else { return Ok(false) };
    tuf_verifier_core::verify_signature(&key.keytype, &key.scheme, &key.keyval.public, bytes, &signature)
        .map_err(|problem| EventError::UnusableKey { keyid: keyid.to_owned(), problem }.into())
}
