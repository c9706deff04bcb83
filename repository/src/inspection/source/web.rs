//! A repository behind a web server.

use std::io::Read as _;
use std::time::Duration;

use tuf_oci::registry::http::{Method, Request, Response};
use tuf_oci::registry::{Body, DirectTransport, Payload, Transport};
use tuf_transport::{Location, LocationError};

use super::{Source, SourceError};

/// Redirects of one request that are followed.
const MOST_REDIRECTS: usize = 5;

/// How long the body of one metadata file may take.
const DEADLINE: Duration = Duration::from_secs(120);

/// Bytes of the oldest root metadata, as of any.
const MOST_ROOT: u64 = 512_000;

const USER_AGENT: &str = concat!("tufrepo/", env!("CARGO_PKG_VERSION"));

/// Metadata files below a URL, which ends with a slash.
pub(super) struct Web {
    base: Location,
    transport: Box<dyn Transport>,
}

impl Web {
    /// Takes `metadata/` below the URL if there is a timestamp, otherwise the URL itself.
    pub(super) fn open(url: &str) -> Result<Self, SourceError> {
        let base = parse(url)?;
        let transport = DirectTransport::new(None, USER_AGENT).map_err(|error| SourceError::Unreachable {
            location: base.to_string(),
            cause: Box::new(error),
        })?;
        let mut web = Self { base, transport: Box::new(transport) };
        let given = web.base.clone();
        web.base = resolve(&given, "metadata/")?;
        if web.metadata("timestamp.json", 0)?.is_none() {
            web.base = given;
        }
        Ok(web)
    }

    /// Follows redirects that lead to https, or stay on this machine.
    fn fetch(&self, mut location: Location) -> Result<(Location, Response<Body>), SourceError> {
        for _ in 0..=MOST_REDIRECTS {
            let unreachable = |cause| SourceError::Unreachable { location: location.to_string(), cause };
            let request = Request::builder().method(Method::GET).uri(location.uri().clone());
            let request = request.body(()).map_err(|error| unreachable(Box::new(error)))?;
            let answer =
                self.transport.send(request, Payload::Nothing, Some(DEADLINE)).map_err(unreachable)?;
            if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok((location, answer));
            }
            location = redirected(&location, &answer)?;
        }
        let to = location.to_string();
        Err(SourceError::Redirect { location: self.location(), to, reason: "there are too many" })
    }
}

impl Source for Web {
    fn location(&self) -> String {
        self.base.to_string()
    }

    fn metadata(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let (location, answer) = self.fetch(resolve(&self.base, name)?)?;
        match answer.status().as_u16() {
            200 => {}
            // S3 answers 403 for what is not there to those who may not list a bucket.
            403 | 404 | 410 => return Ok(None),
            status => return Err(SourceError::Status { location: location.to_string(), status }),
        }
        let mut bytes = Vec::new();
        let mut body = answer.into_body().into_reader().take(most.saturating_add(1));
        body.read_to_end(&mut bytes).map_err(|cause| SourceError::Unreachable {
            location: location.to_string(),
            cause: Box::new(cause),
        })?;
        Ok(Some(bytes))
    }

    fn oldest_root(&self) -> Result<Option<String>, SourceError> {
        // A web server lists no files. Version 1 is what every repository keeps for ever.
        for name in ["1.root.json", "root.json"] {
            if self.metadata(name, MOST_ROOT)?.is_some() {
                return Ok(Some(name.to_owned()));
            }
        }
        Ok(None)
    }
}

/// A URL with a slash at its end: https, or http to this machine itself.
fn parse(url: &str) -> Result<Location, SourceError> {
    // A URL that is refused may have a password in it.
    let location = || url.split_once("://").map_or_else(String::new, |(scheme, _)| format!("{scheme}://…"));
    let wrong = |error: LocationError| SourceError::Url { location: location(), reason: error.reason() };
    let parsed = Location::parse(url).map_err(wrong)?;
    if parsed.uri().query().is_some() {
        let reason = "a query is not kept for the files below a URL";
        return Err(SourceError::Url { location: parsed.to_string(), reason });
    }
    check(&parsed).map_err(|reason| SourceError::Url { location: parsed.to_string(), reason })?;
    match parsed.uri().path().ends_with('/') {
        true => Ok(parsed),
        false => Location::parse(&format!("{parsed}/")).map_err(wrong),
    }
}

/// Whoever is between can change what http brings. Signatures protect the repository, but not what is said of one whose
/// root nobody confirmed.
fn check(location: &Location) -> Result<(), &'static str> {
    match location.uri().scheme_str() == Some("https") || location.origin().is_loopback() {
        true => Ok(()),
        false => Err("only https is used, but for this machine itself"),
    }
}

fn resolve(base: &Location, name: &str) -> Result<Location, SourceError> {
    base.resolve(name)
        .map_err(|error| SourceError::Url { location: base.to_string(), reason: error.reason() })
}

fn redirected(from: &Location, answer: &Response<Body>) -> Result<Location, SourceError> {
    let refused = |to: String, reason| SourceError::Redirect { location: from.to_string(), to, reason };
    let to = answer.headers().get("location").and_then(|value| value.to_str().ok());
    let to = to.ok_or_else(|| refused("nowhere".to_owned(), "it names no URL"))?;
    let next = from.resolve(to).map_err(|error| refused("something else".to_owned(), error.reason()))?;
    check(&next).map_err(|reason| refused(next.to_string(), reason))?;
    if next.origin().is_loopback() && !from.origin().is_loopback() {
        return Err(refused(next.to_string(), "a server elsewhere may not lead to this machine"));
    }
    Ok(next)
}
