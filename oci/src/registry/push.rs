//! What a registry is given.

use ureq::http::Method;
use ureq::http::header::{CONTENT_TYPE, HeaderValue};

use super::error::RegistryError;
use super::manifest::{CONTENT_DIGEST, agree};
use super::session::{Access, Call};
use super::transport::Payload;
use super::{ManifestName, Registry};
use crate::{Algorithm, Digest, MediaType};

impl Registry {
    /// Gives the registry a blob, unless it has it already. Says whether it was sent.
    ///
    /// # Errors
    /// Whatever kept the registry from taking it: it has the blob whole or not at all.
    pub fn push_blob(&self, digest: &Digest, payload: Payload<'_>) -> Result<bool, RegistryError> {
        let head = Call::new(Method::HEAD, self.at(&format!("blobs/{digest}"))?, Access::Push);
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
