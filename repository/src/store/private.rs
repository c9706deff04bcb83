//! Folders and files that nobody else can change: the rules are those of `tuf-files`.

use std::fs;
use std::io;
use std::path::Path;

use tuf_files::Owners;

use crate::error::Error;

/// Makes a folder for its owner alone, where there is none.
///
/// # Errors
/// [`Error::Io`]; as for [`check`].
pub(crate) fn prepare(folder: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|cause| Error::io("create the folder", folder, cause))?;
    check(folder)
}

/// Checks that a folder is the user's, and that nobody else can write to it or put another one in its place. A missing
/// folder holds nothing that could be trusted by mistake.
///
/// # Errors
/// [`Error::OthersCanWrite`]; [`Error::Io`] for a part that cannot be looked at.
pub(crate) fn check(folder: &Path) -> Result<(), Error> {
    if is_missing(folder) {
        return Ok(());
    }
    Ok(Owners::user().check_private_folder(folder)?)
}

/// Checks that a file or folder belongs to the user or to root, and that nobody else can change it or put another one in
/// its place. A group that nobody but the owner is in counts as the owner. A missing file is accepted.
///
/// # Errors
/// [`Error::OthersCanWrite`]; [`Error::Io`] for a part that cannot be looked at.
pub fn check_own(path: &Path) -> Result<(), Error> {
    if is_missing(path) {
        return Ok(());
    }
    Ok(Owners::user().check(path)?)
}

fn is_missing(path: &Path) -> bool {
    // A link that leads nowhere is not missing: somebody else may own it.
    matches!(fs::symlink_metadata(path), Err(error) if error.kind() == io::ErrorKind::NotFound)
}
