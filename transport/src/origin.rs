//! Whom a request goes to.

use std::fmt;
use std::net::IpAddr;

use ureq::http::uri::Authority;

use crate::LocationError;

/// Scheme, host and port of a [`Location`](crate::Location): what credentials may not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    is_https: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of a URL with this authority.
    pub(crate) fn new(is_https: bool, authority: &Authority) -> Result<Self, LocationError> {
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err(LocationError::Host);
        }
        let port = port_of(authority)?.unwrap_or(if is_https { 443 } else { 80 });
        Ok(Self { is_https, host, port })
    }

    /// Whether connections are encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// Whether it is this machine by its name or address: what is sent there crosses no network.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    }

    /// Lower-case; an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port, also where the URL names none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn scheme(&self) -> &'static str {
        if self.is_https { "https" } else { "http" }
    }
}

/// As in a URL. The port is left out where it is the scheme's own.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme(), self.host)?;
        match (self.is_https, self.port) {
            (true, 443) | (false, 80) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}

/// The port that follows the host of an authority, or none where nothing follows it. The parser of authorities takes
/// more than a number.
///
/// # Errors
/// [`LocationError::Port`].
pub fn port_of(authority: &Authority) -> Result<Option<u16>, LocationError> {
    let text = authority.as_str();
    let place = text.rsplit_once('@').map_or(text, |(_, place)| place);
    let rest = place.strip_prefix(authority.host()).unwrap_or(place);
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Ok(None),
        // Digits alone: Rust would take a sign as well.
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().map(Some).map_err(|_| LocationError::Port)
        }
        _ => Err(LocationError::Port),
    }
}
