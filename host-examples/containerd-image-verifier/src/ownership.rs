//! Who can change what decides.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Write for the group, write for others.
const GROUP: u32 = 0o020;
const OTHERS: u32 = 0o002;
/// Where others may write, but not touch what is not theirs.
const STICKY: u32 = 0o1000;

/// Whether root alone can change what is at a path: neither it, nor what a link leads to, nor a folder above of either.
/// What is not there is as its folder is.
///
/// # Errors
/// The part that others can change, and why.
pub(crate) fn only_root(path: &Path) -> Result<(), (PathBuf, String)> {
    for part in path.ancestors().filter(|part| !part.as_os_str().is_empty()) {
        match fs::symlink_metadata(part) {
            // A link is changed through its folder.
            Ok(link) if link.is_symlink() => match fs::canonicalize(part) {
                Ok(target) => only_root(&target)?,
                // What is not there decides nothing.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err((part.to_owned(), error.to_string())),
            },
            Ok(found) => writable(&found).map_or(Ok(()), |why| Err((part.to_owned(), why)))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err((part.to_owned(), error.to_string())),
        }
    }
    Ok(())
}

/// Why somebody who is not root can change a file or a folder itself; none where nobody can.
pub(crate) fn writable(found: &Metadata) -> Option<String> {
    if found.uid() != 0 {
        return Some(format!("it belongs to user {}, not to root", found.uid()));
    }
    let (mode, guarded) = (found.mode(), found.is_dir() && found.mode() & STICKY != 0);
    if mode & OTHERS != 0 && !guarded {
        return Some(format!("everybody can write to it (mode {:o})", mode & 0o7777));
    }
    // Where there is an access list, these bits say what it grants at most, to whomever.
    if mode & GROUP != 0 && !guarded {
        return Some(format!("group {} can write to it (mode {:o})", found.gid(), mode & 0o7777));
    }
    None
}
