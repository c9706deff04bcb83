//! A `.crate` file (gzipped tar), and the Cargo.toml and Cargo.lock in it.
//!
//! Cargo unpacks the file by itself. What is read here must be what cargo finds in the folder afterwards, so that a file in
//! which it depends on the reader is refused: links, a name twice, more bytes than are looked at.

use std::collections::HashMap;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use crate::package::PackageId;

/// Most bytes that are unpacked. Cargo has the same limit for files of less than 26 MB.
const MAX_UNPACKED: u64 = 512 * 1024 * 1024;
/// Most bytes of a Cargo.lock, and of a Cargo.toml.
const MAX_TEXT: u64 = 16 * 1024 * 1024;

/// What a `.crate` file says of dependencies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrateTexts {
    /// Its Cargo.toml.
    pub manifest: Option<String>,
    /// Its Cargo.lock.
    pub lock: Option<String>,
}

/// Reads the bytes of a `.crate` file to their end.
///
/// # Errors
/// Bytes that are no `.crate` file of this package, or one in which it depends on the reader which files it has.
pub fn texts(package: &PackageId, bytes: &[u8]) -> Result<CrateTexts, CrateFileError> {
    read(package, bytes).map_err(|defect| CrateFileError { package: package.clone(), defect })
}

/// The archive in the bytes of a `.crate` file. Reading fails beyond the limit of unpacked bytes.
pub(crate) fn unpacked(bytes: &[u8]) -> tar::Archive<impl Read> {
    tar::Archive::new(Limited { inner: flate2::read::GzDecoder::new(bytes), left: MAX_UNPACKED })
}

fn read(package: &PackageId, bytes: &[u8]) -> Result<CrateTexts, Defect> {
    let mut archive = unpacked(bytes);
    let mut texts = CrateTexts::default();
    let mut names = HashMap::new();
    for entry in archive.entries().map_err(Defect::archive)? {
        let mut entry = entry.map_err(Defect::archive)?;
        let path = entry.path().map_err(Defect::archive)?.into_owned();
        let inside = path_inside(&path, package).ok_or_else(|| Defect::Outside(path.clone()))?;
        let kind = entry.header().entry_type();
        // A link makes one file of two names: `d -> .` and `d/Cargo.lock`.
        if !kind.is_file() && !kind.is_dir() {
            return Err(Defect::NotPlain(path));
        }
        // Some file systems do not tell upper case from lower case. A folder may be listed twice.
        let name = inside.to_string_lossy().to_lowercase();
        if names.insert(name.clone(), kind.is_file()).is_some_and(|was_file| was_file || kind.is_file()) {
            return Err(Defect::Twice(path));
        }
        let text = match name.as_str() {
            "cargo.lock" => &mut texts.lock,
            "cargo.toml" => &mut texts.manifest,
            _ => continue,
        };
        if !kind.is_file() || !["Cargo.lock", "Cargo.toml"].iter().any(|exact| inside.as_os_str() == *exact) {
            return Err(Defect::Misnamed(path));
        }
        *text = Some(read_text(&mut entry, &path)?);
    }
    Ok(texts)
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
    /// A link, a device or anything else that is neither file nor folder.
    #[error("{} is neither a file nor a folder", .0.display())]
    NotPlain(PathBuf),
    /// Two entries of one name, perhaps in other letter case or another spelling of the path.
    #[error("the name {} is there twice", .0.display())]
    Twice(PathBuf),
    /// A Cargo.lock or Cargo.toml in other letter case, or a folder of that name.
    #[error("{} is not the file that cargo reads under this name everywhere", .0.display())]
    Misnamed(PathBuf),
    /// It unpacks to more bytes than are looked at.
    #[error("it unpacks to more than {MAX_UNPACKED} bytes")]
    TooLong,
    /// A Cargo.lock or Cargo.toml of more bytes than are read.
    #[error("{} is longer than {MAX_TEXT} bytes", .0.display())]
    LongText(PathBuf),
    /// A Cargo.lock or Cargo.toml that is not UTF-8.
    #[error("{} is not UTF-8", .0.display())]
    NotText(PathBuf),
}

impl Defect {
    fn archive(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::FileTooLarge {
            Self::TooLong
        } else {
            Self::Archive(error.to_string())
        }
    }
}

/// Fails where more bytes come than are left: `Read::take` would end there as if the file did.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = u64::try_from(read)
            .ok()
            .and_then(|read| self.left.checked_sub(read))
            .ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}

/// The path below the package's folder, with `.` taken out; none where it leads elsewhere.
pub(crate) fn path_inside(path: &Path, package: &PackageId) -> Option<PathBuf> {
    let folder = format!("{}-{}", package.name, package.version);
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

fn read_text(entry: &mut impl Read, path: &Path) -> Result<String, Defect> {
    let mut bytes = Vec::new();
    entry.take(MAX_TEXT + 1).read_to_end(&mut bytes).map_err(Defect::archive)?;
    if bytes.len() as u64 > MAX_TEXT {
        return Err(Defect::LongText(path.to_path_buf()));
    }
    String::from_utf8(bytes).map_err(|_| Defect::NotText(path.to_path_buf()))
}
