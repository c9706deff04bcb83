//! Proofs that checks ran: a value of these types cannot be made without the check.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::freeze;
use super::threshold::{self, Signatures};
use crate::crypto::Keyring;
use crate::failure::{Failure, Refusal};
use crate::role::{Authority, Form, ROOT, Role, Root, UnixTime};
use crate::workflow::{Basis, Waived, Waiver};

/// Metadata signed by a threshold of trusted keys.
#[derive(Clone, Debug)]
pub(crate) struct Authentic<R> {
    metadata: R,
    /// Keyids of the counted keys that only the compatible profile reads.
    key_forms: Vec<Box<str>>,
}

/// Authentic metadata that has not expired.
#[derive(Clone, Debug)]
pub(crate) struct Current<R>(Authentic<R>);

impl Authentic<Root> {
    /// Checks the signatures of root metadata against its own keys, with keys of this ring.
    ///
    /// # Errors
    /// As for [`Signatures::meet`].
    pub(crate) fn judge_by_itself(metadata: Root, keys: &mut Keyring) -> Result<Self, Failure> {
        let key_forms = Signatures::of(metadata.envelope(), keys).meet(ROOT, &metadata.root)?;
        Ok(Self { metadata, key_forms })
    }

    /// Checks the signatures of root metadata against the keys of the trusted version, and against its own (5.3.4). Returns with
    /// it the keyids of the trusted version's keys that were counted and that only the compatible profile reads.
    ///
    /// # Errors
    /// As for [`Signatures::meet`].
    pub(crate) fn judge_next(
        metadata: Root,
        trusted: &Authority,
        keys: &mut Keyring,
    ) -> Result<(Self, Vec<Box<str>>), Failure> {
        let mut signatures = Signatures::of(metadata.envelope(), keys);
        let by_trusted = signatures.meet(ROOT, trusted)?;
        let key_forms = signatures.meet(ROOT, &metadata.root)?;
        Ok((Self { metadata, key_forms }, by_trusted))
    }
}

impl<R: Role> Authentic<R> {
    /// Checks the signatures of metadata against those who may sign for the role.
    ///
    /// # Errors
    /// As for [`threshold::signed`].
    pub(crate) fn judge(metadata: R, role: &str, authority: &Authority) -> Result<Self, Failure> {
        let key_forms = threshold::signed(role, metadata.envelope(), authority)?;
        Ok(Self { metadata, key_forms })
    }

    /// Checks the expiry against the fixed update start time.
    pub(crate) fn current(self, role: &str, now: UnixTime) -> Result<Current<R>, Refusal> {
        freeze::current(role, self.metadata.header(), now).map(|()| Current(self))
    }

    /// Keyids of the counted keys that are written in another form than the specification's.
    pub(crate) fn key_forms(&self) -> &[Box<str>] {
        &self.key_forms
    }

    /// What was taken in another form than the specification's.
    fn waivers(&self, role: &str) -> Vec<Waiver> {
        let keys = key_form_waivers(role, &self.key_forms);
        self.date_waiver(role).into_iter().chain(keys).collect()
    }

    fn date_waiver(&self, role: &str) -> Option<Waiver> {
        let other = self.metadata.header().date_form == Form::Compatible;
        let check = Waived::DateForm { role: role.into() };
        other.then_some(Waiver { check, why: Basis::Compatible })
    }
}

impl<R: Role> Current<R> {
    /// What was taken in another form than the specification's.
    pub(crate) fn waivers(&self, role: &str) -> Vec<Waiver> {
        self.0.waivers(role)
    }

    /// That the expiry was taken in another form than the specification's, if it was.
    pub(crate) fn date_waiver(&self, role: &str) -> Option<Waiver> {
        self.0.date_waiver(role)
    }
}

/// The waivers of keys that signed a role and are written in another form than the specification's.
pub(crate) fn key_form_waivers(role: &str, keyids: &[Box<str>]) -> Vec<Waiver> {
    let waived = |keyid: Box<str>| Waived::KeyForm { role: role.into(), keyid };
    keyids.iter().cloned().map(waived).map(|check| Waiver { check, why: Basis::Compatible }).collect()
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
