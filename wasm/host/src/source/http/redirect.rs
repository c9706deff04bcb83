//! Which redirects are followed.

use tuf_transport::{Location, Origin};
use ureq::http::Response;
use ureq::http::header::LOCATION;

use crate::source::SourceError;
use crate::source::url::{Base, without_secrets};

/// The rule: within the origin of the URL that was asked for, or to an origin that is allowed by name; never from
/// https to http; never twice to the same URL.
pub(super) struct Redirects {
    origins: Vec<Origin>,
    limit: usize,
}

/// The URLs of one request, in the order visited.
pub(super) struct Trail<'a> {
    rule: &'a Redirects,
    current: Location,
    visited: Vec<Location>,
}

impl Redirects {
    pub(super) fn new(origins: &[String], limit: usize) -> Result<Self, SourceError> {
        let origins =
            origins.iter().map(|text| Base::parse(text)?.into_origin()).collect::<Result<_, _>>()?;
        Ok(Self { origins, limit })
    }

    pub(super) fn trail(&self, start: &Location) -> Trail<'_> {
        Trail { rule: self, current: start.clone(), visited: Vec::new() }
    }
}

impl Trail<'_> {
    pub(super) fn current(&self) -> &Location {
        &self.current
    }

    /// Moves to where the response redirects to.
    pub(super) fn follow<B>(&mut self, response: &Response<B>) -> Result<(), SourceError> {
        let value =
            response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let refused = |to, reason| SourceError::Redirect { location: self.current.to_string(), to, reason };
        if value.is_empty() {
            return Err(refused("nowhere".to_owned(), "the answer has no usable Location header"));
        }
        let next = match self.current.resolve(value) {
            Ok(next) => next,
            Err(error) => return Err(refused(without_secrets(value), error.reason())),
        };
        match self.objection(&next) {
            Some(reason) => Err(refused(next.to_string(), reason)),
            None => {
                self.visited.push(std::mem::replace(&mut self.current, next));
                Ok(())
            }
        }
    }

    fn objection(&self, next: &Location) -> Option<&'static str> {
        // An origin may be allowed by name; a way that everybody can read may not, for what was asked for behind https.
        if self.current.origin().is_https() && !next.origin().is_https() {
            return Some("it is not behind https");
        }
        let start = self.visited.first().unwrap_or(&self.current);
        if next.origin() != start.origin() && !self.rule.origins.contains(next.origin()) {
            return Some("it is another origin");
        }
        if next == &self.current || self.visited.contains(next) {
            return Some("it is a loop");
        }
        if self.visited.len() >= self.rule.limit {
            return Some("there were too many redirects before");
        }
        None
    }
}
