//! One publisher at a time.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::time::Duration;

#[cfg(unix)]
use cap_fs_ext::OpenOptionsExt;
use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::fs::OpenOptions;
use tuf_files::{FileLock, LockError};

use crate::error::Error;
use crate::store::folder::{Folder, Place};

/// How long another publisher is waited for, unless a program says otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// The right to change a repository. Ends when it is dropped, or when the process does.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: FileLock,
}

impl Lock {
    /// Takes the lock, and calls `waiting` once where another process holds it. Makes the lock file, and its folder below
    /// this one, if need be.
    ///
    /// # Errors
    /// [`Error::Locked`]; [`Error::SymbolicLink`]; [`Error::Io`].
    pub(crate) fn acquire(
        below: &Folder,
        path: &Path,
        patience: Duration,
        waiting: &dyn Fn(),
    ) -> Result<Self, Error> {
        let place = below.make_place(path)?;
        // Refuses a link by its name.
        place.look()?;
        let (file, folder) = open(&place).map_err(|cause| Error::io("lock", path, cause))?;
        let file = FileLock::exclusive_opened(file, &folder, path, patience, &mut || waiting());
        file.map(|file| Self { _file: file }).map_err(|error| refused(path, error))
    }
}

/// What a lock that is not had is to a publisher.
pub(crate) fn refused(path: &Path, error: LockError) -> Error {
    match error {
        LockError::Busy { path, waited, holder } => Error::Locked { path, waited, holder },
        LockError::Unusable { path, source } => Error::io("lock", &path, source),
        other => Error::io("lock", path, io::Error::other(other)),
    }
}

/// The lock file, and what is known of its folder.
fn open(place: &Place) -> io::Result<(File, Metadata)> {
    let folder = place.folder.try_clone()?.into_std_file().metadata()?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).follow(FollowSymlinks::No).nonblock(true);
    #[cfg(unix)]
    options.mode(FileLock::mode_in(&folder));
    Ok((place.folder.open_with(&place.name, &options)?.into_std(), folder))
}
