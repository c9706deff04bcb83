//! The targets of an image.

use serde_json::{Map, Value};
use tuf_oci::{Host, Reference, Repository, digest_path, tag_path, to_custom};

use crate::error::Error;
use crate::images::collect::{Image, ListedManifest};
use crate::metadata::Scope;
use crate::repository::{Delegation, RoleKeys, Staged, TargetDescription};

/// What became of the manifests of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StagedImage {
    /// Target paths that are new, or stand for another manifest than before.
    pub changed: Vec<String>,
    /// Number of target paths that stay as they were.
    pub unchanged: usize,
}

/// The delegation of one repository's images, every tag and every digest, to a role.
#[must_use]
pub fn delegation(role: &str, host: &Host, repository: &Repository, keys: RoleKeys) -> Delegation {
    let patterns = ["_tags/*", "_digests/sha256/*"].map(|rest| format!("oci/{host}/{repository}/{rest}"));
    Delegation::Role {
        name: role.to_owned(),
        keys,
        scope: Scope::Paths(patterns.to_vec()),
        terminating: true,
    }
}

/// Stages what an image is: its tag, where it has one, its digest, and the digests of its children. Other digests stay
/// listed, and so may be pulled on.
///
/// # Errors
/// As [`Staged::add_target`].
pub fn stage(image: &Image, role: &str, staged: &mut Staged<'_>) -> Result<StagedImage, Error> {
    let listed = staged.targets(role)?;
    let mut result = StagedImage::default();
    let tag = tag_path(&image.reference).map(|path| (path, &image.manifest));
    let manifests = std::iter::once(&image.manifest).chain(&image.children);
    let digests = manifests.map(|manifest| (digest_path(&image.reference, &manifest.digest), manifest));
    for (path, manifest) in tag.into_iter().chain(digests) {
        let custom = custom(manifest);
        let is_listed = listed.get(&path).is_some_and(|target| {
            target.length == manifest.size
                && target.hashes.get("sha256").map(String::as_str) == Some(manifest.digest.hex())
                && target.custom.as_ref() == Some(&custom)
        });
        if is_listed {
            result.unchanged += 1;
            continue;
        }
        stage_manifest(role, &path, manifest, custom, staged)?;
        result.changed.push(path);
    }
    Ok(result)
}

/// Stages the removal of what a reference names: its tag, its digest, or both. Gives the target paths.
///
/// # Errors
/// As [`Staged::remove_target`].
pub fn unstage(reference: &Reference, role: &str, staged: &mut Staged<'_>) -> Result<Vec<String>, Error> {
    let digest = reference.digest().map(|digest| digest_path(reference, digest));
    let paths: Vec<String> = tag_path(reference).into_iter().chain(digest).collect();
    for path in &paths {
        staged.remove_target(role, path)?;
    }
    Ok(paths)
}

fn stage_manifest(
    role: &str,
    path: &str,
    manifest: &ListedManifest,
    custom: Map<String, Value>,
    staged: &mut Staged<'_>,
) -> Result<(), Error> {
    match &manifest.bytes {
        Some(bytes) => staged.add_target(role, path, bytes.as_slice(), Some(custom)).map(drop),
        None => {
            let (length, sha256) = (manifest.size, manifest.digest.hex().to_owned());
            staged.describe_target(role, path, TargetDescription { length, sha256, custom: Some(custom) })
        }
    }
}

fn custom(manifest: &ListedManifest) -> Map<String, Value> {
    match to_custom(manifest.media_type) {
        Value::Object(custom) => custom,
        _ => Map::new(),
    }
}
