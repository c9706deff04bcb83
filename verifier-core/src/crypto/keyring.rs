//! Keys that verify signatures of several files.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::{Material, Message, PublicKey, Tables};
use crate::failure::KeyProblem;
use crate::role::{Authority, Form, KeyDescription, Profile};

/// Keys that are prepared, at most. Each prepared key has a table of 25 KB (P-256) to 116 KB (P-521), and who writes root metadata
/// chooses how many keys it lists.
const MAX_PREPARED: usize = 16;

/// Signatures that are a key's own before it is prepared for more. A table costs as much as one and a half verifications and saves two
/// thirds of each. Wrong signatures do not count: anybody can write them.
const BEFORE_PREPARED: u32 = 3;

/// Keys by their descriptions: each is read once. A key that has verified several signatures is prepared for many: a chain of
/// roots has the same keys for years.
#[derive(Clone, Default)]
pub(crate) struct Keyring {
    keys: BTreeMap<Arc<KeyDescription>, Kept>,
    tables: Tables,
}

/// A description, as it was read.
#[derive(Clone)]
struct Kept {
    key: Result<(PublicKey, Form), KeyProblem>,
    /// Signatures that were its own.
    verified: u32,
    is_prepared: bool,
}

impl Keyring {
    /// What a described key is made of, and the form that it is written in.
    ///
    /// # Errors
    /// As for [`PublicKey::parse`].
    pub(crate) fn material(
        &mut self,
        description: &Arc<KeyDescription>,
        profile: Profile,
    ) -> Result<(Material, Form), KeyProblem> {
        let kept = self.keys.entry(Arc::clone(description)).or_insert_with(|| Kept {
            key: PublicKey::parse(description, profile),
            verified: 0,
            is_prepared: false,
        });
        kept.key.as_ref().map(|(key, form)| (key.material(), *form)).map_err(|why| *why)
    }

    /// Whether a hexadecimal signature of the message is by the described key. A key that was not read has signed nothing.
    pub(crate) fn verifies(
        &mut self,
        description: &KeyDescription,
        message: &Message<'_>,
        sig: &str,
    ) -> bool {
        let prepared = self.keys.values().filter(|kept| kept.is_prepared).count();
        let Some(Kept { key: Ok((key, _)), verified, is_prepared }) = self.keys.get_mut(description) else {
            return false;
        };
        let is_own = key.verifies(message, sig);
        *verified = verified.saturating_add(u32::from(is_own));
        if *verified >= BEFORE_PREPARED && !*is_prepared && prepared < MAX_PREPARED {
            *key = key.prepared(&mut self.tables);
            *is_prepared = true;
        }
        is_own
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

// Nothing in a key changes while it is shared, whatever its scheme.
impl UnwindSafe for Keyring {}
impl RefUnwindSafe for Keyring {}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.keys.keys()).finish()
    }
}
