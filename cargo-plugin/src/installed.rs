//! Which installed binaries came from verified bytes.
//!
//! Cargo does not install again what its list says is installed, whoever installed it. So this command keeps a record of
//! its own: the SHA-256 of the binaries that it installed, and what they were built from. If the record differs from cargo's
//! list, from the binaries, or from what is verified now, the package is installed again: after a compromise the same
//! version is signed with other bytes, and another project's repository has other bytes for the same name.

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
    provenance: Provenance,
}

/// What binaries are built from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Provenance {
    /// Lower-case hexadecimal SHA-256 of the package's `.crate` file, and so of the Cargo.lock in it.
    pub checksum: String,
    /// Where the repository's metadata is, without credentials.
    pub repository: String,
    /// Lower-case hexadecimal SHA-256 of the trusted root file.
    pub trusted_root: String,
    /// Who chose the dependencies.
    pub closure: Closure,
}

/// Who chose the dependencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Closure {
    /// The package's Cargo.lock, with a checksum for each.
    Locked,
    /// Cargo, among the versions that the repository had. Nothing says which, so that they are never taken for verified.
    Unlocked,
}

/// Why a package that cargo has in its list is installed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// Somebody else installed it, or changed its binaries.
    Unverified,
    /// It was built from other bytes, of another repository or under another trusted root.
    OtherProvenance,
    /// Cargo chooses its dependencies, and those of the installed binaries may not be what the repository has now.
    Unlocked,
}

impl std::fmt::Display for Stale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unverified => "installed without verification",
            Self::OtherProvenance => "installed from other files or another repository than verified now",
            Self::Unlocked => "whose dependencies are not locked",
        })
    }
}

impl Installed {
    /// The package in `root`, with its record in the folder `records`, and what it is to be built from.
    #[must_use]
    pub fn new(records: &Path, root: &Path, package: &PackageId, provenance: Provenance) -> Self {
        let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
        let place = Sha256::new()
            .chain_update(root.as_os_str().as_encoded_bytes())
            .chain_update([0])
            .chain_update(package.name.as_str())
            .finalize();
        let name = format!("{}.json", base16ct::lower::encode_string(&place));
        let record = records.join(name);
        let package = format!("{} {} ({DEFAULT_REGISTRY})", package.name, package.version);
        Self { root, package, record, provenance }
    }

    /// Why cargo must install the package again that its list has; none if this command installed every one of its
    /// binaries from what is verified now, or if cargo's list does not have it.
    #[must_use]
    pub fn stale(&self) -> Option<Stale> {
        let binaries = self.listed()?;
        let recorded =
            fs::read(&self.record).ok().and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok());
        let Some(record) = recorded.filter(|record| record.package == self.package) else {
            return Some(Stale::Unverified);
        };
        let is_recorded =
            |name: &String| self.digest(name).is_ok_and(|digest| record.binaries.get(name) == Some(&digest));
        if !binaries.iter().all(is_recorded) {
            return Some(Stale::Unverified);
        }
        if record.provenance != self.provenance {
            return Some(Stale::OtherProvenance);
        }
        (self.provenance.closure == Closure::Unlocked).then_some(Stale::Unlocked)
    }

    /// Records the binaries that were just installed. False if cargo's list does not have the package: then nothing was.
    ///
    /// # Errors
    /// A binary that cannot be read, or the record that cannot be written.
    pub fn record(&self) -> Result<bool, Failure> {
        let Some(listed) = self.listed().filter(|binaries| !binaries.is_empty()) else { return Ok(false) };
        let digest = |name: String| {
            let digest = self.digest(&name).map_err(|source| Failure::File {
                action: "read",
                path: self.root.join("bin").join(&name),
                source,
            })?;
            Ok((name, digest))
        };
        let binaries = listed.into_iter().map(digest).collect::<Result<_, Failure>>()?;
        let provenance = self.provenance.clone();
        let record = Record { package: self.package.clone(), provenance, binaries };
        let written = serde_json::to_vec(&record)
            .map_err(io::Error::from)
            .and_then(|bytes| write_whole(&self.record, &bytes));
        written.map_err(|source| Failure::File { action: "write", path: self.record.clone(), source })?;
        Ok(true)
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
    provenance: Provenance,
    /// File name and SHA-256.
    binaries: BTreeMap<String, String>,
}
