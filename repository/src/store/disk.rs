//! Atomic, durable writes below one folder.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

#[cfg(unix)]
use cap_fs_ext::OpenOptionsExt;
use cap_std::fs::{Dir, OpenOptions};

use crate::error::Error;
use crate::store::folder::{Folder, random_name};
use crate::store::hashing;

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

/// Atomic, durable writes below one folder, none of them through a symbolic link. Clones share their observer.
#[derive(Clone)]
pub(crate) struct Disk {
    folder: Folder,
    temporary: PathBuf,
    observer: Arc<OnceLock<Arc<dyn WriteObserver>>>,
}

/// An unfinished file. It disappears unless it is given to [`Disk::keep`].
pub(crate) struct Unfinished {
    folder: Dir,
    name: OsString,
    file: File,
    path: PathBuf,
}

impl Disk {
    /// Writes below a folder by way of one for unfinished files in it, which must be on the same file system.
    pub(crate) fn new(folder: Folder, temporary: PathBuf) -> Self {
        Self { folder, temporary, observer: Arc::default() }
    }

    /// Shows every change to an observer first. The first observer stays.
    pub(crate) fn observe(&self, observer: Arc<dyn WriteObserver>) {
        let _first_stays = self.observer.set(observer);
    }

    /// Shows every change to whoever observes another disk.
    pub(crate) fn observe_like(&mut self, other: &Self) {
        self.observer.clone_from(&other.observer);
    }

    /// Makes an unfinished file.
    pub(crate) fn temporary(&self) -> Result<Unfinished, Error> {
        // Whoever can write to it could give the name of an unfinished file to another one before it gets its place.
        let folder = self.folder.make_private(&self.temporary)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        // Everybody may read what is served. Nobody needs to write to it: a file is replaced, and never changed.
        #[cfg(unix)]
        options.mode(0o644);
        let name = random_name()?;
        let path = self.temporary.join(&name);
        let file = folder.open_with(&name, &options);
        let file = file.map_err(|cause| Error::io("create", &path, cause))?.into_std();
        Ok(Unfinished { folder, name, file, path })
    }

    /// Gives an unfinished file its name. A file that has it already with the same bytes is replaced: it may be somebody
    /// else's, who would change it later.
    ///
    /// # Errors
    /// [`Error::Conflict`] where a file with other bytes has the name.
    pub(crate) fn keep(&self, mut file: Unfinished, path: &Path) -> Result<Created, Error> {
        let failed = |cause| Error::io("create", path, cause);
        file.file.sync_all().map_err(failed)?;
        self.announce(Write::Create(path)).map_err(failed)?;
        let place = self.folder.make_place(path)?;
        let created = match file.folder.hard_link(&file.name, &place.folder, &place.name) {
            Ok(()) => Created::New,
            Err(cause) => match place.open()? {
                Some(published) => {
                    same_or_conflict(&mut file, published, path)?;
                    file.rename(&place.folder, &place.name).map_err(failed)?;
                    Created::Same
                }
                None if cause.kind() == io::ErrorKind::AlreadyExists => return Err(failed(cause)),
                // A file system without links.
                None => file.rename(&place.folder, &place.name).map(|()| Created::New).map_err(failed)?,
            },
        };
        place.check_is(&file.file)?;
        place.sync()?;
        Ok(created)
    }

    /// Creates a file. Equal bytes under its name are [`Created::Same`], other bytes are [`Error::Conflict`].
    pub(crate) fn create(&self, path: &Path, bytes: &[u8]) -> Result<Created, Error> {
        self.keep(self.filled(path, bytes)?, path)
    }

    /// Writes a file in the place of one that may be there.
    pub(crate) fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let failed = |cause| Error::io("replace", path, cause);
        let mut file = self.filled(path, bytes)?;
        file.file.sync_all().map_err(failed)?;
        self.announce(Write::Replace(path)).map_err(failed)?;
        let place = self.folder.make_place(path)?;
        place.look()?;
        file.rename(&place.folder, &place.name).map_err(failed)?;
        place.check_is(&file.file)?;
        place.sync()
    }

    /// Removes a file, where it is there.
    pub(crate) fn remove(&self, path: &Path) -> Result<(), Error> {
        let failed = |cause| Error::io("remove", path, cause);
        self.announce(Write::Remove(path)).map_err(failed)?;
        let Some(place) = self.folder.place(path)? else { return Ok(()) };
        place.look()?;
        match place.folder.remove_file(&place.name) {
            Ok(()) => place.sync(),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(cause) => Err(failed(cause)),
        }
    }

    /// Gives what is there a random name beside it, whatever it is, and follows no link.
    pub(crate) fn put_aside(&self, path: &Path) -> Result<(), Error> {
        self.announce(Write::Remove(path)).map_err(|cause| Error::io("put aside", path, cause))?;
        self.folder.place(path)?.map_or(Ok(()), |place| place.put_aside())
    }

    /// Gives a folder another name, and makes the folders above the new one.
    pub(crate) fn rename_folder(&self, from: &Path, to: &Path) -> Result<(), Error> {
        let failed = |cause| Error::io("rename", from, cause);
        self.announce(Write::Remove(from)).map_err(failed)?;
        let Some(place) = self.folder.place(from)? else { return Ok(()) };
        place.look()?;
        let new = self.folder.make_place(to)?;
        place.folder.rename(&place.name, &new.folder, &new.name).map_err(failed)?;
        place.sync()?;
        new.sync()
    }

    /// As [`Disk::remove`], for what is needed no more: what somebody else has made impossible to remove is put aside, or
    /// stays.
    pub(crate) fn remove_leftover(&self, path: &Path) -> Result<(), Error> {
        self.announce(Write::Remove(path)).map_err(|cause| Error::io("remove", path, cause))?;
        let place = match self.folder.place(path) {
            Err(Error::Io { .. }) | Ok(None) => return Ok(()),
            Err(refused) => return Err(refused),
            Ok(Some(place)) => place,
        };
        place.look()?;
        match place.folder.remove_file(&place.name) {
            Ok(()) => place.sync(),
            Err(_) => {
                let _stays = place.put_aside();
                Ok(())
            }
        }
    }

    fn filled(&self, path: &Path, bytes: &[u8]) -> Result<Unfinished, Error> {
        let mut file = self.temporary()?;
        file.write_all(bytes).map_err(|cause| Error::io("write", path, cause))?;
        Ok(file)
    }

    fn announce(&self, write: Write<'_>) -> io::Result<()> {
        self.observer.get().map_or(Ok(()), |observer| observer.before(write))
    }
}

impl Unfinished {
    /// Where it is, for errors alone.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file itself, for whoever copies it elsewhere.
    #[cfg(feature = "object-store")]
    pub(crate) fn file_mut(&mut self) -> &mut File {
        &mut self.file
    }

    /// What was written, from its beginning on.
    pub(crate) fn read_back(&mut self) -> io::Result<impl Read> {
        self.file.seek(SeekFrom::Start(0))?;
        Ok(&self.file)
    }

    /// Gives it a name in the place of what may have it.
    fn rename(&mut self, folder: &Dir, name: &OsString) -> io::Result<()> {
        self.folder.rename(&self.name, folder, name)
    }
}

impl io::Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It is gone if it was renamed, and the next publish removes what is left.
        let _ = self.folder.remove_file(&self.name);
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("temporary", &self.temporary).finish_non_exhaustive()
    }
}

/// Compares in pieces: target files may be larger than the memory. Reads no more than the shorter file has, and a byte.
fn same_or_conflict(offered: &mut Unfinished, published: File, path: &Path) -> Result<(), Error> {
    let failed = |cause| Error::io("read", path, cause);
    let length = offered.file.metadata().map_err(failed)?.len();
    let digest = |file: &mut dyn Read| -> Result<_, Error> {
        let copied = hashing::copy(file.take(length.saturating_add(1)), &mut io::sink()).map_err(failed)?;
        Ok((copied.length, copied.sha512))
    };
    let same = digest(&mut offered.read_back().map_err(failed)?)? == digest(&mut &published)?;
    if same { Ok(()) } else { Err(Error::Conflict(path.to_owned())) }
}
