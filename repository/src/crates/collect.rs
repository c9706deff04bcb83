//! A crate with everything that its Cargo.lock names, fetched by cargo and checked.

use std::fs;
use std::path::{Path, PathBuf};

use crate::crates::cargo::{Cargo, Origin};
use crate::crates::index::{self, Line};
use crate::crates::lock::{LockFile, Package};
use crate::crates::report::Fetched;
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

impl Collected {
    fn is_same_as(&self, other: &Self) -> bool {
        (&self.name, &self.version) == (&other.name, &other.version)
    }
}

/// What is done with packages that no registry index covers. They are never fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncovered {
    /// One is enough to refuse the whole lock file, before anything of it is fetched.
    Refused,
    /// They are left out, and named.
    LeftOut,
}

/// Fetches what is wanted. Cargo prints its progress on standard error.
///
/// # Errors
/// [`Error::Uncovered`]; [`Error::Cargo`] where cargo fails; [`Error::Crate`] where a crate is not what its lock file or its
/// index line says; [`Error::Unreadable`] for a lock file that does not fit its manifest.
pub fn collect(wanted: &Wanted, uncovered: Uncovered, cargo: &Cargo) -> Result<Collection, Error> {
    let registry = cargo.default_registry()?;
    let mut collection = Collection { crates: Vec::new(), uncovered: Vec::new() };
    let (lock, manifest, origin) = match wanted {
        Wanted::Crate { name, version, lock } => {
            let (root, folder) = fetch_root(name, &version.to_string(), &registry, cargo)?;
            collection.crates.push(root);
            let lock = lock.clone().unwrap_or_else(|| folder.join("Cargo.lock"));
            if !lock.exists() {
                let reason = "it carries no Cargo.lock: give one with `--lock FILE`";
                return Err(wrong(name, &version.to_string(), reason));
            }
            (lock, folder.join("Cargo.toml"), Origin::Registry)
        }
        Wanted::Lock(lock) => {
            let (lock, manifest) = workspace_files(lock)?;
            (lock, manifest, Origin::Project)
        }
    };
    let workspace = cargo.workspace(&manifest, origin)?;
    let locked = LockFile::read(&lock)?;
    // A package of another source that no build has is still one that cargo asks that source for.
    let is_covered =
        |package: &&Package| package.source.as_deref() == Some(&registry) || workspace.has(package);
    let all = locked.packages.iter().chain(locked.unused_patches());
    collection.uncovered = all.filter(|package| !is_covered(package)).map(describe).collect();
    if uncovered == Uncovered::Refused && !collection.uncovered.is_empty() {
        return Err(Error::Uncovered(collection.uncovered));
    }
    if let Some(missing) = workspace.missing_in(&locked.packages) {
        return Err(Error::unreadable(&lock, format!("it does not fit its Cargo.toml: {missing}")));
    }
    let of_registry = |package: &&Package| package.source.as_deref() == Some(&registry);
    let packages: Vec<Package> = locked.packages.iter().filter(of_registry).cloned().collect();
    // Before cargo, which would take what has no checksum from wherever it finds it.
    if let Some(package) = packages.iter().find(|package| package.checksum.is_none()) {
        return Err(wrong(&package.name, &package.version, "the lock file has no checksum for it"));
    }
    let fetched = if packages.is_empty() { Vec::new() } else { cargo.fetch(&packages, &registry)? };
    for package in &packages {
        let collected = check(package, &fetched, cargo)?;
        // The wanted one may be in a lock file that is not its own.
        if !collection.crates.iter().any(|other| other.is_same_as(&collected)) {
            collection.crates.push(collected);
        }
    }
    Ok(collection)
}

/// Fetches a crate whose checksum nothing but the index of the default registry says. Gives where it was unpacked, too.
fn fetch_root(
    name: &str,
    version: &str,
    registry: &str,
    cargo: &Cargo,
) -> Result<(Collected, PathBuf), Error> {
    let root = Package {
        name: name.to_owned(),
        version: version.to_owned(),
        source: Some(registry.to_owned()),
        checksum: None,
        dependencies: Vec::new(),
    };
    let fetched = cargo.fetch_alone(&root, registry)?;
    let folder = found(&root, &fetched)?.folder.clone();
    Ok((check(&root, &fetched, cargo)?, folder))
}

/// A lock file and the manifest beside it.
fn workspace_files(lock: &Path) -> Result<(PathBuf, PathBuf), Error> {
    let lock = std::path::absolute(lock).map_err(|cause| Error::io("find", lock, cause))?;
    let manifest = lock.with_file_name("Cargo.toml");
    if lock.file_name().is_none_or(|name| name != "Cargo.lock") || !manifest.exists() {
        return Err(Error::unreadable(&lock, "expected a Cargo.lock with its Cargo.toml beside it"));
    }
    Ok((lock, manifest))
}

/// What cargo has fetched for a package.
fn found<'f>(package: &Package, fetched: &'f [Fetched]) -> Result<&'f Fetched, Error> {
    let Package { name, version, .. } = package;
    let is_it = |fetched: &&Fetched| fetched.package.name == *name && fetched.package.version == *version;
    fetched
        .iter()
        .find(is_it)
        .ok_or_else(|| wrong(name, version, "cargo did not fetch it from the default registry"))
}

/// Finds the `.crate` and its index line, both in what cargo has from the default registry, and compares all checksums.
fn check(package: &Package, fetched: &[Fetched], cargo: &Cargo) -> Result<Collected, Error> {
    let Package { name, version, .. } = package;
    let fetched = found(package, fetched)?;
    let folder = &fetched.registry_folder;
    let of_registry = cargo.folder().join("registry");
    let index = index::fetched(&of_registry.join("index").join(folder), name)?;
    let Some(line) = index.iter().find(|line| line.version == *version) else {
        return Err(wrong(name, version, "no index line has its version"));
    };
    if package.checksum.as_ref().is_some_and(|checksum| *checksum != line.checksum) {
        return Err(wrong(name, version, "its index line has another checksum than the lock file"));
    }
    if fetched.package.checksum.as_ref() != Some(&line.checksum) {
        return Err(wrong(
            name,
            version,
            "its index line has another checksum than the one that cargo fetched",
        ));
    }
    let path = of_registry.join("cache").join(folder).join(format!("{name}-{version}.crate"));
    let bytes = fs::read(&path).map_err(|cause| Error::io("read", &path, cause))?;
    if sha256_hex(&bytes) != line.checksum {
        return Err(wrong(
            name,
            version,
            "the .crate that cargo fetched has another checksum than its index line",
        ));
    }
    Ok(Collected { name: name.clone(), version: version.clone(), bytes, index })
}

fn describe(package: &Package) -> String {
    let Package { name, version, source, .. } = package;
    match source {
        Some(source) => format!("{name} {version} ({source})"),
        None => format!("{name} {version} (a folder)"),
    }
}

fn wrong(name: &str, version: &str, reason: &str) -> Error {
    Error::Crate { name: name.to_owned(), version: version.to_owned(), reason: reason.to_owned() }
}
