//! Descriptors of manifests: media type, digest, size.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::digest::{Digest, DigestError};

/// Bytes of a descriptor's JSON that are read at most. A descriptor with every annotation of a registry has a few thousand.
pub const MAX_DESCRIPTOR: u64 = 64 * 1024;

/// What a registry offers for a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// What kind of manifest it is.
    pub media_type: MediaType,
    /// The digest of the manifest.
    pub digest: Digest,
    /// Bytes of the manifest.
    pub size: u64,
}

impl Descriptor {
    /// One JSON object (UTF-8, ≤ [`MAX_DESCRIPTOR`] bytes) becomes a descriptor of a manifest.
    ///
    /// Members other than `mediaType`, `digest` and `size` are passed over, as the image specification demands; each of
    /// the three is there once.
    ///
    /// # Errors
    /// Too long, no such object, or a media type or digest that is not known.
    pub fn parse(bytes: &[u8]) -> Result<Self, DescriptorError> {
        if bytes.len() as u64 > MAX_DESCRIPTOR {
            return Err(DescriptorError::TooLong);
        }
        // Serde takes a list for an object, too.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(DescriptorError::Json("it is no JSON object".to_owned()));
        }
        let written: Written =
            serde_json::from_slice(bytes).map_err(|error| DescriptorError::Json(error.to_string()))?;
        Ok(Self {
            media_type: written.media_type.parse()?,
            digest: written.digest.parse()?,
            size: written.size,
        })
    }
}

#[derive(Deserialize)]
struct Written {
    #[serde(rename = "mediaType")]
    media_type: String,
    digest: String,
    size: u64,
}

/// The kinds of manifest that a runtime pulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// One image, as the OCI image specification has it.
    OciManifest,
    /// Images for several platforms, as the OCI image specification has it.
    OciIndex,
    /// One image, Docker's schema 2.
    DockerManifest,
    /// Images for several platforms, Docker's schema 2.
    DockerManifestList,
}

impl MediaType {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::OciManifest, Self::OciIndex, Self::DockerManifest, Self::DockerManifestList];

    /// The text, as in headers and descriptors.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OciManifest => "application/vnd.oci.image.manifest.v1+json",
            Self::OciIndex => "application/vnd.oci.image.index.v1+json",
            Self::DockerManifest => "application/vnd.docker.distribution.manifest.v2+json",
            Self::DockerManifestList => "application/vnd.docker.distribution.manifest.list.v2+json",
        }
    }

    /// Whether it lists other manifests.
    #[must_use]
    pub fn is_index(self) -> bool {
        matches!(self, Self::OciIndex | Self::DockerManifestList)
    }
}

impl FromStr for MediaType {
    type Err = DescriptorError;

    fn from_str(text: &str) -> Result<Self, DescriptorError> {
        let known = Self::ALL.into_iter().find(|known| known.name() == text);
        known.ok_or_else(|| DescriptorError::MediaType(text.to_owned()))
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why bytes are no descriptor of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorError {
    /// Longer than [`MAX_DESCRIPTOR`].
    #[error("the descriptor is longer than {MAX_DESCRIPTOR} bytes")]
    TooLong,
    /// Not one JSON object with media type, digest and size.
    #[error("this is no descriptor: {0}")]
    Json(String),
    /// A media type that is none of [`MediaType::ALL`].
    #[error("{0:?} is no media type of a manifest or an index")]
    MediaType(String),
    /// The digest is none.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

impl DescriptorError {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::MediaType(_) => "unsupported-media-type",
            Self::TooLong | Self::Json(_) | Self::Digest(_) => "bad-descriptor",
        }
    }
}
