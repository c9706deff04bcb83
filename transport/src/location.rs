//! Absolute URLs.

use std::fmt;

use ureq::http::Uri;

use crate::Origin;

/// An absolute `http` or `https` URL without credentials and without a fragment.
///
/// Its text, for people, has no query, for that may hold a signature. [`Location::uri`] has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    uri: Uri,
    origin: Origin,
}

/// What is wrong with a URL. The words show nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason())]
#[non_exhaustive]
pub enum LocationError {
    /// It is no URL, or one that is too long.
    Unreadable,
    /// It is relative, or of another scheme than `http` and `https`.
    Scheme,
    /// It has no host.
    Host,
    /// It has a user name.
    Credentials,
    /// It has a port that is no number from 0 to 65535.
    Port,
}

impl Location {
    /// Reads an absolute URL. Its fragment is left out: none is ever sent.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        let uri: Uri = without_fragment(text).parse().map_err(|_| LocationError::Unreadable)?;
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(LocationError::Scheme),
        };
        let authority = uri.authority().ok_or(LocationError::Host)?;
        if authority.as_str().contains('@') {
            return Err(LocationError::Credentials);
        }
        Ok(Self { origin: Origin::new(is_https, authority)?, uri })
    }

    /// The URL that a `Location` header with this value leads to (RFC 3986, section 5.2).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn resolve(&self, reference: &str) -> Result<Self, LocationError> {
        let reference = without_fragment(reference);
        if has_scheme(reference) {
            return Self::parse(reference);
        }
        if let Some(rest) = reference.strip_prefix("//") {
            return Self::parse(&format!("{}://{rest}", self.origin.scheme()));
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

    /// With one more parameter in its query. The value is percent-encoded.
    ///
    /// # Errors
    /// [`LocationError::Unreadable`] where that makes it too long.
    pub fn with_parameter(&self, name: &str, value: &str) -> Result<Self, LocationError> {
        let mark = if self.uri.query().is_some() { '&' } else { '?' };
        Self::parse(&format!("{}{mark}{name}={}", self.uri, encoded(value)))
    }

    /// The whole of it, for a request.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl LocationError {
    /// The error in words.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Unreadable => "this is no URL",
            Self::Scheme => "only http and https URLs are supported",
            Self::Host => "the URL has no host",
            Self::Credentials => "the URL has credentials in a place where none may be",
            Self::Port => "the URL has a port that is no number from 0 to 65535",
        }
    }
}

/// Without the query.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.uri.path())
    }
}

/// Without the query.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Location").field(&self.to_string()).finish()
    }
}

fn without_fragment(text: &str) -> &str {
    text.split('#').next().unwrap_or_default()
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
