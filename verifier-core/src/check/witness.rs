//! Proofs that checks ran: a value of these types cannot be made without the check.

use super::{freeze, threshold};
use crate::failure::Refusal;
use crate::role::{Authority, Role, UnixTime};

/// Metadata signed by a threshold of trusted keys.
#[derive(Clone, Debug)]
pub(crate) struct Authentic<R>(R);

/// Authentic metadata that has not expired.
#[derive(Clone, Debug)]
pub(crate) struct Current<R>(Authentic<R>);

impl<R: Role> Authentic<R> {
    /// Checks the signatures of metadata against those who may sign for the role.
    pub(crate) fn judge(metadata: R, role: &str, authority: &Authority) -> Result<Self, Refusal> {
        threshold::signed(role, metadata.envelope(), authority).map(|()| Self(metadata))
    }

    /// Checks the expiry against the fixed update start time.
    pub(crate) fn current(self, role: &str, now: UnixTime) -> Result<Current<R>, Refusal> {
        freeze::current(role, self.0.header(), now).map(|()| Current(self))
    }
}

impl<R> core::ops::Deref for Authentic<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.0
    }
}

impl<R> core::ops::Deref for Current<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.0
    }
}
