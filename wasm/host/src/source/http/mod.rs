//! A repository behind HTTP.

mod agents;
mod body;
mod builder;
mod credentials;
mod failure;
mod proxy;
mod redirect;
mod retry;

pub use builder::{HttpSourceBuilder, Timeouts};

use std::fmt;
use std::io::Read;
use std::time::Duration;

use ureq::http::Response;

use super::url::{Base, Location};
use super::{Source, SourceError};
use agents::Agents;
use body::Body;
use redirect::{Redirects, Trail};
use retry::Retries;

/// A repository behind HTTP or HTTPS.
///
/// Connections are kept and used again, also between metadata and targets. Statuses 404, 403 and 410 mean that there
/// is no such file: stores of objects answer 403 for a file that is not there. Nothing is ever decompressed: the
/// answer is asked for as it is (`identity`), and the bytes of the transfer are those that are limited and verified.
///
/// Transport errors and the statuses 429 and 5xx are tried again; an answer never is.
pub struct HttpSource {
    metadata: Base,
    targets: Base,
    agents: Agents,
    redirects: Redirects,
    retries: Retries,
    timeouts: Timeouts,
}

impl HttpSource {
    /// Begins to set up a source that reads metadata and targets beneath these two base URLs.
    ///
    /// A user name and password in a base URL are sent to its origin alone, as Basic authentication.
    #[must_use]
    pub fn builder(metadata_base_url: &str, targets_base_url: &str) -> HttpSourceBuilder {
        HttpSourceBuilder::new(metadata_base_url, targets_base_url)
    }

    /// Sends the request, and its redirects, until an answer says whether there is such a file.
    fn open(
        &self,
        base: &Base,
        location: &Location,
        overall: Option<Duration>,
    ) -> Result<Option<Body>, SourceError> {
        let mut trail = self.redirects.trail(location);
        loop {
            let response = self.agents.send(base, trail.current())?;
            match response.status().as_u16() {
                200 => return Ok(Some(self.body(response, &trail, overall))),
                403 | 404 | 410 => {
                    self.body(response, &trail, overall).drain();
                    return Ok(None);
                }
                301 | 302 | 303 | 307 | 308 => trail.follow(&response)?,
                _ => return Err(failure::status(trail.current(), &response)),
            }
        }
    }

    fn body(&self, response: Response<ureq::Body>, trail: &Trail<'_>, overall: Option<Duration>) -> Body {
        Body::new(response, trail.current().to_string(), &self.timeouts, overall)
    }
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

    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let location = self.metadata.join(name)?;
        self.retries.run(|| match self.open(&self.metadata, &location, Some(self.timeouts.metadata))? {
            Some(body) => body.plain()?.read_at_most(max_length.saturating_add(1)).map(Some),
            None => Ok(None),
        })
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        let location = self.targets.join(fetch_path)?;
        let body = self.retries.run(|| self.open(&self.targets, &location, self.timeouts.target))?;
        Ok(body.map(|body| Box::new(body) as Box<dyn Read + '_>))
    }
}
