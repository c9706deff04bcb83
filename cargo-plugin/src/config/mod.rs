//! Which repository, and whom to trust: from files, variables and flags.
//!
//! | place, each counting more than those below | who writes there | is checked |
//! |---|---|---|
//! | the command line | the user | no |
//! | variables `CARGO_TUF_…` | the user | no |
//! | the file of `--tuf-config`, in place of the two below | whoever the user vouches for by naming it | no |
//! | `$CARGO_HOME/tuf.toml` | the user | owner and permissions |
//! | `.cargo/tuf.toml` in the current folder, or the nearest one above | whoever made the project | owner and permissions |
//!
//! The greatest place that names a metadata URL names the repository. Every other setting counts from there or from a
//! greater place, and no lesser place is read: nobody's root is combined with somebody else's URL. Mirrors belong to the
//! metadata URL beside them. A trusted root is checked as the file is that names it. No place names the trusted store.

mod error;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use tuf_files::Owners;

use crate::cargo_config::Environment;

pub use error::ConfigError;

/// The file below `.cargo` of the current folder or one above it, and directly below `$CARGO_HOME`.
const FILE_NAME: &str = "tuf.toml";

/// Which repository, and whom to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the repository is.
    pub repository: Location,
    /// Other places of the same repository. They are asked where this one does not have what verifies.
    pub mirrors: Vec<Location>,
    /// The file of trusted root metadata.
    pub trusted_root: PathBuf,
    /// How long after a refresh the repository is not asked again; zero to ask always.
    pub fresh_for: Duration,
}

/// Where a repository's metadata and target files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// Below two `http` or `https` URLs.
    Http {
        /// Base URL of the metadata files.
        metadata: String,
        /// Base URL of the target files.
        targets: String,
    },
    /// In two folders.
    Folders {
        /// The metadata files.
        metadata: PathBuf,
        /// The target files.
        targets: PathBuf,
    },
}

/// What the command line says. A value here counts more than any other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--metadata-url`.
    pub metadata_url: Option<String>,
    /// `--targets-url`.
    pub targets_url: Option<String>,
    /// `--trusted-root`.
    pub trusted_root: Option<PathBuf>,
    /// `--fresh-for`, in seconds.
    pub fresh_for: Option<u64>,
    /// `--tuf-config`: read in place of the other files.
    pub file: Option<PathBuf>,
}

impl Config {
    /// Reads the flags; the variables `CARGO_TUF_METADATA_URL`, `CARGO_TUF_TARGETS_URL`, `CARGO_TUF_TRUSTED_ROOT` and
    /// `CARGO_TUF_FRESH_FOR`; `tuf.toml` in `cargo_home`; `.cargo/tuf.toml` in `current` or the nearest folder above that has
    /// one. Goes no further than the first of them that names a metadata URL.
    ///
    /// # Errors
    /// A file that cannot be used or that others can change, or a value that is missing.
    pub fn load(
        current: &Path,
        cargo_home: &Path,
        environment: Environment,
        flags: &Flags,
    ) -> Result<Self, ConfigError> {
        let mut values = Values::from_flags(flags, current);
        if values.metadata.is_none() {
            values = values.or(Values::from_environment(environment, current)?);
        }
        for (file, vouched) in files(current, cargo_home, flags) {
            let is_settled = values.metadata.is_some();
            if is_settled && vouched == Vouched::No {
                break;
            }
            // A file that the user names must be of the format, also where it decides nothing.
            let lesser = Values::from_file(&file, vouched)?;
            values = if is_settled { values } else { values.or(lesser) };
        }
        values.resolve()
    }

    /// The name with which the folders of the repository's trusted stores begin: readable, and different for every metadata
    /// URL. Each line of roots has a folder of its own.
    #[must_use]
    pub fn state_name(&self) -> String {
        let base = self.repository.to_string();
        let digest = base16ct::lower::encode_string(&Sha256::digest(base.as_bytes()));
        let readable: String = base
            .rsplit("://")
            .next()
            .unwrap_or_default()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
            .take(48)
            .collect();
        format!("{}-{}", readable.trim_matches(['-', '.']), &digest[..16])
    }
}

/// The place of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The flags.
    CommandLine,
    /// The variables.
    Environment,
    /// A file.
    File(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => f.write_str("the command line"),
            Self::Environment => f.write_str("the environment"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Who is answerable for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Vouched {
    /// The user, who named it.
    ByName,
    /// Nobody: it was found, or a file that was found names it. Its owner and permissions are checked.
    No,
}

/// Prints where the metadata is: the URL without user name and password, or the path.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { metadata, .. } => f.write_str(&without_credentials(metadata)),
            Self::Folders { metadata, .. } => metadata.display().fmt(f),
        }
    }
}

/// The keys of a file. An unknown key is an error: it may be a misspelt one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    metadata_url: Option<String>,
    targets_url: Option<String>,
    #[serde(default)]
    mirrors: Vec<String>,
    trusted_root: Option<PathBuf>,
    fresh_for: Option<u64>,
}

/// The values of one place, with their relative paths resolved.
struct Values {
    /// The place that `metadata` is from.
    origin: Origin,
    metadata: Option<String>,
    targets: Option<String>,
    /// Metadata of the mirrors.
    mirrors: Vec<String>,
    trusted_root: Option<(PathBuf, Vouched)>,
    /// Seconds.
    fresh_for: Option<u64>,
    /// What relative folders in `metadata`, its `mirrors`, and `targets` start from.
    metadata_base: PathBuf,
    targets_base: PathBuf,
}

impl Values {
    fn new(
        origin: Origin,
        metadata: Option<String>,
        targets: Option<String>,
        root: Option<(PathBuf, Vouched)>,
        base: &Path,
    ) -> Self {
        Self {
            origin,
            metadata,
            targets,
            mirrors: Vec::new(),
            trusted_root: root.map(|(root, vouched)| (base.join(root), vouched)),
            fresh_for: None,
            metadata_base: base.to_path_buf(),
            targets_base: base.to_path_buf(),
        }
    }

    fn from_flags(flags: &Flags, current: &Path) -> Self {
        let (metadata, targets) = (flags.metadata_url.clone(), flags.targets_url.clone());
        let root = flags.trusted_root.clone().map(|root| (root, Vouched::ByName));
        let values = Self::new(Origin::CommandLine, metadata, targets, root, current);
        Self { fresh_for: flags.fresh_for, ..values }
    }

    fn from_environment(environment: Environment, current: &Path) -> Result<Self, ConfigError> {
        let variable = |name: &str| environment(name).filter(|value| !value.is_empty());
        let text = |name: &str| variable(name).map(OsString::into_string).and_then(Result::ok);
        let root = variable("CARGO_TUF_TRUSTED_ROOT").map(|root| (PathBuf::from(root), Vouched::ByName));
        let fresh_for = match variable(FRESH_FOR) {
            Some(value) => Some(seconds(&value)?),
            None => None,
        };
        let (metadata, targets) = (text("CARGO_TUF_METADATA_URL"), text("CARGO_TUF_TARGETS_URL"));
        let values = Self::new(Origin::Environment, metadata, targets, root, current);
        Ok(Self { fresh_for, ..values })
    }

    fn from_file(path: &Path, vouched: Vouched) -> Result<Self, ConfigError> {
        check(path, vouched)?;
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_path_buf(), source })?;
        let file: File = toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
            let reason = format!("line {line}: {}", error.message());
            ConfigError::Malformed { path: path.to_path_buf(), reason }
        })?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        let (origin, root) =
            (Origin::File(path.to_path_buf()), file.trusted_root.map(|root| (root, vouched)));
        let values = Self::new(origin, file.metadata_url, file.targets_url, root, folder);
        Ok(Self { mirrors: file.mirrors, fresh_for: file.fresh_for, ..values })
    }

    /// Takes what is missing from `lesser`. These values name no repository: else nothing lesser would be looked at.
    fn or(self, lesser: Self) -> Self {
        let (targets, targets_base) = match self.targets {
            Some(targets) => (Some(targets), self.targets_base),
            None => (lesser.targets, lesser.targets_base),
        };
        Self {
            targets,
            targets_base,
            trusted_root: self.trusted_root.or(lesser.trusted_root),
            fresh_for: self.fresh_for.or(lesser.fresh_for),
            ..lesser
        }
    }

    fn resolve(self) -> Result<Config, ConfigError> {
        let metadata = self.metadata.ok_or(ConfigError::NoMetadataUrl)?;
        let named_by = self.origin;
        let (trusted_root, vouched) = self.trusted_root.ok_or(ConfigError::NoTrustedRoot { named_by })?;
        check(&trusted_root, vouched)?;
        let repository = match self.targets {
            Some(targets) => {
                location(place(&metadata, &self.metadata_base)?, place(&targets, &self.targets_base)?)?
            }
            None => beside(&metadata, &self.metadata_base)?,
        };
        let mirrors = self.mirrors.iter().map(|mirror| beside(mirror, &self.metadata_base));
        let fresh_for = Duration::from_secs(self.fresh_for.unwrap_or_default());
        Ok(Config { repository, mirrors: mirrors.collect::<Result<_, _>>()?, trusted_root, fresh_for })
    }
}

/// The variable for the time that counts as fresh.
const FRESH_FOR: &str = "CARGO_TUF_FRESH_FOR";

fn seconds(value: &OsStr) -> Result<u64, ConfigError> {
    let parsed = value.to_str().and_then(|text| text.parse().ok());
    parsed
        .ok_or_else(|| ConfigError::Variable { name: FRESH_FOR, value: value.to_string_lossy().into_owned() })
}

/// The repository with this metadata whose `targets` are beside it.
fn beside(metadata: &str, base: &Path) -> Result<Location, ConfigError> {
    let no_targets = || ConfigError::NoTargetsUrl { metadata: without_credentials(metadata) };
    location(place(metadata, base)?, place(&sibling(metadata).ok_or_else(no_targets)?, base)?)
}

fn location(metadata: Place, targets: Place) -> Result<Location, ConfigError> {
    match (metadata, targets) {
        (Place::Url(metadata), Place::Url(targets)) => Ok(Location::Http { metadata, targets }),
        (Place::Folder(metadata), Place::Folder(targets)) => Ok(Location::Folders { metadata, targets }),
        _ => Err(ConfigError::Mixed),
    }
}

/// The base of metadata or of target files.
enum Place {
    Url(String),
    Folder(PathBuf),
}

/// The files to read, the one that counts most first.
fn files(current: &Path, cargo_home: &Path, flags: &Flags) -> Vec<(PathBuf, Vouched)> {
    if let Some(file) = &flags.file {
        return vec![(current.join(file), Vouched::ByName)];
    }
    let user = cargo_home.join(FILE_NAME);
    let mut folders = current.ancestors().map(|folder| folder.join(".cargo").join(FILE_NAME));
    let project = folders.find(|file| file.is_file()).filter(|file| *file != user);
    let found = Some(user).filter(|file| file.is_file()).into_iter().chain(project);
    found.map(|file| (file, Vouched::No)).collect()
}

/// Refuses a file that nobody vouches for and that somebody else can change.
fn check(path: &Path, vouched: Vouched) -> Result<(), ConfigError> {
    match vouched {
        Vouched::ByName => Ok(()),
        Vouched::No => Owners::of_this_process()
            .check(path)
            .map_err(|exposed| ConfigError::Exposed { path: path.to_path_buf(), exposed }),
    }
}

/// A published repository has its `targets` beside its `metadata`.
fn sibling(metadata: &str) -> Option<String> {
    let base = metadata.trim_end_matches('/').strip_suffix("metadata")?;
    (base.is_empty() || base.ends_with('/')).then(|| format!("{base}targets"))
}

fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{host}{path}")
}

fn place(text: &str, base: &Path) -> Result<Place, ConfigError> {
    match text.split_once("://") {
        Some(("http" | "https", _)) => Ok(Place::Url(format!("{}/", text.trim_end_matches('/')))),
        Some(("file", path)) if path.starts_with('/') => {
            let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
            Ok(Place::Folder(PathBuf::from(decoded.as_ref())))
        }
        Some(_) => Err(ConfigError::Scheme { url: without_credentials(text) }),
        None => Ok(Place::Folder(base.join(text))),
    }
}
