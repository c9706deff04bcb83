//! Which installed binaries came from verified bytes.
//!
//! Cargo does not install again what its list says is installed, whoever installed it. So this command keeps a record of
//! its own: the SHA-256 of the binaries that it installed. Where the record does not say the same as cargo's list and
//! the binaries, the package is installed again.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::lock::DEFAULT_REGISTRY;
use crate::package::PackageId;
use crate::write_whole::write_whole;

/// One package in one install root.
#[derive(Clone, Debug)]
pub struct Installed {
    root: PathBuf,
    package: String,
    record: PathBuf,
}

impl Installed {
    /// The package in `root`, with its record below `$CARGO_HOME`.
    #[must_use]
    pub fn new(cargo_home: &Path, root: &Path, package: &PackageId) -> Self {
        let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
        let place = Sha256::new()
            .chain_update(root.as_os_str().as_encoded_bytes())
            .chain_update([0])
            .chain_update(package.name.as_str())
            .finalize();
        let name = format!("{}.json", base16ct::lower::encode_string(&place));
        let record = cargo_home.join("tuf").join("installed").join(name);
        Self { root, package: format!("{} {} ({DEFAULT_REGISTRY})", package.name, package.version), record }
    }

    /// Whether cargo's list has the package, but not every one of its binaries is as this command installed it.
    #[must_use]
    pub fn is_unverified(&self) -> bool {
        let Some(binaries) = self.listed() else { return false };
        let recorded =
            fs::read(&self.record).ok().and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok());
        let Some(record) = recorded.filter(|record| record.package == self.package) else { return true };
        !binaries
            .iter()
            .all(|name| self.digest(name).is_ok_and(|digest| record.binaries.get(name) == Some(&digest)))
    }

    /// Records the binaries that were just installed.
    ///
    /// # Errors
    /// A binary that cannot be read, or the record that cannot be written.
    pub fn record(&self) -> Result<(), Failure> {
        let digest = |name: String| {
            let digest = self.digest(&name).map_err(|source| Failure::File {
                action: "read",
                path: self.root.join("bin").join(&name),
                source,
            })?;
            Ok((name, digest))
        };
        let binaries =
            self.listed().unwrap_or_default().into_iter().map(digest).collect::<Result<_, Failure>>()?;
        let record = Record { package: self.package.clone(), binaries };
        let written = serde_json::to_vec(&record)
            .map_err(io::Error::from)
            .and_then(|bytes| write_whole(&self.record, &bytes));
        written.map_err(|source| Failure::File { action: "write", path: self.record.clone(), source })
    }

    /// The binaries that cargo's list has for the package; none where it does not list it.
    fn listed(&self) -> Option<Vec<String>> {
        let text = fs::read_to_string(self.root.join(".crates.toml")).ok()?;
        let mut list: CargoList = toml::from_str(&text).ok()?;
        list.v1.remove(&self.package)
    }

    fn digest(&self, binary: &str) -> io::Result<String> {
        let bytes = fs::read(self.root.join("bin").join(binary))?;
        Ok(base16ct::lower::encode_string(&Sha256::digest(bytes)))
    }
}

/// Cargo's list of installed packages, in its first format, which it keeps up to date.
#[derive(Deserialize)]
struct CargoList {
    #[serde(default)]
    v1: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize, Serialize)]
struct Record {
    package: String,
    /// File name and SHA-256.
    binaries: BTreeMap<String, String>,
}
