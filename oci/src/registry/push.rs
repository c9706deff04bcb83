//! What a registry is given.

use ureq::http::Method;
use ureq::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};

use super::error::RegistryError;
use super::manifest::{CONTENT_DIGEST, agree};
use super::session::{Access, Call};
use super::transport::Payload;
use super::{ManifestName, Registry};
use crate::{Algorithm, Digest, MediaType};

impl Registry {
    /// Whether the registry says that it has a blob of this length in bytes.
    ///
    /// # Errors
    /// Whatever kept the registry from an answer; [`RegistryError::Protocol`] where it has one of another length, whose bytes
    /// cannot be those of the digest.
    pub fn has_blob(&self, digest: &Digest, size: u64) -> Result<bool, RegistryError> {
        let answer = self.session.send(Call::new(Method::HEAD, self.blob_url(digest)?, Access::Pull))?;
        match answer.status() {
            200 => {}
            404 => return Ok(false),
            _ => return Err(answer.refused()),
        }
        let said = answer.header(CONTENT_LENGTH.as_str()).and_then(|text| text.parse::<u64>().ok());
        match said.filter(|said| *said != size) {
            None => Ok(true),
            Some(said) => {
                let reason = format!("the blob has {said} bytes there, and not {size}");
                Err(RegistryError::Protocol { location: answer.url.to_string(), reason })
            }
        }
    }

    /// Gives the registry a blob, unless it has it already. Says whether it was sent.
    ///
    /// # Errors
    /// Whatever kept the registry from taking it: it has the blob whole or not at all.
    pub fn push_blob(&self, digest: &Digest, payload: Payload<'_>) -> Result<bool, RegistryError> {
        let head = Call::new(Method::HEAD, self.blob_url(digest)?, Access::Push);
        let answer = self.session.send(head)?;
        match answer.status() {
            200 => return Ok(false),
            404 => {}
            _ => return Err(answer.refused()),
        }
        let mut begin = Call::new(Method::POST, self.at("blobs/uploads/")?, Access::Push);
        begin.payload = Payload::Bytes(&[]);
        let answer = self.session.send(begin)?;
        if answer.status() != 202 {
            return Err(answer.refused());
        }
        let next = answer.next()?.with_parameter("digest", &digest.to_string()).map_err(|error| {
            RegistryError::Protocol { location: answer.url.to_string(), reason: error.to_string() }
        })?;
        let mut upload = Call::new(Method::PUT, next, Access::Push);
        upload.headers = vec![(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"))];
        upload.payload = payload;
        let answer = self.session.send(upload)?;
        match answer.status() {
            201 => Ok(true),
            _ => Err(answer.refused()),
        }
    }

    /// Gives the registry a manifest under this name. Where a tag points elsewhere, it is moved. The blobs that it names
    /// must be there.
    ///
    /// # Errors
    /// Whatever kept the registry from taking it; [`RegistryError::Digest`] where it says it took other bytes.
    pub fn push_manifest(
        &self,
        name: ManifestName<'_>,
        media_type: MediaType,
        bytes: &[u8],
    ) -> Result<Digest, RegistryError> {
        let mut call = Call::new(Method::PUT, self.at(&format!("manifests/{name}"))?, Access::Push);
        call.headers = vec![(CONTENT_TYPE, HeaderValue::from_static(media_type.name()))];
        call.payload = Payload::Bytes(bytes);
        let answer = self.session.send(call)?;
        if answer.status() != 201 {
            return Err(answer.refused());
        }
        let digest = Digest::of(Algorithm::Sha256, bytes);
        match answer.header(CONTENT_DIGEST) {
            Some(claimed) => agree(&answer.url.to_string(), claimed, &digest, bytes).map(|()| digest),
            None => Ok(digest),
        }
    }
}
