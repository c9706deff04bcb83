//! A policy as `init` writes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::InstallationError;
use super::place::absolute;

/// What the policy says. Without a name, there must be a policy already.
#[derive(Debug, Args)]
pub(crate) struct PolicyOptions {
    /// A name for the TUF repository: its state is in a folder of that name
    #[arg(long, value_name = "NAME", requires_all = ["metadata", "root", "prefix"])]
    pub(super) name: Option<String>,
    /// Base URL of its metadata, or its place in a registry (oci://…); again for each mirror
    #[arg(long, value_name = "URL", requires = "name")]
    metadata: Vec<String>,
    /// Its root metadata, from a source that is trusted: it is copied, and pinned
    #[arg(long, value_name = "FILE", requires = "name")]
    pub(super) root: Option<PathBuf>,
    /// What it lists: a registry, or a registry and the beginning of names in it; again for each
    #[arg(long, value_name = "PREFIX", requires = "name")]
    prefix: Vec<String>,
    /// An image that needs no repository, such as the one that pods are built on; again for each
    #[arg(long, value_name = "NAME@DIGEST", requires = "name")]
    pin: Vec<String>,
    /// What happens where the repository cannot be reached
    #[arg(long, value_name = "WHAT", requires = "name", value_parser = ["deny", "cached-unexpired"], default_value = "deny")]
    unreachable: String,
    /// Block nothing: say in the log what would be blocked
    #[arg(long, requires = "name")]
    audit: bool,
    /// Where what is kept between pulls is
    #[arg(long, value_name = "DIR", value_parser = absolute, requires = "name", default_value = "/var/lib/tuf-verifier")]
    state_dir: PathBuf,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    default: &'static str,
    state_dir: &'a Path,
    repositories: BTreeMap<&'a str, Repository<'a>>,
    rule: Vec<Rule<'a>>,
}

#[derive(Serialize)]
struct Repository<'a> {
    metadata: &'a [String],
    root: &'a Path,
    unreachable: &'a str,
}

#[derive(Serialize)]
struct Rule<'a> {
    prefix: &'a str,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digests: Option<[&'a str; 1]>,
}

impl PolicyOptions {
    /// The text of the policy (TOML), with the pinned root at this path.
    ///
    /// # Errors
    /// A pin that is no name and digest, or a path that is not UTF-8.
    pub(super) fn text(&self, name: &str, root: &Path) -> Result<String, InstallationError> {
        let repository = Repository { metadata: &self.metadata, root, unreachable: &self.unreachable };
        let verify = |prefix| Rule { prefix, action: "verify", repository: Some(name), digests: None };
        let verify = self.prefix.iter().map(|prefix| Ok(verify(prefix.as_str())));
        let written = Written {
            version: 1,
            mode: self.audit.then_some("audit"),
            default: "reject",
            state_dir: &self.state_dir,
            repositories: BTreeMap::from([(name, repository)]),
            rule: verify.chain(self.pin.iter().map(|pin| pinned(pin))).collect::<Result<_, _>>()?,
        };
        toml::to_string(&written).map_err(|error| InstallationError::PolicyUnusable(error.to_string()))
    }
}

fn pinned(pin: &str) -> Result<Rule<'_>, InstallationError> {
    let Some((prefix, digest)) = pin.rsplit_once('@') else {
        let words = format!("--pin {pin}: a name, @ and a digest are expected");
        return Err(InstallationError::PolicyUnusable(words));
    };
    Ok(Rule { prefix, action: "digests", repository: None, digests: Some([digest]) })
}
