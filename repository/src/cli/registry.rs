//! Registries of container images, as they are named on the command line.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args as ClapArgs;
use tuf_oci::registry::{Credentials, DirectTransport, Location, Registry, RegistryError};
use tuf_repository::{CopyState, Error, OlderCopy};

use crate::cli::failure::Failure;

/// How a registry is reached.
#[derive(Debug, ClapArgs)]
pub(crate) struct Access {
    /// File with credentials for registries, like docker's config.json.
    #[arg(long, value_name = "FILE", env = "TUFREPO_AUTH_FILE")]
    pub(crate) auth_file: Option<PathBuf>,
    /// PEM file with the authorities that the registry's certificate may come from, instead of the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
}

/// Where what is published is copied to.
#[derive(Debug, ClapArgs)]
pub(crate) struct Destination {
    /// Copy what is published to a repository of a registry: `oci://HOST[:PORT]/REPOSITORY`, or `oci+http://…` without
    /// TLS. What is there already stays.
    #[arg(long, value_name = "URL")]
    pub(crate) to: Option<String>,
    /// Copy again what somebody has taken back: the registry has an older state than was copied there last, or none.
    #[arg(long, requires = "to")]
    pub(crate) replace_older_copy: bool,
    /// Throw away whatever the registry has in this state, and copy what is published in its place: `sha256:HEX`, the
    /// digest of the manifest `timestamp.json` there, as the refusal names it; `none`; or `unreadable`.
    #[arg(long, requires = "to", value_name = "STATE", conflicts_with = "replace_older_copy")]
    pub(crate) replace_copy: Option<CopyState>,
    #[command(flatten)]
    pub(crate) access: Access,
}

impl Access {
    /// A client of this repository. Opens no connection.
    pub(crate) fn registry(&self, location: Location) -> Result<Registry, Failure> {
        self.client(location).map_err(|error| Error::from(error).into())
    }

    fn client(&self, location: Location) -> Result<Registry, RegistryError> {
        let user_agent = concat!("tufrepo/", env!("CARGO_PKG_VERSION"));
        let transport = DirectTransport::new(self.ca_file.as_deref(), user_agent)?;
        let credentials = match &self.auth_file {
            Some(path) => Credentials::from_auth_file(path, location.host())?,
            None => None,
        };
        Registry::new(location, credentials, Arc::new(transport))
    }
}

impl Destination {
    /// What to do with a registry that has something else than what was copied there last.
    pub(crate) fn older_copy(&self) -> OlderCopy {
        match (&self.replace_copy, self.replace_older_copy) {
            (Some(state), _) => OlderCopy::Discard(state.clone()),
            (None, true) => OlderCopy::Replace,
            (None, false) => OlderCopy::Refuse,
        }
    }

    /// A client of the registry, where one is named.
    pub(crate) fn registry(&self) -> Result<Option<Registry>, Failure> {
        let Some(to) = &self.to else { return Ok(None) };
        self.access.registry(Location::parse(to).map_err(Error::from)?).map(Some)
    }
}
