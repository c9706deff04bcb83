//! Rotations that the holders of a role make themselves, without the roles that delegate to it (TAP 8), and the end that they
//! put to the trust in it (TAP 20).
//!
//! Delegators go on listing the keys of before. Who signs for the role is what its last rotate file says, and that file is
//! signed by the keys of before: the delegators', or those of the rotate file before it.

use std::collections::BTreeMap;

use tuf_verifier_core::Settings;

use crate::error::{Error, NoSelfRotation};
use crate::key::Signers;
use crate::metadata::{DelegatedRoles, Key, Role, Rotate, Signed, TOP_LEVEL, seal};
use crate::repository::draft::StagedRotation;
use crate::repository::keys::{RoleKeys, as_listed};
use crate::repository::layout::{Layout, rotate_files_of};
use crate::repository::plan::PlannedFile;
use crate::repository::signing::signers_for;
use crate::repository::staging::Staged;

impl Staged<'_> {
    /// Lets a delegated role go on with other keys by a rotate file of its own (TAP 8). The next publish signs it with the
    /// keys that the role has now, and the role's metadata with the new ones. Takes the place of another one that is staged.
    ///
    /// # Errors
    /// [`Error::NoSuchRole`], [`Error::BadThreshold`], [`Error::RevokedItself`]; [`Error::SelfRotation`] for a role that
    /// cannot rotate its own keys, and for keys that it has already.
    pub fn rotate_self(&mut self, role: &str, keys: &RoleKeys) -> Result<(), Error> {
        let base = self.check_self_rotation(role)?;
        let added = keys.check(role)?;
        let (current, threshold) = self.published_keys(role)?;
        let keyids: Vec<String> = current.iter().map(|(keyid, _)| keyid.clone()).collect();
        let current: BTreeMap<String, Key> = current.into_iter().collect();
        let added = as_listed(added, &current, &keyids);
        if added == current && keys.threshold == threshold {
            return Err(refused(role, NoSelfRotation::SameKeys));
        }
        self.stage_rotation(role, StagedRotation { base, keys: added, threshold: keys.threshold })
    }

    /// Lets a delegated role end the trust in itself by a rotation to the null key (TAP 20). Once that is published, clients
    /// refuse whatever is signed for the role, for good.
    ///
    /// # Errors
    /// As for [`Staged::rotate_self`].
    pub fn revoke_self(&mut self, role: &str) -> Result<(), Error> {
        let base = self.check_self_rotation(role)?;
        self.stage_rotation(role, StagedRotation { base, keys: BTreeMap::new(), threshold: 1 })
    }

    fn stage_rotation(&mut self, role: &str, rotation: StagedRotation) -> Result<(), Error> {
        self.draft(role)?.rotation = Some(rotation);
        Ok(())
    }

    /// The rotate files that a role has, where it may have one more.
    fn check_self_rotation(&self, role: &str) -> Result<u64, Error> {
        // Root metadata rotates by its own chain; timestamp and snapshot are needed before rotate files are (TAP 8). The core
        // follows rotate files of the top-level targets role, but a wrong one there ends every update of every client.
        if TOP_LEVEL.contains(&role) {
            return Err(refused(role, NoSelfRotation::TopLevel));
        }
        let delegators = self.delegators(role)?;
        if delegators.is_empty() {
            return Err(self.no_such_role(role)?);
        }
        let are_bins = |delegator: &String| {
            let delegations = self.document(delegator).and_then(|document| document.delegations.as_ref());
            delegations.is_some_and(|found| matches!(found.roles, DelegatedRoles::SuccinctRoles(_)))
        };
        if delegators.iter().any(are_bins) {
            return Err(refused(role, NoSelfRotation::Bin));
        }
        let rotations = self.state.listed_rotations(role);
        if self.state.is_revoked(role) {
            return Err(Error::RevokedItself(role.to_owned()));
        }
        if self.state.targets(role).is_none() {
            return Err(refused(role, NoSelfRotation::Unpublished));
        }
        match rotations < u64::from(Settings::default().max_rotations) {
            true => Ok(rotations),
            false => Err(refused(role, NoSelfRotation::Exhausted(rotations))),
        }
    }
}

/// Signs the rotate file that is staged for a role, with the keys of before.
///
/// # Errors
/// [`Error::MissingKeys`] where too few of them are at hand; [`Error::RotateFileTaken`] for a file that has its name already.
pub(super) fn plan(
    role: &str,
    rotation: &StagedRotation,
    before: &[Role],
    signers: &dyn Signers,
    layout: &Layout,
) -> Result<PlannedFile, Error> {
    let document = rotation.file(role);
    let keys = signers_for(role, before, signers)?;
    let bytes = seal(&document, keys.iter().map(AsRef::as_ref))?;
    let file = PlannedFile { role: rotate_files_of(role), version: document.version, bytes };
    // Its number is the only one that clients follow next, so there is no other name to go on with.
    let Some(there) = layout.read_metadata(&file.name(), Settings::default().targets_max_length)? else {
        return Ok(file);
    };
    // A publish that another publisher was faster than leaves it, and many keys never make the same signature twice. Whether
    // it is signed as it must be, the core says before anything is written.
    match serde_json::from_slice::<Signed<Rotate>>(&there) {
        Ok(left) if left.signed == document => Ok(PlannedFile { bytes: there, ..file }),
        _ => Err(Error::RotateFileTaken(layout.metadata(&file.name()))),
    }
}

fn refused(role: &str, reason: NoSelfRotation) -> Error {
    Error::SelfRotation { role: role.to_owned(), reason }
}
