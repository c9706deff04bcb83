//! How a file of a TUF repository lies in a registry: docs/oci-repositories.md.

use serde::{Deserialize, Serialize};

use crate::{Algorithm, Digest, MediaType, Tag};

/// A metadata file or a target file of a repository, by its name before it is percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryFile {
    folder: &'static str,
    name: String,
}

/// The blob with the bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLayer {
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
}

const ARTIFACT: &str = "application/vnd.theupdateframework.file.v1";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
const BYTES: &str = "application/octet-stream";

impl RepositoryFile {
    /// The bytes of the blob that stands for an empty configuration (image specification, "Guidance for an Empty
    /// Descriptor").
    pub const EMPTY_BLOB: &'static [u8] = b"{}";

    /// The media type of the manifest of a file.
    pub const MEDIA_TYPE: MediaType = MediaType::OciManifest;

    /// The metadata file `name`, such as `timestamp.json`.
    #[must_use]
    pub fn metadata(name: impl Into<String>) -> Self {
        Self { folder: "metadata", name: name.into() }
    }

    /// The target file at `fetch_path`, such as `dir/HASH.name`.
    #[must_use]
    pub fn target(fetch_path: impl Into<String>) -> Self {
        Self { folder: "targets", name: fetch_path.into() }
    }

    /// The tag of its manifest. Two files never have the same: a metadata file whose name is a tag that begins with no `_`
    /// has its name, every other file `_sha256-` and the SHA-256 of `metadata/NAME` or `targets/PATH` in hexadecimal.
    #[must_use]
    pub fn tag(&self) -> Tag {
        match self.name.parse() {
            Ok(tag) if self.folder == "metadata" && !self.name.starts_with('_') => tag,
            _ => Tag::of_name(&format!("{}/{}", self.folder, self.name)),
        }
    }

    /// The manifest of the file, in [`RepositoryFile::MEDIA_TYPE`]. The same file has the same manifest, byte for byte.
    #[must_use]
    pub fn manifest(&self, layer: &FileLayer) -> Vec<u8> {
        let descriptor = |media_type, digest: &Digest, size| Descriptor {
            media_type: String::from(media_type),
            digest: digest.to_string(),
            size,
            annotations: None,
        };
        let title = self.name.rsplit('/').next().unwrap_or_default().to_owned();
        let mut bytes = descriptor(BYTES, &layer.digest, layer.size);
        bytes.annotations = Some(Annotations { title });
        let manifest = FileManifest {
            schema_version: 2,
            media_type: Self::MEDIA_TYPE.to_string(),
            artifact_type: ARTIFACT.to_owned(),
            config: descriptor(EMPTY, &Digest::of(Algorithm::Sha256, Self::EMPTY_BLOB), 2),
            layers: vec![bytes],
        };
        // Strings and numbers alone: there is nothing in it that cannot be written.
        serde_json::to_vec(&manifest).unwrap_or_default()
    }

    /// The blob that a manifest names.
    ///
    /// # Errors
    /// Why it is no manifest of a file.
    pub fn layer(manifest: &[u8]) -> Result<FileLayer, String> {
        let manifest: FileManifest = serde_json::from_slice(manifest)
            .map_err(|error| format!("it is no manifest of a file: {error}"))?;
        if manifest.schema_version != 2 || manifest.artifact_type != ARTIFACT {
            return Err(format!("it is {:?}, and no file of a repository", manifest.artifact_type));
        }
        match &manifest.layers[..] {
            [layer] => {
                let digest = layer.digest.parse().map_err(|error: crate::DigestError| error.to_string())?;
                Ok(FileLayer { digest, size: layer.size })
            }
            layers => Err(format!("it has {} layers, and not one", layers.len())),
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct FileManifest {
    schema_version: u64,
    media_type: String,
    artifact_type: String,
    config: Descriptor,
    layers: Vec<Descriptor>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<Annotations>,
}

#[derive(Deserialize, Serialize)]
struct Annotations {
    #[serde(rename = "org.opencontainers.image.title", default)]
    title: String,
}
