//! Names and versions of packages, and the target paths that follow from them.

use std::fmt;
use std::str::FromStr;

use semver::{Version, VersionReq};

/// Longest package name, in bytes.
const MAX_NAME_LENGTH: usize = 64;

/// A package name: 1 to 64 ASCII letters, digits, `-` and `_`, with a letter or `_` first. No other text can become
/// part of a target path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName(String);

impl PackageName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The target path of the sparse index file, such as `index/he/xy/hexyl`.
    #[must_use]
    pub fn index_path(&self) -> String {
        let lower = self.0.to_ascii_lowercase();
        match lower.len() {
            1 => format!("index/1/{lower}"),
            2 => format!("index/2/{lower}"),
            3 => format!("index/3/{}/{lower}", &lower[..1]),
            _ => format!("index/{}/{}/{lower}", &lower[..2], &lower[2..4]),
        }
    }

    /// The target path of the `.crate` file, such as `crates/hexyl/hexyl-0.17.0.crate`.
    #[must_use]
    pub fn crate_path(&self, version: &Version) -> String {
        let name = &self.0;
        format!("crates/{name}/{name}-{version}.crate")
    }
}

impl FromStr for PackageName {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, InvalidName> {
        let first = |c: char| c.is_ascii_alphabetic() || c == '_';
        let rest = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let valid = name.len() <= MAX_NAME_LENGTH && name.starts_with(first) && name.chars().all(rest);
        if valid { Ok(Self(name.to_owned())) } else { Err(InvalidName { name: name.to_owned() }) }
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text that is no package name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no package name: letters, digits, `-` and `_`, with a letter first, at most 64 bytes")]
pub struct InvalidName {
    /// The text.
    pub name: String,
}

/// A package of one version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId {
    /// Name.
    pub name: PackageName,
    /// Version.
    pub version: Version,
}

impl PackageId {
    /// The target path of the `.crate` file.
    #[must_use]
    pub fn crate_path(&self) -> String {
        self.name.crate_path(&self.version)
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{}", self.name, self.version)
    }
}

/// Which versions of a package are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The highest that is neither yanked nor a pre-release.
    Newest,
    /// This one.
    Exactly(Version),
    /// The highest that matches and is not yanked.
    Matching(VersionReq),
}

impl FromStr for Wanted {
    type Err = InvalidVersion;

    /// Reads a version as `cargo install` does: a requirement needs an operator, anything else is one exact version.
    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let invalid = || InvalidVersion { text: text.to_owned() };
        if text.starts_with(['<', '>', '=', '^', '~']) || text.contains('*') {
            return VersionReq::parse(text).map(Self::Matching).map_err(|_| invalid());
        }
        Version::parse(text).map(Self::Exactly).map_err(|_| invalid())
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newest => f.write_str("version"),
            Self::Exactly(version) => write!(f, "version {version}"),
            Self::Matching(requirement) => write!(f, "version that matches {requirement}"),
        }
    }
}

/// Text that is neither a version nor a version requirement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no version: three numbers such as 1.2.3, or a requirement that begins with an operator, such as ^1.2"
)]
pub struct InvalidVersion {
    /// The text.
    pub text: String,
}

/// What `NAME[@VERSION]` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageSpec {
    /// Name.
    pub name: PackageName,
    /// Versions.
    pub wanted: Wanted,
}

impl FromStr for PackageSpec {
    type Err = InvalidSpec;

    fn from_str(text: &str) -> Result<Self, InvalidSpec> {
        let (name, wanted) = match text.split_once('@') {
            Some((name, version)) => (name, version.parse()?),
            None => (text, Wanted::Newest),
        };
        Ok(Self { name: name.parse()?, wanted })
    }
}

/// Text that is no `NAME[@VERSION]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSpec {
    /// The name.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The version.
    #[error(transparent)]
    Version(#[from] InvalidVersion),
    /// The version is given twice.
    #[error("the version is given both after the @ and as --version")]
    Twice,
}
