//! Update the root role (5.3).

use alloc::format;
use alloc::vec::Vec;

use super::{Base, MetadataFile, Refused, TimestampUpdate, refused};
use crate::check::{Authentic, length, rollback, threshold};
use crate::failure::Failure;
use crate::role::{ROOT, Role, Root, UnixTime};
use crate::workflow::Settings;

/// Trusted root metadata, of which newer versions may be accepted.
#[derive(Clone, Debug)]
pub struct RootUpdate {
    trusted: Authentic<Root>,
    received: Vec<u8>,
    settings: Settings,
}

impl RootUpdate {
    /// Trusted root metadata becomes the first stage. Its expiry does not matter yet.
    ///
    /// # Errors
    /// Malformed metadata; an arbitrary software attack where the root metadata is not signed by its own keys.
    ///
    /// # Specification
    /// 5.2, Load trusted root metadata.
    pub fn start(trusted_root: &[u8], settings: Settings) -> Result<Self, Failure> {
        let root = Root::parse("root.json", trusted_root, settings.profile)?;
        let authority = root.root.clone();
        let trusted = Authentic::judge(root, ROOT, &authority)?;
        Ok(Self { trusted, received: trusted_root.to_vec(), settings })
    }

    /// The trusted version: N of 5.3.2.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.trusted.header().version
    }

    /// The file of version N + 1 (5.3.3).
    #[must_use]
    pub fn next_file(&self) -> MetadataFile {
        let version = self.version().saturating_add(1);
        MetadataFile { name: format!("{version}.root.json"), max_length: self.settings.root_max_length }
    }

    /// Takes version N + 1 as the trusted root metadata.
    ///
    /// # Errors
    /// Endless data; malformed metadata; an arbitrary software attack where it is not signed by a threshold of the
    /// keys of version N, and of its own; a rollback attack where its version is another.
    ///
    /// # Specification
    /// 5.3.3 to 5.3.7.
    pub fn accept(self, received: Vec<u8>) -> Result<Self, Refused<Self>> {
        match self.next(received) {
            Ok(next) => Ok(next),
            Err(failure) => Err(refused(self, failure)),
        }
    }

    /// Version N + 1, judged as [`accept`](Self::accept) does. This one stays.
    pub(in crate::workflow) fn next(&self, received: Vec<u8>) -> Result<Self, Failure> {
        self.judge(&received).map(|trusted| Self { trusted, received, settings: self.settings })
    }

    fn judge(&self, received: &[u8]) -> Result<Authentic<Root>, Failure> {
        let file = self.next_file();
        length::at_most(&file.name, received, file.max_length)?;
        let offered = Root::parse(&file.name, received, self.settings.profile)?;
        threshold::signed(ROOT, offered.envelope(), &self.trusted.root)?;
        let authority = offered.root.clone();
        let offered = Authentic::judge(offered, ROOT, &authority)?;
        rollback::next_root(self.version(), offered.header().version)?;
        Ok(offered)
    }

    /// Ends the root chain.
    ///
    /// # Errors
    /// A freeze attack where the trusted root metadata has expired.
    ///
    /// # Specification
    /// 5.3.10, 5.3.12.
    pub fn finish(self, now: UnixTime) -> Result<TimestampUpdate, Refused<Self>> {
        match self.trusted.clone().current(ROOT, now) {
            Ok(root) => Ok(TimestampUpdate::new(Base { root, now, settings: self.settings })),
            Err(refusal) => Err(refused(self, refusal.into())),
        }
    }

    pub(in crate::workflow) fn root(&self) -> &Root {
        &self.trusted
    }

    /// Whether both say the same, whatever their layout and their signatures.
    pub(in crate::workflow) fn same_content(&self, other: &Self) -> bool {
        self.trusted.envelope().signed() == other.trusted.envelope().signed()
    }

    /// The bytes of the trusted root metadata, as they were received.
    pub(in crate::workflow) fn received(&self) -> &[u8] {
        &self.received
    }
}
