//! Every package that a Cargo.lock names, verified before anything is built.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::failure::Failure;
use crate::lock::{Lock, LockedPackage, PackageSource};
use crate::package::PackageId;
use crate::parallel;
use crate::proxy::VerifiedFiles;
use crate::registry::{Described, Registry};

/// Verifies what the lock of `root` names: for each package the lock's checksum, the one of the verified index and the
/// signed hash of the `.crate` file must be the same. The files that every build needs are fetched and verified too;
/// others are when cargo asks for them, which it does before it builds anything.
///
/// Returns the number of packages. `verified` hears of each, in any order, with the number verified so far and of all.
///
/// # Errors
/// A package that the repository does not cover or does not have, or that is not accepted.
pub fn verify(
    registry: &Registry,
    root: &PackageId,
    lock: &Lock,
    verified: &(impl Fn(&Described, usize, usize) -> Result<(), Failure> + Sync),
) -> Result<usize, Failure> {
    let dependencies = covered(root, lock)?;
    let count = AtomicUsize::new(0);
    parallel::for_each(&dependencies, |package| {
        let described = registry.describe(&package.id)?;
        agree(root, package, &described.entry.checksum)?;
        verified(&described, count.fetch_add(1, Ordering::Relaxed) + 1, dependencies.len())
    })?;
    let needs = |package: &PackageId| {
        let index = registry.index(&package.name).ok();
        index.and_then(|index| Some(index.entry(&package.version)?.needs.clone())).unwrap_or_default()
    };
    let mut needed = lock.always_needed(root, needs);
    needed.retain(|package| package.id != *root);
    parallel::for_each(&needed, |package| registry.crate_file(&package.id).map(drop))?;
    Ok(dependencies.len())
}

/// The lock's packages without `root` itself, all of the default registry.
fn covered<'a>(root: &PackageId, lock: &'a Lock) -> Result<Vec<&'a LockedPackage>, NotCovered> {
    let is_root = |package: &LockedPackage| package.id == *root && package.source == PackageSource::Path;
    let (covered, others): (Vec<_>, Vec<_>) =
        lock.packages().iter().filter(|package| !is_root(package)).partition(|package| {
            package.source == PackageSource::DefaultRegistry && package.checksum.is_some()
        });
    match others.is_empty() {
        true => Ok(covered),
        false => Err(NotCovered { root: root.clone(), packages: others.into_iter().cloned().collect() }),
    }
}

fn agree(root: &PackageId, package: &LockedPackage, indexed: &str) -> Result<(), Box<ChecksumMismatch>> {
    let locked = package.checksum.as_deref().unwrap_or_default();
    if locked == indexed {
        return Ok(());
    }
    Err(Box::new(ChecksumMismatch {
        package: package.id.clone(),
        one: (Statement::Lock(root.clone()), locked.to_owned()),
        other: (Statement::Index, indexed.to_owned()),
    }))
}

/// Two statements about the SHA-256 of one `.crate` file that differ.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "wrong software: the SHA-256 of {package} is {} by {}, and {} by {}", one.1, one.0, other.1, other.0
)]
pub struct ChecksumMismatch {
    /// The package.
    pub package: PackageId,
    /// Who states which SHA-256.
    pub one: (Statement, String),
    /// Who states which other SHA-256.
    pub other: (Statement, String),
}

/// Who states a checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// The Cargo.lock of this package.
    Lock(PackageId),
    /// The verified index.
    Index,
    /// The signed metadata of the file.
    SignedMetadata,
    /// The file itself, which is the one that its metadata describes.
    Bytes,
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lock(package) => write!(f, "the Cargo.lock of {package}"),
            Self::Index => f.write_str("the signed index"),
            Self::SignedMetadata => f.write_str("the signed metadata of the file"),
            Self::Bytes => f.write_str("the file itself"),
        }
    }
}

/// Packages that the repository cannot vouch for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotCovered {
    /// The package whose Cargo.lock names them.
    pub root: PackageId,
    /// The packages.
    pub packages: Vec<LockedPackage>,
}

impl std::error::Error for NotCovered {}

impl fmt::Display for NotCovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not covered: the Cargo.lock of {} uses", self.root)?;
        for (number, package) in self.packages.iter().enumerate() {
            write!(f, "{} {} ", if number == 0 { "" } else { "," }, package.id)?;
            match &package.source {
                PackageSource::DefaultRegistry => f.write_str("without a checksum")?,
                PackageSource::OtherRegistry(url) => write!(f, "of the registry {url}")?,
                PackageSource::Git(url) => write!(f, "of the git repository {url}")?,
                PackageSource::Path => f.write_str("of a folder")?,
            }
        }
        Ok(())
    }
}
