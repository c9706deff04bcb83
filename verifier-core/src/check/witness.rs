//! Proofs that checks ran: a value of these types cannot be made without the check.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{freeze, threshold};
use crate::failure::Refusal;
use crate::role::{Authority, Form, Role, UnixTime};
use crate::workflow::{Basis, Waived, Waiver};

/// Metadata signed by a threshold of trusted keys.
#[derive(Clone, Debug)]
pub(crate) struct Authentic<R> {
    metadata: R,
    /// Keyids of the counted keys that only the legacy profile takes.
    legacy_keys: Vec<Box<str>>,
}

/// Authentic metadata that has not expired.
#[derive(Clone, Debug)]
pub(crate) struct Current<R>(Authentic<R>);

impl<R: Role> Authentic<R> {
    /// Checks the signatures of metadata against those who may sign for the role.
    pub(crate) fn judge(metadata: R, role: &str, authority: &Authority) -> Result<Self, Refusal> {
        let legacy_keys = threshold::signed(role, metadata.envelope(), authority)?;
        Ok(Self { metadata, legacy_keys })
    }

    /// Checks the expiry against the fixed update start time.
    pub(crate) fn current(self, role: &str, now: UnixTime) -> Result<Current<R>, Refusal> {
        freeze::current(role, self.metadata.header(), now).map(|()| Current(self))
    }

    /// What was taken in another form than the specification's.
    fn waivers(&self, role: &str) -> Vec<Waiver> {
        let date = (self.metadata.header().date_form == Form::Legacy)
            .then(|| Waived::DateForm { role: role.into() });
        let keys = self.legacy_keys.iter().cloned().map(|keyid| Waived::KeyForm { role: role.into(), keyid });
        date.into_iter().chain(keys).map(|check| Waiver { check, why: Basis::Legacy }).collect()
    }
}

impl<R: Role> Current<R> {
    /// What was taken in another form than the specification's.
    pub(crate) fn waivers(&self, role: &str) -> Vec<Waiver> {
        self.0.waivers(role)
    }
}

impl<R> core::ops::Deref for Authentic<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.metadata
    }
}

impl<R> core::ops::Deref for Current<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.0
    }
}
