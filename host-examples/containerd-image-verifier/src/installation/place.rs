//! Where things are on this machine.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::InstallationError;
use crate::node::{ADDRESS, Config, Daemon, NodeError, Program};
use crate::policy;

/// Where things are. Without these, containerd is asked.
#[derive(Debug, Args)]
pub(crate) struct Places {
    /// containerd's socket
    #[arg(long, short, value_name = "SOCKET", env = "CONTAINERD_ADDRESS", default_value = ADDRESS)]
    address: PathBuf,
    /// containerd's folder of verifiers; its configuration says which unless this does
    #[arg(long, value_name = "DIR", value_parser = absolute)]
    bin_dir: Option<PathBuf>,
    /// The policy
    #[arg(long, value_name = "FILE", value_parser = absolute, env = policy::VARIABLE, default_value = policy::PLACE)]
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
    /// Nobody says which folder.
    pub(super) fn find(&self) -> Result<Found, InstallationError> {
        match (self.config(), &self.bin_dir) {
            (Ok(config), named) => Ok(Found {
                sandbox: config.cri().and_then(|cri| cri.sandbox()).map(str::to_owned),
                bin_dir: named.clone().unwrap_or_else(|| config.verifiers.unwrap_or_default().bin_dir),
            }),
            (Err(_), Some(named)) => Ok(Found { bin_dir: named.clone(), sandbox: None }),
            (Err(error), None) => Err(InstallationError::NoFolder(error)),
        }
    }

    /// The folder of verifiers where no configuration can be had, too: where every containerd looks then.
    ///
    /// # Errors
    /// Somebody who is not root answers in the place of containerd, or could change it: neither is asked, and which
    /// folder it is remains unknown.
    pub(super) fn folder(&self) -> Result<PathBuf, InstallationError> {
        if let Some(named) = &self.bin_dir {
            return Ok(named.clone());
        }
        match self.config() {
            Err(error) if error.is_a_doubt() => Err(InstallationError::NoFolder(error)),
            config => Ok(config.ok().and_then(|config| config.verifiers).unwrap_or_default().bin_dir),
        }
    }

    /// Refuses where the containerd that runs hands another policy on.
    ///
    /// # Errors
    /// It does.
    pub(super) fn policy_in_force(&self) -> Result<(), InstallationError> {
        match Daemon::at(&self.address) {
            Ok(daemon) if daemon.policy != self.policy => {
                Err(InstallationError::PolicyElsewhere(daemon.policy))
            }
            _ => Ok(()),
        }
    }

    fn config(&self) -> Result<Config, NodeError> {
        match Daemon::at(&self.address) {
            Ok(daemon) => Config::of_daemon(&daemon),
            Err(error) if error.is_a_doubt() => Err(error),
            Err(_) => Config::of(&Program::on_search_path("containerd")?, None),
        }
    }

    /// Where a drop-in for containerd's unit belongs; none where systemd does not run this machine.
    pub(super) fn systemd(&self) -> Option<PathBuf> {
        let runs = || Path::new("/run/systemd/system").is_dir().then(|| "/etc/systemd/system".into());
        if self.no_systemd { None } else { self.systemd_dir.clone().or_else(runs) }
    }
}

/// Where `init` puts the root of a repository, by where its policy is.
pub(super) fn pinned(policy: &Path, repository: &str) -> PathBuf {
    policy.with_file_name(repository).join("root.json")
}

/// containerd and systemd have current folders of their own.
pub(super) fn absolute(path: &str) -> io::Result<PathBuf> {
    std::path::absolute(path)
}
