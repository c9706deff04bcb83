//! What was published when an event was made, from the copies in its folder: verified as what it was.

use std::collections::{BTreeMap, BTreeSet};

use tuf_verifier_core::Settings;
use tuf_verifier_core::stage::RootUpdate;

use crate::error::Error;
use crate::event::EventError;
use crate::event::base::{Base, Published, hides};
use crate::event::duty::{By, Duty, signs};
use crate::event::folder::{EventFolder, damaged};
use crate::event::payload::{Original, original};
use crate::metadata::{Metadata, ROOT, Root, TARGETS, Targets, sha256_hex};
use crate::repository::file_name;

/// What was published when an event was made.
///
/// Root metadata is verified from version 1 on by the core, and each targets role by the signatures that the roles above it
/// demand. Which line of root metadata is the right one is for somebody else to say.
#[derive(Clone, Debug)]
pub(crate) struct Before {
    /// SHA-256 of every root metadata file, from version 1 on.
    pub(crate) roots: Vec<String>,
    pub(crate) root: Root,
    /// The published roles that the event changes, and those that delegate to them.
    pub(crate) targets: BTreeMap<String, Targets>,
}

/// Root metadata files that are read at most.
const MOST_ROOTS: u64 = 4096;

impl Before {
    /// Reads and verifies the copies.
    ///
    /// # Errors
    /// [`EventError::BeforeEdited`], [`EventError::BeforeRefused`], [`EventError::BeforeUnsigned`],
    /// [`EventError::BaseEdited`], [`EventError::Damaged`], [`EventError::TooLong`].
    pub(crate) fn read(folder: &EventFolder, base: &Base) -> Result<Self, Error> {
        let (roots, root) = read_roots(folder, &base.root)?;
        let mut found = BTreeMap::new();
        let changed = base.roles.iter().filter(|(role, _)| *role != ROOT);
        let changed = changed.filter_map(|(role, change)| Some((role, change.before.as_ref()?)));
        for (role, published) in changed.chain(&base.delegators) {
            let original = read::<Targets>(folder, role, published)?;
            found.insert(role.clone(), (published.version, original));
        }
        verify(folder, &root, &found)?;
        let targets = found.into_iter().map(|(role, (_, original))| (role, original.signed)).collect();
        let before = Self { roots, root, targets };
        // A role that is delegated to has been published: as a new role, it would show what the event removes as nothing.
        let mut new = base.roles.iter().filter(|(_, change)| change.before.is_none());
        match new.find(|(role, _)| before.delegates_to(role)) {
            Some((role, _)) => Err(hides(folder, role)),
            None => Ok(before),
        }
    }

    fn delegates_to(&self, role: &str) -> bool {
        let delegations = self.targets.values().filter_map(|targets| targets.delegations.as_ref());
        delegations.flat_map(|delegations| delegations.signers()).any(|(name, _)| name == role)
    }
}

fn read_roots(folder: &EventFolder, last: &Published) -> Result<(Vec<String>, Root), Error> {
    let settings = Settings::default();
    let read = |version: u64| {
        let path = folder.before(&file_name(ROOT, version));
        folder.expect(&path, settings.root_max_length)
    };
    let refused = |version: u64, cause| {
        let path = folder.before(&file_name(ROOT, version));
        Error::from(EventError::BeforeRefused { path, cause })
    };
    let mut bytes = read(1)?;
    let mut roots = vec![sha256_hex(&bytes)];
    let mut update = RootUpdate::start(&bytes, settings).map_err(|failure| refused(1, failure))?;
    for version in 2..=last.version.min(MOST_ROOTS) {
        bytes = read(version)?;
        roots.push(sha256_hex(&bytes));
        update = update.accept(bytes.clone()).map_err(|refusal| refused(version, refusal.failure))?;
    }
    let path = folder.before(&file_name(ROOT, last.version));
    if roots.last() != Some(&last.sha256) || update.version() != last.version {
        return Err(EventError::BeforeEdited(path).into());
    }
    let root = original(&bytes).map_err(|reason| damaged(&path, reason))?;
    Ok((roots, root.signed))
}

fn read<M: Metadata>(folder: &EventFolder, role: &str, published: &Published) -> Result<Original<M>, Error> {
    let path = folder.before(&file_name(role, published.version));
    let bytes = folder.expect(&path, Settings::default().listed_max_length)?;
    if sha256_hex(&bytes) != published.sha256 {
        return Err(EventError::BeforeEdited(path).into());
    }
    let original: Original<M> = original(&bytes).map_err(|reason| damaged(&path, reason))?;
    match original.signed.version() == published.version {
        true => Ok(original),
        false => Err(EventError::BeforeEdited(path).into()),
    }
}

/// Verifies every role from the top down: each by what the role above it says, which was verified before.
fn verify(
    folder: &EventFolder,
    root: &Root,
    found: &BTreeMap<String, (u64, Original<Targets>)>,
) -> Result<(), Error> {
    let mut to_visit = Vec::new();
    if let Some(signers) = root.roles.get(TARGETS) {
        to_visit.push((TARGETS.to_owned(), Duty::new(By::PublishedRoot(root.version), signers, &root.keys)));
    }
    let mut verified = BTreeSet::new();
    while let Some((role, duty)) = to_visit.pop() {
        let Some((version, original)) = found.get(&role) else { continue };
        check_signed(folder, &role, *version, original, &duty)?;
        if !verified.insert(role.clone()) {
            continue;
        }
        if let Some(delegations) = &original.signed.delegations {
            for name in found.keys() {
                to_visit.extend(delegations.signers_of(name).map(|signers| {
                    let duty = Duty::new(By::Delegator(role.clone()), &signers, &delegations.keys);
                    (name.clone(), duty)
                }));
            }
        }
    }
    match found.iter().find(|(role, _)| !verified.contains(*role)) {
        None => Ok(()),
        Some((role, (version, _))) => {
            let path = folder.before(&file_name(role, *version));
            let (role, needed, valid) = (role.clone(), 1, 0);
            Err(EventError::BeforeUnsigned { path, role, needed, valid }.into())
        }
    }
}

fn check_signed(
    folder: &EventFolder,
    role: &str,
    version: u64,
    original: &Original<Targets>,
    duty: &Duty,
) -> Result<(), Error> {
    let mut valid = BTreeSet::new();
    for signature in &original.signatures {
        let Some(key) = duty.keys.get(&signature.keyid) else { continue };
        // A key that is not usable here has not signed, as far as can be said here.
        if signs(&signature.keyid, key, &original.canonical, &signature.sig).unwrap_or(false) {
            valid.insert(signature.keyid.clone());
        }
    }
    let valid = duty.count(&valid);
    if valid >= duty.threshold {
        return Ok(());
    }
    let path = folder.before(&file_name(role, version));
    Err(EventError::BeforeUnsigned { path, role: role.to_owned(), needed: duty.threshold, valid }.into())
}
