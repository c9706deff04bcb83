//! Where a source reads from: base URLs, and the files beneath them.

use std::fmt;

use tuf_transport::{Location, Origin};

use super::{SourceError, name};

/// A base URL: `http` or `https`, a path that ends in `/`, and the credentials that were in it, set apart.
#[derive(Clone)]
pub(super) struct Base {
    location: Location,
    credentials: Option<Credentials>,
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
        let location = Location::parse(&bare).map_err(|error| unusable(text, error.reason()))?;
        if location.uri().path().split('/').any(|segment| matches!(segment, "." | "..")) {
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
        let text = format!("{}{}{name}", self.location.origin(), self.location.uri().path());
        Location::parse(&text)
            .map_err(|_| SourceError::Name { name: name.to_owned(), reason: "it makes the URL too long" })
    }

    /// The origin, where this is nothing but an origin.
    ///
    /// # Errors
    /// [`SourceError::Unusable`] where it has a path or credentials.
    pub(super) fn into_origin(self) -> Result<Origin, SourceError> {
        match (self.location.uri().path(), &self.credentials) {
            ("/", None) => Ok(self.location.origin().clone()),
            _ => Err(unusable(&self.location.to_string(), "an origin has no path and no credentials")),
        }
    }

    /// The base URL's own origin, where there are credentials for it.
    pub(super) fn origin_with_credentials(&self) -> Option<&Origin> {
        self.credentials.as_ref().map(|_| self.location.origin())
    }

    /// The credentials for requests to this origin, where there are any.
    pub(super) fn credentials_for(&self, location: &Location) -> Option<&Credentials> {
        self.credentials.as_ref().filter(|_| self.location.origin() == location.origin())
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

fn unusable(text: &str, reason: &'static str) -> SourceError {
    SourceError::Unusable { location: without_secrets(text), reason: reason.to_owned() }
}

/// Scheme with `://`, authority, and the rest. A text without scheme begins with the authority.
fn split(text: &str) -> (&str, &str, &str) {
    let (scheme, rest) = text.split_at(text.find("://").map_or(0, |at| at + 3));
    let (authority, rest) = rest.split_at(rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len()));
    (scheme, authority, rest)
}
