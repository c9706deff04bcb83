//! The packages of a Cargo.lock.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::error::Error;

/// One package of a Cargo.lock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// Where it comes from; none for a folder.
    pub(super) source: Option<String>,
    /// Lower-case hexadecimal SHA-256 of its `.crate`, where it comes from a registry.
    pub(super) checksum: Option<String>,
}

#[derive(Deserialize)]
struct LockFile {
    #[serde(default)]
    package: Vec<Package>,
}

/// Reads the packages of a Cargo.lock.
pub(super) fn read(path: &Path) -> Result<Vec<Package>, Error> {
    let text = fs::read_to_string(path).map_err(|cause| Error::io("read", path, cause))?;
    let lock: LockFile = toml::from_str(&text).map_err(|error| Error::unreadable(path, error.message()))?;
    Ok(lock.package)
}
