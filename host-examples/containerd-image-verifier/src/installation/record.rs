//! Which folder of verifiers the program was put into: a file beside the policy, for whoever removes the program later.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::link::gone;
use super::{InstallationError, at, whole};

fn file(policy: &Path) -> PathBuf {
    policy.with_file_name("installed-in")
}

/// Keeps the folder. It is kept before anything is put there.
///
/// # Errors
/// It cannot be written.
pub(super) fn keep(policy: &Path, folder: &Path) -> Result<(), InstallationError> {
    let file = file(policy);
    whole::replace(&file, folder.as_os_str().as_bytes()).map_err(at(&file))
}

/// The folder that was kept.
///
/// # Errors
/// It cannot be read.
pub(super) fn kept(policy: &Path) -> Result<Option<PathBuf>, InstallationError> {
    let file = file(policy);
    match fs::read(&file) {
        Ok(bytes) => Ok(Some(OsString::from_vec(bytes).into())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(&file)(error)),
    }
}

/// Forgets it, once nothing is there any more.
///
/// # Errors
/// It cannot be removed.
pub(super) fn forget(policy: &Path) -> Result<(), InstallationError> {
    let file = file(policy);
    gone(fs::remove_file(&file)).map_err(at(&file))
}
