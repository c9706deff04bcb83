//! One publisher at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::error::Error;
use crate::store::regular;

/// The right to change a repository. Ends when it is dropped, or when the process does.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, and calls `waiting` once where another process holds it. Only the owner can open the file: whoever
    /// can open it can hold it for ever.
    pub(crate) fn acquire(below: &Path, path: &Path, waiting: &dyn Fn()) -> Result<Self, Error> {
        let failed = |cause| Error::io("lock", path, cause);
        regular::without_links(below, path)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(failed)?;
        // A lock file of an older version may be open to all. Another user's stays as its owner made it.
        #[cfg(unix)]
        let _not_ours = file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waiting();
                file.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        Ok(Self { _file: file })
    }
}
