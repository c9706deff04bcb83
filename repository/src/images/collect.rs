//! An image with every manifest of it.

use std::collections::BTreeSet;

use serde::Deserialize;
use tuf_oci::registry::Manifest;
use tuf_oci::{Algorithm, Digest, MediaType, Reference};

use crate::error::Error;
use crate::images::error::ImageError;

/// A manifest or index that is to be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedManifest {
    /// What kind of manifest it is.
    pub media_type: MediaType,
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// Its bytes, where they are at hand.
    pub bytes: Option<Vec<u8>>,
}

/// An image, as it is to be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// What runtimes ask for.
    pub reference: Reference,
    /// What it stands for.
    pub manifest: ListedManifest,
    /// The manifests that an index names, and those that they name.
    pub children: Vec<ListedManifest>,
}

/// Manifests of one image at most, itself not counted.
pub(super) const MOST_MANIFESTS: usize = 1_000;

/// Bytes of all manifests of one image at most: they are kept in memory until they are staged, and are some kilobytes each.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    manifests: Vec<Child>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Child {
    media_type: String,
    digest: String,
    size: u64,
}

/// Fetches what a manifest names, and what that names in turn.
pub(super) fn collect(
    reference: &Reference,
    manifest: Manifest,
    fetch: impl Fn(&Digest) -> Result<Manifest, Error>,
) -> Result<Image, Error> {
    let top = listed(manifest)?;
    let mut seen = BTreeSet::from([top.digest.clone()]);
    let mut bytes_left = MOST_BYTES.saturating_sub(top.size);
    let mut to_visit = unseen(children(&top)?, &mut seen, reference)?;
    let mut found = Vec::new();
    while let Some(wanted) = to_visit.pop() {
        // Counted before it is fetched, by what the index says: a manifest of another size is refused.
        let left = bytes_left.checked_sub(wanted.size);
        bytes_left =
            left.ok_or_else(|| ImageError::TooLarge { what: reference.to_string(), most: MOST_BYTES })?;
        let child = listed(fetch(&wanted.digest)?)?;
        let (is, said) = ((child.media_type, child.size), (wanted.media_type, wanted.size));
        if is != said {
            let reason = format!("the index says {} of {} bytes, it is {} of {}", said.0, said.1, is.0, is.1);
            return Err(ImageError::contradiction(&wanted.digest, reason).into());
        }
        to_visit.extend(unseen(children(&child)?, &mut seen, reference)?);
        found.push(child);
    }
    found.sort_by(|left, right| left.digest.cmp(&right.digest));
    Ok(Image { reference: reference.clone(), manifest: top, children: found })
}

/// Those that no other index has named.
fn unseen(
    mut children: Vec<ListedManifest>,
    seen: &mut BTreeSet<Digest>,
    reference: &Reference,
) -> Result<Vec<ListedManifest>, ImageError> {
    children.retain(|child| seen.insert(child.digest.clone()));
    match seen.len() <= MOST_MANIFESTS + 1 {
        true => Ok(children),
        false => Err(ImageError::TooMany(reference.to_string())),
    }
}

fn listed(manifest: Manifest) -> Result<ListedManifest, Error> {
    let Manifest { media_type, digest, bytes } = manifest;
    check_algorithm(&digest)?;
    Ok(ListedManifest { media_type, digest, size: bytes.len() as u64, bytes: Some(bytes) })
}

/// Refuses a digest that targets of this version of the contract do not list.
pub(super) fn check_algorithm(digest: &Digest) -> Result<(), ImageError> {
    match digest.algorithm() {
        Algorithm::Sha256 => Ok(()),
        _ => Err(ImageError::Algorithm(digest.clone())),
    }
}

/// What an index names. A manifest names none.
fn children(manifest: &ListedManifest) -> Result<Vec<ListedManifest>, ImageError> {
    let Some(bytes) = manifest.bytes.as_ref().filter(|_| manifest.media_type.is_index()) else {
        return Ok(Vec::new());
    };
    let wrong = |reason: String| ImageError::contradiction(&manifest.digest, reason);
    let index: Index =
        serde_json::from_slice(bytes).map_err(|error| wrong(format!("it is no index: {error}")))?;
    let child = |child: Child| {
        let media_type: MediaType = child.media_type.parse().map_err(|error| wrong(format!("{error}")))?;
        let digest: Digest = child.digest.parse().map_err(|error| wrong(format!("{error}")))?;
        check_algorithm(&digest)?;
        Ok(ListedManifest { media_type, digest, size: child.size, bytes: None })
    };
    index.manifests.into_iter().map(child).collect()
}
