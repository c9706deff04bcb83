//! Update the root role (5.3).

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::{Base, MetadataFile, Refused, TimestampUpdate, refused};
use crate::check::{Authentic, rollback, threshold};
use crate::crypto::Keyring;
use crate::failure::Failure;
use crate::role::{ROOT, Role, Root, UnixTime};
use crate::workflow::{Received, Settings};

/// Trusted root metadata, of which newer versions may be accepted.
#[derive(Clone, Debug)]
pub struct RootUpdate {
    trusted: Authentic<Root>,
    received: Received,
    settings: Settings,
    /// Distinct keyids of the keys that were counted anywhere in the chain and are written in another form than the
    /// specification's.
    key_forms: Vec<Box<str>>,
    /// The keys that have verified root metadata, of those that the trusted version lists for root.
    keys: Keyring,
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
        Self::begin(Received::new(trusted_root.to_vec()), settings)
    }

    /// [`start`](Self::start) with bytes whose answer is known.
    pub(in crate::workflow) fn begin(received: Received, settings: Settings) -> Result<Self, Failure> {
        let root = Root::parse("root.json", &*received, settings.profile)?;
        let mut keys = Keyring::default();
        let trusted = Authentic::judge_by_itself(root, &mut keys)?;
        let key_forms = trusted.key_forms().to_vec();
        Ok(Self { trusted, received, settings, key_forms, keys })
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
        MetadataFile::new(format!("{version}.root.json"), self.settings.root_limit())
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
        match self.next(Received::new(received)) {
            Ok(next) => Ok(next),
            Err(failure) => Err(refused(self, failure)),
        }
    }

    /// Version N + 1, judged as [`accept`](Self::accept) does. This one stays.
    pub(in crate::workflow) fn next(&self, received: Received) -> Result<Self, Failure> {
        let mut keys = self.keys.clone();
        let (trusted, by_previous) = self.judge(&received, &mut keys)?;
        keys.keep_only(&trusted.root);
        let mut key_forms = self.key_forms.clone();
        for keyid in by_previous.iter().chain(trusted.key_forms()) {
            if !key_forms.contains(keyid) {
                key_forms.push(keyid.clone());
            }
        }
        Ok(Self { trusted, received, settings: self.settings, key_forms, keys })
    }

    /// The authentic root metadata, with the keyids of the previous version's keys that have another form than the
    /// specification's.
    fn judge(
        &self,
        received: &[u8],
        keys: &mut Keyring,
    ) -> Result<(Authentic<Root>, Vec<Box<str>>), Failure> {
        let file = self.next_file();
        file.allows(received)?;
        let offered = Root::parse(&file.name, received, self.settings.profile)?;
        let (offered, by_previous) = Authentic::judge_next(offered, &self.trusted.root, keys)?;
        rollback::next_root(self.version(), offered.header().version)?;
        Ok((offered, by_previous))
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
            Ok(root) => {
                let (settings, root_key_forms) = (self.settings, self.key_forms);
                Ok(TimestampUpdate::new(Base { root, root_key_forms, now, settings }))
            }
            Err(refusal) => Err(refused(self, refusal.into())),
        }
    }

    /// Whether both list the same timestamp keys and the same snapshot keys: floors outlive the step from one to the
    /// other (5.3.11).
    pub(in crate::workflow) fn same_online_keys(&self, other: &Self) -> bool {
        let (one, other) = (self.root(), other.root());
        let same = |before, now| threshold::same_keys(before, now, self.settings.profile);
        same(&one.timestamp, &other.timestamp) && same(&one.snapshot, &other.snapshot)
    }

    pub(in crate::workflow) fn root(&self) -> &Root {
        &self.trusted
    }

    /// Root metadata that a store keeps, judged by itself as [`start`](Self::start) does. None if it is unusable.
    pub(in crate::workflow) fn stored(&self, bytes: &[u8]) -> Option<Self> {
        Self::start(bytes, self.settings).ok()
    }

    /// Drops the keys that have verified. They are read again if they are needed.
    pub(in crate::workflow) fn forget_keys(&mut self) {
        self.keys = Keyring::default();
    }

    /// Whether both say the same, whatever their layout and their signatures.
    pub(in crate::workflow) fn same_content(&self, other: &Self) -> bool {
        self.trusted.envelope().signed() == other.trusted.envelope().signed()
    }

    /// The bytes of the trusted root metadata, as they were received.
    pub(in crate::workflow) fn received(&self) -> &Received {
        &self.received
    }
}
