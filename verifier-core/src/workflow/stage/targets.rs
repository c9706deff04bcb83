//! Update the targets role (5.6), and the same for delegated roles.

use alloc::vec::Vec;

use super::chain::RotationChain;
use super::{Base, MetadataFile, Refused, Trusted, malformed, refused};
use crate::check::{Authentic, Current, listing};
use crate::failure::{Failure, Mismatch};
use crate::role::{MetaFile, Role, Snapshot, TARGETS, Targets, Timestamp, role_file};

/// Current snapshot metadata, and the keys that are current for the top-level targets role.
#[derive(Clone, Debug)]
pub struct TargetsUpdate {
    base: Base,
    timestamp: Current<Timestamp>,
    snapshot: Current<Snapshot>,
    chain: RotationChain,
}

impl TargetsUpdate {
    pub(super) fn new(
        base: Base,
        timestamp: Current<Timestamp>,
        snapshot: Current<Snapshot>,
        chain: RotationChain,
    ) -> Self {
        Self { base, timestamp, snapshot, chain }
    }

    /// The file to be fetched (5.6.1).
    ///
    /// # Errors
    /// Mix-and-match where the snapshot does not list it; endless data where it lists more bytes than the settings allow.
    pub fn file(&self) -> Result<MetadataFile, Failure> {
        file(&self.base, &self.snapshot, TARGETS)
    }

    /// Takes the top-level targets metadata.
    ///
    /// # Errors
    /// Endless data; mix-and-match where it is not what the snapshot lists; malformed metadata; arbitrary software and
    /// freeze attacks.
    ///
    /// # Specification
    /// 5.6.1 to 5.6.5.
    pub fn accept(self, received: &[u8]) -> Result<Trusted, Refused<Self>> {
        self.take(received.to_vec())
    }

    /// [`accept`](Self::accept) in the memory of the bytes.
    pub(in crate::workflow) fn take(self, received: Vec<u8>) -> Result<Trusted, Refused<Self>> {
        match judge(&self.base, &self.snapshot, TARGETS, &self.chain, received) {
            Ok(targets) => {
                let rotations = self.chain.into_waivers();
                Ok(Trusted::new(self.base, self.timestamp, self.snapshot, targets, rotations))
            }
            Err(failure) => Err(refused(self, failure)),
        }
    }
}

/// The file of a targets role.
pub(super) fn file(base: &Base, snapshot: &Snapshot, role: &str) -> Result<MetadataFile, Failure> {
    let listed = listed(snapshot, role)?;
    let version = base.root.consistent_snapshot.then_some(listed.version);
    let name = role_file(role, version);
    let limit = base.settings.targets_limit(&name, listed.length)?;
    Ok(MetadataFile::new(name, limit))
}

/// Judges metadata of a targets role against the snapshot and against those who may sign for it after all rotations.
pub(super) fn judge(
    base: &Base,
    snapshot: &Snapshot,
    role: &str,
    chain: &RotationChain,
    received: Vec<u8>,
) -> Result<Current<Targets>, Failure> {
    let file = file(base, snapshot, role)?;
    file.allows(&received)?;
    let listed = listed(snapshot, role)?;
    listing::bytes(role, &listed, &received)?;
    let offered = Targets::parse(&file.name, received, base.settings.profile)?;
    let offered = Authentic::judge(offered, role, chain.authority()?)?;
    listing::version(role, &listed, offered.header().version)?;
    Ok(offered.current(role, base.now)?)
}

fn listed<'a>(snapshot: &'a Snapshot, role: &str) -> Result<MetaFile<'a>, Failure> {
    let listed = snapshot.listing(role).map_err(|defect| malformed("snapshot.json", defect))?;
    listed.ok_or_else(|| listing::mixed(role, Mismatch::Unlisted).into())
}
