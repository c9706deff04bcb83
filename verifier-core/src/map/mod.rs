//! Several repositories: which of them are asked for a target, and how many must agree on it (TAP 4).

mod mapping;
mod name;
mod place;
mod read;
mod search;

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::check::path;
use crate::crypto::{Material, PublicKey};
use crate::failure::{Failure, Malformed, Misuse};
use crate::json;
use crate::role::{Profile, Role, Root};
use mapping::Mapping;

pub use search::{Listing, MapNotFound, MapRequest, MapSearch};

/// Name of the map file, for reports.
const MAP: &str = "map.json";

/// A map file: repositories, and the mappings that say which of them are asked for which targets.
///
/// Whoever configures a client writes the map and hands it over out of band. It is trusted like the pinned root metadata,
/// and no repository can change it.
///
/// Two repositories that must agree, as Uptane has them (an image repository and a director), are one mapping with both,
/// the threshold 2, and `terminating`:
///
/// ```
/// use tuf_verifier_core::{MapRequest, RepositoryMap};
///
/// let map = RepositoryMap::parse(
///     br#"{
///         "repositories": {
///             "image": ["https://image.example.com/"],
///             "director": ["https://director.example.com/"]
///         },
///         "mapping": [{
///             "paths": ["*"],
///             "repositories": ["image", "director"],
///             "threshold": 2,
///             "terminating": true
///         }]
///     }"#,
/// )?;
/// let mut search = map.search("firmware/brakes.bin")?;
/// assert_eq!(search.next(), MapRequest::Ask { repository: "image".into() });
/// # Ok::<(), tuf_verifier_core::Failure>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryMap {
    /// In the order of their names.
    repositories: Vec<MappedRepository>,
    /// In the order of the map.
    mappings: Vec<Mapping>,
    /// Those that were named so far.
    pinned: Vec<Pinned>,
}

/// Who may sign the root metadata that is pinned for a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pinned {
    repository: Box<str>,
    /// Distinct keys.
    keys: Vec<Material>,
    threshold: usize,
}

/// One repository of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedRepository {
    /// Its name: safe as the name of a folder on every system, and distinct from the others where case is ignored.
    pub name: Box<str>,
    /// Where its files are, at least one, in the order of the map. They are not interpreted here.
    pub urls: Vec<Box<str>>,
}

impl RepositoryMap {
    /// A map file (UTF-8 JSON) becomes a map.
    ///
    /// `repositories` has the URLs of each repository; each item of `mapping` has `paths`, `repositories`, `threshold` and
    /// `terminating`, all of which must be there. Unknown fields are ignored.
    ///
    /// A repository's name consists of ASCII letters and digits, spaces, `.`, `-` and `_`, 100 of them at most; it neither
    /// begins nor ends with a space or a dot and names no device. A pattern is a path pattern of delegations; the lone `*`
    /// covers every path, and one `/` before a pattern is ignored, both as in the example of TAP 4.
    ///
    /// # Errors
    /// [`Malformed`] for anything else: JSON outside of the strict subset; a repository name that is no safe folder name or
    /// differs from another by case alone; a URL of two repositories, however it is spelled; a mapping without patterns or with one that covers no
    /// target path; a mapping with an unknown repository or the same one twice; a threshold of zero or of more repositories
    /// than the mapping has.
    ///
    /// # Specification
    /// TAP 4, Mechanism that Assigns Targets to Repositories.
    pub fn parse(map: &[u8]) -> Result<Self, Malformed> {
        let text =
            json::canonicalize(map).map_err(|malformed| Malformed { name: MAP.into(), ..malformed })?;
        read::map(&text).map_err(|defect| Malformed { name: MAP.into(), defect, offset: None })
    }

    /// The repositories, in the order of their names.
    #[must_use]
    pub fn repositories(&self) -> &[MappedRepository] {
        &self.repositories
    }

    /// Names the root metadata (UTF-8 JSON) that is pinned for a repository, before the repository is first asked.
    ///
    /// A threshold says how many repositories somebody must take over. Two names do not make two repositories, nor do two
    /// URLs: what is under the same root of trust counts once. So two repositories that must agree have roots that no
    /// one set of keys can sign.
    ///
    /// # Errors
    /// [`Misuse::SameRoot`] where the keys that this root and another one have in common meet the thresholds of both, and
    /// a mapping counts both repositories; [`Malformed`] where this is no root metadata. Nothing has changed then.
    pub fn pin(&mut self, repository: &str, root: &[u8]) -> Result<(), Failure> {
        let root = Root::parse("root.json", root, Profile::Compatible)?.root;
        let mut keys = Vec::new();
        for (_, key) in root.keys.iter() {
            let material = PublicKey::material_of(key, Profile::Compatible);
            if !keys.contains(&material) {
                keys.push(material);
            }
        }
        let threshold = usize::try_from(root.threshold).unwrap_or(usize::MAX);
        let pinned = Pinned { repository: repository.into(), keys, threshold };
        let same =
            self.pinned.iter().find(|other| pinned.is_one_with(other) && self.counts_both(&pinned, other));
        if let Some(other) = same {
            let (one, other) = (other.repository.clone(), pinned.repository);
            return Err(Misuse::SameRoot { one, other }.into());
        }
        self.pinned.retain(|other| other.repository != pinned.repository);
        self.pinned.push(pinned);
        Ok(())
    }

    /// Whether two repositories count towards one threshold.
    fn counts_both(&self, one: &Pinned, other: &Pinned) -> bool {
        let asks = |mapping: &Mapping, pinned: &Pinned| mapping.repositories.contains(&pinned.repository);
        self.mappings
            .iter()
            .any(|mapping| mapping.threshold > 1 && asks(mapping, one) && asks(mapping, other))
    }

    /// Begins the search for a target.
    ///
    /// # Errors
    /// [`Misuse::UnsafePath`] for a path that could leave the base URL.
    ///
    /// # Specification
    /// TAP 4, Searching for Files on Multiple Repositories, step 1.
    pub fn search(&self, target: &str) -> Result<MapSearch, Failure> {
        if !path::is_safe(target) {
            return Err(Misuse::UnsafePath(target.into()).into());
        }
        let covering = self.mappings.iter().enumerate().filter(|(_, mapping)| mapping.covers(target));
        Ok(MapSearch::new(covering))
    }
}

impl Pinned {
    /// Whether the keys that two roots have in common can sign both.
    fn is_one_with(&self, other: &Self) -> bool {
        let common = self.keys.iter().filter(|key| other.keys.contains(key)).count();
        self.repository != other.repository && common >= self.threshold && common >= other.threshold
    }
}
