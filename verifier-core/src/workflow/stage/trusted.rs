//! Authentic and current top-level roles, from which targets are searched (5.6.7).

use alloc::vec::Vec;

use super::chain::RotationChain;
use super::delegated::DelegatedRoles;
use super::targets::file;
use super::{Base, MetadataFile, Progress, Search, Step, malformed};
use crate::check::{Current, key_form_waivers};
use crate::crypto::PathHash;
use crate::failure::{Failure, Misuse};
use crate::role::{
    Delegation, Delegator, ROOT, Role, SNAPSHOT, Snapshot, TARGETS, TIMESTAMP, Targets, Timestamp,
};
use crate::target;
use crate::workflow::{RoleState, Target, Waiver};

/// All top-level roles, authentic and current, and the delegated roles that searches have needed.
#[derive(Clone, Debug)]
pub struct Trusted {
    base: Base,
    timestamp: Current<Timestamp>,
    snapshot: Current<Snapshot>,
    targets: Current<Targets>,
    /// What was taken of the rotate files of the top-level targets role in another form than the specification's.
    rotation_waivers: Vec<Waiver>,
    delegated: DelegatedRoles,
}

impl Trusted {
    pub(super) fn new(
        base: Base,
        timestamp: Current<Timestamp>,
        snapshot: Current<Snapshot>,
        targets: Current<Targets>,
        rotation_waivers: Vec<Waiver>,
    ) -> Self {
        Self { base, timestamp, snapshot, targets, rotation_waivers, delegated: DelegatedRoles::default() }
    }

    /// Goes on with a search as far as the metadata at hand allows.
    ///
    /// # Errors
    /// Unsupported, where the target's entry has no hash of a supported algorithm; endless data where it is listed with
    /// more bytes than the settings allow; mix-and-match where a role's rotate files are not those from 1 to their number;
    /// endless rotation; revoked.
    pub fn advance(&self, search: &mut Search) -> Result<Progress, Failure> {
        search.advance(self)
    }

    /// The file that a search needs (5.6.1; TAP 8).
    ///
    /// # Errors
    /// Mix-and-match where the snapshot does not list it; endless data where it lists more bytes than the settings allow;
    /// otherwise as for [`advance`](Self::advance).
    pub fn file(&self, step: &Step) -> Result<MetadataFile, Failure> {
        match self.chain(step)?.file(&self.base, &self.snapshot) {
            Some(file) => Ok(file),
            None => file(&self.base, &self.snapshot, &step.role),
        }
    }

    /// Takes the file that a search needs as the store has it. Whether that is enough: else the repository's is needed.
    ///
    /// # Errors
    /// As for [`accept`](Self::accept). The file is of no use then.
    pub fn recall(&mut self, step: &Step, stored: Vec<u8>) -> Result<bool, Failure> {
        let delegated = self.delegated.entry(&self.base, &self.snapshot, step)?;
        match step.rotation {
            Some(_) => delegated.chain.recall(&self.base, &self.snapshot, stored),
            None => delegated.accept(&self.base, &self.snapshot, step, stored).map(|()| true),
        }
    }

    /// Takes the file that a search needs: a rotate file of a role, or the role's metadata under the keys that are
    /// current after all rotations of those that its delegator lists.
    ///
    /// # Errors
    /// As for those of the top-level targets role. Nothing has changed then.
    pub fn accept(&mut self, step: &Step, received: &[u8]) -> Result<(), Failure> {
        self.take(step, received.to_vec())
    }

    /// [`accept`](Self::accept) in the memory of the bytes.
    pub(in crate::workflow) fn take(&mut self, step: &Step, received: Vec<u8>) -> Result<(), Failure> {
        let delegated = self.delegated.entry(&self.base, &self.snapshot, step)?;
        delegated.accept(&self.base, &self.snapshot, step, received)
    }

    /// The roles that the role of a step delegates to, each as a step, in the order of the delegations. For whoever
    /// verifies a whole repository rather than what one target needs. None for more than `most` roles; no role where the
    /// metadata of the step is not at hand.
    #[must_use]
    pub fn delegated(&self, step: &Step, most: usize) -> Option<Vec<Step>> {
        let Some((metadata, delegations)) =
            self.metadata(step).and_then(|metadata| Some((metadata, metadata.delegations()?)))
        else {
            return Some(Vec::new());
        };
        let delegator =
            Delegator { role: &step.role, version: metadata.header().version, envelope: metadata.envelope() };
        let all = delegations.all(delegator, most)?;
        Some(all.into_iter().map(|(role, authority)| Step::new(role, authority)).collect())
    }

    /// The states of root, timestamp, snapshot and top-level targets metadata.
    #[must_use]
    pub fn states(&self) -> [RoleState; 4] {
        [
            self.base.root.header().into(),
            self.timestamp.header().into(),
            self.snapshot.header().into(),
            self.targets.header().into(),
        ]
    }

    /// What was taken of root, timestamp, snapshot and top-level targets metadata in another form than the specification's.
    #[must_use]
    pub fn waivers(&self) -> Vec<Waiver> {
        [
            self.base.root.date_waiver(ROOT).into_iter().collect(),
            key_form_waivers(ROOT, &self.base.root_key_forms),
            self.timestamp.waivers(TIMESTAMP),
            self.snapshot.waivers(SNAPSHOT),
            self.rotation_waivers.clone(),
            self.targets.waivers(TARGETS),
        ]
        .concat()
    }

    /// Whether the repository uses consistent snapshots (5.3.12).
    #[must_use]
    pub fn consistent_snapshot(&self) -> bool {
        self.base.root.consistent_snapshot
    }

    pub(super) fn max_delegations(&self) -> u32 {
        self.base.settings.max_delegations
    }

    /// The step with the file that it needs: the next rotate file of its role, or else the role's metadata. None where
    /// the metadata is at hand.
    ///
    /// # Errors
    /// As for [`advance`](Self::advance).
    pub fn needed(&self, step: &Step) -> Result<Option<Step>, Failure> {
        if self.metadata(step).is_some() {
            return Ok(None);
        }
        let rotation = self.chain(step)?.needed()?;
        Ok(Some(Step { rotation, ..step.clone() }))
    }

    /// What was taken of a delegated role's metadata and rotate files in another form than the specification's.
    pub(super) fn waivers_of(&self, step: &Step) -> Vec<Waiver> {
        self.delegated.get(step).map(|delegated| delegated.waivers(&step.role)).unwrap_or_default()
    }

    /// The target as the role of a step lists it.
    pub(super) fn target(&self, step: &Step, path: &str) -> Result<Option<Target>, Failure> {
        let Some(metadata) = self.metadata(step) else {
            return Ok(None);
        };
        let entry = metadata.find(path).map_err(|defect| malformed(path, defect))?;
        match entry {
            Some(entry) => {
                self.base.settings.target_file_limit(path, entry.length)?;
                target::describe(path, &step.role, &entry, self.consistent_snapshot()).map(Some)
            }
            None => Ok(None),
        }
    }

    /// The delegations of the role of a step that may speak for a path.
    pub(super) fn covering(&self, step: &Step, path: &str, hash: &PathHash) -> Vec<Delegation> {
        let Some(metadata) = self.metadata(step) else {
            return Vec::new();
        };
        let delegator =
            Delegator { role: &step.role, version: metadata.header().version, envelope: metadata.envelope() };
        let delegations = metadata.delegations();
        delegations.map(|all| all.covering(delegator, path, hash)).unwrap_or_default()
    }

    fn metadata(&self, step: &Step) -> Option<&Current<Targets>> {
        match step.authority {
            Some(_) => self.delegated.get(step)?.metadata.as_ref(),
            None => Some(&self.targets),
        }
    }

    /// The rotate files of a step's role, as far as they were followed.
    fn chain(&self, step: &Step) -> Result<RotationChain, Failure> {
        let authority = step.authority.as_ref().ok_or(Misuse::NothingToAnswer)?;
        match self.delegated.get(step) {
            Some(delegated) => Ok(delegated.chain.clone()),
            None => RotationChain::begin(&self.base, &self.snapshot, &step.role, authority),
        }
    }
}
