//! A set of changes: made together, kept together.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use serde_json::{Map, Value};
use tuf_verifier_core::Settings;

use crate::error::{Difference, Error};
use crate::key::disclosure::{MOST_BYTES, has_private_key};
use crate::metadata::{Delegations, ListedDelegation, ROOT, TARGETS, TargetFile, Targets};
use crate::repository::authority::{self, Delegated};
use crate::repository::changes::check_target;
use crate::repository::documents;
use crate::repository::draft::{Draft, Drafts};
use crate::repository::given_up;
use crate::repository::layout::{Layout, check_target_path, fetch_path};
use crate::repository::state::State;
use crate::store::hashing::{self, Copied};
use crate::store::{Disk, Lock, Unfinished};

/// A set of changes to a repository. Nothing is kept before [`Staged::save`], nothing is published before
/// [`Repository::publish`](crate::Repository::publish). The repository is locked as long as this lives.
#[derive(Debug)]
pub struct Staged<'r> {
    pub(super) layout: &'r Layout,
    pub(super) disk: &'r Disk,
    state_disk: &'r Disk,
    pub(super) state: State,
    pub(super) drafts: Drafts,
    pub(super) changed: BTreeSet<String>,
    allows_private_keys: bool,
    delegated: Delegated,
    /// Most bytes of a target.
    most_bytes: u64,
    lock: Lock,
}

/// A target whose bytes are published elsewhere, or that is described before they are at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetDescription {
    /// Bytes of the target file.
    pub length: u64,
    /// Lower-case hexadecimal SHA-256 of the target file.
    pub sha256: String,
    /// What the application wants to know about the target.
    pub custom: Option<Map<String, Value>>,
}

/// What became of a target that was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// The next publish lists it.
    Staged,
    /// The role lists it so already, with the same bytes.
    Unchanged,
}

impl<'r> Staged<'r> {
    pub(super) fn begin(
        layout: &'r Layout,
        disk: &'r Disk,
        state_disk: &'r Disk,
        lock: Lock,
    ) -> Result<Self, Error> {
        let state = State::load(layout)?;
        let mut drafts = Drafts::load(layout)?;
        drafts.rebase(&state)?;
        Ok(Self::over(layout, (disk, state_disk), lock, state, drafts))
    }

    /// Changes of a state that need not be what is published.
    pub(super) fn over(
        layout: &'r Layout,
        (disk, state_disk): (&'r Disk, &'r Disk),
        lock: Lock,
        state: State,
        drafts: Drafts,
    ) -> Self {
        let (changed, allows_private_keys, delegated) = (BTreeSet::new(), false, Delegated::Refused);
        let most_bytes = Settings::default().target_file_max_length;
        Self {
            layout,
            disk,
            state_disk,
            state,
            drafts,
            changed,
            allows_private_keys,
            delegated,
            most_bytes,
            lock,
        }
    }

    /// The state, the changes of it, and the lock.
    pub(super) fn into_parts(self) -> (State, Drafts, Lock) {
        (self.state, self.drafts, self.lock)
    }

    /// Lets files with private keys in them become targets, such as keys that tests or examples use.
    pub fn allow_private_keys(&mut self) {
        self.allows_private_keys = true;
    }

    /// Lets a role list paths that it delegates to others, one by one: not those of a folder. Clients take its targets, and
    /// never ask the other roles for them.
    pub fn allow_shadowing(&mut self) {
        self.delegated = Delegated::Shadowed;
    }

    /// Lets targets have up to this many bytes. Default: 1 GiB, which clients take unless they are told otherwise.
    pub fn allow_length(&mut self, most_bytes: u64) {
        self.most_bytes = most_bytes;
    }

    /// Refuses a target that is too long, before its bytes are read.
    ///
    /// # Errors
    /// [`Error::TargetTooLong`], unless [`Staged::allow_length`] allows it.
    pub fn check_length(&self, path: &str, length: u64) -> Result<(), Error> {
        match length <= self.most_bytes {
            true => Ok(()),
            false => Err(Error::TargetTooLong { path: path.to_owned(), most: self.most_bytes }),
        }
    }

    /// Adds a target to a role, or replaces it. One that is published so already, and whose bytes are whole, stays as it is. The
    /// bytes are copied, and hashed on the way. The repository is locked for as long as they take to arrive: they should be at hand.
    ///
    /// # Errors
    /// [`Error::BadTargetPath`], [`Error::NoSuchRole`]; [`Error::NotDelegated`] where clients would not look for
    /// the path with this role; [`Error::ShadowsDelegated`] where the role delegates the path, unless
    /// [`Staged::allow_shadowing`] was called; [`Error::PrivateKey`] for a private key, unless [`Staged::allow_private_keys`] was called;
    /// as for [`Staged::check_length`].
    pub fn add_target(
        &mut self,
        role: &str,
        path: &str,
        bytes: impl Read,
        custom: Option<Map<String, Value>>,
    ) -> Result<Added, Error> {
        self.check_authority(role, path, self.delegated)?;
        let (copied, file) = self.copy_bytes(path, bytes)?;
        let Copied { length, sha256, .. } = copied;
        let description = TargetDescription { length, sha256, custom };
        // What is only staged is staged again: the file there may be somebody else's by now.
        let published = self.state.targets(role).and_then(|published| published.signed.targets.get(path));
        let listed = self.document(role).and_then(|document| document.targets.get(path));
        let is_published = published.is_some() && published == listed;
        if is_published && self.lists(role, path, &description) && self.has_bytes(role, path)? {
            return Ok(Added::Unchanged);
        }
        self.keep_bytes(path, &description.sha256, file)?;
        self.list(role, path, description, false)?;
        Ok(Added::Staged)
    }

    /// Adds a target whose bytes are published elsewhere.
    ///
    /// # Errors
    /// As [`Staged::add_target`].
    pub fn describe_target(
        &mut self,
        role: &str,
        path: &str,
        description: TargetDescription,
    ) -> Result<(), Error> {
        self.check_authority(role, path, self.delegated)?;
        self.check_length(path, description.length)?;
        self.list(role, path, description, true)
    }

    /// Removes a target from a role. Its published bytes stay, for clients that are in the middle of an update.
    ///
    /// # Errors
    /// [`Error::NoSuchRole`], [`Error::NoSuchTarget`].
    pub fn remove_target(&mut self, role: &str, path: &str) -> Result<(), Error> {
        let draft = self.draft(role)?;
        draft.forget(path);
        match draft.signed.targets.remove(path) {
            Some(_) => Ok(()),
            None => Err(Error::NoSuchTarget { role: role.to_owned(), path: path.to_owned() }),
        }
    }

    /// The targets of a role, with the changes made so far.
    ///
    /// # Errors
    /// [`Error::NoSuchRole`].
    pub fn targets(&self, role: &str) -> Result<BTreeMap<String, TargetFile>, Error> {
        match self.document(role) {
            Some(document) => Ok(document.targets.clone()),
            None if self.has_role(role)? => Ok(BTreeMap::new()),
            None => Err(self.no_such_role(role)?),
        }
    }

    /// The bytes of a target, with the changes made so far, or none where the role lists no such target. They are those
    /// that the role lists.
    ///
    /// # Errors
    /// [`Error::Changed`] where the bytes are not those that the role lists, or are gone.
    pub fn read_target(&self, role: &str, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(target) = self.document(role).and_then(|document| document.targets.get(path)) else {
            return Ok(None);
        };
        let digest = target.hashes.get("sha256").map_or("", String::as_str);
        let fetch_path = fetch_path(path, digest);
        for file in [self.layout.staged_target(&fetch_path), self.layout.target(&fetch_path)] {
            // Read first and compared then, so that nothing can change in between.
            let Some(opened) = self.layout.open(&file, target.length)? else { continue };
            let mut bytes = Vec::new();
            let copied = hashing::copy(opened.take(target.length.saturating_add(1)), &mut bytes)
                .map_err(|cause| Error::io("read", &file, cause))?;
            let is_listed = copied.length == target.length && copied.sha256 == digest;
            return if is_listed { Ok(Some(bytes)) } else { Err(Error::changed(&file, Difference::Bytes)) };
        }
        Err(Error::changed(&self.layout.target(&fetch_path), Difference::Gone))
    }

    /// Whether the bytes of a listed target are at hand as they are listed: staged, or published and not changed since.
    ///
    /// # Errors
    /// [`Error::SymbolicLink`], [`Error::Unreadable`], [`Error::Io`]. A role that does not list the target has no bytes of it.
    pub fn has_bytes(&self, role: &str, path: &str) -> Result<bool, Error> {
        let Some(target) = self.document(role).and_then(|document| document.targets.get(path)) else {
            return Ok(false);
        };
        let fetch_path = fetch_path(path, target.hashes.get("sha256").map_or("", String::as_str));
        for file in [self.layout.staged_target(&fetch_path), self.layout.target(&fetch_path)] {
            match check_target(self.layout, &file, target) {
                Ok(Some(_)) => return Ok(true),
                Ok(None) | Err(Error::Changed { .. } | Error::SymbolicLink(_) | Error::Unreadable { .. }) => {
                }
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Whether the repository has a targets role of this name, with the changes made so far.
    ///
    /// # Errors
    /// Where the repository cannot be read.
    pub fn has_role(&self, role: &str) -> Result<bool, Error> {
        Ok(role == TARGETS || !self.delegators(role)?.is_empty())
    }

    /// Keeps the changes, on the disk, for the next publish.
    ///
    /// # Errors
    /// [`Error::KeyGivenUp`] for a key that a recovery took away; [`Error::Io`].
    pub fn save(self) -> Result<(), Error> {
        given_up::check_changes(self.layout, &self.state, &self.drafts)?;
        self.drafts.save(&self.changed, self.layout, self.state_disk)
    }

    /// The document of a targets role with the changes made so far, or none where it has none yet.
    pub(super) fn document(&self, role: &str) -> Option<&Targets> {
        documents::document(&self.state, &self.drafts, role)
    }

    /// The change of a targets role, begun where there is none.
    pub(super) fn draft(&mut self, role: &str) -> Result<&mut Draft<Targets>, Error> {
        if self.state.is_revoked(role) {
            return Err(Error::RevokedItself(role.to_owned()));
        }
        if !self.drafts.targets.contains_key(role) {
            let draft = match self.state.targets(role) {
                Some(published) => Draft::of(self.state.version(role), &published.signed),
                None if role != ROOT && self.has_role(role)? => {
                    Draft { base: self.state.version(role), ..Draft::new(Targets::empty()) }
                }
                None => return Err(self.no_such_role(role)?),
            };
            self.drafts.targets.insert(role.to_owned(), draft);
        }
        self.changed.insert(role.to_owned());
        self.drafts.targets.get_mut(role).ok_or_else(|| Error::NoSuchRole(role.to_owned()))
    }

    /// That there is no such role, or what it is instead.
    pub(super) fn no_such_role(&self, name: &str) -> Result<Error, Error> {
        let is_several = |listed: &ListedDelegation<'_>| {
            matches!(listed, ListedDelegation::Several(_)) && listed.name() == name
        };
        for delegator in
            self.delegators_where(|delegations| delegations.listed().any(|it| is_several(&it)))?
        {
            let delegations = self.document(&delegator).and_then(|document| document.delegations.as_ref());
            if let Some(found) = delegations.and_then(|delegations| delegations.listed().find(is_several)) {
                let roles = found.roles().map(|role| role.name.to_owned()).collect();
                return Ok(Error::SeveralRoles { name: name.to_owned(), roles });
            }
        }
        Ok(Error::NoSuchRole(name.to_owned()))
    }

    /// Names of the roles that delegate to a role.
    pub(super) fn delegators(&self, role: &str) -> Result<Vec<String>, Error> {
        self.delegators_where(|delegations| delegations.signers_of(role).next().is_some())
    }

    /// Names of the roles that clients are led to, and whose delegations are such.
    pub(super) fn delegators_where(&self, are: impl Fn(&Delegations) -> bool) -> Result<Vec<String>, Error> {
        let mut delegators = Vec::new();
        let mut to_visit = vec![TARGETS.to_owned()];
        let mut visited = BTreeSet::new();
        while let Some(current) = to_visit.pop() {
            if !visited.insert(current.clone()) {
                continue;
            }
            let Some(document) = self.document(&current) else { continue };
            let Some(delegations) = &document.delegations else { continue };
            to_visit.extend(delegations.signers().map(|(name, _)| name));
            if are(delegations) {
                delegators.push(current);
            }
        }
        Ok(delegators)
    }

    pub(super) fn check_authority(&self, role: &str, path: &str, delegated: Delegated) -> Result<(), Error> {
        check_target_path(path)?;
        match authority::check(|name| self.document(name), role, path, delegated) {
            Err(Error::NotDelegated { .. }) if !self.has_role(role)? => Err(self.no_such_role(role)?),
            verdict => verdict,
        }
    }

    /// Whether a role lists a target with these bytes, which are here, and for the same application.
    fn lists(&self, role: &str, path: &str, description: &TargetDescription) -> bool {
        let is_elsewhere = self.drafts.targets.get(role).is_some_and(|draft| draft.elsewhere.contains(path));
        let target = self.document(role).and_then(|document| document.targets.get(path));
        !is_elsewhere
            && target.is_some_and(|target| {
                target.length == description.length
                    && target.hashes.get("sha256") == Some(&description.sha256)
                    && target.custom == description.custom
            })
    }

    /// Copies bytes to where the next publish finds them.
    pub(super) fn stage_bytes(&self, path: &str, bytes: impl Read) -> Result<Copied, Error> {
        let (copied, file) = self.copy_bytes(path, bytes)?;
        self.keep_bytes(path, &copied.sha256, file)?;
        Ok(copied)
    }

    fn keep_bytes(&self, path: &str, sha256: &str, file: Unfinished) -> Result<(), Error> {
        self.disk.keep(file, &self.layout.staged_target(&fetch_path(path, sha256)))?;
        Ok(())
    }

    fn copy_bytes(&self, path: &str, bytes: impl Read) -> Result<(Copied, Unfinished), Error> {
        let mut file = self.disk.temporary()?;
        let copied = hashing::copy(bytes.take(self.most_bytes.saturating_add(1)), &mut file)
            .map_err(|cause| Error::BadTargetFile { path: path.to_owned(), reason: cause.to_string() })?;
        self.check_length(path, copied.length)?;
        // Read back from the copy: what is looked at is what will be published.
        let mut head = Vec::new();
        let read = file.read_back().and_then(|copy| copy.take(MOST_BYTES).read_to_end(&mut head));
        read.map_err(|cause| Error::io("read", file.path(), cause))?;
        if !self.allows_private_keys && has_private_key(&head) {
            return Err(Error::PrivateKey(path.to_owned()));
        }
        Ok((copied, file))
    }

    fn list(
        &mut self,
        role: &str,
        path: &str,
        description: TargetDescription,
        elsewhere: bool,
    ) -> Result<(), Error> {
        let delegated = self.delegated;
        let draft = self.draft(role)?;
        draft.forget(path);
        if elsewhere {
            draft.elsewhere.insert(path.to_owned());
        }
        if delegated == Delegated::Shadowed {
            draft.shadowing.insert(path.to_owned());
        }
        let before = draft.signed.targets.get(path);
        let target = TargetFile {
            length: description.length,
            hashes: BTreeMap::from([("sha256".to_owned(), description.sha256)]),
            custom: description.custom,
            unrecognized: before.map_or_else(Map::new, |target| target.unrecognized.clone()),
        };
        draft.signed.targets.insert(path.to_owned(), target);
        Ok(())
    }
}
