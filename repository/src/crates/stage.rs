//! Collected crates as staged targets.

use std::collections::{BTreeMap, BTreeSet};

use crate::crates::collect::{Collected, Collection};
use crate::crates::index;
use crate::error::Error;
use crate::metadata::{Scope, TargetFile, sha256_hex};
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
    /// Number of files of those crates, and of index files, that were gone or changed, and are staged again.
    pub put_back: usize,
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
            Some(digest) if digest == Some(&sha256_hex(bytes)) => {
                if !staged.has_bytes(CRATES_ROLE, &path)? {
                    staged.add_target(CRATES_ROLE, &path, bytes.as_slice(), None)?;
                    result.put_back += 1;
                }
                result.unchanged += 1;
            }
            Some(_) => {
                let reason = "it is a target already, with other bytes".to_owned();
                return Err(Error::Crate { name: name.clone(), version: version.clone(), reason });
            }
        }
    }
    for (name, versions) in by_name {
        if put_index_back(name, &versions, &listed, staged)? {
            result.put_back += 1;
        }
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

/// Stages an index file again whose published file is gone or has been changed, if what the registry says now of the versions
/// that are targets makes the bytes that are listed. Otherwise nobody knows what it said.
fn put_index_back(
    name: &str,
    versions: &[&Collected],
    crates: &BTreeMap<String, TargetFile>,
    staged: &mut Staged<'_>,
) -> Result<bool, Error> {
    let path = format!("index/{}", index::path(name)?);
    let listed = staged.targets(INDEX_ROLE)?;
    let (Some(target), Some(first)) = (listed.get(&path), versions.first()) else { return Ok(false) };
    if staged.has_bytes(INDEX_ROLE, &path)? {
        return Ok(false);
    }
    let prefix = format!("crates/{name}/{name}-");
    let version = |path: &String| path.strip_prefix(&prefix)?.strip_suffix(".crate").map(str::to_owned);
    let carried: BTreeSet<String> = crates.keys().filter_map(version).collect();
    let merged = index::merge(name, &index::published(name, &[])?, &first.index, &carried)?;
    if target.hashes.get("sha256") != Some(&sha256_hex(&merged)) {
        return Ok(false);
    }
    staged.add_target(INDEX_ROLE, &path, merged.as_slice(), None)?;
    Ok(true)
}
