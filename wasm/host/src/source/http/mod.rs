//! A repository behind HTTP.

mod agents;
mod body;
mod builder;
mod credentials;
mod date;
mod failure;
#[cfg(feature = "oci")]
mod oci;
mod proxy;
mod range;
mod redirect;

pub use builder::{HttpSourceBuilder, Timeouts};
#[cfg(feature = "oci")]
pub use oci::{OciSource, OciSourceBuilder};

use std::fmt;
use std::io::Read;

use tuf_transport::Location;
use ureq::http::Response;

use super::url::Base;
use super::{Resume, Source, SourceError, TargetStream, whole_metadata, whole_target};
use crate::records::Retry;
use agents::Agents;
use body::{Body, Time};
use redirect::{Redirects, Trail};

/// A repository behind HTTP or HTTPS.
///
/// Connections are kept and used again, also between metadata and targets. The statuses 404, 403 and 410
/// say that a file does not exist: object stores answer 403 for a missing file. Nothing is ever decompressed: the
/// answer is asked for as it is (`identity`), and the bytes of the transfer are those that are limited and verified.
///
/// A [`Client`](crate::Client) asks again after transport errors and the statuses 429 and 5xx: [`HttpSourceBuilder::retries`].
pub struct HttpSource {
    metadata: Base,
    targets: Base,
    agents: Agents,
    redirects: Redirects,
    retry: Retry,
    timeouts: Timeouts,
}

impl HttpSource {
    /// Begins to set up a source that reads metadata and targets beneath these two base URLs.
    ///
    /// A user name and password in a base URL are sent to its origin alone, as Basic authentication, and without TLS to this
    /// machine alone.
    #[must_use]
    pub fn builder(metadata_base_url: &str, targets_base_url: &str) -> HttpSourceBuilder {
        HttpSourceBuilder::new(metadata_base_url, targets_base_url)
    }

    /// Sends the request, and its redirects, until an answer says whether there is such a file.
    fn open(&self, asked: &Asked<'_>) -> Result<Option<Body>, SourceError> {
        let (mut trail, mut resume) = (self.redirects.trail(asked.location), asked.resume);
        loop {
            let response = self.agents.send(asked.base, trail.current(), resume, asked.time.deadline)?;
            failure::transfer_coding(trail.current(), response.headers())?;
            match response.status().as_u16() {
                200 => return Ok(Some(self.body(response, &trail, asked, 0))),
                206 if resume.offset > 0 => {
                    if let Err(range) = range::begins_at(resume.offset, response.headers()) {
                        return Err(failure::range(trail.current(), resume.offset, &range));
                    }
                    return Ok(Some(self.body(response, &trail, asked, resume.offset)));
                }
                416 if resume.offset > 0 => {
                    // The file is shorter than what is there of it: it is another one.
                    self.body(response, &trail, asked, 0).drain();
                    (trail, resume) = (self.redirects.trail(asked.location), Resume::default());
                }
                403 | 404 | 410 => {
                    self.body(response, &trail, asked, 0).drain();
                    return Ok(None);
                }
                301 | 302 | 303 | 307 | 308 => trail.follow(&response)?,
                _ => return Err(failure::status(trail.current(), &response)),
            }
        }
    }

    fn body(&self, response: Response<ureq::Body>, trail: &Trail<'_>, asked: &Asked<'_>, start: u64) -> Body {
        Body::new(response, trail.current().to_string(), &self.timeouts, asked.time, start)
    }
}

/// What a request is for.
struct Asked<'a> {
    base: &'a Base,
    location: &'a Location,
    resume: Resume<'a>,
    time: Time,
}

impl fmt::Debug for HttpSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (metadata, targets) = (self.metadata.to_string(), self.targets.to_string());
        f.debug_struct("HttpSource")
            .field("metadata", &metadata)
            .field("targets", &targets)
            .finish_non_exhaustive()
    }
}

impl Source for HttpSource {
    fn location(&self) -> Option<String> {
        Some(self.metadata.to_string())
    }

    fn retry(&self) -> Retry {
        self.retry
    }

    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        whole_metadata(self, name, max_length)
    }

    fn metadata_stream(&self, name: &str, _: u64) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        let location = self.metadata.join(name)?;
        let time = Time::of_metadata(&self.timeouts);
        let asked = Asked { base: &self.metadata, location: &location, resume: Resume::default(), time };
        match self.open(&asked)? {
            Some(body) => Ok(Some(Box::new(body.plain()?))),
            None => Ok(None),
        }
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        whole_target(self, fetch_path)
    }

    fn target_from(
        &self,
        fetch_path: &str,
        resume: Resume<'_>,
    ) -> Result<Option<TargetStream<'_>>, SourceError> {
        let location = self.targets.join(fetch_path)?;
        let time = Time::of_target(&self.timeouts, resume.length);
        let asked = Asked { base: &self.targets, location: &location, resume, time };
        let body = self.open(&asked)?;
        Ok(body.map(|body| body.into_target(resume.length)))
    }
}
