//! A `.crate` file (gzipped tar) and the Cargo.lock in it.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use crate::package::PackageId;

/// Most bytes that are unpacked while looking for the lock, as cargo limits itself.
const MAX_UNPACKED: u64 = 512 * 1024 * 1024;
/// Most bytes of a Cargo.lock.
const MAX_LOCK: u64 = 16 * 1024 * 1024;

/// The bytes of a `.crate` file become the text of the Cargo.lock in it; none where it has no lock.
///
/// # Errors
/// Bytes that are no `.crate` file of this package, or one in which it depends on the reader which lock counts.
pub fn embedded_lock(package: &PackageId, bytes: &[u8]) -> Result<Option<String>, CrateFileError> {
    let error = |defect| CrateFileError { package: package.clone(), defect };
    let folder = format!("{}-{}", package.name, package.version);
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes).take(MAX_UNPACKED));
    let mut lock = None;
    for entry in archive.entries().map_err(|e| error(Defect::Archive(e.to_string())))? {
        let mut entry = entry.map_err(|e| error(Defect::Archive(e.to_string())))?;
        let path = entry.path().map_err(|e| error(Defect::Archive(e.to_string())))?.into_owned();
        let inside = path_inside(&path, &folder).ok_or_else(|| error(Defect::Outside(path.clone())))?;
        if !inside.as_os_str().eq_ignore_ascii_case("Cargo.lock") {
            continue;
        }
        if lock.is_some() || !entry.header().entry_type().is_file() || inside.as_os_str() != "Cargo.lock" {
            return Err(error(Defect::AmbiguousLock));
        }
        lock = Some(read_lock(&mut entry).map_err(error)?);
    }
    Ok(lock)
}

/// A `.crate` file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed crate file: {package}: {defect}")]
pub struct CrateFileError {
    /// The package whose file it is.
    pub package: PackageId,
    /// What is wrong.
    pub defect: Defect,
}

/// What is wrong with a `.crate` file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// Not a gzipped tar file, or one that is cut off.
    #[error("{0}")]
    Archive(String),
    /// A file outside of the package's folder.
    #[error("the file {} is outside of the package's folder", .0.display())]
    Outside(PathBuf),
    /// More than one Cargo.lock, or one that is no regular file.
    #[error("more than one file could be its Cargo.lock")]
    AmbiguousLock,
    /// A Cargo.lock of more bytes than are read.
    #[error("its Cargo.lock is longer than {MAX_LOCK} bytes")]
    LongLock,
    /// A Cargo.lock that is not UTF-8.
    #[error("its Cargo.lock is not UTF-8")]
    LockNotText,
}

/// The path below the package's folder, with `.` taken out; none where it leads elsewhere.
fn path_inside(path: &Path, folder: &str) -> Option<PathBuf> {
    let mut components = path.components().filter(|component| *component != Component::CurDir);
    if components.next()? != Component::Normal(folder.as_ref()) {
        return None;
    }
    let plain = |component| match component {
        Component::Normal(name) => Some(name),
        _ => None,
    };
    components.map(plain).collect()
}

fn read_lock(entry: &mut impl Read) -> Result<String, Defect> {
    let mut bytes = Vec::new();
    entry.take(MAX_LOCK + 1).read_to_end(&mut bytes).map_err(|error| Defect::Archive(error.to_string()))?;
    if bytes.len() as u64 > MAX_LOCK {
        return Err(Defect::LongLock);
    }
    String::from_utf8(bytes).map_err(|_| Defect::LockNotText)
}
