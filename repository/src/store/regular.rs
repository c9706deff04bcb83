//! Regular files below one folder, read without following symbolic links.
//!
//! Somebody who can write to a served folder could put a link there, and have a publisher read, sign for or replace a
//! file elsewhere. So every part of a path below the folder must be what it is named: a folder, and at the end a file.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path};

use crate::error::Error;

/// Opens a regular file below a folder; none where there is no such file.
///
/// # Errors
/// [`Error::SymbolicLink`]; [`Error::Unreadable`] for a device, a pipe or a folder: opening a pipe could wait for ever.
pub(crate) fn open(below: &Path, path: &Path) -> Result<Option<File>, Error> {
    let Some(found) = without_links(below, path)? else { return Ok(None) };
    if !found.is_file() {
        return Err(Error::unreadable(path, "it is no regular file"));
    }
    let file = match File::open(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|cause| Error::io("read", path, cause))?,
    };
    let opened = file.metadata().map_err(|cause| Error::io("read", path, cause))?;
    match is_same(&found, &opened) {
        true => Ok(Some(file)),
        // Another file has taken its place since it was looked at.
        false => Err(Error::SymbolicLink(path.to_owned())),
    }
}

/// Reads a regular file below a folder, at most one byte more than `most`; none where there is no such file.
///
/// # Errors
/// As for [`open`]; [`Error::Io`].
pub(crate) fn read(below: &Path, path: &Path, most: u64) -> Result<Option<Vec<u8>>, Error> {
    let Some(file) = open(below, path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|cause| Error::io("read", path, cause))?;
    Ok(Some(bytes))
}

/// Sees that no part of a path below a folder is a symbolic link. Gives what is at its end; none where nothing is.
///
/// # Errors
/// [`Error::SymbolicLink`]; [`Error::Io`].
pub(crate) fn without_links(below: &Path, path: &Path) -> Result<Option<Metadata>, Error> {
    let inside = path.strip_prefix(below).unwrap_or(path);
    let mut current = below.to_owned();
    let mut found = None;
    for part in inside.components() {
        // A path with `..` would leave the folder without a link.
        if matches!(part, Component::ParentDir) {
            return Err(Error::unreadable(path, "it leads out of the folder"));
        }
        current.push(part);
        match fs::symlink_metadata(&current) {
            Ok(metadata) if metadata.is_symlink() => return Err(Error::SymbolicLink(current)),
            Ok(metadata) => found = Some(metadata),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(Error::io("read", &current, cause)),
        }
    }
    Ok(found)
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    one.is_file() == other.is_file()
}
