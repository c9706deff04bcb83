//! What root alone may change or make: stricter than [`Owners::check`], for a daemon of root's goes on to read these paths.

use std::fs;
use std::path::{Path, absolute};

use tuf_files::{Exposed, Owners};

/// Links on the way that are followed, as many as Linux follows.
const MOST_LINKS: usize = 40;

/// Refuses a file that somebody who is not root can change, or be the first to make. In a folder with the sticky bit,
/// everybody can make what is missing.
///
/// # Errors
/// The part that somebody else can change.
pub(crate) fn only_root_changes(path: &Path) -> Result<(), Exposed> {
    Owners::root().check(path)?;
    let Ok(mut path) = absolute(path) else { return Ok(()) };
    // More links than these are refused above.
    for _ in 0..MOST_LINKS {
        let there = path.ancestors().find_map(|part| Some((part, fs::symlink_metadata(part).ok()?)));
        match there {
            Some((link, found)) if found.is_symlink() => {
                let Ok(target) = fs::read_link(link) else { return Ok(()) };
                let rest = path.strip_prefix(link).unwrap_or(Path::new(""));
                let target = link.parent().unwrap_or(link).join(target);
                path = if rest.as_os_str().is_empty() { target } else { target.join(rest) };
            }
            // The nearest folder in which it can be made.
            Some((folder, _)) if folder != path => return Owners::root().check_private_folder(folder),
            _ => return Ok(()),
        }
    }
    Ok(())
}

/// Refuses a folder to which somebody who is not root can add something, whoever owns what is in it.
///
/// # Errors
/// The part that somebody else can change.
pub(crate) fn only_root_adds(folder: &Path) -> Result<(), Exposed> {
    only_root_changes(folder)?;
    Owners::root().check_private_folder(folder)
}
