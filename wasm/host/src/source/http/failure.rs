//! What the HTTP library reports, as errors of a source.

use std::io;
use std::time::Duration;

use ureq::http::Response;
use ureq::http::header::RETRY_AFTER;
use ureq::{Error, Timeout};

use super::builder::Timeouts;
use crate::source::SourceError;
use crate::source::error::Phase;
use crate::source::url::Location;

/// No answer came. `proxy` is the proxy that was asked, if any.
pub(super) fn request(
    location: &Location,
    proxy: Option<&str>,
    error: Error,
    limits: &Timeouts,
) -> SourceError {
    let location = location.to_string();
    match error {
        Error::Io(source) if !is_tls(&source) => SourceError::Unreachable { location, source },
        Error::HostNotFound => unreachable(location, "the server's name has no address"),
        Error::ConnectionFailed => unreachable(location, "no connection was made"),
        Error::ConnectProxyFailed(reason) => {
            SourceError::Proxy { location, proxy: proxy.unwrap_or("of the environment").to_owned(), reason }
        }
        other => either(location, other, limits),
    }
}

/// The body of an answer broke off.
pub(super) fn body(location: &str, error: io::Error, limits: &Timeouts) -> SourceError {
    let location = location.to_owned();
    match Error::from(error) {
        Error::Io(source) if !is_tls(&source) => SourceError::Read { location, source },
        other => either(location, other, limits),
    }
}

/// An answer whose status is no answer to the question whether there is such a file.
pub(super) fn status<B>(location: &Location, response: &Response<B>) -> SourceError {
    let seconds =
        response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    SourceError::Status {
        location: location.to_string(),
        status: response.status().as_u16(),
        retry_after: seconds.map(Duration::from_secs),
    }
}

fn either(location: String, error: Error, limits: &Timeouts) -> SourceError {
    match error {
        Error::Timeout(timeout) => {
            let (phase, limit) = phase(timeout, limits);
            SourceError::Timeout { location, phase, limit }
        }
        Error::Io(source) => SourceError::Tls { location, reason: source.to_string() },
        Error::Rustls(error) => SourceError::Tls { location, reason: error.to_string() },
        Error::Tls(reason) => SourceError::Tls { location, reason: reason.to_owned() },
        Error::TlsRequired => {
            SourceError::Tls { location, reason: "the connection is not encrypted".to_owned() }
        }
        Error::Protocol(error) => {
            SourceError::Protocol { location, reason: format!("the answer is no valid HTTP: {error}") }
        }
        Error::LargeResponseHeader(length, limit) => SourceError::Protocol {
            location,
            reason: format!("the headers of the answer have {length} bytes, {limit} are allowed"),
        },
        other => SourceError::Protocol { location, reason: other.to_string() },
    }
}

fn phase(timeout: Timeout, limits: &Timeouts) -> (Phase, Duration) {
    match timeout {
        Timeout::Resolve => (Phase::Resolution, limits.connect),
        Timeout::Connect => (Phase::Connection, limits.connect),
        Timeout::PerRead | Timeout::PerWrite | Timeout::RecvBody => (Phase::Bytes, limits.idle),
        _ => (Phase::Response, limits.response),
    }
}

/// Whether the TLS library is behind an error of the connection.
fn is_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>())
}

fn unreachable(location: String, reason: &'static str) -> SourceError {
    SourceError::Unreachable { location, source: io::Error::new(io::ErrorKind::NotFound, reason) }
}
