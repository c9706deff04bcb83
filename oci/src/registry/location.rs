//! Which repository of which registry, and how it is reached.

use std::fmt;

use super::error::RegistryError;
use super::url::{Origin, Url};
use crate::Reference;

/// One repository of a registry: `oci://HOST[:PORT]/REPOSITORY`, or `oci+http://…` without TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    host: String,
    repository: String,
    is_plain: bool,
}

impl Location {
    /// Reads a location. Host and repository are what the distribution grammar allows, without a tag or digest.
    /// A connection without TLS must be asked for by its scheme, whatever the host.
    ///
    /// # Errors
    /// [`RegistryError::Unusable`].
    pub fn parse(text: &str) -> Result<Self, RegistryError> {
        let unusable =
            |reason: &str| RegistryError::Unusable { what: format!("{text:?}"), reason: reason.to_owned() };
        let (is_plain, rest) = match (text.strip_prefix("oci://"), text.strip_prefix("oci+http://")) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            _ => return Err(unusable("it does not begin with `oci://` or `oci+http://`")),
        };
        if rest.contains('@') {
            // What stands before it may be a password.
            let reason = "it has neither a user name nor a digest".to_owned();
            return Err(RegistryError::Unusable { what: "the address of a registry".to_owned(), reason });
        }
        let reference =
            Reference::parse(&format!("{rest}:latest")).map_err(|error| unusable(&error.to_string()))?;
        let location = Self::of(&reference, is_plain);
        location.base().map_err(|error| unusable(&error.to_string()))?;
        Ok(location)
    }

    /// Where the image of a reference is.
    #[must_use]
    pub fn of(reference: &Reference, is_plain: bool) -> Self {
        Self { host: reference.host().to_string(), repository: reference.repository().to_string(), is_plain }
    }

    /// `host` or `host:port`, as in references.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The name of the repository.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Scheme, host and port of the registry.
    ///
    /// # Errors
    /// [`RegistryError::Unusable`].
    pub fn origin(&self) -> Result<Origin, RegistryError> {
        self.base().map(|base| base.origin().clone())
    }

    /// `https://host/v2/repository`. The registry of `docker.io` is at a host of another name.
    pub(super) fn base(&self) -> Result<Url, RegistryError> {
        let scheme = if self.is_plain { "http" } else { "https" };
        let host = if self.host == "docker.io" { "registry-1.docker.io" } else { &self.host };
        Url::parse(&format!("{scheme}://{host}/v2/{}", self.repository))
            .map_err(|error| RegistryError::Unusable { what: self.to_string(), reason: error.to_string() })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_plain { "oci+http" } else { "oci" };
        write!(f, "{scheme}://{}/{}", self.host, self.repository)
    }
}
