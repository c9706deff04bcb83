//! Atomic writes, and what is left of them when a process dies.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

/// How the names of unfinished files begin. They never end in `.json`.
pub(super) const UNFINISHED: &str = ".unfinished-";

/// Times that a write is begun again when its unfinished file was taken for one that a dead process left.
const ATTEMPTS: usize = 16;

/// Replaces a file: a reader, and a crash at any moment, sees the old bytes or the new ones. When this returns, the
/// new ones outlive a power failure.
///
/// # Errors
/// The error of the operating system. The old file, if any, is as it was.
///
/// `fill` writes them, from the beginning each time that it is called.
pub(super) fn replace(
    folder: &Path,
    name: &str,
    mut fill: impl FnMut(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let mut result = Ok(());
    for _ in 0..ATTEMPTS {
        result = try_replace(folder, name, &mut fill);
        match &result {
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder.is_dir() => {}
            _ => break,
        }
    }
    result
}

/// Deletes a file, which need not be there. When this returns, it is gone for good.
///
/// # Errors
/// The error of the operating system.
pub(super) fn delete(folder: &Path, name: &str) -> io::Result<()> {
    match fs::remove_file(folder.join(name)) {
        Ok(()) => sync_folder(folder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Deletes what dead processes left unfinished. Whoever lives holds a lock on its unfinished file while it writes.
///
/// A file that cannot be deleted stays: it takes room and does no harm.
pub(super) fn clean(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            remove_if_abandoned(&entry.path());
        }
    }
}

/// Makes the entries of a folder outlive a power failure, where the system can.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some network file systems have no such thing.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        result => result,
    }
}

/// Windows writes the entries of a folder with the rename.
#[cfg(not(unix))]
pub(super) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

fn try_replace(
    folder: &Path,
    name: &str,
    fill: &mut impl FnMut(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let (path, file) = create_unfinished(folder)?;
    let written = write(file, fill).and_then(|()| fs::rename(&path, folder.join(name)));
    match written {
        Ok(()) => sync_folder(folder),
        Err(error) => {
            // The error that stopped the write is the one to report.
            let _ = fs::remove_file(&path);
            Err(error)
        }
    }
}

/// A new file with a name of its own.
fn create_unfinished(folder: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let path = folder.join(format!("{UNFINISHED}{:016x}", RandomState::new().hash_one(())));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes under a lock, which says that this process lives. The lock cannot be waited for: who else holds it, deletes
/// the file, and then renaming it fails.
fn write(mut file: File, fill: &mut impl FnMut(&mut File) -> io::Result<()>) -> io::Result<()> {
    let _ = file.try_lock();
    fill(&mut file)?;
    file.sync_all()
}

fn remove_if_abandoned(path: &Path) {
    if let Ok(file) = OpenOptions::new().write(true).open(path)
        && file.try_lock().is_ok()
    {
        let _ = fs::remove_file(path);
    }
}
