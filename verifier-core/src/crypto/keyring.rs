//! Keys that verify signatures of several files.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::fmt;

use super::{PublicKey, Tables};
use crate::failure::KeyProblem;
use crate::role::{Authority, Form, KeyDescription, Profile};

/// Keys that are prepared, at most. Each prepared key has tables of some 25 KB, and who writes root metadata chooses how many
/// keys it lists.
const MAX_PREPARED: usize = 16;

/// Keys by their descriptions: each is read once. A key that verifies a second signature is prepared for many: a chain of roots
/// has the same keys for years.
#[derive(Clone, Default)]
pub(crate) struct Keyring {
    keys: BTreeMap<Arc<KeyDescription>, Kept>,
    tables: Tables,
}

/// A description, as it was read.
#[derive(Clone)]
struct Kept {
    key: Result<(PublicKey, Form), KeyProblem>,
    /// Whether it has verified a signature.
    is_used: bool,
    is_prepared: bool,
}

impl Keyring {
    /// The key that a description describes, to verify a signature with.
    ///
    /// # Errors
    /// As for [`PublicKey::parse`].
    pub(crate) fn key(
        &mut self,
        description: &Arc<KeyDescription>,
        profile: Profile,
    ) -> Result<(PublicKey, Form), KeyProblem> {
        let prepared = self.keys.values().filter(|kept| kept.is_prepared).count();
        let kept = self.keys.entry(Arc::clone(description)).or_insert_with(|| Kept {
            key: PublicKey::parse(description, profile),
            is_used: false,
            is_prepared: false,
        });
        if let Ok((key, _)) = &mut kept.key
            && kept.is_used
            && !kept.is_prepared
            && prepared < MAX_PREPARED
        {
            *key = key.prepared(&mut self.tables);
            kept.is_prepared = true;
        }
        kept.is_used = true;
        kept.key.clone()
    }

    /// Drops the keys that a role does not list.
    pub(crate) fn keep_only(&mut self, authority: &Authority) {
        let mut listed = BTreeMap::new();
        for (_, description) in authority.keys.iter() {
            if let Some((description, kept)) = self.keys.remove_entry(description) {
                listed.insert(description, kept);
            }
        }
        self.keys = listed;
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.keys.keys()).finish()
    }
}
