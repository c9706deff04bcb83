//! A device that updates: what it was shipped with, and what it has stored since.

use std::collections::BTreeMap;

use tuf_verifier_core::{Failure, Report, Settings};

use crate::date::NOW;
use crate::drive::{Answer, Drive, Event};
use crate::mirror::Mirror;
use crate::repository::Repository;

/// A device: it outlives the update cycles that it runs.
#[derive(Clone, Debug)]
pub struct Device {
    /// The root metadata that it was shipped with.
    pub pinned: Vec<u8>,
    /// The trusted store: a file for each name.
    pub store: BTreeMap<String, Vec<u8>>,
    /// Its clock, in seconds since 1970.
    pub now: i64,
    /// Its limits.
    pub settings: Settings,
}

impl Device {
    /// A device that was shipped with version 1 of the root metadata and has stored nothing.
    #[must_use]
    pub fn new(repository: &Repository) -> Self {
        Self::new_for(&repository.mirror)
    }

    /// A device that was shipped with the first root metadata of this mirror and has stored nothing.
    #[must_use]
    pub fn new_for(mirror: &Mirror) -> Self {
        Self {
            pinned: mirror.file("1.root.json").to_vec(),
            store: BTreeMap::new(),
            now: NOW,
            settings: Settings::default(),
        }
    }

    /// A device that has refreshed once from what the repository publishes now.
    ///
    /// # Panics
    /// Where that is refused.
    #[must_use]
    pub fn refreshed(repository: &Repository) -> Self {
        let mut device = Self::new(repository);
        let _ = device.refresh(&repository.mirror).expect("an honest repository is accepted");
        device
    }

    /// Begins an update cycle.
    ///
    /// # Errors
    /// Where the root metadata that it was shipped with is unusable.
    pub fn start(&mut self) -> Result<Drive<'_>, Failure> {
        Drive::start(self)
    }

    /// Runs one update cycle, and gives up at the first failure.
    ///
    /// # Errors
    /// The failure.
    pub fn refresh(&mut self, mirror: &Mirror) -> Result<Report, Failure> {
        self.start()?.refresh(mirror)
    }

    /// Runs one update cycle and one search, and gives up at the first failure.
    ///
    /// # Errors
    /// The failure.
    pub fn find(&mut self, mirror: &Mirror, path: &str) -> Result<Answer, Failure> {
        let mut drive = self.start()?;
        let _ = drive.refresh(mirror)?;
        drive.find(mirror, path)
    }

    /// One update cycle in which the spoiled mirror's `file` is refused with this failure, and which the honest
    /// mirror then brings to its end. Nothing is written between the request and the refusal.
    ///
    /// # Panics
    /// Where it goes otherwise.
    pub fn refuses(&mut self, file: &str, spoiled: &Mirror, failure: &Failure, honest: &Mirror) -> Report {
        let mut drive = self.start().expect("the device was shipped with good root metadata");
        let refused = drive.refresh(spoiled).expect_err("the spoiled mirror is refused");
        assert_eq!(&refused, failure, "{refused}");
        assert_eq!(drive.fetched().last(), Some(&file));
        assert!(matches!(drive.transcript[..], [.., Event::Fetch(..), Event::Refused]));
        drive.refresh(honest).expect("the honest mirror is accepted in the same cycle")
    }

    /// A file of the store.
    ///
    /// # Panics
    /// Where there is none of this name.
    #[must_use]
    pub fn stored(&self, name: &str) -> &[u8] {
        self.store.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.store.keys()))
    }
}
