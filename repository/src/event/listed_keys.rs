//! The keys that a payload lists, and whether each has its own name.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::event::EventError;
use crate::event::before::Before;
use crate::event::payload::Document;
use crate::metadata::{Key, ROOT};

impl Document {
    /// Its keys by keyid: those of root metadata, or of the roles that it delegates to.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (&String, &Key)> {
        let keys: Option<&BTreeMap<String, Key>> = match self {
            Self::Root(root) => Some(&root.keys),
            Self::Targets(targets) => targets.delegations.as_ref().map(|delegations| &delegations.keys),
        };
        keys.into_iter().flatten()
    }
}

impl Before {
    /// The key that the published document of a role lists under a keyid.
    pub(crate) fn key(&self, role: &str, keyid: &str) -> Option<&Key> {
        match role {
            ROOT => self.root.keys.get(keyid),
            _ => self.targets.get(role)?.delegations.as_ref()?.keys.get(keyid),
        }
    }
}

/// Sees that every key has the keyid that it is listed under. Keyids are opaque to clients (TAP 12), and people compare them:
/// a key under the keyid of another one would be shown as that one. A key that the same role has published so may stay.
///
/// # Errors
/// [`EventError::KeyMismatch`]; [`Error::Key`] for a key without a canonical form.
pub(super) fn check(role: &str, document: &Document, before: &Before) -> Result<(), Error> {
    for (keyid, key) in document.keys() {
        if before.key(role, keyid) == Some(key) {
            continue;
        }
        let actual = key.keyid()?;
        if actual != *keyid {
            let (role, keyid) = (role.to_owned(), keyid.clone());
            return Err(EventError::KeyMismatch { role, keyid, actual }.into());
        }
    }
    Ok(())
}
