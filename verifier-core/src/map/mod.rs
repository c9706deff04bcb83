//! Several repositories: which of them are asked for a target, and how many must agree on it (TAP 4).

mod mapping;
mod name;
mod read;
mod search;

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::check::path;
use crate::failure::{Failure, Malformed, Misuse};
use crate::json;
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
    /// differs from another by case alone; a URL of two repositories; a mapping without patterns or with one that covers no
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
