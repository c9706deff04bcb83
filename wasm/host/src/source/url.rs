//! Where a source reads from: base URLs, the files beneath them, and where a redirect leads.

use std::fmt;

use ureq::http::Uri;
use ureq::http::uri::Authority;

use super::{SourceError, name};

/// A base URL: `http` or `https`, a path that ends in `/`, and the credentials that were in it, set apart.
#[derive(Clone)]
pub(super) struct Base {
    location: Location,
    credentials: Option<Credentials>,
}

/// A URL without credentials. Its text, for people, has no query string.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Location {
    uri: Uri,
    origin: Origin,
}

/// Scheme, host and port: what a redirect may not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    scheme: &'static str,
    host: String,
    port: u16,
}

/// The user name and password of a URL, percent-encoded, as `user:password`.
#[derive(Clone)]
pub(super) struct Credentials(pub(super) String);

impl Base {
    /// Takes a base URL apart.
    ///
    /// # Errors
    /// [`SourceError::Unusable`]. It shows no more of the text than scheme, host and path.
    pub(super) fn parse(text: &str) -> Result<Self, SourceError> {
        if text.contains(['?', '#']) {
            return Err(unusable(text, "a base URL has no query and no fragment"));
        }
        let (scheme, authority, path) = split(text);
        let (credentials, host) = match authority.rsplit_once('@') {
            Some((credentials, host)) => (Some(Credentials(credentials.to_owned())), host),
            None => (None, authority),
        };
        let slash = if path.ends_with('/') { "" } else { "/" };
        let bare = format!("{scheme}{host}{path}{slash}");
        let location = Location::parse(&bare).map_err(|reason| unusable(text, reason))?;
        if without_dot_segments(location.uri.path()) != location.uri.path() {
            return Err(unusable(text, "a base URL has no segment `.` or `..`"));
        }
        Ok(Self { location, credentials })
    }

    /// The URL of the file `name`, which is percent-encoded and relative.
    ///
    /// # Errors
    /// [`SourceError::Name`] where the name could lead out of the base.
    pub(super) fn join(&self, name: &str) -> Result<Location, SourceError> {
        name::check(name)?;
        let text = format!("{}{}{name}", self.location.origin, self.location.uri.path());
        Location::parse(&text)
            .map_err(|_| SourceError::Name { name: name.to_owned(), reason: "it makes the URL too long" })
    }

    /// The origin, where this is nothing but an origin.
    ///
    /// # Errors
    /// [`SourceError::Unusable`] where it has a path or credentials.
    pub(super) fn into_origin(self) -> Result<Origin, SourceError> {
        match (self.location.uri.path(), &self.credentials) {
            ("/", None) => Ok(self.location.origin),
            _ => Err(unusable(&self.location.to_string(), "an origin has no path and no credentials")),
        }
    }

    /// The credentials for requests to this origin, where there are any.
    pub(super) fn credentials_for(&self, location: &Location) -> Option<&Credentials> {
        self.credentials.as_ref().filter(|_| self.location.origin == location.origin)
    }
}

impl Location {
    /// Reads an absolute `http` or `https` URL without credentials.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let uri: Uri = text.parse().map_err(|_| "this is no URL")?;
        let scheme = match uri.scheme_str() {
            Some("https") => "https",
            Some("http") => "http",
            _ => return Err("only http and https URLs are supported"),
        };
        let authority = uri.authority().ok_or("the URL has no host")?;
        if authority.as_str().contains('@') {
            return Err("the URL has credentials in a place where none may be");
        }
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err("the URL has no host");
        }
        if !has_usable_port(authority) {
            return Err("the URL has a port that is no number from 0 to 65535");
        }
        let default = if scheme == "https" { 443 } else { 80 };
        let port = authority.port_u16().unwrap_or(default);
        Ok(Self { origin: Origin { scheme, host, port }, uri })
    }

    /// The URL that a `Location` header with this value leads to (RFC 3986, section 5.2).
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn resolve(&self, reference: &str) -> Result<Self, &'static str> {
        let reference = reference.split('#').next().unwrap_or_default();
        if has_scheme(reference) {
            return Self::parse(reference);
        }
        if let Some(rest) = reference.strip_prefix("//") {
            return Self::parse(&format!("{}://{rest}", self.origin.scheme));
        }
        let (path, query) = match reference.split_once('?') {
            Some((path, query)) => (path, format!("?{query}")),
            None => (reference, String::new()),
        };
        let current = self.uri.path();
        let merged = match (path.starts_with('/'), current.rfind('/')) {
            (true, _) => path.to_owned(),
            _ if path.is_empty() => current.to_owned(),
            (false, Some(end)) => format!("{}{path}", &current[..=end]),
            (false, None) => format!("/{path}"),
        };
        Self::parse(&format!("{}{}{query}", self.origin, without_dot_segments(&merged)))
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
        self.scheme == "https"
    }

    /// Lower-case; an IPv6 address without its brackets.
    pub(super) fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

/// Whether nothing follows the host, or a port does. The parser takes more.
pub(super) fn has_usable_port(authority: &Authority) -> bool {
    let text = authority.as_str();
    let place = text.rsplit_once('@').map_or(text, |(_, place)| place);
    match place.strip_prefix(authority.host()) {
        Some("") => true,
        _ => authority.port().is_some(),
    }
}

/// The text of a URL, perhaps of none, without user name, password, query and fragment.
pub(super) fn without_secrets(text: &str) -> String {
    let (scheme, authority, rest) = split(text);
    if rest.contains('@') {
        // A password with a slash in it, perhaps. What is secret here cannot be told.
        return format!("{scheme}…");
    }
    let host = authority.rsplit('@').next().unwrap_or_default();
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}{host}{path}")
}

/// Without the credentials.
impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.location.fmt(f)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.uri.path())?;
        match self.uri.query() {
            Some(_) => f.write_str("?…"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match (self.scheme, self.port) {
            ("https", 443) | ("http", 80) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}

fn unusable(text: &str, reason: &'static str) -> SourceError {
    SourceError::Unusable { location: without_secrets(text), reason: reason.to_owned() }
}

/// Scheme with `://`, authority, and the rest. A text without scheme begins with the authority.
fn split(text: &str) -> (&str, &str, &str) {
    let (scheme, rest) = text.split_at(text.find("://").map_or(0, |at| at + 3));
    let (authority, rest) = rest.split_at(rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len()));
    (scheme, authority, rest)
}

fn has_scheme(reference: &str) -> bool {
    match reference.split_once(':') {
        Some((scheme, _)) => {
            scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        }
        None => false,
    }
}

/// Removes `.` and `..` from an absolute path (RFC 3986, section 5.2.4).
fn without_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." if is_last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if is_last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}
