//! The rotate files of one role, followed from the keys that its delegator lists to those that are current (TAP 8).

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Base, MetadataFile, malformed};
use crate::check::{key_form_waivers, listing, threshold};
use crate::failure::{Defect, Failure, Mismatch, Missing, Misuse, Place, Refusal};
use crate::role::{Authority, MetaFile, Rotate, Snapshot, rotate_file};
use crate::workflow::Waiver;

/// The rotate files of one role under the authority that its delegator gives it, as far as they were followed.
///
/// Who may sign the role's metadata is not told before every listed file was followed.
#[derive(Clone, Debug)]
pub(super) struct RotationChain {
    role: Box<str>,
    /// Rotate files that the snapshot lists.
    listed: u64,
    /// Rotate files followed.
    followed: u64,
    /// Who may sign the next rotate file, and after the last one the role's metadata.
    current: Authority,
    /// The next rotate file as the store has it, where it is authentic.
    stored: Option<Vec<u8>>,
    /// Version of the rotate file that revokes the role.
    revoked: Option<u64>,
    waivers: Vec<Waiver>,
}

impl RotationChain {
    /// Begins with the authority that the delegator gives the role.
    ///
    /// # Errors
    /// Endless rotation where more rotate files are listed than the settings allow; mix-and-match where they are not
    /// those from 1 to their number; endless data where one is listed with more bytes than the settings allow.
    pub(super) fn begin(
        base: &Base,
        snapshot: &Snapshot,
        role: &str,
        authority: &Authority,
    ) -> Result<Self, Failure> {
        let (count, limit) = (snapshot.count_rotations(role), base.settings.max_rotations);
        if count > u64::from(limit) {
            return Err(Refusal::EndlessRotation { role: role.into(), limit }.into());
        }
        for version in 1..=count {
            let listed = listed(snapshot, &name(role, version))?;
            base.settings.targets_limit(&rotate_file(role, version), listed.length)?;
        }
        Ok(Self {
            role: role.into(),
            listed: count,
            followed: 0,
            current: authority.clone(),
            stored: None,
            revoked: None,
            waivers: Vec::new(),
        })
    }

    /// The version of the rotate file that is needed next; none after the last one.
    ///
    /// # Errors
    /// Revoked, where a rotate file says so.
    pub(super) fn needed(&self) -> Result<Option<u64>, Refusal> {
        self.not_revoked().map(|()| self.next())
    }

    /// The rotate file that is needed next. Where one revokes the role, that one.
    pub(super) fn file(&self, base: &Base, snapshot: &Snapshot) -> Option<MetadataFile> {
        let version = self.next()?;
        let file = rotate_file(&self.role, version);
        let listed = listed(snapshot, &name(&self.role, version)).ok().and_then(|listed| listed.length);
        let limit = base.settings.targets_limit(&file, listed).ok()?;
        Some(MetadataFile::new(file, limit))
    }

    /// Takes the next rotate file as the store has it. Whether it was followed: where the snapshot lists its hash, or
    /// where it revokes the role. Else the repository's is needed.
    ///
    /// # Errors
    /// Malformed; an arbitrary software attack where the current keys did not sign it; mix-and-match where it is another
    /// rotate file. It is of no use then.
    pub(super) fn recall(
        &mut self,
        base: &Base,
        snapshot: &Snapshot,
        stored: Vec<u8>,
    ) -> Result<bool, Failure> {
        if self.revoked.is_some() {
            return Ok(false);
        }
        let (rotate, waivers) = self.authentic(base, &stored)?;
        let name = name(&self.role, self.following());
        let listed = listed(snapshot, &name)?;
        let is_listed = listed.hashes.is_some()
            && listing::bytes(&name, &listed, &stored).is_ok()
            && listing::version(&name, &listed, rotate.version).is_ok();
        match is_listed || rotate.is_revocation {
            true => self.follow(&name, &rotate, waivers),
            false => self.stored = Some(stored),
        }
        Ok(is_listed || rotate.is_revocation)
    }

    /// Follows the next rotate file. After one that revokes the role nothing is followed.
    ///
    /// # Errors
    /// Endless data; malformed; an arbitrary software attack where the current keys did not sign it; mix-and-match where
    /// it is not what the snapshot lists, or where the store has another one and this one does not revoke the role;
    /// revoked, where the one before did. Nothing has changed then.
    pub(super) fn accept(
        &mut self,
        base: &Base,
        snapshot: &Snapshot,
        received: &[u8],
    ) -> Result<(), Failure> {
        self.not_revoked()?;
        let file = self.file(base, snapshot).ok_or(Misuse::NothingToAnswer)?;
        file.allows(received)?;
        let name = name(&self.role, self.following());
        let listed = listed(snapshot, &name)?;
        listing::bytes(&name, &listed, received)?;
        let (rotate, waivers) = self.authentic(base, received)?;
        listing::version(&name, &listed, rotate.version)?;
        let is_replaced = self.stored.as_ref().is_some_and(|stored| stored != received);
        if is_replaced && !rotate.is_revocation {
            return Err(listing::mixed(&name, Mismatch::Replaced).into());
        }
        self.follow(&name, &rotate, waivers);
        Ok(())
    }

    /// Who may sign the role's metadata.
    ///
    /// # Errors
    /// Revoked, where a rotate file says so; missing, where one was not followed yet.
    pub(super) fn authority(&self) -> Result<&Authority, Failure> {
        match self.needed()? {
            None => Ok(&self.current),
            Some(version) => {
                let name = rotate_file(&self.role, version).into();
                Err(Missing { name, place: Place::Repository }.into())
            }
        }
    }

    /// What was taken of rotate files in another form than the specification's.
    pub(super) fn waivers(&self) -> &[Waiver] {
        &self.waivers
    }

    /// The same, where the chain has ended.
    pub(super) fn into_waivers(self) -> Vec<Waiver> {
        self.waivers
    }

    fn next(&self) -> Option<u64> {
        Some(self.following()).filter(|next| *next <= self.listed)
    }

    fn following(&self) -> u64 {
        self.followed.saturating_add(1)
    }

    fn not_revoked(&self) -> Result<(), Refusal> {
        match self.revoked {
            Some(version) => Err(Refusal::Revoked { role: self.role.clone(), version }),
            None => Ok(()),
        }
    }

    /// Sees that bytes are the next rotate file of this role, signed by a threshold of the current keys.
    fn authentic(&self, base: &Base, received: &[u8]) -> Result<(Rotate, Vec<Waiver>), Failure> {
        let version = self.following();
        let (file, name) = (rotate_file(&self.role, version), name(&self.role, version));
        let rotate = Rotate::parse(&file, received, base.settings.profile)?;
        if rotate.role != self.role {
            let defect = Defect::Field { field: "role", expected: "the role that the file is named after" };
            return Err(malformed(&file, defect));
        }
        let key_forms = threshold::signed(&name, rotate.envelope(), &self.current)?;
        if rotate.version != version {
            let mismatch = Mismatch::Version { listed: version, offered: rotate.version };
            return Err(listing::mixed(&name, mismatch).into());
        }
        Ok((rotate, key_form_waivers(&name, &key_forms)))
    }

    /// Lets the keys of a rotate file be the current ones, or the role be revoked.
    fn follow(&mut self, name: &str, rotate: &Rotate, waivers: Vec<Waiver>) {
        self.stored = None;
        self.waivers.extend(waivers);
        match rotate.is_revocation {
            true => self.revoked = Some(rotate.version),
            false => {
                self.current = rotate.authority(name);
                self.followed = rotate.version;
            }
        }
    }
}

/// The name of a rotate file, as the snapshot lists it.
fn name(role: &str, version: u64) -> String {
    format!("rotate/{role}.rotate.{version}")
}

fn listed<'a>(snapshot: &'a Snapshot, name: &str) -> Result<MetaFile<'a>, Failure> {
    let listed = snapshot.rotate_listing(name).map_err(|defect| malformed("snapshot.json", defect))?;
    listed.ok_or_else(|| listing::mixed(name, Mismatch::Unlisted).into())
}
