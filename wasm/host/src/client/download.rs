//! Target files on disk: written beside their place, moved there once they are verified.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use crate::client::Session;
use crate::client::digests::Digests;
use crate::error::Error;
use crate::target::Target;

/// What a download did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Downloaded {
    /// The file was fetched, verified and written.
    Fetched,
    /// The file was there already and verified; nothing was fetched.
    Unchanged,
}

/// Whether the file is there and the component accepts it as the target. A file that cannot be read is not there: it
/// is fetched and replaced.
pub(crate) fn is_there(session: &mut Session, target: &Target, at: &Path) -> Result<bool, Error> {
    let Some(digests) = hash_file(target, at) else {
        return Ok(false);
    };
    match session.check(target, digests) {
        Ok(()) => Ok(true),
        Err(Error::Failure(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The digests of a file of the target's length; none for any other.
fn hash_file(target: &Target, at: &Path) -> Option<Digests> {
    // Asked before it is opened: opening a named pipe would wait for a writer.
    let metadata = fs::metadata(at).ok()?;
    if !metadata.is_file() || metadata.len() != target.length {
        return None;
    }
    let file = File::open(at).ok()?;
    let mut digests = Digests::listed_by(target);
    let mut reader = BufReader::new(file).take(target.length.saturating_add(1));
    let mut chunk = vec![0; 64 << 10];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Some(digests),
            Ok(read) => digests.update(chunk.get(..read)?),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

/// Fetches the target beside its place and moves it there once it is verified.
pub(crate) fn fetch(session: &mut Session, target: &Target, to: &Path) -> Result<(), Error> {
    let unwritable = |source| Error::Output { path: to.to_owned(), source };
    let mut file = unfinished(to).map_err(unwritable)?;
    session.fetch(target, &mut |chunk| file.write_all(chunk).map_err(unwritable))?;
    file.as_file().sync_all().map_err(unwritable)?;
    file.persist(to).map_err(|error| unwritable(error.error))?;
    Ok(())
}

/// A file in the folder of `to`, deleted unless it is persisted.
fn unfinished(to: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".unfinished");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
