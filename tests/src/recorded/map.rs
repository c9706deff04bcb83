//! Maps of several repositories, and searches on them.

use tuf_verifier_core::{Failure, Listing, Malformed, MapRequest, MappedRepository};

use super::recording::{Call, Recording};
use super::sink::bytes;
use super::{failure, record};

/// [`tuf_verifier_core::RepositoryMap`].
#[derive(Debug)]
pub struct RepositoryMap {
    inner: tuf_verifier_core::RepositoryMap,
    recording: Recording,
    resource: u64,
}

/// [`tuf_verifier_core::MapSearch`].
#[derive(Debug)]
pub struct MapSearch {
    inner: tuf_verifier_core::MapSearch,
    recording: Recording,
    resource: u64,
}

impl RepositoryMap {
    /// [`tuf_verifier_core::RepositoryMap::parse`], and what it lists.
    ///
    /// # Errors
    /// Those of the core.
    pub fn parse(map: &[u8]) -> Result<Self, Malformed> {
        let recording = Recording::begin();
        let resource = recording.resource();
        let parsed = tuf_verifier_core::RepositoryMap::parse(map);
        recording.note(|| Call {
            function: "repository-map.parse",
            on: None,
            with: vec![bytes(map)],
            gives: failure::result(&parsed.clone().map_err(Failure::from), |_| resource.into()),
        });
        let map = Self { inner: parsed?, recording, resource };
        let _ = map.repositories();
        Ok(map)
    }

    /// [`tuf_verifier_core::RepositoryMap::repositories`].
    #[must_use]
    pub fn repositories(&self) -> &[MappedRepository] {
        let repositories = self.inner.repositories();
        self.recording.note(|| Call {
            function: "repository-map.repositories",
            on: Some(self.resource),
            with: Vec::new(),
            gives: record::list(repositories, record::mapped_repository),
        });
        repositories
    }

    /// [`tuf_verifier_core::RepositoryMap::search`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn search(&self, target: &str) -> Result<MapSearch, Failure> {
        let begun = self.inner.search(target);
        let resource = if begun.is_ok() { self.recording.resource() } else { 0 };
        self.recording.note(|| Call {
            function: "repository-map.search",
            on: Some(self.resource),
            with: vec![target.into()],
            gives: failure::result(&begun, |_| resource.into()),
        });
        Ok(MapSearch { inner: begun?, recording: self.recording.clone(), resource })
    }
}

impl MapSearch {
    /// [`tuf_verifier_core::MapSearch::next`].
    #[must_use]
    pub fn next(&self) -> MapRequest {
        let request = self.inner.next();
        self.recording.note(|| Call {
            function: "map-search.next",
            on: Some(self.resource),
            with: Vec::new(),
            gives: record::map_request(&request),
        });
        request
    }

    /// [`tuf_verifier_core::MapSearch::answer`].
    ///
    /// # Errors
    /// Those of the core.
    pub fn answer(&mut self, listing: Option<Listing>) -> Result<(), Failure> {
        let given = self.recording.is_on().then(|| record::option(listing.as_ref(), record::listing));
        let outcome = self.inner.answer(listing);
        self.recording.note(|| Call {
            function: "map-search.answer",
            on: Some(self.resource),
            with: given.into_iter().collect(),
            gives: failure::unit(&outcome),
        });
        outcome
    }
}
