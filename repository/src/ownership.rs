//! Who can change, or read, what is at a path.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A part of a path that another user can change, and how.
#[derive(Debug)]
pub struct Changeable {
    /// The file, or the folder above it.
    pub path: PathBuf,
    /// Its owner or its mode, in words.
    pub reason: String,
}

/// Whether nobody but this process's user and root can change what is at a path: neither the file, nor a folder above
/// it, nor what a link on the way leads to. A missing path is as safe as its parent folder.
///
/// Where a system has no owners and modes, nothing is refused.
///
/// # Errors
/// The part that others can change; a part that cannot be looked at.
pub fn check_unchangeable(path: &Path) -> Result<(), Changeable> {
    let failed = |cause: io::Error| Changeable { path: path.to_owned(), reason: cause.to_string() };
    for part in std::path::absolute(path).map_err(failed)?.ancestors() {
        let found = match fs::symlink_metadata(part) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Changeable { path: part.to_owned(), reason: error.to_string() }),
        };
        if let Some(reason) = foreign(&found) {
            return Err(Changeable { path: part.to_owned(), reason });
        }
        if found.is_symlink() {
            match fs::canonicalize(part) {
                Ok(target) => check_unchangeable(&target)?,
                // A link that leads nowhere has no content.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Changeable { path: part.to_owned(), reason: error.to_string() }),
            }
        }
    }
    Ok(())
}

/// Why other users can change a file, a folder or a link; none where they cannot.
#[cfg(unix)]
fn foreign(found: &fs::Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt;

    const GROUP: u32 = 0o020;
    const OTHERS: u32 = 0o002;
    /// Others may add entries, and cannot touch those that are not theirs.
    const STICKY: u32 = 0o1000;
    let (owner, mode) = (found.uid(), found.mode());
    if owner != 0 && owner != nix::unistd::geteuid().as_raw() {
        return Some(format!("it belongs to user {owner}"));
    }
    let is_guarded = found.is_dir() && mode & STICKY != 0;
    // The mode of a link says nothing: it is changed through its folder.
    let by_others = mode & OTHERS != 0 || mode & GROUP != 0 && !is_private(found.gid());
    let is_writable = by_others && !found.is_symlink() && !is_guarded;
    is_writable.then(|| format!("other users can write to it (mode {:o})", mode & 0o7777))
}

/// Whether nobody but this user is in a group: many systems give each user a group, and let it write to the user's files.
#[cfg(unix)]
fn is_private(group: u32) -> bool {
    use nix::unistd::{Gid, Group, User, geteuid};

    let (Ok(Some(user)), Ok(Some(group))) =
        (User::from_uid(geteuid()), Group::from_gid(Gid::from_raw(group)))
    else {
        return false;
    };
    user.gid == group.gid && user.name == group.name && group.mem.iter().all(|member| *member == user.name)
}

#[cfg(not(unix))]
fn foreign(_: &fs::Metadata) -> Option<String> {
    None
}
