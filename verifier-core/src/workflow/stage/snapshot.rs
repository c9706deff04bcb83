//! Update the snapshot role (5.5).

use alloc::boxed::Box;

use super::chain::RotationChain;
use super::timestamp::StoredSnapshot;
use super::{Base, MetadataFile, Refused, RotationUpdate, malformed, refused};
use crate::check::{Authentic, Current, freeze, listing, rollback};
use crate::failure::{Failure, Mismatch};
use crate::role::{MetaFile, Role, SNAPSHOT, Snapshot, TARGETS, Timestamp};

/// Current timestamp metadata, and the trusted snapshot metadata of an earlier update, if any.
#[derive(Clone, Debug)]
pub struct SnapshotUpdate {
    base: Base,
    timestamp: Current<Timestamp>,
    stored: Option<StoredSnapshot>,
    /// The snapshot metadata file that the timestamp lists.
    file: MetadataFile,
}

impl SnapshotUpdate {
    pub(super) fn new(
        base: Base,
        timestamp: Current<Timestamp>,
        stored: Option<StoredSnapshot>,
        file: MetadataFile,
    ) -> Self {
        Self { base, timestamp, stored, file }
    }

    /// The file to be fetched (5.5.1).
    #[must_use]
    pub fn file(&self) -> MetadataFile {
        self.file.clone()
    }

    /// Goes on with the snapshot metadata of the earlier update where it is exactly what the timestamp lists.
    ///
    /// # Errors
    /// The stage itself, where there is none or where it is not the listed one or has expired: fetch it.
    pub fn recalled(mut self) -> Result<RotationUpdate, Box<Self>> {
        let Some(chain) = self.chain_of_stored() else {
            return Err(Box::new(self));
        };
        let stored =
            self.stored.take().and_then(|stored| stored.metadata.current(SNAPSHOT, self.base.now).ok());
        match stored {
            Some(snapshot) => Ok(RotationUpdate::new(self.base, self.timestamp, snapshot, chain)),
            None => Err(Box::new(self)),
        }
    }

    /// The rotation that begins with the stored snapshot metadata, where that is the listed one and current.
    fn chain_of_stored(&self) -> Option<RotationChain> {
        let (stored, listed) = (self.stored.as_ref()?, self.timestamp.snapshot().ok()?);
        let header = stored.metadata.header();
        listing::bytes(SNAPSHOT, &listed, &stored.received).ok()?;
        listing::version(SNAPSHOT, &listed, header.version).ok()?;
        freeze::current(SNAPSHOT, header, self.base.now).ok()?;
        begin_rotation(&self.base, &stored.metadata).ok()
    }

    /// Takes new snapshot metadata.
    ///
    /// # Errors
    /// Endless data; mix-and-match where it is not what the timestamp lists, or does not list the top-level targets
    /// metadata or every rotate file before another one of it; malformed metadata; arbitrary software, rollback and
    /// freeze attacks; endless rotation.
    ///
    /// # Specification
    /// 5.5.1 to 5.5.6.
    pub fn accept(self, received: &[u8]) -> Result<RotationUpdate, Refused<Self>> {
        match self.judge(received) {
            Ok((snapshot, chain)) => Ok(RotationUpdate::new(self.base, self.timestamp, snapshot, chain)),
            Err(failure) => Err(refused(self, failure)),
        }
    }

    fn judge(&self, received: &[u8]) -> Result<(Current<Snapshot>, RotationChain), Failure> {
        let file = self.file();
        file.allows(received)?;
        let listed: MetaFile<'_> =
            self.timestamp.snapshot().map_err(|defect| malformed("timestamp.json", defect))?;
        listing::bytes(SNAPSHOT, &listed, received)?;
        let offered = Snapshot::parse(&file.name, received, self.base.settings.profile)?;
        let offered = Authentic::judge(offered, SNAPSHOT, &self.base.root.snapshot)?;
        listing::version(SNAPSHOT, &listed, offered.header().version)?;
        if let Some(stored) = &self.stored {
            rollback::listed(&stored.metadata, &offered)?;
        }
        let chain = begin_rotation(&self.base, &offered)?;
        Ok((offered.current(SNAPSHOT, self.base.now)?, chain))
    }
}

/// Sees that the top-level targets metadata is listed, as it must be (4.4), and begins to follow its rotate files.
fn begin_rotation(base: &Base, snapshot: &Snapshot) -> Result<RotationChain, Failure> {
    match snapshot.listing(TARGETS).map_err(|defect| malformed("snapshot.json", defect))? {
        Some(_) => RotationChain::begin(base, snapshot, TARGETS, &base.root.targets),
        None => Err(listing::mixed(TARGETS, Mismatch::Unlisted).into()),
    }
}
