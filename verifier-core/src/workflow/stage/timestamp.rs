//! Update the timestamp role (5.4).

use alloc::vec::Vec;

use super::{Base, MetadataFile, Refused, SnapshotUpdate, refused};
use crate::check::{Authentic, Current, rollback};
use crate::failure::{Failure, Refusal};
use crate::role::{Role, SNAPSHOT, Snapshot, TIMESTAMP, Timestamp, role_file};

/// Current root metadata, and the trusted timestamp and snapshot metadata of an earlier update, if any.
#[derive(Clone, Debug)]
pub struct TimestampUpdate {
    base: Base,
    timestamp: Option<Authentic<Timestamp>>,
    snapshot: Option<StoredSnapshot>,
}

/// Snapshot metadata of an earlier update: a floor for versions, and what is fetched again only if it changed.
#[derive(Clone, Debug)]
pub(super) struct StoredSnapshot {
    pub(super) metadata: Authentic<Snapshot>,
    pub(super) received: Vec<u8>,
}

/// Whether the repository had newer timestamp metadata (5.4.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeliness {
    /// Newer than what was trusted: it is to be persisted (5.4.5).
    New,
    /// The version that was trusted already: what was offered is discarded, which is normal.
    Unchanged,
}

impl TimestampUpdate {
    pub(super) fn new(base: Base) -> Self {
        Self { base, timestamp: None, snapshot: None }
    }

    /// The file to be fetched (5.4.1).
    #[must_use]
    pub fn file(&self) -> MetadataFile {
        MetadataFile::new("timestamp.json".into(), self.base.settings.timestamp_limit())
    }

    /// Takes timestamp metadata of an earlier update as trusted. Its expiry does not matter: it is a floor.
    ///
    /// # Errors
    /// Malformed metadata; an arbitrary software attack where the trusted root's keys did not sign it.
    pub fn recall_timestamp(&mut self, stored: &[u8]) -> Result<(), Failure> {
        let metadata = Timestamp::parse("timestamp.json", stored, self.base.settings.profile)?;
        self.timestamp = Some(Authentic::judge(metadata, TIMESTAMP, &self.base.root.timestamp)?);
        Ok(())
    }

    /// Takes snapshot metadata of an earlier update as trusted. Its expiry does not matter: it is a floor.
    ///
    /// # Errors
    /// Malformed metadata; an arbitrary software attack where the trusted root's keys did not sign it.
    pub fn recall_snapshot(&mut self, stored: Vec<u8>) -> Result<(), Failure> {
        let metadata = Snapshot::parse("snapshot.json", &*stored, self.base.settings.profile)?;
        let metadata = Authentic::judge(metadata, SNAPSHOT, &self.base.root.snapshot)?;
        self.snapshot = Some(StoredSnapshot { metadata, received: stored });
        Ok(())
    }

    /// Takes new timestamp metadata.
    ///
    /// # Errors
    /// Endless data, also where it lists snapshot metadata longer than the settings allow; malformed metadata; arbitrary
    /// software, rollback and freeze attacks.
    ///
    /// # Specification
    /// 5.4.1 to 5.4.4; the length of 5.5.1.
    pub fn accept(self, received: &[u8]) -> Result<(SnapshotUpdate, Timeliness), Refused<Self>> {
        match self.judge(received) {
            Ok((timestamp, file, timeliness)) => {
                Ok((SnapshotUpdate::new(self.base, timestamp, self.snapshot, file), timeliness))
            }
            Err(failure) => Err(refused(self, failure)),
        }
    }

    fn judge(&self, received: &[u8]) -> Result<(Current<Timestamp>, MetadataFile, Timeliness), Failure> {
        let file = self.file();
        file.allows(received)?;
        let offered = Timestamp::parse(&file.name, received, self.base.settings.profile)?;
        let offered = Authentic::judge(offered, TIMESTAMP, &self.base.root.timestamp)?;
        let (timestamp, timeliness) = match &self.timestamp {
            Some(trusted) => newer(trusted, offered)?,
            None => (offered, Timeliness::New),
        };
        if let Some(stored) = &self.snapshot {
            let trusted = stored.metadata.header().version;
            rollback::version(TIMESTAMP, SNAPSHOT, trusted, timestamp.snapshot_version)?;
        }
        let snapshot = snapshot_file(&self.base, &timestamp)?;
        Ok((timestamp.current(TIMESTAMP, self.base.now)?, snapshot, timeliness))
    }
}

/// The snapshot metadata file that timestamp metadata lists (5.5.1).
fn snapshot_file(base: &Base, timestamp: &Timestamp) -> Result<MetadataFile, Refusal> {
    let name = role_file(SNAPSHOT, base.root.consistent_snapshot.then_some(timestamp.snapshot_version));
    let listed = timestamp.snapshot().ok().and_then(|listing| listing.length);
    let limit = base.settings.snapshot_limit(&name, listed)?;
    Ok(MetadataFile::new(name, limit))
}

/// The trusted or the offered timestamp metadata, whichever is to be trusted (5.4.3).
fn newer(
    trusted: &Authentic<Timestamp>,
    offered: Authentic<Timestamp>,
) -> Result<(Authentic<Timestamp>, Timeliness), Failure> {
    let (before, now) = (trusted.header().version, offered.header().version);
    rollback::version(TIMESTAMP, TIMESTAMP, before, now)?;
    if before == now {
        return Ok((trusted.clone(), Timeliness::Unchanged));
    }
    rollback::version(TIMESTAMP, SNAPSHOT, trusted.snapshot_version, offered.snapshot_version)?;
    Ok((offered, Timeliness::New))
}
