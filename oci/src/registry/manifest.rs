//! Manifests and indexes, as a registry gives them.

use std::fmt;

use serde::Deserialize;
use ureq::http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};

use super::error::RegistryError;
use super::session::Answer;
use crate::{Algorithm, DescriptorError, Digest, MediaType, Tag};

/// Most bytes of a manifest. Registries take at least 4 MiB (distribution specification, "Pushing Manifests").
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// The media types that are asked for.
const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// The header with the digest that a registry claims.
pub(super) const CONTENT_DIGEST: &str = "docker-content-digest";

/// What a manifest is asked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestName<'a> {
    /// What the tag points to now.
    Tag(&'a Tag),
    /// The one manifest with this digest.
    Digest(&'a Digest),
}

/// A manifest or index, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What the registry says it is, and it itself does not contradict.
    pub media_type: MediaType,
    /// Its digest, computed: by the algorithm of the digest that was asked for, else SHA-256.
    pub digest: Digest,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Display for ManifestName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

pub(super) fn accepted() -> Vec<(HeaderName, HeaderValue)> {
    vec![(ACCEPT, HeaderValue::from_static(ACCEPTED))]
}

/// What every manifest may say of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Own {
    media_type: Option<String>,
}

/// Reads an answer with a manifest.
pub(super) fn read(answer: Answer, name: ManifestName<'_>) -> Result<Manifest, RegistryError> {
    let location = answer.url.to_string();
    let claimed = answer.header(CONTENT_DIGEST).map(str::to_owned);
    let content_type = answer.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_owned();
    let bytes = answer.read(MOST_BYTES)?;
    let digest = match name {
        ManifestName::Tag(_) => Digest::of(Algorithm::Sha256, &bytes),
        ManifestName::Digest(asked) => Digest::of(asked.algorithm(), &bytes),
    };
    if let ManifestName::Digest(asked) = name {
        agree(&location, &asked.to_string(), &digest, &bytes)?;
    }
    if let Some(claimed) = claimed {
        agree(&location, &claimed, &digest, &bytes)?;
    }
    let protocol = |reason: String| RegistryError::Protocol { location: location.clone(), reason };
    let own: Own = serde_json::from_slice(&bytes)
        .map_err(|error| protocol(format!("the manifest is no JSON object: {error}")))?;
    if let Some(own) = own.media_type.filter(|own| *own != media_type) {
        return Err(protocol(format!("the answer is {media_type:?}, and the manifest in it {own:?}")));
    }
    let media_type = media_type.parse().map_err(|error: DescriptorError| protocol(error.to_string()))?;
    Ok(Manifest { media_type, digest, bytes })
}

/// Compares what is claimed of the bytes with what they are. A claim in another algorithm is computed too.
pub(super) fn agree(
    location: &str,
    claimed: &str,
    digest: &Digest,
    bytes: &[u8],
) -> Result<(), RegistryError> {
    let computed = match claimed.parse::<Digest>() {
        Ok(claimed) if claimed.algorithm() != digest.algorithm() => Digest::of(claimed.algorithm(), bytes),
        _ => digest.clone(),
    };
    match computed.to_string() == claimed {
        true => Ok(()),
        false => Err(RegistryError::Digest {
            location: location.to_owned(),
            expected: claimed.chars().take(200).collect(),
            computed: computed.to_string(),
        }),
    }
}
