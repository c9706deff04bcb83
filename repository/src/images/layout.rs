//! Images in a folder (image specification, "OCI Image Layout").

use std::path::Path;

use serde::Deserialize;
use tuf_oci::registry::Manifest;
use tuf_oci::{Digest, MediaType, Reference};

use crate::error::Error;
use crate::images::collect::{self, Image};
use crate::images::error::ImageError;

/// Most bytes of a manifest, as in registries.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    media_type: String,
    digest: String,
    #[serde(default)]
    annotations: Annotations,
}

#[derive(Default, Deserialize)]
struct Annotations {
    #[serde(rename = "org.opencontainers.image.ref.name")]
    name: Option<String>,
}

/// What is read of a manifest of a layout to know its kind.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Own {
    media_type: Option<String>,
    manifests: Option<serde_json::Value>,
}

impl Image {
    /// Finds an image in a layout: the one with the reference's digest, or whose annotation
    /// `org.opencontainers.image.ref.name` is the tag.
    ///
    /// # Errors
    /// [`Error::Image`].
    pub fn from_layout(reference: &Reference, folder: &Path) -> Result<Self, Error> {
        let path = folder.join("index.json");
        let wrong = |reason: String| ImageError::File { path: path.clone(), reason };
        let index: Index = serde_json::from_slice(&read(&path)?)
            .map_err(|error| wrong(format!("it is no index of a layout: {error}")))?;
        let entries: Vec<&Entry> = index.manifests.iter().filter(|entry| entry.is_of(reference)).collect();
        let entry = match entries[..] {
            [entry] => entry,
            [] => {
                let (place, name) = (path.display().to_string(), reference.to_string());
                return Err(ImageError::Absent { place, name }.into());
            }
            _ => return Err(wrong(format!("it has several manifests for {reference}")).into()),
        };
        let digest = entry.digest.parse().map_err(|error| wrong(format!("{error}")))?;
        let media_type = entry.media_type.parse().map_err(|error| wrong(format!("{error}")))?;
        let manifest = manifest(folder, &digest, Some(media_type))?;
        collect::collect(reference, manifest, |digest| manifest_of(folder, digest))
    }
}

impl Entry {
    fn is_of(&self, reference: &Reference) -> bool {
        let is_digest = reference.digest().is_none_or(|digest| digest.to_string() == self.digest);
        let is_tag = match (reference.tag(), reference.digest()) {
            (Some(tag), None) => self.annotations.name.as_deref() == Some(tag.as_str()),
            _ => true,
        };
        is_digest && is_tag
    }
}

fn manifest_of(folder: &Path, digest: &Digest) -> Result<Manifest, Error> {
    manifest(folder, digest, None)
}

/// Reads a manifest of a layout. Its kind is what refers to it says, else what it says itself.
fn manifest(folder: &Path, digest: &Digest, said: Option<MediaType>) -> Result<Manifest, Error> {
    let path = folder.join("blobs").join(digest.algorithm().name()).join(digest.hex());
    let bytes = read(&path)?;
    let wrong = |reason: String| ImageError::File { path: path.clone(), reason };
    if Digest::of(digest.algorithm(), &bytes) != *digest {
        return Err(wrong("its bytes have another digest".to_owned()).into());
    }
    let own: Own =
        serde_json::from_slice(&bytes).map_err(|error| wrong(format!("it is no manifest: {error}")))?;
    let media_type = match (own.media_type, said, own.manifests) {
        (Some(own), _, _) => own.parse().map_err(|error| wrong(format!("{error}")))?,
        (None, Some(said), _) => said,
        (None, None, Some(_)) => MediaType::OciIndex,
        (None, None, None) => MediaType::OciManifest,
    };
    if let Some(said) = said.filter(|said| *said != media_type) {
        return Err(wrong(format!("the layout says {said}, and it itself {media_type}")).into());
    }
    Ok(Manifest { media_type, digest: digest.clone(), bytes })
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    tuf_files::read_regular(path, MOST_BYTES).map_err(|cause| Error::io("read", path, cause))
}
