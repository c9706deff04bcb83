//! The lock of a trusted store.

use std::path::Path;
use std::time::Duration;

use tuf_files::{FileLock, LockError};

use super::{Guard, StoreError};

impl Guard for FileLock {}

/// Takes the lock for one alone, which is waited for as long as `patience`.
///
/// # Errors
/// [`StoreError::Open`], [`StoreError::Busy`].
pub(super) fn exclusive(
    path: &Path,
    patience: Duration,
    waiting: &mut dyn FnMut(),
) -> Result<FileLock, StoreError> {
    FileLock::exclusive(path, patience, waiting).map_err(|error| store_error(path, error))
}

/// Takes the lock together with other readers; none where there is no lock file, or none that this process may read, or
/// no locks in this file system: then what is read may be of two cycles.
///
/// # Errors
/// [`StoreError::Busy`].
pub(super) fn shared(
    path: &Path,
    patience: Duration,
    waiting: &mut dyn FnMut(),
) -> Result<Option<FileLock>, StoreError> {
    FileLock::shared(path, patience, waiting).map_err(|error| store_error(path, error))
}

fn store_error(path: &Path, error: LockError) -> StoreError {
    match error {
        LockError::Busy { path, waited, holder } => StoreError::Busy { path, waited, holder },
        LockError::Unusable { path, source } => StoreError::Open { path, source },
        other => StoreError::Open { path: path.to_owned(), source: std::io::Error::other(other) },
    }
}
