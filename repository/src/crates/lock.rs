//! The packages of a Cargo.lock.

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
    /// What it depends on: a name, and where that is not enough a version and a source after it.
    #[serde(default)]
    pub(super) dependencies: Vec<String>,
}

/// What a Cargo.lock has.
#[derive(Deserialize)]
pub(super) struct LockFile {
    #[serde(default, rename = "package")]
    pub(super) packages: Vec<Package>,
    #[serde(default)]
    patch: Patch,
}

#[derive(Default, Deserialize)]
struct Patch {
    #[serde(default)]
    unused: Vec<Package>,
}

/// Most bytes of a Cargo.lock: that of the largest workspaces has one or two megabytes.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

impl LockFile {
    /// Reads a Cargo.lock.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let bytes =
            tuf_files::read_regular(path, MOST_BYTES).map_err(|cause| Error::io("read", path, cause))?;
        let text = String::from_utf8(bytes).map_err(|error| Error::unreadable(path, error))?;
        toml::from_str(&text).map_err(|error| Error::unreadable(path, error.message()))
    }

    /// Packages that would take another's place and do not: no build has them, but cargo asks their sources for them.
    pub(super) fn unused_patches(&self) -> &[Package] {
        &self.patch.unused
    }
}
