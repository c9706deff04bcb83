//! What the HTTP library reports, as errors of a source.

use std::io;
use std::time::Duration;

use tuf_transport::Location;
use ureq::http::Response;
use ureq::http::header::{DATE, HeaderMap, RETRY_AFTER, TRANSFER_ENCODING};
use ureq::{Error, Timeout};

use super::builder::Timeouts;
use super::date;
use crate::records::Phase;
use crate::source::SourceError;
use crate::time::UnixTime;

/// No answer came. `proxy` is the proxy that was asked, if any.
pub(super) fn request(
    location: &Location,
    proxy: Option<&str>,
    error: Error,
    limits: &Timeouts,
) -> SourceError {
    let location = match proxy.filter(|proxy| is_of_the_way(proxy, &error)) {
        Some(proxy) => format!("the proxy {proxy} on the way to {location}"),
        None => location.to_string(),
    };
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

/// The body of an answer broke off, or did not end within its deadline.
pub(super) fn body(
    location: &str,
    error: io::Error,
    limits: &Timeouts,
    deadline: Option<Duration>,
) -> SourceError {
    let location = location.to_owned();
    match Error::from(error) {
        Error::Timeout(Timeout::RecvBody) => {
            SourceError::Timeout { location, phase: Phase::End, limit: deadline.unwrap_or(limits.metadata) }
        }
        Error::Io(source) if !is_tls(&source) => SourceError::Read { location, source },
        other => either(location, other, limits),
    }
}

/// An answer whose status is no answer to the question whether there is such a file.
pub(super) fn status<B>(location: &Location, response: &Response<B>) -> SourceError {
    SourceError::Status {
        location: location.to_string(),
        status: response.status().as_u16(),
        retry_after: retry_after(response.headers()),
    }
}

/// A transfer coding other than `chunked` (RFC 9112, section 6.1). None was asked for, and the HTTP library would hand
/// out the coded bytes as those of the file.
pub(super) fn transfer_coding(location: &Location, headers: &HeaderMap) -> Result<(), SourceError> {
    let codings: Vec<_> = headers.get_all(TRANSFER_ENCODING).iter().collect();
    match codings[..] {
        [] => Ok(()),
        [coding] if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => {
            let reason = format!("the transfer is encoded ({codings:?}), and not only in chunks");
            Err(SourceError::Protocol { location: location.to_string(), reason })
        }
    }
}

/// A part of a file that is not the one that was asked for.
pub(super) fn range(location: &Location, offset: u64, said: &str) -> SourceError {
    let reason = format!("the answer has {said}, though the bytes from {offset} on were asked for");
    SourceError::Protocol { location: location.to_string(), reason }
}

/// How long the server asks to wait: seconds, or a date, which is compared with the server's own clock where it shows
/// it.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let value = text(RETRY_AFTER)?;
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // What no number can count is as long as one can.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let now = text(DATE).and_then(date::parse).unwrap_or_else(UnixTime::now);
    let seconds = date::parse(value)?.seconds().saturating_sub(now.seconds());
    Some(Duration::from_secs(seconds.try_into().unwrap_or_default()))
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

/// Whether it happened on the way to the proxy.
fn is_of_the_way(proxy: &str, error: &Error) -> bool {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable,
    };
    match error {
        Error::Io(source) => matches!(
            source.kind(),
            AddrNotAvailable | ConnectionRefused | HostUnreachable | NetworkDown | NetworkUnreachable
        ),
        Error::ConnectionFailed | Error::Timeout(Timeout::Connect) => true,
        // For these proxies, it is the server's name that is looked up here.
        Error::HostNotFound | Error::Timeout(Timeout::Resolve) => {
            !proxy.starts_with("socks4:") && !proxy.starts_with("socks5:")
        }
        _ => false,
    }
}

/// Whether the TLS library is behind an error of the connection.
fn is_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>())
}

fn unreachable(location: String, reason: &'static str) -> SourceError {
    SourceError::Unreachable { location, source: io::Error::new(io::ErrorKind::NotFound, reason) }
}
