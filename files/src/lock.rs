//! A lock that ends with its process, is waited for within a limit, and that strangers cannot take.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::Holder;

/// A lock of the operating system on a file: it ends with its process, however that ends.
#[derive(Debug)]
pub struct FileLock {
    file: File,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The file cannot be opened, or its file system has no locks.
    #[error("cannot lock {}", path.display())]
    Unusable {
        /// The lock file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// Another process or thread held the lock for too long.
    #[error("{} was locked for {} seconds{}", path.display(), waited.as_secs_f64(), by(holder.as_ref()))]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long the lock was waited for.
        waited: Duration,
        /// Who holds it, where the system tells.
        holder: Option<Holder>,
    },
}

impl Drop for FileLock {
    /// Releases the lock at once. Closing the file would release it as well, but not before every copy of it is closed that
    /// a process has which another thread is just starting.
    fn drop(&mut self) {
        // Where this fails, the lock ends when the file is closed.
        let _ = self.file.unlock();
    }
}

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
    /// The file is created if need be, for its owner alone (mode 0600): whoever can open a file can hold its lock, even one who
    /// may only read it. Where the file's folder is shared with a group, that group can open it too.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn exclusive(path: &Path, patience: Duration, waiting: &mut dyn FnMut()) -> Result<Self, LockError> {
        let opened = open_private(path);
        let file = opened.map_err(|source| LockError::Unusable { path: path.to_owned(), source })?;
        Self::lock(file, Kind::Exclusive, path, patience, waiting)
    }

    /// As [`exclusive`](Self::exclusive), for a lock file that the caller has opened for reading and writing, or made with the
    /// mode of [`mode_in`](Self::mode_in), below a folder that somebody else may write to: there a path may lead elsewhere
    /// by the time it is opened. `folder` describes the folder that the file was opened in; `path` is what errors say, and
    /// where the holder is looked for.
    ///
    /// # Errors
    /// [`LockError`]; [`LockError::Unusable`] for anything but a regular file.
    pub fn exclusive_opened(
        file: File,
        folder: &Metadata,
        path: &Path,
        patience: Duration,
        waiting: &mut dyn FnMut(),
    ) -> Result<Self, LockError> {
        let checked = check_regular(&file).and_then(|()| take_from_others(&file, Self::mode_in(folder)));
        checked.map_err(|source| LockError::Unusable { path: path.to_owned(), source })?;
        Self::lock(file, Kind::Exclusive, path, patience, waiting)
    }

    /// The mode of a lock file in a folder: its owner alone can open it, and the folder's group if that can write to the folder.
    /// 0 on systems without Unix permissions.
    #[must_use]
    pub fn mode_in(folder: &Metadata) -> u32 {
        #[cfg(unix)]
        return match std::os::unix::fs::MetadataExt::mode(folder) & 0o1020 {
            0o020 => 0o660,
            _ => 0o600,
        };
        #[cfg(not(unix))]
        {
            let _ = folder;
            0
        }
    }

    /// Takes the lock together with other readers, in the same way; none where there is no lock file, or none that this
    /// process may read, or no locks in this file system.
    ///
    /// # Errors
    /// [`LockError::Busy`].
    pub fn shared(
        path: &Path,
        patience: Duration,
        waiting: &mut dyn FnMut(),
    ) -> Result<Option<Self>, LockError> {
        let Ok(file) = open_regular(OpenOptions::new().read(true), path) else { return Ok(None) };
        match Self::lock(file, Kind::Shared, path, patience, waiting) {
            Ok(lock) => Ok(Some(lock)),
            Err(LockError::Unusable { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn lock(
        file: File,
        kind: Kind,
        path: &Path,
        patience: Duration,
        waiting: &mut dyn FnMut(),
    ) -> Result<Self, LockError> {
        let failed = |source| LockError::Unusable { path: path.to_owned(), source };
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
            None => {
                Err(LockError::Busy { path: path.to_owned(), waited: patience, holder: Holder::of(path) })
            }
        }
    }
}

/// The text after "locked": nothing where nobody is known.
fn by(holder: Option<&Holder>) -> String {
    holder.map(|holder| format!(" by {holder}")).unwrap_or_default()
}

/// Opens a lock file, makes it if need be, and takes it away from those who cannot write to its folder.
fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let allowed = FileLock::mode_in(&std::fs::metadata(folder)?);
        let file = open_regular(std::os::unix::fs::OpenOptionsExt::mode(&mut options, allowed), path)?;
        take_from_others(&file, allowed)?;
        Ok(file)
    }
    #[cfg(not(unix))]
    open_regular(&mut options, path)
}

/// Takes a lock file away from those who should not be able to open it.
#[cfg_attr(not(unix), allow(unused_variables))]
fn take_from_others(file: &File, allowed: u32) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let found = file.metadata()?;
        let mode = found.mode() & 0o777;
        // An earlier version let everybody read it. Only its owner can mend that; the lock is as good as before otherwise. A
        // file with a second name may be something else of the owner's.
        let is_ours = found.uid() == nix::unistd::geteuid().as_raw() && found.nlink() == 1;
        if mode & !allowed != 0 && is_ours {
            let _ = file.set_permissions(PermissionsExt::from_mode(mode & allowed));
        }
    }
    Ok(())
}

/// Opens a regular file. A link is not followed: who shares the folder would choose the file that is made, or whose mode is
/// changed. A pipe, which nobody may ever write to, is not waited for.
fn open_regular(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK);
    let file = options.open(path)?;
    check_regular(&file).map(|()| file)
}

fn check_regular(file: &File) -> io::Result<()> {
    match file.metadata()?.is_file() {
        true => Ok(()),
        false => Err(io::Error::other("it is not a regular file")),
    }
}

/// Waits in a thread, since the system knows no lock with a time limit. A thread that is given up gets the lock at
/// some time, finds nobody to hand it to, and so releases it.
fn wait(file: File, kind: Kind, patience: Duration) -> io::Result<Option<File>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new().name("file lock".to_owned()).spawn(move || {
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
