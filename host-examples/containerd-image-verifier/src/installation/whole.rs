//! Files that are there with all their bytes, or not at all.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::NamedTempFile;

/// Who may read a file that root writes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Readers {
    Everybody,
    /// There is a password in it.
    Root,
}

/// Writes a file that was not there before.
///
/// # Errors
/// There is one, or it cannot be written.
pub(super) fn create(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let folder = folder(path)?;
    written(folder, bytes, readers)?.persist_noclobber(path).map_err(|error| error.error)?;
    kept(folder)
}

/// Writes a file, in place of one that may be there.
///
/// # Errors
/// It cannot be written.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder(path)?;
    written(folder, bytes, Readers::Everybody)?.persist(path).map_err(|error| error.error)?;
    kept(folder)
}

fn folder(path: &Path) -> io::Result<&Path> {
    path.parent().ok_or_else(|| io::Error::new(io::ErrorKind::IsADirectory, "it is no file"))
}

fn written(folder: &Path, bytes: &[u8], readers: Readers) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    let mode = match readers {
        Readers::Everybody => 0o644,
        Readers::Root => 0o600,
    };
    file.as_file().set_permissions(Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// The name is kept with the folder.
fn kept(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
