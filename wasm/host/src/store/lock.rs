//! The lock of a trusted store.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{Guard, StoreError};

/// A lock of the operating system on a file: it ends with its process, however that ends.
pub(super) struct FileLock {
    file: File,
}

impl Drop for FileLock {
    /// Releases the lock at once. Closing the file would release it as well, but not before every copy of it is closed that
    /// a process has which another thread is just starting.
    fn drop(&mut self) {
        // Where this fails, the lock ends when the file is closed.
        let _ = self.file.unlock();
    }
}

impl Guard for FileLock {}

/// Who else may hold the lock.
#[derive(Clone, Copy)]
enum Kind {
    /// Nobody.
    Exclusive,
    /// Others who only read.
    Shared,
}

impl FileLock {
    /// Takes the lock for one alone, which may be held by another process or thread: then `waiting` is called once, and
    /// the lock is waited for, in the order of arrival where the system keeps one, for as long as `patience`.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::Busy`].
    pub(super) fn acquire(
        path: &Path,
        patience: Duration,
        waiting: &mut dyn FnMut(),
    ) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        let opened = options.read(true).write(true).create(true).truncate(false).open(path);
        let file = opened.map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
        Self::lock(file, Kind::Exclusive, path, patience, waiting)
    }

    /// Takes the lock together with other readers, in the same way; none where there is no lock file, or none that this
    /// process may read, or no locks in this file system: then what is read may be of two cycles.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::Busy`].
    pub(super) fn share(
        path: &Path,
        patience: Duration,
        waiting: &mut dyn FnMut(),
    ) -> Result<Option<Self>, StoreError> {
        let Ok(file) = File::open(path) else { return Ok(None) };
        match Self::lock(file, Kind::Shared, path, patience, waiting) {
            Ok(lock) => Ok(Some(lock)),
            Err(StoreError::Open { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn lock(
        file: File,
        kind: Kind,
        path: &Path,
        patience: Duration,
        waiting: &mut dyn FnMut(),
    ) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Open { path: path.to_owned(), source };
        let tried = match kind {
            Kind::Exclusive => file.try_lock(),
            Kind::Shared => file.try_lock_shared(),
        };
        match tried {
            Ok(()) => return Ok(Self { file }),
            Err(TryLockError::WouldBlock) => waiting(),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        match wait(file, kind, patience).map_err(failed)? {
            Some(file) => Ok(Self { file }),
            None => Err(StoreError::Busy { path: path.to_owned(), waited: patience }),
        }
    }
}

/// Waits in a thread, since the system knows no lock with a time limit. A thread that is given up gets the lock at
/// some time, finds nobody to hand it to, and so releases it.
fn wait(file: File, kind: Kind, patience: Duration) -> io::Result<Option<File>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new().name("tuf store lock".to_owned()).spawn(move || {
        let locked = lock_despite_signals(&file, kind).map(|()| file);
        let _ = sender.send(locked);
    })?;
    receiver.recv_timeout(patience).ok().transpose()
}

fn lock_despite_signals(file: &File, kind: Kind) -> io::Result<()> {
    loop {
        let locked = match kind {
            Kind::Exclusive => file.lock(),
            Kind::Shared => file.lock_shared(),
        };
        match locked {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
