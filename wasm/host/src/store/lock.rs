//! The lock of a trusted store.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{Guard, StoreError};

/// An exclusive lock of the operating system on a file: it ends with its process, however that ends.
pub(super) struct FileLock {
    /// Closing the file releases the lock.
    _file: File,
}

impl Guard for FileLock {}

impl FileLock {
    /// Takes the lock, which may be held by another process or thread: then `waiting` is called once, and the lock is
    /// waited for, in the order of arrival where the system keeps one, for as long as `patience`.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::Busy`].
    pub(super) fn acquire(
        path: &Path,
        patience: Duration,
        waiting: &mut dyn FnMut(),
    ) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Open { path: path.to_owned(), source };
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => return Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => waiting(),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        match wait(file, patience).map_err(failed)? {
            Some(file) => Ok(Self { _file: file }),
            None => Err(StoreError::Busy { path: path.to_owned(), waited: patience }),
        }
    }
}

/// Waits in a thread, since the system knows no lock with a time limit. A thread that is given up gets the lock at
/// some time, finds nobody to hand it to, and so releases it.
fn wait(file: File, patience: Duration) -> io::Result<Option<File>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new().name("tuf store lock".to_owned()).spawn(move || {
        let locked = lock_despite_signals(&file).map(|()| file);
        let _ = sender.send(locked);
    })?;
    receiver.recv_timeout(patience).ok().transpose()
}

fn lock_despite_signals(file: &File) -> io::Result<()> {
    loop {
        match file.lock() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
