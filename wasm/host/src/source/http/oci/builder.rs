//! How a source in a registry is set up.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tuf_oci::registry::{Credentials, Location, Registry, RegistryError};

use super::OciSource;
use crate::source::SourceError;
use crate::source::http::agents::Agents;
use crate::source::http::builder::{HttpSourceBuilder, NOT_SECRET, Timeouts};
use crate::source::http::proxy::Proxies;

/// The settings of an [`OciSource`].
#[derive(Clone)]
pub struct OciSourceBuilder {
    location: String,
    connections: HttpSourceBuilder,
    credentials: Given,
}

/// The credentials for the registry.
#[derive(Clone)]
enum Given {
    Nothing,
    Pair { user: String, password: String },
    File(PathBuf),
}

impl OciSourceBuilder {
    pub(super) fn new(location: &str) -> Self {
        let (location, connections) = (location.to_owned(), HttpSourceBuilder::new("", ""));
        Self { location, connections, credentials: Given::Nothing }
    }

    /// Gives this user name and password to the registry, or to the token server that it names, when it asks for them.
    #[must_use]
    pub fn credentials(mut self, user: &str, password: &str) -> Self {
        self.credentials = Given::Pair { user: user.to_owned(), password: password.to_owned() };
        self
    }

    /// Takes the credentials from a file like docker's `config.json`. Where it has none for the registry, none are given.
    #[must_use]
    pub fn auth_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.credentials = Given::File(path.into());
        self
    }

    /// As [`HttpSourceBuilder::proxy`].
    #[must_use]
    pub fn proxy(mut self, url: &str) -> Self {
        self.connections = self.connections.proxy(url);
        self
    }

    /// As [`HttpSourceBuilder::direct`].
    #[must_use]
    pub fn direct(mut self) -> Self {
        self.connections = self.connections.direct();
        self
    }

    /// As [`HttpSourceBuilder::no_proxy`].
    #[must_use]
    pub fn no_proxy(mut self, hosts: &str) -> Self {
        self.connections = self.connections.no_proxy(hosts);
        self
    }

    /// As [`HttpSourceBuilder::ca_file`].
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.connections = self.connections.ca_file(path);
        self
    }

    /// As [`HttpSourceBuilder::timeouts`].
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.connections = self.connections.timeouts(timeouts);
        self
    }

    /// As [`HttpSourceBuilder::retries`].
    #[must_use]
    pub fn retries(mut self, count: u32) -> Self {
        self.connections = self.connections.retries(count);
        self
    }

    /// As [`HttpSourceBuilder::backoff`].
    #[must_use]
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.connections = self.connections.backoff(first, longest);
        self
    }

    /// As [`HttpSourceBuilder::user_agent`].
    #[must_use]
    pub fn user_agent(mut self, product: &str) -> Self {
        self.connections = self.connections.user_agent(product);
        self
    }

    /// Checks the settings. Opens no connection.
    ///
    /// # Errors
    /// [`SourceError::Unusable`]: a location, file with credentials, proxy, CA file or user agent that cannot work, or
    /// credentials that would cross a network without TLS.
    pub fn build(self) -> Result<OciSource, SourceError> {
        let proxies = Proxies::new(&self.connections.proxy, self.connections.no_proxy.as_deref())?;
        let agents = Agents::new(&self.connections, proxies)?;
        let location = Location::parse(&self.location).map_err(unusable)?;
        let credentials = self.credentials.read(location.host()).map_err(unusable)?;
        if credentials.is_some() && !agents.keeps_secret(&location.origin().map_err(unusable)?) {
            return Err(SourceError::Unusable {
                location: location.to_string(),
                reason: NOT_SECRET.to_owned(),
            });
        }
        let registry = Registry::new(location, credentials, Arc::new(agents)).map_err(unusable)?;
        let (retry, timeouts) = (self.connections.retry, self.connections.timeouts);
        Ok(OciSource { registry, retry, timeouts })
    }
}

impl Given {
    fn read(&self, host: &str) -> Result<Option<Credentials>, RegistryError> {
        match self {
            Self::Nothing => Ok(None),
            Self::Pair { user, password } => Credentials::new(user, password).map(Some),
            Self::File(path) => Credentials::from_auth_file(path, host),
        }
    }
}

/// Every error of a setting is of this kind.
fn unusable(error: RegistryError) -> SourceError {
    match error {
        RegistryError::Unusable { what, reason } => SourceError::Unusable { location: what, reason },
        other => SourceError::Unusable { location: "the registry".to_owned(), reason: other.to_string() },
    }
}

/// Without what may hold credentials.
impl fmt::Debug for OciSourceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OciSourceBuilder").finish_non_exhaustive()
    }
}
