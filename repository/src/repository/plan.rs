//! What a publish writes: every file, in order, signed (specification, chapter 6).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Map;
use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::event::{By, Document, Duty, Event, EventError};
use crate::key::Signers;
use crate::metadata::{
    MetaFile, Metadata, ROOT, Role, Root, SNAPSHOT, SPEC_VERSION, Snapshot, TARGETS, TIMESTAMP, Targets,
    Timestamp, seal,
};
use crate::repository::Periods;
use crate::repository::draft::{Drafts, StagedRotation};
use crate::repository::layout::{Layout, file_name};
use crate::repository::rotation;
use crate::repository::signing::{is_signed, signers_for};
use crate::repository::state::State;

/// Every metadata file that a publish writes, in the order of writing.
///
/// Delegated roles come before the roles that delegate to them, the snapshot after all of them, and the timestamp
/// after the snapshot: it is the commit point. New root metadata comes last, except for version 1. Whatever is
/// written in the same publish is signed for the old and the new root metadata, so that a client which sees the one
/// or the other accepts it.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) files: Vec<PlannedFile>,
}

/// A metadata file about to be written.
#[derive(Clone, Debug)]
pub(crate) struct PlannedFile {
    pub(crate) role: String,
    pub(crate) version: u64,
    pub(crate) bytes: Vec<u8>,
}

impl PlannedFile {
    pub(crate) fn name(&self) -> String {
        file_name(&self.role, self.version)
    }
}

/// Everything that a plan follows from.
pub(crate) struct Planner<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) state: &'a State,
    pub(crate) drafts: &'a Drafts,
    /// Roles that are signed anew even where nothing has changed.
    pub(crate) renewed: &'a BTreeSet<String>,
    /// Roles whose versions begin again, because their published one was planted. Clients forget what they have seen of them
    /// when the keys of snapshot and timestamp change (5.3.11).
    pub(crate) restarted: &'a BTreeSet<String>,
    /// Versions that clients have seen of roles, and that are not built on. What is signed goes beyond them: of two documents of
    /// one version, clients keep the one that they have.
    pub(crate) seen: &'a BTreeMap<String, u64>,
    pub(crate) signers: &'a dyn Signers,
    pub(crate) periods: &'a Periods,
    pub(crate) now: UnixTime,
    /// Roles whose documents are signed already, by the event that has them.
    pub(crate) events: &'a BTreeMap<String, &'a Event>,
}

/// A targets role that clients can be led to.
struct Reached<'a> {
    role: String,
    /// Whether it is one of succinct bins.
    is_bin: bool,
    /// Who signs for it, if it is signed.
    duties: Vec<Role>,
    /// What the plan newly demands of it. What was demanded before, the core has verified of what is published.
    new: Vec<Duty>,
    /// The rotate file that it gets, and who must sign that.
    rotation: Option<(&'a StagedRotation, Vec<Role>)>,
}

impl Planner<'_> {
    /// Signs whatever has changed, and whatever has to be signed by other keys. An empty plan means that nothing has.
    pub(crate) fn plan(&self) -> Result<Plan, Error> {
        let root = self.next_root()?;
        let mut plan = Plan::default();
        let mut listed = self.listed();
        self.plan_targets(root.as_ref(), &mut plan, &mut listed)?;
        let snapshot = self.plan_snapshot(root.as_ref(), listed, &mut plan)?;
        self.plan_timestamp(root.as_ref(), snapshot, &mut plan)?;
        if let Some(root) = root {
            self.plan_root(&root, &mut plan)?;
        }
        Ok(plan)
    }

    /// The next root document, where the root has changed or is renewed.
    fn next_root(&self) -> Result<Option<Root>, Error> {
        let published = self.state.root_version();
        let mut root = match (&self.drafts.root, &self.state.root) {
            (Some(draft), _) => {
                check_base(ROOT, draft.base, published)?;
                draft.signed.clone()
            }
            (None, Some(root)) if self.renewed.contains(ROOT) => root.signed.clone(),
            _ => return Ok(None),
        };
        if !self.events.contains_key(ROOT) {
            root.version = next_version(ROOT, published)?;
            root.expires = self.expires(ROOT);
        }
        Ok(Some(root))
    }

    fn plan_root(&self, root: &Root, plan: &mut Plan) -> Result<(), Error> {
        let file = self.seal(ROOT, root, &self.top_level_duties(ROOT, Some(root))?)?;
        let before_timestamp = plan.files.len().saturating_sub(1);
        let at = if root.version == 1 { before_timestamp } else { plan.files.len() };
        plan.files.insert(at, file);
        Ok(())
    }

    /// What the published snapshot lists. A role that is no longer delegated to stays listed: clients take its
    /// disappearance for a rollback (5.5.5).
    fn listed(&self) -> BTreeMap<String, MetaFile> {
        let published = self.state.snapshot.as_ref().map(|snapshot| snapshot.signed.meta.clone());
        let mut listed = published.unwrap_or_default();
        let is_restarted = |name: &str| self.restarted.contains(name.strip_suffix(".json").unwrap_or(name));
        listed.retain(|name, _| !is_restarted(name));
        listed
    }

    fn plan_targets(
        &self,
        root: Option<&Root>,
        plan: &mut Plan,
        listed: &mut BTreeMap<String, MetaFile>,
    ) -> Result<(), Error> {
        // Found from the top down, so written from the bottom up.
        for reached in self.reached(root)?.into_iter().rev() {
            if let Some((rotation, before)) = &reached.rotation {
                let file = rotation::plan(&reached.role, rotation, before, self.signers, self.layout)?;
                listed.insert(file.name(), MetaFile::describe(file.version, &file.bytes));
                plan.files.push(file);
                if rotation.revokes() {
                    continue;
                }
            }
            if let Some(file) = self.plan_targets_role(&reached)? {
                let Reached { role, .. } = reached;
                let name = format!("{role}.json");
                let file_listed =
                    MetaFile::describe(file.version, &file.bytes).in_place_of(listed.get(&name));
                listed.insert(name, file_listed);
                plan.files.push(file);
            }
        }
        Ok(())
    }

    /// Every targets role that clients will be led to, from the top down, with who must sign it.
    fn reached(&self, root: Option<&Root>) -> Result<Vec<Reached<'_>>, Error> {
        let mut duties = BTreeMap::from([(TARGETS.to_owned(), self.top_level_duties(TARGETS, root)?)]);
        let mut new = BTreeMap::from([(TARGETS.to_owned(), new_duties(TARGETS, root))]);
        let mut to_visit = vec![(TARGETS.to_owned(), false)];
        let mut order = Vec::new();
        while let Some((role, is_bin)) = to_visit.pop() {
            if !self.is_trusted(&role)? {
                continue;
            }
            if let Some(delegations) = &self.document(&role)?.delegations {
                let are_bins = delegations.bins().is_some();
                let published = self.state.targets(&role).and_then(|role| role.signed.delegations.as_ref());
                let is_changed = published != Some(delegations);
                for (name, signers) in delegations.signers() {
                    if is_changed {
                        let duty = Duty::new(By::Delegator(role.clone()), &signers, &delegations.keys);
                        new.entry(name.clone()).or_default().push(duty);
                    }
                    let demanded = duties.entry(name.clone()).or_default();
                    if demanded.is_empty() {
                        to_visit.push((name, are_bins));
                    }
                    if !demanded.contains(&signers) {
                        demanded.push(signers);
                    }
                }
            }
            order.push((role, is_bin));
        }
        let reached = |(role, is_bin): (String, bool)| {
            let delegated = duties.remove(&role).unwrap_or_default();
            let new = new.remove(&role).unwrap_or_default();
            // Rotate files take the place of what delegators list.
            let rotated = self.state.rotated(&role).map(|rotated| vec![rotated.signers()]);
            match (self.rotation(&role), rotated) {
                (None, None) => Reached { role, is_bin, duties: delegated, new, rotation: None },
                (None, Some(duties)) => Reached { role, is_bin, duties, new: Vec::new(), rotation: None },
                (Some(rotation), rotated) => {
                    let signers = rotation.signers();
                    let new = vec![Duty::new(By::Delegator(role.clone()), &signers, &rotation.keys)];
                    let rotation = Some((rotation, rotated.unwrap_or(delegated)));
                    Reached { role, is_bin, duties: vec![signers], new, rotation }
                }
            }
        };
        Ok(order.into_iter().map(reached).collect())
    }

    fn rotation(&self, role: &str) -> Option<&StagedRotation> {
        self.drafts.targets.get(role)?.rotation.as_ref()
    }

    /// Whether clients ask a role that is delegated to, which they do not once it has revoked itself.
    ///
    /// # Errors
    /// [`Error::RevokedItself`] where it is to be changed. [`Error::RotatedItself`] for a name that is delegated to anew: the
    /// snapshot lists rotate files of it, which other keys have signed.
    fn is_trusted(&self, role: &str) -> Result<bool, Error> {
        if self.state.is_revoked(role) {
            return match self.drafts.targets.contains_key(role) || self.renewed.contains(role) {
                true => Err(Error::RevokedItself(role.to_owned())),
                false => Ok(false),
            };
        }
        let rotations = self.state.listed_rotations(role);
        match self.state.rotated(role).map_or(0, |rotated| rotated.rotations) == rotations {
            true => Ok(true),
            false => Err(Error::RotatedItself { role: role.to_owned(), rotations }),
        }
    }

    /// The documents that people have to sign before they are published: those that have changed, and those that other
    /// keys have to sign. Bins that have not changed are left to the publish: there are many of them.
    pub(crate) fn documents(&self) -> Result<BTreeMap<String, Document>, Error> {
        let mut documents = BTreeMap::new();
        let root = self.next_root()?;
        for Reached { role, is_bin, new, rotation, .. } in self.reached(root.as_ref())? {
            if rotation.is_some() {
                return Err(EventError::RotatesItself(role).into());
            }
            if self.is_current(&role, &new) || (is_bin && !self.drafts.targets.contains_key(&role)) {
                continue;
            }
            let version = self.free_version(&role, self.state.version(&role))?;
            let document = Document::Targets(self.document(&role)?).with(version, self.expires(&role));
            documents.insert(role, document);
        }
        documents.extend(root.map(|root| (ROOT.to_owned(), Document::Root(root))));
        Ok(documents)
    }

    /// Whether what is published of a targets role stays as it is.
    fn is_current(&self, role: &str, new: &[Duty]) -> bool {
        let changed = self.drafts.targets.contains_key(role) || self.renewed.contains(role);
        !changed && self.state.targets(role).is_some_and(|published| is_signed(published, new))
    }

    fn document(&self, role: &str) -> Result<Targets, Error> {
        if let Some(draft) = self.drafts.targets.get(role) {
            check_base(role, draft.base, self.state.version(role))?;
            return Ok(draft.signed.clone());
        }
        Ok(self.state.targets(role).map_or_else(Targets::empty, |published| published.signed.clone()))
    }

    fn plan_targets_role(&self, reached: &Reached<'_>) -> Result<Option<PlannedFile>, Error> {
        let Reached { role, duties, new, .. } = reached;
        if self.is_current(role, new) {
            return Ok(None);
        }
        let mut document = self.document(role)?;
        if !self.events.contains_key(role) {
            document.version = self.free_version(role, self.state.version(role))?;
            document.expires = self.expires(role);
        }
        self.seal(role, &document, duties).map(Some)
    }

    fn plan_snapshot(
        &self,
        root: Option<&Root>,
        meta: BTreeMap<String, MetaFile>,
        plan: &mut Plan,
    ) -> Result<Option<MetaFile>, Error> {
        let duties = self.top_level_duties(SNAPSHOT, root)?;
        let published = self.state.snapshot.as_ref();
        let current = published.is_some_and(|snapshot| {
            plan.files.is_empty()
                && !self.renewed.contains(SNAPSHOT)
                && is_signed(snapshot, &new_duties(SNAPSHOT, root))
        });
        if current {
            return Ok(None);
        }
        let snapshot = Snapshot {
            spec_version: SPEC_VERSION.to_owned(),
            version: self.free_version(SNAPSHOT, published.map_or(0, |snapshot| snapshot.signed.version))?,
            expires: self.expires(SNAPSHOT),
            meta,
            unrecognized: published.map_or_else(Map::new, |old| old.signed.unrecognized.clone()),
        };
        let file = self.seal(SNAPSHOT, &snapshot, &duties)?;
        let listed = MetaFile::describe(file.version, &file.bytes);
        plan.files.push(file);
        Ok(Some(listed))
    }

    fn plan_timestamp(
        &self,
        root: Option<&Root>,
        snapshot: Option<MetaFile>,
        plan: &mut Plan,
    ) -> Result<(), Error> {
        let duties = self.top_level_duties(TIMESTAMP, root)?;
        let published = self.state.timestamp.as_ref();
        let current = published.is_some_and(|timestamp| {
            plan.files.is_empty()
                && !self.renewed.contains(TIMESTAMP)
                && is_signed(timestamp, &new_duties(TIMESTAMP, root))
        });
        if current {
            return Ok(());
        }
        let mut meta = published.map(|timestamp| timestamp.signed.meta.clone()).unwrap_or_default();
        if let Some(snapshot) = snapshot {
            let name = "snapshot.json";
            meta.insert(name.to_owned(), snapshot.in_place_of(meta.get(name)));
        }
        let timestamp = Timestamp {
            spec_version: SPEC_VERSION.to_owned(),
            version: next_version(
                TIMESTAMP,
                self.counted(TIMESTAMP, published.map_or(0, |timestamp| timestamp.signed.version)),
            )?,
            expires: self.expires(TIMESTAMP),
            meta,
            unrecognized: published.map_or_else(Map::new, |old| old.signed.unrecognized.clone()),
        };
        plan.files.push(self.seal(TIMESTAMP, &timestamp, &duties)?);
        Ok(())
    }

    /// Who must sign for a top-level role: for the published root metadata, and for the next one.
    fn top_level_duties(&self, role: &str, next: Option<&Root>) -> Result<Vec<Role>, Error> {
        let abrupt = self.drafts.root.as_ref().is_some_and(|draft| draft.abrupt.contains(role));
        let published = self.state.root.as_ref().filter(|_| !abrupt).map(|root| &root.signed);
        let mut duties = Vec::new();
        for root in published.into_iter().chain(next) {
            let duty = root.roles.get(role).ok_or_else(|| Error::NoSuchRole(role.to_owned()))?;
            // What else is said of the role asks nobody to sign.
            let duty = Role::new(duty.keyids.clone(), duty.threshold);
            if !duties.contains(&duty) {
                duties.push(duty);
            }
        }
        Ok(duties)
    }

    fn seal<M: Metadata>(&self, role: &str, document: &M, duties: &[Role]) -> Result<PlannedFile, Error> {
        let bytes = match self.events.get(role) {
            Some(event) => event.sealed(role, duties)?,
            None => {
                let keys = signers_for(role, duties, self.signers)?;
                seal(document, keys.iter().map(AsRef::as_ref))?
            }
        };
        Ok(PlannedFile { role: role.to_owned(), version: document.version(), bytes })
    }

    /// The next version that no file has yet. A crash may have left files that nothing refers to.
    fn free_version(&self, role: &str, published: u64) -> Result<u64, Error> {
        let mut version = next_version(role, self.counted(role, published))?;
        while self.layout.read_metadata(&file_name(role, version), 0)?.is_some() {
            version = next_version(role, version)?;
        }
        Ok(version)
    }

    /// The version that a role goes on from.
    fn counted(&self, role: &str, published: u64) -> u64 {
        match self.restarted.contains(role) {
            true => 0,
            false => self.seen.get(role).map_or(published, |seen| published.max(*seen)),
        }
    }

    fn expires(&self, role: &str) -> UnixTime {
        let seconds = i64::try_from(self.periods.of(role)).unwrap_or(i64::MAX);
        UnixTime(self.now.0.saturating_add(seconds))
    }
}

/// What the next root metadata demands of a top-level role. What the published one demands is verified already.
fn new_duties(role: &str, next: Option<&Root>) -> Vec<Duty> {
    let listed = |root: &Root| Some(Duty::new(By::NextRoot(root.version), root.roles.get(role)?, &root.keys));
    next.and_then(listed).into_iter().collect()
}

/// The version after this one. Whoever has once signed a version has to go on from it, so the last ones are not used:
/// clients read versions as signed numbers of 64 bits.
///
/// # Errors
/// [`Error::VersionsExhausted`].
fn next_version(role: &str, version: u64) -> Result<u64, Error> {
    const LAST: u64 = i64::MAX.unsigned_abs();
    match version.checked_add(1).filter(|next| *next <= LAST) {
        Some(next) => Ok(next),
        None => Err(Error::VersionsExhausted { role: role.to_owned(), version }),
    }
}

fn check_base(role: &str, base: u64, published: u64) -> Result<(), Error> {
    if base == published {
        return Ok(());
    }
    Err(Error::BaseMoved { role: role.to_owned(), base, published })
}
