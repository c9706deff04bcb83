//! Where things are on this machine.

use std::path::{Path, PathBuf};

use clap::Args;

use super::InstallationError;
use crate::node::{ADDRESS, Config, Daemon};
use crate::policy;

/// Where things are. Without these, containerd is asked.
#[derive(Debug, Args)]
pub(crate) struct Places {
    /// containerd's socket
    #[arg(long, short, value_name = "SOCKET", env = "CONTAINERD_ADDRESS", default_value = ADDRESS)]
    address: PathBuf,
    /// containerd's folder of verifiers; its configuration says which unless this does
    #[arg(long, value_name = "DIR")]
    bin_dir: Option<PathBuf>,
    /// The policy
    #[arg(long, value_name = "FILE", env = policy::VARIABLE, default_value = policy::PLACE)]
    pub(super) policy: PathBuf,
    /// The folder of systemd's own units, where systemd starts containerd
    #[arg(long, value_name = "DIR")]
    systemd_dir: Option<PathBuf>,
    /// Leave systemd alone
    #[arg(long, conflicts_with = "systemd_dir")]
    no_systemd: bool,
}

/// What containerd's configuration says.
#[derive(Debug)]
pub(super) struct Found {
    /// Its folder of verifiers.
    pub(super) bin_dir: PathBuf,
    /// The image that its pods are built on, where it has a CRI.
    pub(super) sandbox: Option<String>,
}

impl Places {
    /// What the configuration of the containerd says that runs, or else of the one that would.
    ///
    /// # Errors
    /// Nobody says which folder, or containerd hands another policy on.
    pub(super) fn find(&self) -> Result<Found, InstallationError> {
        let daemon = Daemon::at(&self.address).ok();
        if let Some(daemon) = daemon.as_ref().filter(|daemon| daemon.policy != self.policy) {
            return Err(InstallationError::PolicyElsewhere(daemon.policy.clone()));
        }
        let config = match &daemon {
            Some(daemon) => Config::of_daemon(daemon),
            None => Config::of(Path::new("containerd"), None),
        };
        match (config, &self.bin_dir) {
            (Ok(config), named) => Ok(Found {
                sandbox: config.cri().and_then(|cri| cri.sandbox()).map(str::to_owned),
                bin_dir: named.clone().unwrap_or_else(|| config.verifiers.unwrap_or_default().bin_dir),
            }),
            (Err(_), Some(named)) => Ok(Found { bin_dir: named.clone(), sandbox: None }),
            (Err(error), None) => Err(InstallationError::NoFolder(error)),
        }
    }

    /// Where a drop-in for containerd's unit belongs; none where systemd does not run this machine.
    pub(super) fn systemd(&self) -> Option<PathBuf> {
        let runs = || Path::new("/run/systemd/system").is_dir().then(|| "/etc/systemd/system".into());
        if self.no_systemd { None } else { self.systemd_dir.clone().or_else(runs) }
    }
}
