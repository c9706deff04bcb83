//! The policy file: which images need what.

mod error;
mod file;
mod rule;
mod time;

pub(crate) use error::PolicyError;
pub(crate) use rule::Rewrite;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tuf_oci::{Digest, Reference};

use rule::Prefix;

/// Where the policy is, unless [`VARIABLE`] says otherwise.
pub(crate) const PLACE: &str = "/etc/tuf-verifier/policy.toml";

/// The environment variable that names another policy file.
pub(crate) const VARIABLE: &str = "TUF_IMAGE_VERIFIER_POLICY";

/// How long the whole process may take, unless the policy says otherwise. containerd waits for ten seconds.
pub(crate) const DEADLINE: Duration = Duration::from_secs(8);

/// Bytes of a policy file at most.
const LONGEST: u64 = 1 << 20;

/// A policy that can be followed.
///
/// Its URLs may hold passwords: it is never printed as a whole.
pub(crate) struct Policy {
    pub(crate) mode: Mode,
    /// What the state of every repository is below.
    pub(crate) state_dir: PathBuf,
    pub(crate) deadline: Duration,
    /// The socket of the system's log.
    pub(crate) log: Option<PathBuf>,
    pub(crate) repositories: BTreeMap<String, Arc<RepositoryPolicy>>,
    default: Action,
    /// By prefix.
    rules: BTreeMap<Prefix, Action>,
}

/// What a verdict leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// What is refused is blocked.
    Enforce,
    /// Nothing is blocked; what would be is said.
    Audit,
}

/// A TUF repository.
pub(crate) struct RepositoryPolicy {
    pub(crate) name: String,
    /// Base URLs of the metadata, or repositories in registries: the repository's and its mirrors'.
    pub(crate) metadata: Vec<String>,
    /// The file of the pinned root.
    pub(crate) root: PathBuf,
    pub(crate) refresh_interval: Duration,
    pub(crate) unreachable: Unreachable,
    /// Certificates of private authorities.
    pub(crate) ca_file: Option<PathBuf>,
    /// Credentials for registries, as in docker's `config.json`.
    pub(crate) auth_file: Option<PathBuf>,
}

impl RepositoryPolicy {
    /// How many mirrors share the time of a decision, with the repository itself; at least one. A policy of at most
    /// [`LONGEST`] bytes names fewer than these.
    pub(crate) fn mirrors(&self) -> u32 {
        const MOST: u32 = 1 << 20;
        u32::try_from(self.metadata.len()).unwrap_or(MOST).clamp(1, MOST)
    }

    /// Whether a URL has a user name or a password.
    pub(crate) fn has_secret(&self) -> bool {
        self.metadata.iter().any(|url| has_user(url))
    }
}

/// Whether a URL has a user name, and perhaps a password, before its host.
pub(crate) fn has_user(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

/// What is done where a repository does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreachable {
    /// The trusted store serves as long as all of it is unexpired.
    CachedUnexpired,
    /// The pull is blocked.
    Deny,
}

/// What a rule asks for.
pub(crate) enum Action {
    /// A TUF repository lists the image.
    Verify { repository: Arc<RepositoryPolicy>, rewrite: Option<Rewrite> },
    /// The rule itself lists the digest.
    Digests(BTreeSet<Digest>),
    /// Never.
    Reject,
    /// Nothing.
    Allow,
}

impl Policy {
    /// The text of a policy file (TOML) becomes a policy.
    ///
    /// # Errors
    /// The first thing in it that is not understood.
    pub(crate) fn parse(text: &str) -> Result<Self, PolicyError> {
        file::parse(text)
    }

    /// The policy in a file.
    ///
    /// # Errors
    /// It cannot be read, or something in it is not understood.
    pub(crate) fn read(path: &Path) -> Result<Self, PolicyError> {
        let unreadable = |source| PolicyError::Unreadable { path: path.to_owned(), source };
        let mut text = String::new();
        let read = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_string(&mut text));
        if read.map_err(unreadable)? as u64 > LONGEST {
            return Err(PolicyError::TooLong { path: path.to_owned(), limit: LONGEST });
        }
        Self::parse(&text).map_err(|error| PolicyError::In { path: path.to_owned(), error: Box::new(error) })
    }

    /// The longest prefix of the reference's name that has a rule, and its action; the default's where none has.
    pub(crate) fn rule_for(&self, reference: &Reference) -> (Option<&str>, &Action) {
        let name = reference.name();
        let ends = name.match_indices('/').map(|(end, _)| end).chain([name.len()]);
        let prefixes = ends.rev().filter_map(|end| name.get(..end));
        for prefix in prefixes {
            if let Some((prefix, action)) = self.rules.get_key_value(prefix) {
                return (Some(prefix.as_str()), action);
            }
        }
        (None, &self.default)
    }

    /// The rules: prefixes of names, and what each asks for.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (&str, &Action)> {
        self.rules.iter().map(|(prefix, action)| (prefix.as_str(), action))
    }

    /// Whether an image passes that no rule names.
    pub(crate) fn allows_by_default(&self) -> bool {
        matches!(self.default, Action::Allow)
    }
}

/// The policy of this machine: at [`PLACE`], or where [`VARIABLE`] says.
///
/// # Errors
/// As [`Policy::read`].
pub(crate) fn of_this_machine() -> Result<Policy, PolicyError> {
    Policy::read(&place())
}

/// The path of this machine's policy file.
pub(crate) fn place() -> PathBuf {
    env::var_os(VARIABLE).map_or_else(|| PathBuf::from(PLACE), PathBuf::from)
}
