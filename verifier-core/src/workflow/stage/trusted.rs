//! Authentic and current top-level roles, from which targets are searched (5.6.7).

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::targets::{file, judge};
use super::{Base, MetadataFile, Progress, Search, Step, malformed};
use crate::check::Current;
use crate::crypto::PathHash;
use crate::failure::{Failure, Misuse};
use crate::role::{
    Authority, Delegation, Delegator, ROOT, Role, SNAPSHOT, Snapshot, TARGETS, TIMESTAMP, Targets, Timestamp,
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
    /// By role, each with the authority under which it was judged: under another one it is judged on its own.
    delegated: BTreeMap<Box<str>, Vec<(Authority, Current<Targets>)>>,
}

impl Trusted {
    pub(super) fn new(
        base: Base,
        timestamp: Current<Timestamp>,
        snapshot: Current<Snapshot>,
        targets: Current<Targets>,
    ) -> Self {
        Self { base, timestamp, snapshot, targets, delegated: BTreeMap::new() }
    }

    /// Goes on with a search as far as the metadata at hand allows.
    ///
    /// # Errors
    /// Malformed, where the target's entry has no hash of a supported algorithm.
    pub fn advance(&self, search: &mut Search) -> Result<Progress, Failure> {
        search.advance(self)
    }

    /// The file of a role that a search needs (5.6.1).
    ///
    /// # Errors
    /// Mix-and-match where the snapshot does not list it.
    pub fn file(&self, step: &Step) -> Result<MetadataFile, Failure> {
        file(&self.base, &self.snapshot, &step.role)
    }

    /// Takes the metadata of a role that a search needs, under the authority that its delegator gives it.
    ///
    /// # Errors
    /// As for the top-level targets metadata. Nothing has changed then.
    pub fn accept(&mut self, step: &Step, received: &[u8]) -> Result<(), Failure> {
        let authority = step.authority.as_ref().ok_or(Misuse::NothingToAnswer)?;
        let metadata = judge(&self.base, &self.snapshot, &step.role, authority, received)?;
        self.delegated.entry(step.role.clone()).or_default().push((authority.clone(), metadata));
        Ok(())
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
            self.base.root.waivers(ROOT),
            self.timestamp.waivers(TIMESTAMP),
            self.snapshot.waivers(SNAPSHOT),
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

    /// What was taken of the delegated role of a step in another form than the specification's.
    pub(super) fn waivers_of(&self, step: &Step) -> Vec<Waiver> {
        let delegated = step.authority.as_ref().and_then(|_| self.metadata(step));
        delegated.map(|metadata| metadata.waivers(&step.role)).unwrap_or_default()
    }

    /// Whether the metadata that a step needs is at hand.
    pub(super) fn has(&self, step: &Step) -> bool {
        self.metadata(step).is_some()
    }

    /// The target as the role of a step lists it.
    pub(super) fn target(&self, step: &Step, path: &str) -> Result<Option<Target>, Failure> {
        let Some(metadata) = self.metadata(step) else {
            return Ok(None);
        };
        let entry = metadata.find(path).map_err(|defect| malformed(path, defect))?;
        match entry {
            Some(entry) => target::describe(path, &step.role, &entry, self.consistent_snapshot()).map(Some),
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
        let Some(authority) = &step.authority else {
            return Some(&self.targets);
        };
        let mut judged = self.delegated.get(&step.role)?.iter();
        judged.find(|(other, _)| other.same_keys(authority)).map(|(_, metadata)| metadata)
    }
}
