//! Folders that their owner alone can enter: those that stay, and one for each run of a program.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::{Exposed, FileLock, LockError, Owners, open_regular};

/// Makes a folder that its owner alone can enter (mode 0700), and those above it that are missing. One that is there stays as it is.
///
/// # Errors
/// That of the operating system.
pub fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A folder of one run, which its owner alone can enter. It is deleted when this is dropped.
///
/// ```text
/// <runs>/lock            held while folders are made and deleted
/// <runs>/<random>/lock   held while the run lasts
/// ```
#[derive(Debug)]
pub struct RunFolder {
    // Dropped first: on some systems a locked file cannot be deleted.
    _lock: FileLock,
    folder: TempDir,
}

/// Why there is no folder for a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunFolderError {
    /// Somebody else can change the folder of the runs, or can replace it.
    #[error(transparent)]
    Exposed(#[from] Exposed),
    /// A lock cannot be had.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A folder cannot be made.
    #[error("cannot create {}", path.display())]
    Unusable {
        /// The folder, or the one in which it was to be.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

/// The file whose lock says that a run is going on.
const LOCK: &str = "lock";

/// How long another run is waited for that makes its folder. That takes moments: whoever holds the lock for longer has stopped,
/// or is no such program.
const PATIENCE: Duration = Duration::from_secs(60);

impl RunFolder {
    /// Makes a folder in `runs`, which is made first where it is missing, and deletes those of runs that were killed.
    ///
    /// # Errors
    /// [`RunFolderError`].
    pub fn create(runs: &Path, owners: &Owners) -> Result<Self, RunFolderError> {
        let unusable = |source| RunFolderError::Unusable { path: runs.to_owned(), source };
        make_private_folder(runs).map_err(unusable)?;
        // From here on nobody else can put anything into this folder, or another folder in its place.
        owners.check(runs)?;
        // Held while folders are made and deleted, so that none is deleted before its run holds its lock.
        let _making = locked(&runs.join(LOCK))?;
        sweep(runs);
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = builder.tempdir_in(runs).map_err(unusable)?;
        // Some file systems, such as those of other systems' disks, give every file the same owner and mode.
        owners.check(folder.path())?;
        Ok(Self { _lock: locked(&folder.path().join(LOCK))?, folder })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn locked(path: &Path) -> Result<FileLock, LockError> {
    FileLock::exclusive(path, PATIENCE, &mut || {})
}

/// Deletes the folders whose runs ended without doing so. One that cannot be deleted harms nobody.
fn sweep(runs: &Path) {
    let Ok(entries) = fs::read_dir(runs) else { return };
    for entry in entries.flatten() {
        let lock = entry.path().join(LOCK);
        // Somebody may have put a pipe there, whose other end nobody opens.
        let is_file = fs::symlink_metadata(&lock).is_ok_and(|found| found.is_file());
        if is_file && open_regular(&lock).is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
