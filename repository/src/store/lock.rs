//! One publisher at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::error::Error;

/// The right to change a repository. Ends when it is dropped, or when the process does.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, and calls `waiting` once where another process holds it.
    pub(crate) fn acquire(path: &Path, waiting: &dyn Fn()) -> Result<Self, Error> {
        let failed = |cause| Error::io("lock", path, cause);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(failed)?;
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
