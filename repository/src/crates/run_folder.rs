//! The folder that cargo works in: nobody else can write to it, or to a folder above it.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tuf_files::{FileLock, Owners};

use crate::error::Error;
use crate::store;

/// A folder of one run, which only this user can enter.
///
/// ```text
/// $CARGO_HOME/tuf/publish/lock            held while folders are made and deleted
/// $CARGO_HOME/tuf/publish/<random>/lock   held while the run lasts
/// ```
/// It is not in the system's temporary folder: cargo looks for configuration, manifests and toolchains in every folder
/// above, and there anybody could put one.
#[derive(Debug)]
pub(super) struct RunFolder {
    // Dropped first: on some systems a locked file cannot be deleted.
    _lock: FileLock,
    folder: TempDir,
}

/// The file whose lock says that a run is going on.
const LOCK: &str = "lock";

/// How long another run is waited for that makes its folder.
const PATIENCE: Duration = Duration::from_secs(60);

impl RunFolder {
    /// Makes the folder, and deletes those of runs that were killed. It goes when this is dropped.
    ///
    /// # Errors
    /// [`Error::OthersCanWrite`] where another user could replace it; [`Error::Io`].
    pub(super) fn create(cargo_home: &Path) -> Result<Self, Error> {
        let runs = cargo_home.join("tuf").join("publish");
        make_private(&runs).map_err(|cause| Error::io("create the folder", &runs, cause))?;
        // From here on nobody else can put anything into this folder, or another folder in its place.
        Owners::user().check(&runs)?;
        // Held while folders are made and deleted, so that none is deleted before its run holds its lock.
        let _making = locked(&runs.join(LOCK))?;
        sweep(&runs);
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder =
            builder.tempdir_in(&runs).map_err(|cause| Error::io("create a folder in", &runs, cause))?;
        // Some file systems, such as those of other systems' disks, give every file the same owner and mode.
        Owners::user().check(folder.path())?;
        Ok(Self { _lock: locked(&folder.path().join(LOCK))?, folder })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The user's CARGO_HOME.
///
/// # Errors
/// [`Error::Cargo`] where the user has no home.
pub(super) fn user_home() -> Result<PathBuf, Error> {
    let home = env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let home =
        home.ok_or_else(|| Error::Cargo("there is no home folder, and CARGO_HOME is not set".into()))?;
    std::path::absolute(&home).map_err(|cause| Error::io("find", &home, cause))
}

fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Making and deleting folders takes moments: whoever holds the lock for longer has stopped, or is no publisher.
fn locked(path: &Path) -> Result<FileLock, Error> {
    FileLock::exclusive(path, PATIENCE, &mut || {}).map_err(|error| store::refused(path, error))
}

/// Deletes the folders whose runs ended without doing so. One that cannot be deleted harms nobody.
fn sweep(runs: &Path) {
    let Ok(entries) = fs::read_dir(runs) else { return };
    for entry in entries.flatten() {
        let ended = File::open(entry.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
        if ended {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
