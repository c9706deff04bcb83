//! A client of the distribution protocol: what a registry has, and what it is given.

mod challenge;
mod credentials;
mod error;
mod location;
mod manifest;
mod push;
mod repository_file;
mod session;
mod token;
mod transport;
mod url;

pub use credentials::Credentials;
pub use error::RegistryError;
pub use location::Location;
pub use manifest::{Manifest, ManifestName};
pub use repository_file::{FileLayer, RepositoryFile};
pub use transport::{DirectTransport, Payload, Transport};
/// What a [`Transport`] carries.
pub use ureq::{Body, http};

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::header::{CONTENT_RANGE, HeaderValue, RANGE};
use ureq::http::{Method, Response};

use crate::Digest;
use session::{Access, Answer, Call, Session};
use url::Url;

/// One repository of a registry.
///
/// A registry is trusted with nothing: what it says its bytes are is compared with what they are, and everything has a
/// limit. Authentication is anonymous, `Basic` or by token, as the registry asks for it. Credentials go to the registry and
/// to the token server that it names, and no further: not to where it redirects to, and without TLS to this machine alone.
///
/// Every request has a deadline for each of its bodies, so that no registry keeps a caller for ever by one byte now and
/// then: that of the call, else a minute, and for a file that is sent a second more for every 64 KiB.
pub struct Registry {
    location: Location,
    base: Url,
    session: Session,
}

impl Registry {
    /// A repository behind this transport. Opens no connection.
    ///
    /// # Errors
    /// [`RegistryError::Unusable`] for credentials that would cross a network without TLS.
    pub fn new(
        location: Location,
        credentials: Option<Credentials>,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, RegistryError> {
        let base = location.base()?;
        let origin = base.origin().clone();
        if credentials.is_some() && !origin.is_https() && !origin.is_loopback() {
            let reason = "credentials are not sent through a network without https".to_owned();
            return Err(RegistryError::Unusable { what: location.to_string(), reason });
        }
        let session = Session::new(transport, origin, location.repository().to_owned(), credentials);
        Ok(Self { location, base, session })
    }

    /// Which repository this is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The manifest of this name, or none where the registry has no such manifest (404). Its bytes have the digest that
    /// was asked for.
    ///
    /// # Errors
    /// Whatever kept the registry from an answer, and an answer that contradicts itself.
    pub fn manifest(
        &self,
        name: ManifestName<'_>,
        deadline: Option<Duration>,
    ) -> Result<Option<Manifest>, RegistryError> {
        let mut call = Call::new(Method::GET, self.at(&format!("manifests/{name}"))?, Access::Pull);
        call.headers = manifest::accepted();
        call.deadline = deadline;
        let answer = self.session.send(call)?;
        match answer.status() {
            200 => manifest::read(answer, name).map(Some),
            404 => Ok(None),
            _ => Err(answer.refused()),
        }
    }

    /// The bytes of a blob from an offset on, as a stream, or none where the registry has no such blob (404). They are not
    /// hashed: the caller knows what they must be, and stops one byte after the length that it expects.
    ///
    /// # Errors
    /// Whatever kept the registry from an answer.
    pub fn blob(
        &self,
        digest: &Digest,
        offset: u64,
        deadline: Option<Duration>,
    ) -> Result<Option<Blob>, RegistryError> {
        let mut call = Call::new(Method::GET, self.blob_url(digest)?, Access::Pull);
        call.deadline = deadline;
        if offset > 0 {
            let range = HeaderValue::from_str(&format!("bytes={offset}-"));
            call.headers.extend(range.ok().map(|range| (RANGE, range)));
        }
        let answer = self.session.send(call)?;
        match answer.status() {
            200 => Ok(Some(Blob { answer, start: 0 })),
            206 if offset > 0 => {
                let said = answer.header(CONTENT_RANGE.as_str()).unwrap_or_default();
                if !said.starts_with(&format!("bytes {offset}-")) {
                    let reason =
                        format!("the answer has the range {said:?}, and not the bytes from {offset} on");
                    return Err(RegistryError::Protocol { location: answer.url.to_string(), reason });
                }
                Ok(Some(Blob { answer, start: offset }))
            }
            404 => Ok(None),
            _ => Err(answer.refused()),
        }
    }

    fn blob_url(&self, digest: &Digest) -> Result<Url, RegistryError> {
        self.at(&format!("blobs/{digest}"))
    }

    fn at(&self, path: &str) -> Result<Url, RegistryError> {
        Url::parse(&format!("{}/{path}", self.base.uri())).map_err(|error| RegistryError::Unusable {
            what: self.location.to_string(),
            reason: error.to_string(),
        })
    }
}

/// The answer with a blob.
pub struct Blob {
    answer: Answer,
    start: u64,
}

impl Blob {
    /// Bytes of the blob before these: the offset that was asked for, or 0 where the registry sends the whole.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Where the bytes come from, for people: not the registry itself where it redirected.
    #[must_use]
    pub fn location(&self) -> String {
        self.answer.url.to_string()
    }

    /// The answer as it came.
    #[must_use]
    pub fn into_response(self) -> Response<Body> {
        self.answer.response
    }

    /// Reads the blob to its end, which must come within `limit` bytes.
    ///
    /// # Errors
    /// [`RegistryError::TooLong`], [`RegistryError::Read`].
    pub fn read(self, limit: u64) -> Result<Vec<u8>, RegistryError> {
        self.answer.read(limit)
    }

    /// The bytes as a stream.
    pub fn into_reader(self) -> impl Read {
        self.answer.response.into_body().into_reader()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("location", &self.location.to_string()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob")
            .field("location", &self.location())
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}
