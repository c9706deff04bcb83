//! The link in containerd's folder of verifiers.
//!
//! A link, not a copy: an upgrade of the program is an upgrade of the verifier, and where the program is taken away,
//! pulls are blocked. One system call makes it and one removes it.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

use super::{InstallationError, at};

/// Its name among the verifiers.
pub(super) const NAME: &str = "tuf-image-verifier";

/// Makes the folder and the link in it, to a program.
///
/// # Errors
/// Something else has its name, or it cannot be made.
pub(super) fn make(folder: &Path, program: &Path) -> Result<PathBuf, InstallationError> {
    let link = folder.join(NAME);
    if !is_made(folder, program)? {
        fs::DirBuilder::new().recursive(true).mode(0o755).create(folder).map_err(at(folder))?;
        symlink(program, &link).map_err(at(&link))?;
    }
    Ok(link)
}

/// Whether the link is there, to this program.
///
/// # Errors
/// Something else has its name.
pub(super) fn is_made(folder: &Path, program: &Path) -> Result<bool, InstallationError> {
    let link = folder.join(NAME);
    match is_in(folder)? {
        true if fs::read_link(&link).is_ok_and(|target| target == program) => Ok(true),
        true => Err(InstallationError::VerifierExists(link)),
        false => Ok(false),
    }
}

/// Whether the folder has it. A file of its name that is no link was not put there by this program.
///
/// # Errors
/// There is such a file, or the folder cannot be read.
pub(super) fn is_in(folder: &Path) -> Result<bool, InstallationError> {
    let link = folder.join(NAME);
    match fs::symlink_metadata(&link) {
        Ok(found) if found.is_symlink() => Ok(true),
        Ok(_) => Err(InstallationError::VerifierExists(link)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(at(&link)(error)),
    }
}

/// Removes it.
///
/// # Errors
/// It cannot be removed.
pub(super) fn remove(folder: &Path) -> Result<(), InstallationError> {
    let link = folder.join(NAME);
    gone(fs::remove_file(&link)).map_err(at(&link))
}

/// The other verifiers in the folder.
pub(super) fn others(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let others = entries.filter(|name| name != OsStr::new(NAME));
    let mut others: Vec<String> = others.map(|name| name.to_string_lossy().into_owned()).collect();
    others.sort();
    others
}

/// What is not there need not be removed.
pub(super) fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
