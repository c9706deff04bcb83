//! Map files: which repositories clients ask for which targets, and how many must agree (TAP 4).
//!
//! Whoever configures a client writes the map and hands it over with the pinned root metadata of each repository. A client that
//! does not read the map finds nothing, and one with a wrong map asks the wrong repositories, so a map is read here by the
//! code that reads it there: the verifier's core.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;
use tuf_transport::Location;
use tuf_verifier_core::{Failure, Malformed, MapRequest, Misuse, RepositoryMap};

/// A map file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapFile {
    /// The URLs of each repository by its name, at least one: each is the folder of a copy, with `metadata/` and `targets/`.
    pub repositories: BTreeMap<String, Vec<String>>,
    /// The mappings in the order in which they are consulted.
    pub mapping: Vec<Mapping>,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub unrecognized: Map<String, Value>,
}

/// Who is asked for some target paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// Patterns of target paths, as delegations have them. A lone `*` covers every path.
    pub paths: Vec<String>,
    /// Names of the repositories, in the order in which they are asked.
    pub repositories: Vec<String>,
    /// Repositories that must list the same length and hashes.
    pub threshold: u64,
    /// Whether no later mapping is consulted for these paths.
    pub terminating: bool,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub unrecognized: Map<String, Value>,
}

/// Why a map was not read, changed or written. Numbers of mappings count from 1.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MapError {
    /// The file is no map, or one that clients refuse.
    #[error("clients refuse the map: {0}")]
    Refused(Failure),
    /// A file that clients read, and that cannot be changed here.
    #[error("the map cannot be read here: {0}")]
    Unreadable(serde_json::Error),
    /// A URL that clients cannot start from.
    #[error("repository {repository}: {url:?} is no URL of a repository: {reason}")]
    BadUrl {
        /// Name of the repository.
        repository: String,
        /// The URL as it was given, without credentials.
        url: String,
        /// The rule it breaks.
        reason: &'static str,
    },
    /// A mapping asks a repository that the map does not have.
    #[error("mapping {mapping} asks repository {repository:?}, which the map does not have")]
    UnknownRepository {
        /// Number of the mapping.
        mapping: usize,
        /// The name as it was given.
        repository: String,
    },
    /// A threshold that the repositories of a mapping cannot meet, or that all of them meet.
    #[error("mapping {mapping}: a threshold of {threshold} cannot be met by {repositories} repositories")]
    BadThreshold {
        /// Number of the mapping.
        mapping: usize,
        /// Repositories that must agree.
        threshold: u64,
        /// Repositories that are asked.
        repositories: usize,
    },
    /// There is no place of this number among the mappings.
    #[error("the map has {mappings} mappings, so none can be put before number {before}")]
    NoSuchMapping {
        /// The number as it was given.
        before: usize,
        /// Mappings of the map.
        mappings: usize,
    },
    /// Root metadata for a repository that the map does not have.
    #[error("the map has no repository {0:?}")]
    NoSuchRepository(String),
    /// Two repositories that must agree can be signed by one set of keys: one thief meets a threshold of two.
    #[error(
        "one set of keys can sign the root metadata of both {one} and {other}, so their agreement proves nothing"
    )]
    SameRoot {
        /// Name of the one.
        one: String,
        /// Name of the other.
        other: String,
    },
}

impl MapError {
    /// A word for programs, the same in every version.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(_) => "map-refused",
            Self::Unreadable(_) => "map-unreadable",
            Self::BadUrl { .. } => "map-bad-url",
            Self::UnknownRepository { .. } => "map-unknown-repository",
            Self::BadThreshold { .. } => "map-bad-threshold",
            Self::NoSuchMapping { .. } => "map-no-such-mapping",
            Self::NoSuchRepository(_) => "map-no-such-repository",
            Self::SameRoot { .. } => "map-same-root",
        }
    }
}

impl From<Malformed> for MapError {
    fn from(malformed: Malformed) -> Self {
        Self::Refused(malformed.into())
    }
}

impl MapFile {
    /// Bytes of the longest map that is read.
    pub const MOST_BYTES: u64 = 1 << 20;

    /// Reads a map file (UTF-8 JSON), as strictly as clients do, and more strictly where they leave URLs to their host.
    ///
    /// # Errors
    /// [`MapError`] for whatever clients refuse, and for what [`MapFile::check`] refuses.
    ///
    /// # Specification
    /// TAP 4, Mechanism that Assigns Targets to Repositories.
    pub fn parse(bytes: &[u8]) -> Result<Self, MapError> {
        let map: Self = match serde_json::from_slice(bytes) {
            Ok(map) => map,
            // The core names the field.
            Err(error) => {
                return Err(RepositoryMap::parse(bytes)
                    .err()
                    .map_or(MapError::Unreadable(error), From::from));
            }
        };
        map.check()?;
        // Of a name that is there twice one was taken: the core refuses such a file.
        RepositoryMap::parse(bytes)?;
        Ok(map)
    }

    /// The file: JSON with a line end.
    ///
    /// # Errors
    /// As for [`MapFile::parse`]: nothing is written that clients refuse.
    pub fn to_bytes(&self) -> Result<Vec<u8>, MapError> {
        // Strings, numbers and their tables become JSON, whatever they are.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        Self::parse(&bytes).map(|_| bytes)
    }

    /// Adds a URL of a repository, which is new or gets one more mirror.
    ///
    /// # Errors
    /// [`MapError`] for a name or a URL that cannot be in a map. The map is as it was.
    pub fn add_repository(&mut self, name: &str, url: &str) -> Result<(), MapError> {
        let mut changed = self.clone();
        changed.repositories.entry(name.to_owned()).or_default().push(url.to_owned());
        changed.to_bytes()?;
        *self = changed;
        Ok(())
    }

    /// Adds a mapping: before that of a number, or as the last one.
    ///
    /// # Errors
    /// [`MapError`] for a mapping that cannot be in this map. The map is as it was.
    pub fn add_mapping(&mut self, mapping: Mapping, before: Option<usize>) -> Result<(), MapError> {
        let mut changed = self.clone();
        let mappings = changed.mapping.len();
        let at = match before {
            None => mappings,
            Some(number) if (1..=mappings).contains(&number) => number - 1,
            Some(before) => return Err(MapError::NoSuchMapping { before, mappings }),
        };
        changed.mapping.insert(at, mapping);
        changed.to_bytes()?;
        *self = changed;
        Ok(())
    }

    /// Sees that every URL is one that clients can start from, and that each mapping can be met by repositories of the map.
    /// The core checks everything else.
    ///
    /// # Errors
    /// [`MapError::BadUrl`], [`MapError::UnknownRepository`], [`MapError::BadThreshold`].
    pub fn check(&self) -> Result<(), MapError> {
        for (repository, urls) in &self.repositories {
            for url in urls {
                check_url(url).map_err(|reason| {
                    let (repository, url) = (repository.clone(), without_credentials(url));
                    MapError::BadUrl { repository, url, reason }
                })?;
            }
        }
        for (mapping, asked) in (1..).zip(&self.mapping) {
            if let Some(unknown) =
                asked.repositories.iter().find(|name| !self.repositories.contains_key(*name))
            {
                return Err(MapError::UnknownRepository { mapping, repository: unknown.clone() });
            }
            let (threshold, repositories) = (asked.threshold, asked.repositories.len());
            if threshold == 0 || threshold > repositories as u64 {
                return Err(MapError::BadThreshold { mapping, threshold, repositories });
            }
        }
        Ok(())
    }

    /// Sees that no two repositories that must agree are under one root of trust, as clients do once they have the pinned root
    /// metadata of each. Gives the names of those that have none here.
    ///
    /// # Errors
    /// [`MapError::SameRoot`]; [`MapError::NoSuchRepository`]; [`MapError::Refused`] for what is no root metadata.
    pub fn check_roots(&self, roots: &BTreeMap<String, Vec<u8>>) -> Result<BTreeSet<&str>, MapError> {
        let mut map = RepositoryMap::parse(&self.to_bytes()?)?;
        for (name, root) in roots {
            if !self.repositories.contains_key(name) {
                return Err(MapError::NoSuchRepository(name.clone()));
            }
            map.pin(name, root).map_err(|failure| match failure {
                Failure::Misuse(Misuse::SameRoot { one, other }) => {
                    MapError::SameRoot { one: one.into(), other: other.into() }
                }
                failure => MapError::Refused(failure),
            })?;
        }
        let names = self.repositories.keys().filter(|name| !roots.contains_key(*name));
        Ok(names.map(String::as_str).collect())
    }

    /// The repositories that clients ask for a target, in their order, as long as none of them lists it. Empty if no mapping
    /// covers the path.
    ///
    /// # Errors
    /// [`MapError::Refused`] for a path that clients refuse.
    ///
    /// # Specification
    /// TAP 4, Searching for Files on Multiple Repositories.
    pub fn asked(&self, target: &str) -> Result<Vec<String>, MapError> {
        let map = RepositoryMap::parse(&self.to_bytes()?)?;
        let mut search = map.search(target).map_err(MapError::Refused)?;
        let mut asked = Vec::new();
        while let MapRequest::Ask { repository } = search.next() {
            asked.push(repository.into());
            search.answer(None).map_err(MapError::Refused)?;
        }
        Ok(asked)
    }

    /// Numbers of the mappings that no client comes to: a terminating one before them covers every path.
    #[must_use]
    pub fn unreached(&self) -> Vec<usize> {
        let is_last = |mapping: &Mapping| mapping.terminating && mapping.paths.iter().any(|path| path == "*");
        let last = self.mapping.iter().position(is_last).map_or(self.mapping.len(), |at| at + 1);
        (last + 1..=self.mapping.len()).collect()
    }

    /// Repositories that no mapping asks.
    #[must_use]
    pub fn unasked(&self) -> Vec<&str> {
        let asked: BTreeSet<&String> =
            self.mapping.iter().flat_map(|mapping| &mapping.repositories).collect();
        self.repositories.keys().filter(|name| !asked.contains(name)).map(String::as_str).collect()
    }
}

/// What is shown of a URL that is refused: whoever reads the message need not learn a password.
fn without_credentials(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, place)) => format!("…@{place}"),
        None => url.to_owned(),
    }
}

/// An absolute URL to which names can be added. A query or a fragment would stand before them, and credentials in a file that is
/// handed to clients are everybody's.
fn check_url(url: &str) -> Result<(), &'static str> {
    Location::parse(url).map_err(tuf_transport::LocationError::reason)?;
    match url.contains(['?', '#']) {
        true => Err("names of files are added to it, so it has neither a query nor a fragment"),
        false => Ok(()),
    }
}
