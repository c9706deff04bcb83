//! A repository behind a web server.

use std::io::Read as _;
use std::time::{Duration, Instant};

use tuf_oci::registry::http::header::CONTENT_ENCODING;
use tuf_oci::registry::http::{Method, Request, Response};
use tuf_oci::registry::{Body, DirectTransport, Payload, Transport};
use tuf_transport::{Location, LocationError};

use super::{Access, PlainHttp, Source, SourceError};

/// Redirects of one request that are followed.
const MOST_REDIRECTS: usize = 5;

/// Requests for one file, where an answer does not come or the server is out of order.
const TRIES: usize = 3;

/// How long the body of one metadata file may take, within the time of all.
const DEADLINE: Duration = Duration::from_secs(120);

/// Bytes of the oldest root metadata, as of any.
const MOST_ROOT: u64 = 512_000;

const USER_AGENT: &str = concat!("tufrepo/", env!("CARGO_PKG_VERSION"));

/// Metadata files below a URL, which ends with a slash.
pub(super) struct Web {
    base: Location,
    transport: Box<dyn Transport>,
    plain_http: PlainHttp,
    time_limit: Duration,
    end: Instant,
}

impl Web {
    /// Takes `metadata/` below the URL if there is a timestamp, otherwise the URL itself.
    pub(super) fn open(url: &str, access: &Access) -> Result<Self, SourceError> {
        let plain_http = access.plain_http;
        let base = parse(url, plain_http)?;
        let transport = DirectTransport::new(access.ca_file.as_deref(), USER_AGENT);
        let transport = transport.map_err(|error| SourceError::Unreachable {
            location: base.to_string(),
            cause: Box::new(error),
        })?;
        let (time_limit, now) = (access.time_limit, Instant::now());
        // A limit that no clock can count to is none.
        let end = now.checked_add(time_limit).unwrap_or_else(|| now + Duration::from_secs(u32::MAX.into()));
        let mut web = Self { base, transport: Box::new(transport), plain_http, time_limit, end };
        let given = web.base.clone();
        web.base = resolve(&given, "metadata/")?;
        if web.metadata("timestamp.json", 0)?.is_none() {
            web.base = given;
        }
        Ok(web)
    }

    /// The time that is left for all that is still to be read.
    fn left(&self) -> Result<Duration, SourceError> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.timed_out()) } else { Ok(left) }
    }

    fn timed_out(&self) -> SourceError {
        SourceError::TimedOut { location: self.location(), limit: self.time_limit }
    }

    /// Asks again where the server is out of order, or does not answer.
    fn ask(&self, location: &Location) -> Result<Response<Body>, SourceError> {
        let unreachable = |cause| SourceError::Unreachable { location: location.to_string(), cause };
        let mut tried = 0;
        loop {
            tried += 1;
            let limit = self.left()?.min(DEADLINE);
            let request = Request::builder().method(Method::GET).uri(location.uri().clone());
            let request = request.body(()).map_err(|error| unreachable(Box::new(error)))?;
            match self.transport.send(request, Payload::Nothing, Some(limit)) {
                Ok(answer) if tried == TRIES || !answer.status().is_server_error() => return Ok(answer),
                Err(cause) if tried == TRIES => return Err(unreachable(cause)),
                _ => {}
            }
        }
    }

    /// Follows redirects that lead to https, or stay on this machine.
    fn fetch(&self, mut location: Location) -> Result<(Location, Response<Body>), SourceError> {
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.ask(&location)?;
            if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok((location, answer));
            }
            location = redirected(&location, &answer, self.plain_http)?;
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
        let encoding =
            answer.headers().get(CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("unknown"));
        if let Some(encoding) = encoding.filter(|encoding| !matches!(*encoding, "" | "identity")) {
            let cause = format!("the answer is encoded as {encoding}, which is not read here").into();
            return Err(SourceError::Unreachable { location: location.to_string(), cause });
        }
        let mut bytes = Vec::new();
        let mut body = answer.into_body().into_reader().take(most.saturating_add(1));
        body.read_to_end(&mut bytes).map_err(|cause| match self.left() {
            Err(timed_out) => timed_out,
            Ok(_) => SourceError::Unreachable { location: location.to_string(), cause: Box::new(cause) },
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

/// A URL with a slash at its end: https, or http where that is allowed.
fn parse(url: &str, plain_http: PlainHttp) -> Result<Location, SourceError> {
    // A URL that is refused may have a password in it.
    let location = || url.split_once("://").map_or_else(String::new, |(scheme, _)| format!("{scheme}://…"));
    let wrong = |error: LocationError| SourceError::Url { location: location(), reason: error.reason() };
    let parsed = Location::parse(url).map_err(wrong)?;
    if parsed.uri().query().is_some() {
        let reason = "a query is not kept for the files below a URL";
        return Err(SourceError::Url { location: parsed.to_string(), reason });
    }
    check(&parsed, plain_http).map_err(|reason| SourceError::Url { location: parsed.to_string(), reason })?;
    match parsed.uri().path().ends_with('/') {
        true => Ok(parsed),
        false => Location::parse(&format!("{parsed}/")).map_err(wrong),
    }
}

fn check(location: &Location, plain_http: PlainHttp) -> Result<(), &'static str> {
    let is_allowed = plain_http == PlainHttp::Anywhere || location.origin().is_loopback();
    match location.uri().scheme_str() == Some("https") || is_allowed {
        true => Ok(()),
        false => Err("only https is used, but for this machine itself"),
    }
}

fn resolve(base: &Location, name: &str) -> Result<Location, SourceError> {
    base.resolve(name)
        .map_err(|error| SourceError::Url { location: base.to_string(), reason: error.reason() })
}

fn redirected(
    from: &Location,
    answer: &Response<Body>,
    plain_http: PlainHttp,
) -> Result<Location, SourceError> {
    // What began with TLS does not go on without it.
    let plain_http = match from.uri().scheme_str() {
        Some("https") => PlainHttp::Loopback,
        _ => plain_http,
    };
    let refused = |to: String, reason| SourceError::Redirect { location: from.to_string(), to, reason };
    let to = answer.headers().get("location").and_then(|value| value.to_str().ok());
    let to = to.ok_or_else(|| refused("nowhere".to_owned(), "it names no URL"))?;
    let next = from.resolve(to).map_err(|error| refused("something else".to_owned(), error.reason()))?;
    check(&next, plain_http).map_err(|reason| refused(next.to_string(), reason))?;
    if next.origin().is_loopback() && !from.origin().is_loopback() {
        return Err(refused(next.to_string(), "a server elsewhere may not lead to this machine"));
    }
    Ok(next)
}
