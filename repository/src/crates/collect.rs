//! A crate with everything that its Cargo.lock names, fetched by cargo and checked.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::crates::cargo::{Cargo, Locked, manifest};
use crate::crates::index::{self, Line};
use crate::crates::lock::{self, Package};
use crate::error::Error;
use crate::metadata::sha256_hex;

/// What is collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A crate of the default registry, and every package of a lock file: the one inside of the crate, or another.
    Crate {
        /// Name of the crate.
        name: String,
        /// Its version.
        version: semver::Version,
        /// Another Cargo.lock than the one inside.
        lock: Option<PathBuf>,
    },
    /// Every package of a Cargo.lock with its Cargo.toml beside it.
    Lock(PathBuf),
}

/// Crates that were fetched and checked.
#[derive(Debug)]
pub struct Collection {
    /// The crates, in the order of the lock file, the wanted one first.
    pub crates: Vec<Collected>,
    /// Name and version of packages that come from git, from a folder, or from another registry.
    pub uncovered: Vec<String>,
}

/// One crate.
#[derive(Debug)]
pub struct Collected {
    /// Its name, as the registry writes it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The bytes of its `.crate`.
    pub bytes: Vec<u8>,
    /// Every version in its index file.
    pub(super) index: Vec<Line>,
}

/// Fetches what is wanted. Cargo prints its progress on standard error.
///
/// # Errors
/// [`Error::Cargo`] where cargo fails; [`Error::Crate`] where a crate is not what its lock file or its index line
/// says.
pub fn collect(wanted: &Wanted, cargo: &Cargo) -> Result<Collection, Error> {
    let registry = cargo.default_registry()?;
    let (root, lock, members) = match wanted {
        Wanted::Crate { name, version, lock } => {
            let lock = fetch_crate(name, &version.to_string(), lock.as_deref(), cargo)?;
            (Some((name.clone(), version.to_string())), lock, vec![name.clone()])
        }
        Wanted::Lock(lock) => (None, lock.clone(), fetch_workspace(lock, cargo)?),
    };
    let mut collection = Collection { crates: Vec::new(), uncovered: Vec::new() };
    if let Some((name, version)) = root {
        collection.crates.push(check(&name, &version, None, cargo)?);
    }
    for package in lock::read(&lock)? {
        match &package.source {
            Some(source) if *source == registry => {
                let checksum = package.checksum.as_deref().ok_or_else(|| no_checksum(&package))?;
                collection.crates.push(check(&package.name, &package.version, Some(checksum), cargo)?);
            }
            None if members.contains(&package.name) => {}
            source => collection.uncovered.push(describe(&package, source.as_deref())),
        }
    }
    collection.crates.dedup_by(|one, other| (&one.name, &one.version) == (&other.name, &other.version));
    Ok(collection)
}

/// Fetches a crate, then everything that its lock file names. Gives the lock file.
fn fetch_crate(name: &str, version: &str, lock: Option<&Path>, cargo: &Cargo) -> Result<PathBuf, Error> {
    cargo.write("crate/src/lib.rs", "")?;
    let package = cargo.write("crate/Cargo.toml", &manifest(name, &format!("={version}")))?;
    cargo.fetch(&package, Locked::No)?;
    let folder_name = format!("{name}-{version}");
    let unpacked = cargo.registries("src")?.into_iter().map(|folder| folder.join(&folder_name));
    let Some(unpacked) = unpacked.into_iter().find(|folder| folder.is_dir()) else {
        return Err(wrong(name, version, "cargo did not unpack it"));
    };
    let source = cargo.folder().join("source");
    copy_folder(&unpacked, &source)?;
    let inside = source.join("Cargo.lock");
    if let Some(lock) = lock {
        fs::copy(lock, &inside).map_err(|cause| Error::io("read", lock, cause))?;
    }
    if !inside.exists() {
        return Err(wrong(name, version, "it carries no Cargo.lock: give one with `--lock FILE`"));
    }
    cargo.fetch(&source.join("Cargo.toml"), Locked::Yes)?;
    Ok(inside)
}

/// Fetches everything that a lock file names. Gives the names of its workspace's packages.
fn fetch_workspace(lock: &Path, cargo: &Cargo) -> Result<Vec<String>, Error> {
    let lock = std::path::absolute(lock).map_err(|cause| Error::io("find", lock, cause))?;
    let manifest = lock.with_file_name("Cargo.toml");
    if lock.file_name().is_none_or(|name| name != "Cargo.lock") || !manifest.exists() {
        return Err(Error::unreadable(&lock, "expected a Cargo.lock with its Cargo.toml beside it"));
    }
    if let Some(project) = manifest.parent() {
        cargo.use_registries_of(project)?;
    }
    // Before anything is fetched for a workspace that is not the project's.
    let members = cargo.members(&manifest)?;
    cargo.fetch(&manifest, Locked::Yes)?;
    Ok(members)
}

/// Finds the `.crate` and its index line, and compares all checksums.
fn check(name: &str, version: &str, checksum: Option<&str>, cargo: &Cargo) -> Result<Collected, Error> {
    let listed = |lines: &Vec<Line>| {
        let line = lines.iter().find(|line| line.version == version);
        line.is_some_and(|line| checksum.is_none_or(|checksum| line.checksum == checksum))
    };
    let Some(index) = index::fetched(cargo, name)?.into_iter().find(listed) else {
        let reason = match checksum {
            Some(_) => "no index line has its version and the checksum of the lock file",
            None => "no index line has its version",
        };
        return Err(wrong(name, version, reason));
    };
    let wanted = index.iter().find(|line| line.version == version).map(|line| line.checksum.clone());
    let file_name = format!("{name}-{version}.crate");
    for folder in cargo.registries("cache")? {
        let path = folder.join(&file_name);
        match fs::read(&path) {
            Ok(bytes) if Some(sha256_hex(&bytes)) == wanted => {
                let (name, version) = (name.to_owned(), version.to_owned());
                return Ok(Collected { name, version, bytes, index });
            }
            Ok(_) => {}
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(Error::io("read", &path, cause)),
        }
    }
    Err(wrong(name, version, "cargo fetched no .crate with the checksum of its index line"))
}

/// Copies folders and regular files; nothing else is in a crate.
fn copy_folder(from: &Path, to: &Path) -> Result<(), Error> {
    let failed = |cause| Error::io("copy", from, cause);
    fs::create_dir_all(to).map_err(failed)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        let to = to.join(entry.file_name());
        if kind.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), to).map_err(failed)?;
        }
    }
    Ok(())
}

fn describe(package: &Package, source: Option<&str>) -> String {
    let Package { name, version, .. } = package;
    match source {
        Some(source) => format!("{name} {version} ({source})"),
        None => format!("{name} {version} (a folder)"),
    }
}

fn no_checksum(package: &Package) -> Error {
    wrong(&package.name, &package.version, "the lock file has no checksum for it")
}

fn wrong(name: &str, version: &str, reason: &str) -> Error {
    Error::Crate { name: name.to_owned(), version: version.to_owned(), reason: reason.to_owned() }
}
