//! A folder that nobody else can write to.

use std::fs;
use std::path::Path;

use tuf_files::{Exposure, Owners};

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

/// Refuses a folder that anybody but the user can write to, or that others can replace. A missing folder is as safe as
/// its parent directory.
///
/// # Errors
/// [`Error::OthersCanWrite`].
pub(crate) fn check(folder: &Path) -> Result<(), Error> {
    check_own(folder)?;
    alone(folder)
}

/// Refuses a file or folder that anybody but the user and root can change or replace. The path is judged as it is named:
/// a link on the way counts, with the folder that it is in and with what it leads to. The user's private group counts as
/// the user. A missing path is as safe as its parent directory.
///
/// # Errors
/// [`Error::OthersCanWrite`].
pub fn check_own(path: &Path) -> Result<(), Error> {
    Owners::of_this_process().check(path).map_err(|exposed| {
        let reason = match exposed.exposure {
            Exposure::Unknown(cause) => cause.to_string(),
            exposure => format!("it {exposure}"),
        };
        Error::OthersCanWrite { path: exposed.path, reason }
    })
}

/// Sees that a folder itself is the user's, and that no group can write to it: what it has is signed as it is read.
#[cfg(unix)]
fn alone(folder: &Path) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;

    let found = match fs::metadata(folder) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        found => found.map_err(|cause| Error::io("read", folder, cause))?,
    };
    let refused = |reason: String| Err(Error::OthersCanWrite { path: folder.to_owned(), reason });
    match found.mode() & 0o7777 {
        _ if found.uid() != nix::unistd::geteuid().as_raw() => {
            refused(format!("it belongs to user {}", found.uid()))
        }
        mode if mode & 0o022 != 0 => refused(format!("others can write to it (mode {mode:04o})")),
        _ => Ok(()),
    }
}

/// Systems without Unix permissions are not checked.
#[cfg(not(unix))]
fn alone(_folder: &Path) -> Result<(), Error> {
    Ok(())
}
