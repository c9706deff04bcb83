//! One publisher at a time.

use std::path::Path;
use std::time::Duration;

use tuf_files::{FileLock, LockError};

use crate::error::Error;
use crate::store::regular;

/// How long another publisher is waited for, unless a program says otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// The right to change a repository. Ends when it is dropped, or when the process does.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: FileLock,
}

impl Lock {
    /// Takes the lock, and calls `waiting` once where another process holds it.
    pub(crate) fn acquire(
        below: &Path,
        path: &Path,
        patience: Duration,
        waiting: &dyn Fn(),
    ) -> Result<Self, Error> {
        regular::without_links(below, path)?;
        match FileLock::exclusive(path, patience, &mut || waiting()) {
            Ok(file) => Ok(Self { _file: file }),
            Err(LockError::Busy { path, waited, holder }) => Err(Error::Locked { path, waited, holder }),
            Err(LockError::Unusable { path, source }) => Err(Error::io("lock", &path, source)),
            Err(other) => Err(Error::io("lock", path, std::io::Error::other(other))),
        }
    }
}
