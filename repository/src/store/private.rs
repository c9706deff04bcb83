//! Folders and files that nobody else can change: the rules are those of `tuf-files`.

use std::fs::File;
use std::path::Path;

use cap_std::fs::Dir;
use tuf_files::{Owners, make_private_folder};

use crate::error::Error;

/// Makes a folder for its owner alone, where there is none.
///
/// # Errors
/// [`Error::Io`]; as for [`check`].
pub(crate) fn prepare(folder: &Path) -> Result<(), Error> {
    make_private_folder(folder).map_err(|cause| Error::io("create the folder", folder, cause))?;
    check(folder)
}

/// Checks that a folder is the user's, and that nobody else can write to it or put another one in its place. A missing
/// folder is as safe as what is above it.
///
/// # Errors
/// [`Error::OthersCanWrite`]; [`Error::Io`] for a part that cannot be looked at.
pub(crate) fn check(folder: &Path) -> Result<(), Error> {
    Ok(Owners::user().check_private_folder(folder)?)
}

/// Checks that an opened folder is the user's, and that nobody else can write to it.
///
/// # Errors
/// [`Error::OthersCanWrite`]; [`Error::Io`] where it cannot be looked at.
pub(crate) fn check_opened(folder: &Dir, path: &Path) -> Result<(), Error> {
    let opened = folder.try_clone().map_err(|cause| Error::io("look at", path, cause))?.into_std_file();
    Ok(Owners::user().check_private_opened(&opened, path)?)
}

/// Checks that a file or folder belongs to the user or to root, and that nobody else can change it or put another one in
/// its place. A group that nobody but the owner is in counts as the owner. A missing file is as safe as what
/// is above it.
///
/// # Errors
/// [`Error::OthersCanWrite`]; [`Error::Io`] for a part that cannot be looked at.
pub fn check_own(path: &Path) -> Result<(), Error> {
    Ok(Owners::user().check(path)?)
}

/// Whether nobody but the user and root can change the bytes of an opened file.
pub(crate) fn is_own(file: &File, path: &Path) -> bool {
    Owners::user().check_opened(file, path).is_ok()
}
