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
/// [`Error::OthersCanWrite`].
pub(crate) fn check(folder: &Path) -> Result<(), Error> {
    owned(folder, Strictness::Alone)
}

/// Sees that a file or folder belongs to the user or to root, and that nobody else can write to it or put another one in
/// its place. The group of a user that is named after them counts as the user. What is not there is nobody's.
///
/// # Errors
/// [`Error::OthersCanWrite`].
pub fn check_own(path: &Path) -> Result<(), Error> {
    owned(path, Strictness::OwnGroup)
}

/// Who may write to the innermost folder or file. The folders above it may be the user's or root's, and writable by the
/// user's own group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    /// The user.
    Alone,
    /// The user, root, and the user's own group.
    OwnGroup,
}

#[cfg(unix)]
fn owned(path: &Path, strictness: Strictness) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;

    if !path.exists() {
        return Ok(());
    }
    let failed = |cause| Error::io("read", path, cause);
    let path = path.canonicalize().map_err(failed)?;
    let own = own_uid()?;
    for (number, part) in path.ancestors().enumerate() {
        let found = fs::metadata(part).map_err(failed)?;
        let refused = |reason: String| Error::OthersCanWrite { path: part.to_owned(), reason };
        let alone = number == 0 && strictness == Strictness::Alone;
        if found.uid() != own && (alone || found.uid() != 0) {
            return Err(refused(format!("it belongs to the user with the number {}", found.uid())));
        }
        if let Some(who) = writers(&found, alone) {
            return Err(refused(format!("{who} can write to it")));
        }
    }
    Ok(())
}

/// Nobody can be told apart here.
#[cfg(not(unix))]
fn owned(_path: &Path, _strictness: Strictness) -> Result<(), Error> {
    Ok(())
}

/// Who else can write to a folder. In a sticky folder, such as that for temporary files, everybody can make files, and
/// nobody can replace another user's. A group with the number of the owner is the owner's own, as Debian and Fedora make
/// it for each user, with a file mode mask to match.
#[cfg(unix)]
fn writers(found: &fs::Metadata, alone: bool) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;

    const STICKY: u32 = 0o1000;
    let mode = found.mode();
    let guarded = found.is_dir() && !alone && mode & STICKY != 0;
    let own_group = !alone && found.gid() == found.uid();
    match mode {
        _ if guarded => None,
        mode if mode & 0o002 != 0 => Some("everybody"),
        mode if mode & 0o020 != 0 && !own_group => Some("a group"),
        _ => None,
    }
}

/// The number of the user: that of the owner of a file that is made for this.
#[cfg(unix)]
fn own_uid() -> Result<u32, Error> {
    use std::os::unix::fs::MetadataExt;

    let failed = |cause| Error::io("write to the folder", &std::env::temp_dir(), cause);
    let file = tempfile::tempfile().map_err(failed)?;
    Ok(file.metadata().map_err(failed)?.uid())
}
