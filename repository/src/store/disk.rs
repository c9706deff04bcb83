//! Atomic, durable writes below one folder.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use crate::error::Error;
use crate::store::{hashing, regular};

/// One change of the folder, about to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Write<'p> {
    /// A file that must not be there yet.
    Create(&'p Path),
    /// A file that takes the place of one that may be there.
    Replace(&'p Path),
    /// A file that goes.
    Remove(&'p Path),
}

/// Sees every change before it is made. A refusal leaves the folder as a crash at this point would.
pub trait WriteObserver: Send + Sync {
    /// Called before each change.
    ///
    /// # Errors
    /// Any error stops the operation at this point.
    fn before(&self, write: Write<'_>) -> io::Result<()>;
}

/// What became of a file that was to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Created {
    /// It is new.
    New,
    /// It was there, with the same bytes.
    Same,
}

/// Atomic, durable writes below one folder, none of them through a symbolic link.
#[derive(Clone)]
pub(crate) struct Disk {
    folder: PathBuf,
    temporary: PathBuf,
    observer: Option<Arc<dyn WriteObserver>>,
}

impl Disk {
    /// Writes below a folder by way of one for unfinished files in it, which must be on the same file system.
    pub(crate) fn new(folder: &Path, temporary: PathBuf) -> Self {
        Self { folder: folder.to_owned(), temporary, observer: None }
    }

    /// Shows every change to an observer first.
    pub(crate) fn observe(&mut self, observer: Arc<dyn WriteObserver>) {
        self.observer = Some(observer);
    }

    /// An unfinished file. It disappears unless it is given to [`Disk::keep`].
    pub(crate) fn temporary(&self) -> Result<NamedTempFile, Error> {
        let failed = |cause| Error::io("write to the folder", &self.temporary, cause);
        self.refuse_links(&self.temporary)?;
        fs::create_dir_all(&self.temporary).map_err(failed)?;
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.tempfile_in(&self.temporary).map_err(failed)
    }

    /// Gives an unfinished file its name, where no file has it yet.
    pub(crate) fn keep(&self, file: NamedTempFile, path: &Path) -> Result<Created, Error> {
        let failed = |cause| Error::io("create", path, cause);
        file.as_file().sync_all().map_err(failed)?;
        self.refuse_links(path)?;
        self.announce(Write::Create(path)).map_err(failed)?;
        make_parent(path)?;
        match file.persist_noclobber(path) {
            Ok(_) => sync_parent(path).map(|()| Created::New),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                self.same_or_conflict(error.file.path(), path)
            }
            Err(error) => Err(failed(error.error)),
        }
    }

    /// Creates a file. Equal bytes under its name are left as they are, other bytes are [`Error::Conflict`].
    pub(crate) fn create(&self, path: &Path, bytes: &[u8]) -> Result<Created, Error> {
        self.keep(self.filled(path, bytes)?, path)
    }

    /// Writes a file in the place of one that may be there.
    pub(crate) fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let failed = |cause| Error::io("replace", path, cause);
        let file = self.filled(path, bytes)?;
        file.as_file().sync_all().map_err(failed)?;
        self.refuse_links(path)?;
        self.announce(Write::Replace(path)).map_err(failed)?;
        make_parent(path)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        sync_parent(path)
    }

    /// Gives a finished file a second name, where no file has it yet; copies it where the file system has no links.
    pub(crate) fn link(&self, from: &Path, path: &Path) -> Result<Created, Error> {
        let failed = |cause| Error::io("create", path, cause);
        self.refuse_links(from)?;
        self.refuse_links(path)?;
        self.announce(Write::Create(path)).map_err(failed)?;
        make_parent(path)?;
        match fs::hard_link(from, path) {
            Ok(()) => sync_parent(path).map(|()| Created::New),
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => self.same_or_conflict(from, path),
            Err(_) => self.copy(from, path),
        }
    }

    /// Removes a file, where it is there.
    pub(crate) fn remove(&self, path: &Path) -> Result<(), Error> {
        let failed = |cause| Error::io("remove", path, cause);
        self.refuse_links(path)?;
        self.announce(Write::Remove(path)).map_err(failed)?;
        match fs::remove_file(path) {
            Ok(()) => sync_parent(path),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(cause) => Err(failed(cause)),
        }
    }

    fn copy(&self, from: &Path, path: &Path) -> Result<Created, Error> {
        let mut copy = self.temporary()?;
        let mut source = File::open(from).map_err(|cause| Error::io("read", from, cause))?;
        io::copy(&mut source, &mut copy).map_err(|cause| Error::io("write", path, cause))?;
        self.keep(copy, path)
    }

    fn filled(&self, path: &Path, bytes: &[u8]) -> Result<NamedTempFile, Error> {
        let mut file = self.temporary()?;
        file.write_all(bytes).map_err(|cause| Error::io("write", path, cause))?;
        Ok(file)
    }

    fn refuse_links(&self, path: &Path) -> Result<(), Error> {
        regular::without_links(&self.folder, path).map(drop)
    }

    /// Compares in pieces: target files may be larger than the memory.
    fn same_or_conflict(&self, offered: &Path, published: &Path) -> Result<Created, Error> {
        let digest = |path: &Path| -> Result<_, Error> {
            let failed = |cause| Error::io("read", path, cause);
            let gone = || failed(io::ErrorKind::NotFound.into());
            let file = regular::open(&self.folder, path)?.ok_or_else(gone)?;
            let copied = hashing::copy(file, &mut io::sink()).map_err(failed)?;
            Ok((copied.length, copied.sha512))
        };
        match digest(offered)? == digest(published)? {
            true => Ok(Created::Same),
            false => Err(Error::Conflict(published.to_owned())),
        }
    }

    fn announce(&self, write: Write<'_>) -> io::Result<()> {
        self.observer.as_ref().map_or(Ok(()), |observer| observer.before(write))
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("temporary", &self.temporary).finish_non_exhaustive()
    }
}

fn make_parent(path: &Path) -> Result<(), Error> {
    path.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .map_err(|cause| Error::io("create the folder of", path, cause))
}

/// Waits until the names in a file's folder are on the disk. Windows has no such call and needs none.
fn sync_parent(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|cause| Error::io("flush the folder", folder, cause))?;
    }
    Ok(())
}
