//! A folder that nobody else can write to.

use std::fs;
use std::path::Path;

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

/// Sees that nobody but the user and root can write to a folder, or put another one in its place. A folder that is not
/// there has nothing in it that could be trusted by mistake.
///
/// # Errors
/// [`Error::StateFolder`].
#[cfg(unix)]
pub(crate) fn check(folder: &Path) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;

    if !folder.exists() {
        return Ok(());
    }
    let failed = |cause| Error::io("read", folder, cause);
    let folder = folder.canonicalize().map_err(failed)?;
    let own = own_uid(&folder)?;
    for (number, part) in folder.ancestors().enumerate() {
        let found = fs::metadata(part).map_err(failed)?;
        let refused = |reason: String| Error::StateFolder { path: part.to_owned(), reason };
        let is_leaf = number == 0;
        if found.uid() != own && (is_leaf || found.uid() != 0) {
            return Err(refused(format!("it belongs to the user with the number {}", found.uid())));
        }
        if let Some(who) = writers(&found, is_leaf) {
            return Err(refused(format!("{who} can write to it")));
        }
    }
    Ok(())
}

/// Nobody can be told apart here.
#[cfg(not(unix))]
pub(crate) fn check(_folder: &Path) -> Result<(), Error> {
    Ok(())
}

/// Who else can write to a folder. In a sticky folder, such as that for temporary files, everybody can make files, and
/// nobody can replace another user's. A group with the number of the owner is the owner's own, as Debian and Fedora make
/// it for each user, with a file mode mask to match.
#[cfg(unix)]
fn writers(found: &fs::Metadata, is_leaf: bool) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;

    const STICKY: u32 = 0o1000;
    let mode = found.mode();
    let guarded = !is_leaf && mode & STICKY != 0;
    let own_group = !is_leaf && found.gid() == found.uid();
    match mode {
        _ if guarded => None,
        mode if mode & 0o002 != 0 => Some("everybody"),
        mode if mode & 0o020 != 0 && !own_group => Some("a group"),
        _ => None,
    }
}

/// The number of the user: that of the owner of a file that is made for this.
#[cfg(unix)]
fn own_uid(folder: &Path) -> Result<u32, Error> {
    use std::os::unix::fs::MetadataExt;

    let failed = |cause| Error::io("write to the folder", folder, cause);
    let file = tempfile::tempfile_in(folder).map_err(failed)?;
    Ok(file.metadata().map_err(failed)?.uid())
}
