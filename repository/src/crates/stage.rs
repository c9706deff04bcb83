//! Collected crates as staged targets.

use std::collections::{BTreeMap, BTreeSet};

use crate::crates::collect::{Collected, Collection};
use crate::crates::index;
use crate::error::Error;
use crate::metadata::{Scope, sha256_hex};
use crate::repository::{Delegation, RoleKeys, Staged};

/// Name of the role that lists index files.
pub const INDEX_ROLE: &str = "index";
/// Name of the role that lists `.crate` files.
pub const CRATES_ROLE: &str = "crates";

/// What was staged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StagedCrates {
    /// Name and version of the crates that are new.
    pub added: Vec<(String, String)>,
    /// Number of crates that were targets already.
    pub unchanged: usize,
    /// Number of index files that are new or changed.
    pub index_files: usize,
}

/// The delegations that crates need: both roles are terminating for their paths.
#[must_use]
pub fn delegations(index: RoleKeys, crates: RoleKeys) -> [Delegation; 2] {
    let role = |name: &str, keys, patterns: &[&str]| Delegation::Role {
        name: name.to_owned(),
        keys,
        scope: Scope::Paths(patterns.iter().map(|pattern| String::from(*pattern)).collect()),
        terminating: true,
    };
    [
        role(INDEX_ROLE, index, &["index/*", "index/*/*", "index/*/*/*"]),
        role(CRATES_ROLE, crates, &["crates/*/*"]),
    ]
}

/// Stages crates and their index files. What is staged or published already stays as it is.
///
/// # Errors
/// [`Error::Crate`] where a crate is a target already with other bytes; as
/// [`Staged::add_target`] otherwise.
pub fn stage(collection: &Collection, staged: &mut Staged<'_>) -> Result<StagedCrates, Error> {
    let mut result = StagedCrates::default();
    let mut by_name: BTreeMap<&str, Vec<&Collected>> = BTreeMap::new();
    let listed = staged.targets(CRATES_ROLE)?;
    for collected in &collection.crates {
        let Collected { name, version, bytes, .. } = collected;
        by_name.entry(name).or_default().push(collected);
        let path = format!("crates/{name}/{name}-{version}.crate");
        match listed.get(&path).map(|target| target.hashes.get("sha256")) {
            None => {
                staged.add_target(CRATES_ROLE, &path, bytes.as_slice(), None)?;
                result.added.push((name.clone(), version.clone()));
            }
            Some(digest) if digest == Some(&sha256_hex(bytes)) => result.unchanged += 1,
            Some(_) => {
                let reason = "it is a target already, with other bytes".to_owned();
                return Err(Error::Crate { name: name.clone(), version: version.clone(), reason });
            }
        }
    }
    for (name, versions) in by_name {
        result.index_files += usize::from(stage_index(name, &versions, staged)?);
    }
    Ok(result)
}

/// Stages the index file of a crate. Gives whether it is new or changed.
fn stage_index(name: &str, versions: &[&Collected], staged: &mut Staged<'_>) -> Result<bool, Error> {
    let Some(first) = versions.first() else { return Ok(false) };
    let path = format!("index/{}", index::path(name)?);
    let before = staged.read_target(INDEX_ROLE, &path)?;
    let published = index::published(name, before.as_deref().unwrap_or_default())?;
    let carried: BTreeSet<String> = versions.iter().map(|collected| collected.version.clone()).collect();
    let merged = index::merge(name, &published, &first.index, &carried)?;
    if before.as_deref() == Some(&merged) {
        return Ok(false);
    }
    staged.add_target(INDEX_ROLE, &path, merged.as_slice(), None)?;
    Ok(true)
}
