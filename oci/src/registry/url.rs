//! URLs of a registry, of its token server, and of where it redirects to.

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;

/// An absolute `http` or `https` URL without credentials. Its text, for people, has no query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    uri: Uri,
    origin: Origin,
}

/// Scheme, host and port: credentials leave none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    is_https: bool,
    host: String,
    port: u16,
}

impl Url {
    /// Reads an absolute URL.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let uri: Uri = text.split('#').next().unwrap_or_default().parse().map_err(|_| "this is no URL")?;
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("it is no http or https URL"),
        };
        let authority = uri.authority().ok_or("it has no host")?;
        if authority.as_str().contains('@') {
            return Err("it has a user name");
        }
        let host = authority.host().to_ascii_lowercase();
        let rest = authority.as_str().get(authority.host().len()..).unwrap_or_default();
        if host.is_empty() || (!rest.is_empty() && authority.port_u16().is_none()) {
            return Err("it has no usable host and port");
        }
        let port = authority.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        Ok(Self { origin: Origin { is_https, host, port }, uri })
    }

    /// The URL that a `Location` header leads to: an absolute URL, or an absolute path at this origin. Registries
    /// send no other.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn resolve(&self, reference: &str) -> Result<Self, &'static str> {
        match reference.starts_with('/') && !reference.starts_with("//") {
            true => Self::parse(&format!("{}{reference}", self.origin)),
            false => Self::parse(reference),
        }
    }

    /// With one more parameter in its query. The value is percent-encoded.
    pub(super) fn with_parameter(&self, name: &str, value: &str) -> Result<Self, &'static str> {
        let mark = if self.uri.query().is_some() { '&' } else { '?' };
        Self::parse(&format!("{}{mark}{name}={}", self.uri, encoded(value)))
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl Origin {
    pub(super) fn is_https(&self) -> bool {
        self.is_https
    }

    /// Whether it is this machine by its name or address: what is sent there crosses no network.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.uri.path())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        match (self.is_https, self.port) {
            (true, 443) | (false, 80) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}

/// Percent-encodes all but unreserved characters (RFC 3986, section 2.3).
fn encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte))
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}
