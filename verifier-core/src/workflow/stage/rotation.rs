//! Follow the rotate files of the top-level targets role (TAP 8), before its metadata is judged.

use alloc::vec::Vec;

use super::chain::RotationChain;
use super::{Base, MetadataFile, Refused, TargetsUpdate, refused};
use crate::check::Current;
use crate::failure::Failure;
use crate::role::{Snapshot, Timestamp};

/// Current snapshot metadata, and the rotate files of the top-level targets role as far as they were followed.
#[derive(Clone, Debug)]
pub struct RotationUpdate {
    base: Base,
    timestamp: Current<Timestamp>,
    snapshot: Current<Snapshot>,
    chain: RotationChain,
}

impl RotationUpdate {
    pub(super) fn new(
        base: Base,
        timestamp: Current<Timestamp>,
        snapshot: Current<Snapshot>,
        chain: RotationChain,
    ) -> Self {
        Self { base, timestamp, snapshot, chain }
    }

    /// The rotate file to be fetched next; none where all were followed. Its name in the store is the same.
    #[must_use]
    pub fn next_file(&self) -> Option<MetadataFile> {
        self.chain.file(&self.base, &self.snapshot)
    }

    /// Takes the next rotate file of an earlier update. Whether it was followed, or revokes the role: else the
    /// repository's is needed, and must be the same unless it revokes the role.
    ///
    /// # Errors
    /// Malformed; an arbitrary software attack where the current keys did not sign it; mix-and-match where it is another
    /// rotate file. It is of no use then.
    pub fn recall(&mut self, stored: Vec<u8>) -> Result<bool, Failure> {
        self.chain.recall(&self.base, &self.snapshot, stored)
    }

    /// Follows the next rotate file. One that revokes the role is accepted, and is the last.
    ///
    /// # Errors
    /// Endless data; malformed; an arbitrary software attack where the current keys did not sign it; mix-and-match where
    /// it is not what the snapshot lists, or not the one that was recalled; revoked, where the one before revoked the
    /// role.
    ///
    /// # Specification
    /// TAP 8, Client workflow; TAP 20, Client workflow.
    pub fn accept(mut self, received: &[u8]) -> Result<Self, Refused<Self>> {
        match self.chain.accept(&self.base, &self.snapshot, received) {
            Ok(()) => Ok(self),
            Err(failure) => Err(refused(self, failure)),
        }
    }

    /// Ends the rotation.
    ///
    /// # Errors
    /// Missing, where a listed rotate file was not followed; revoked, where the role was revoked.
    pub fn finish(self) -> Result<TargetsUpdate, Refused<Self>> {
        match self.chain.authority() {
            Ok(_) => Ok(TargetsUpdate::new(self.base, self.timestamp, self.snapshot, self.chain)),
            Err(failure) => Err(refused(self, failure)),
        }
    }
}
