//! What a publisher remembers of its repository, outside of everything that is served.
//!
//! Whoever can write to what is served has no key, but may change files, take them away, and put older ones back that
//! were signed once. A publisher that read such files and signed what it made of them would lend its keys to them. So it
//! starts from the root metadata that it remembers, as a client does from its pinned root, and goes no further back than
//! what it published last.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tuf_verifier_core::Settings;

use crate::error::{Difference, Error};
use crate::key::KeyRing;
use crate::metadata::{ROOT, TIMESTAMP, sha256_hex};
use crate::repository::Repository;
use crate::repository::adoption::Versions;
use crate::repository::layout::{Layout, file_name};
use crate::repository::plan::PlannedFile;
use crate::repository::{Periods, Site};
use crate::store::{Disk, private};

/// What is remembered of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Memory {
    /// Version of this format.
    pub(crate) format: u32,
    /// SHA-256 of every root metadata file, from version 1 on.
    pub(crate) roots: Vec<String>,
    /// The last published timestamp.
    pub(crate) timestamp: Known,
    /// The last timestamp of each copy, by its location.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) copies: BTreeMap<String, Known>,
}

/// A timestamp that is known to be ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    pub(crate) version: u64,
    /// Lower-case hexadecimal SHA-256 of the file.
    pub(crate) sha256: String,
}

const FORMAT: u32 = 1;

impl Memory {
    /// Of a repository of which nothing is published yet.
    pub(crate) fn empty() -> Self {
        Self::new(Vec::new(), Known { version: 0, sha256: String::new() })
    }

    pub(crate) fn new(roots: Vec<String>, timestamp: Known) -> Self {
        Self { format: FORMAT, roots, timestamp, copies: BTreeMap::new() }
    }

    /// What is remembered; none of a repository that is new to this publisher.
    pub(crate) fn load(layout: &Layout) -> Result<Option<Self>, Error> {
        let path = layout.memory();
        let Some(text) = layout.read_state(&path)? else { return Ok(None) };
        let memory: Self = serde_json::from_slice(&text).map_err(|error| Error::unreadable(&path, error))?;
        match memory.format == FORMAT && !memory.roots.is_empty() {
            true => Ok(Some(memory)),
            false => Err(Error::unreadable(&path, "it is of another version of this program")),
        }
    }

    pub(crate) fn save(&self, layout: &Layout, state: &Disk) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(self).map_err(Error::NotJson)?;
        state.replace(&layout.memory(), &text)
    }

    /// Versions of root and timestamp.
    pub(crate) fn versions(&self) -> Versions {
        let root = u64::try_from(self.roots.len()).unwrap_or(u64::MAX);
        Versions { root, timestamp: self.timestamp.version }
    }

    /// Whether this is what was known, or what was published after it: no root metadata is another one or gone, and the
    /// timestamp is not older, or another one of its version.
    pub(crate) fn continues(&self, known: &Self) -> bool {
        let is_later = match self.timestamp.version.cmp(&known.timestamp.version) {
            Ordering::Greater => true,
            Ordering::Equal => self.timestamp.sha256 == known.timestamp.sha256,
            Ordering::Less => false,
        };
        is_later && self.roots.starts_with(&known.roots)
    }

    /// What there will be to remember once these files are published.
    pub(crate) fn with(mut self, planned: &[PlannedFile]) -> Self {
        for file in planned {
            match file.role.as_str() {
                ROOT => self.roots.push(sha256_hex(&file.bytes)),
                TIMESTAMP => self.timestamp = Known::of(file.version, &file.bytes),
                _ => {}
            }
        }
        self
    }
}

impl Repository {
    /// Whether the publisher with this state folder knows the repository in this folder, wherever it is published. Nothing of
    /// the repository itself is read.
    ///
    /// # Errors
    /// [`Error::OthersCanWrite`] where others can write to the state folder; where what is remembered cannot be read.
    pub fn is_known(folder: &Path, state: &Path) -> Result<bool, Error> {
        private::check(state)?;
        let repository = Self::at(&Site::from(folder), state, KeyRing::default(), Periods::default());
        Ok(Memory::load(&repository.layout)?.is_some())
    }

    /// The first root metadata as it is published: what clients start from.
    ///
    /// # Errors
    /// [`Error::Changed`] where it is not what was published, or is gone; [`Error::NotAdopted`].
    pub fn first_root(&self) -> Result<Vec<u8>, Error> {
        let layout = &self.layout;
        let name = file_name(ROOT, 1);
        let changed = |difference| Error::changed(&layout.metadata(&name), difference);
        let memory = Memory::load(layout)?.ok_or_else(|| Error::NotAdopted(layout.location()))?;
        let bytes = layout.read_metadata(&name, Settings::default().root_max_length)?;
        let bytes = bytes.ok_or_else(|| changed(Difference::Gone))?;
        match memory.roots.first() == Some(&sha256_hex(&bytes)) {
            true => Ok(bytes),
            false => Err(changed(Difference::Bytes)),
        }
    }
}

impl Known {
    pub(crate) fn of(version: u64, bytes: &[u8]) -> Self {
        Self { version, sha256: sha256_hex(bytes) }
    }
}
