//! Images of a registry.

use tuf_oci::Reference;
use tuf_oci::registry::{Manifest, ManifestName, Registry};

use crate::error::Error;
use crate::images::collect::{self, Image};
use crate::images::error::ImageError;

impl Image {
    /// Asks a registry for what a reference stands for now, and for everything that it names. Where the reference has a
    /// tag and a digest, the tag must be that digest.
    ///
    /// # Errors
    /// [`Error::Registry`], [`Error::Image`].
    pub fn from_registry(reference: &Reference, registry: &Registry) -> Result<Self, Error> {
        let fetch = |name: ManifestName<'_>| -> Result<Manifest, Error> {
            let manifest = registry.manifest(name, None)?;
            let (place, name) = (registry.location().to_string(), name.to_string());
            Ok(manifest.ok_or(ImageError::Absent { place, name })?)
        };
        let by_tag = reference.tag().map(|tag| fetch(ManifestName::Tag(tag))).transpose()?;
        let manifest = match (by_tag, reference.digest()) {
            (Some(manifest), Some(digest)) if manifest.digest != *digest => {
                let reason = format!("the tag is {} now", manifest.digest);
                return Err(ImageError::contradiction(reference, reason).into());
            }
            (Some(manifest), _) => manifest,
            (None, Some(digest)) => fetch(ManifestName::Digest(digest))?,
            (None, None) => {
                return Err(ImageError::contradiction(reference, "it has neither tag nor digest").into());
            }
        };
        collect::collect(reference, manifest, |digest| fetch(ManifestName::Digest(digest)))
    }
}
