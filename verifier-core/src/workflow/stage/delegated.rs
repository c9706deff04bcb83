//! Delegated roles that searches have needed.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::chain::RotationChain;
use super::targets::judge;
use super::{Base, Step};
use crate::check::Current;
use crate::failure::{Failure, Misuse};
use crate::role::{Authority, Snapshot, Targets};
use crate::workflow::Waiver;

/// The delegated roles that searches have needed, each under the authority that a delegator gives it: under another one
/// it is judged on its own. The same keys under other keyids are another one, as signatures name keyids (TAP 12).
#[derive(Clone, Debug, Default)]
pub(super) struct DelegatedRoles(BTreeMap<Box<str>, Vec<DelegatedRole>>);

/// A delegated role under the authority of one delegator.
#[derive(Clone, Debug)]
pub(super) struct DelegatedRole {
    authority: Authority,
    pub(super) chain: RotationChain,
    pub(super) metadata: Option<Current<Targets>>,
}

impl DelegatedRoles {
    /// The role of a step.
    pub(super) fn get(&self, step: &Step) -> Option<&DelegatedRole> {
        let authority = step.authority.as_ref()?;
        self.0.get(&step.role)?.iter().find(|delegated| delegated.authority.same_keyids(authority))
    }

    /// The role of a step, of which nothing is known yet where it was never needed.
    ///
    /// # Errors
    /// As for [`RotationChain::begin`].
    pub(super) fn entry(
        &mut self,
        base: &Base,
        snapshot: &Snapshot,
        step: &Step,
    ) -> Result<&mut DelegatedRole, Failure> {
        let authority = step.authority.as_ref().ok_or(Misuse::NothingToAnswer)?;
        let known = self.0.entry(step.role.clone()).or_default();
        let found = known.iter().position(|delegated| delegated.authority.same_keyids(authority));
        if found.is_none() {
            let chain = RotationChain::begin(base, snapshot, &step.role, authority)?;
            known.push(DelegatedRole { authority: authority.clone(), chain, metadata: None });
        }
        let index = found.unwrap_or_else(|| known.len().saturating_sub(1));
        known.get_mut(index).ok_or_else(|| Misuse::NothingToAnswer.into())
    }
}

impl DelegatedRole {
    /// Takes what a step needs: a rotate file, or the metadata.
    pub(super) fn accept(
        &mut self,
        base: &Base,
        snapshot: &Snapshot,
        step: &Step,
        received: Vec<u8>,
    ) -> Result<(), Failure> {
        match step.rotation {
            Some(_) => self.chain.accept(base, snapshot, &received),
            None => {
                self.metadata = Some(judge(base, snapshot, &step.role, &self.chain, received)?);
                Ok(())
            }
        }
    }

    /// What was taken of the metadata and the rotate files in another form than the specification's.
    pub(super) fn waivers(&self, role: &str) -> Vec<Waiver> {
        let metadata = self.metadata.as_ref().map(|metadata| metadata.waivers(role)).unwrap_or_default();
        [self.chain.waivers(), &metadata].concat()
    }
}
