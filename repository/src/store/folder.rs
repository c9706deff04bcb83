//! One folder, and what is below it: reached through descriptors, and through no symbolic link.
//!
//! Somebody who can write to a served folder could put a link in the place of a sub-folder or a file, and have a
//! publisher read, sign for, replace or remove a file elsewhere. Looking at a path first does not help: the link may come
//! between the look and the use. So the folder is opened once, every name below it is opened in the folder that was
//! opened before it, and whatever is read, made, renamed or removed is one name in an opened folder.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock};

#[cfg(unix)]
use cap_fs_ext::OpenOptionsMaybeDirExt;
use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, Metadata, OpenOptions};

use crate::error::{Difference, Error};
use crate::store::private;

/// A folder by its path, opened when it is first used. Its clones share what was opened.
///
/// Every path that is given to it begins with its own.
#[derive(Clone)]
pub(crate) struct Folder {
    path: PathBuf,
    opened: Arc<OnceLock<Dir>>,
}

/// How often a folder of somebody else's is put aside before it is refused.
const ATTEMPTS: usize = 16;

/// The opened folder of a file or folder, and its name in there.
pub(crate) struct Place {
    pub(crate) folder: Dir,
    pub(crate) name: OsString,
    /// The whole path, for errors alone.
    path: PathBuf,
}

impl Folder {
    /// The folder at this path, which need not be there yet. Links on the way to it are followed.
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), opened: Arc::default() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a regular file; none where there is no such file.
    ///
    /// # Errors
    /// [`Error::SymbolicLink`]; [`Error::Unreadable`] for a device, a pipe or a folder: opening a pipe could wait for ever.
    pub(crate) fn open(&self, path: &Path) -> Result<Option<File>, Error> {
        match self.place(path)? {
            Some(place) => place.open(),
            None => Ok(None),
        }
    }

    /// Reads a regular file, at most one byte more than `most`; none where there is no such file.
    ///
    /// # Errors
    /// As for [`Folder::open`]; [`Error::Io`].
    pub(crate) fn read(&self, path: &Path, most: u64) -> Result<Option<Vec<u8>>, Error> {
        let Some(file) = self.open(path)? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(most.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|cause| Error::io("read", path, cause))?;
        Ok(Some(bytes))
    }

    /// The names in a sub-folder, none where it is missing. Names that are not UTF-8 are passed over.
    ///
    /// # Errors
    /// [`Error::SymbolicLink`]; [`Error::Io`].
    pub(crate) fn names(&self, path: &Path) -> Result<Vec<String>, Error> {
        let failed = |cause| Error::io("read the folder", path, cause);
        let Some(folder) = self.folder(path)? else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for entry in folder.entries().map_err(failed)? {
            names.extend(entry.map_err(failed)?.file_name().into_string());
        }
        Ok(names)
    }

    /// Removes a sub-folder with everything in it, if it is there. Links in it are removed, and not followed.
    ///
    /// # Errors
    /// [`Error::SymbolicLink`]; [`Error::Io`].
    pub(crate) fn remove_folder(&self, path: &Path) -> Result<(), Error> {
        let Some(place) = self.place(path)? else { return Ok(()) };
        if place.look()?.is_none() {
            return Ok(());
        }
        match place.folder.remove_dir_all(&place.name) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", path, cause)),
            _ => Ok(()),
        }
    }

    /// Opens a sub-folder; none where it is missing.
    ///
    /// # Errors
    /// [`Error::SymbolicLink`]; [`Error::Io`].
    pub(crate) fn folder(&self, path: &Path) -> Result<Option<Dir>, Error> {
        let Some(mut folder) = self.top()? else { return Ok(None) };
        let mut current = self.path.clone();
        for name in self.names_below(path)? {
            current.push(name);
            match open_folder(&folder, name, &current)? {
                Some(found) => folder = found,
                None => return Ok(None),
            }
        }
        Ok(Some(folder))
    }

    /// Opens a sub-folder, and makes it and those above it if need be.
    ///
    /// # Errors
    /// [`Error::SymbolicLink`]; [`Error::Io`].
    pub(crate) fn make(&self, path: &Path) -> Result<Dir, Error> {
        let failed = |path: &Path, cause| Error::io("create the folder", path, cause);
        if self.top()?.is_none() {
            let mut builder = fs::DirBuilder::new();
            // Whoever can change it decides what is signed: not everybody, whatever the umask says.
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
            builder.recursive(true).create(&self.path).map_err(|cause| failed(&self.path, cause))?;
        }
        let gone = |path: &Path| failed(path, io::ErrorKind::NotFound.into());
        let mut folder = self.top()?.ok_or_else(|| gone(&self.path))?;
        let mut current = self.path.clone();
        for name in self.names_below(path)? {
            current.push(name);
            folder = match open_folder(&folder, name, &current)? {
                Some(found) => found,
                None => match folder.create_dir(name) {
                    Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => {
                        return Err(failed(&current, cause));
                    }
                    _ => open_folder(&folder, name, &current)?.ok_or_else(|| gone(&current))?,
                },
            };
        }
        Ok(folder)
    }

    /// Opens a sub-folder that nobody else can write to, and makes it and those above it if need be. What has its name, and
    /// was made by somebody else or can be written by them, is put aside: it may be impossible to remove.
    ///
    /// # Errors
    /// [`Error::SymbolicLink`]; [`Error::OthersCanWrite`] where somebody makes one again and again; [`Error::Io`].
    pub(crate) fn make_private(&self, path: &Path) -> Result<Dir, Error> {
        let place = self.make_place(path)?;
        let mut last = None;
        for _ in 0..ATTEMPTS {
            // What counts is what was opened. Its name may be another folder's a moment later.
            let refused = match open_folder(&place.folder, &place.name, path) {
                Ok(Some(folder)) => match private::check_opened(&folder, path) {
                    Ok(()) => return Ok(folder),
                    Err(refused) => refused,
                },
                Ok(None) => {
                    place.create_private()?;
                    continue;
                }
                Err(Error::Io { action, path, cause }) if is_of_others(&cause) => {
                    Error::Io { action, path, cause }
                }
                Err(error) => return Err(error),
            };
            place.put_aside()?;
            last = Some(refused);
        }
        let taken = || Error::io("create the folder", path, io::ErrorKind::AlreadyExists.into());
        Err(last.unwrap_or_else(taken))
    }

    /// As [`Folder::remove_folder`]. What somebody else has made impossible to remove is put aside.
    ///
    /// # Errors
    /// [`Error::SymbolicLink`]; [`Error::Io`] where it cannot even be put aside.
    pub(crate) fn remove_folder_or_put_aside(&self, path: &Path) -> Result<(), Error> {
        match self.remove_folder(path) {
            Err(refused @ Error::Io { .. }) => match self.place(path)? {
                Some(place) => place.put_aside().map_err(|_| refused),
                None => Err(refused),
            },
            removed => removed,
        }
    }

    /// Where a file or folder is; none where the folder that it would be in is missing.
    ///
    /// # Errors
    /// [`Error::SymbolicLink`] for the folders above it; [`Error::Io`].
    pub(crate) fn place(&self, path: &Path) -> Result<Option<Place>, Error> {
        let (above, name) = self.split(path)?;
        Ok(self.folder(above)?.map(|folder| Place { folder, name, path: path.to_owned() }))
    }

    /// Where a file is to be; makes the folders above it.
    ///
    /// # Errors
    /// [`Error::SymbolicLink`] for the folders above it; [`Error::Io`].
    pub(crate) fn make_place(&self, path: &Path) -> Result<Place, Error> {
        let (above, name) = self.split(path)?;
        Ok(Place { folder: self.make(above)?, name, path: path.to_owned() })
    }

    /// The folder itself, opened by the first call that finds it.
    fn top(&self) -> Result<Option<Dir>, Error> {
        let failed = |cause| Error::io("open the folder", &self.path, cause);
        if self.opened.get().is_none() {
            match Dir::open_ambient_dir(&self.path, ambient_authority()) {
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
                // Another thread may have been first.
                opened => drop(self.opened.set(opened.map_err(failed)?)),
            }
        }
        self.opened.get().map(Dir::try_clone).transpose().map_err(failed)
    }

    /// The names that lead from here to a path. A path with `..` would leave the folder without a link.
    fn names_below<'p>(&self, path: &'p Path) -> Result<Vec<&'p OsStr>, Error> {
        let outside = || Error::unreadable(path, "it leads out of the folder");
        let inside = path.strip_prefix(&self.path).map_err(|_| outside())?;
        let name = |part| match part {
            Component::Normal(name) => Ok(name),
            _ => Err(outside()),
        };
        inside.components().map(name).collect()
    }

    fn split<'p>(&self, path: &'p Path) -> Result<(&'p Path, OsString), Error> {
        let name = self.names_below(path)?.pop().map(OsStr::to_owned);
        match (path.parent(), name) {
            (Some(above), Some(name)) => Ok((above, name)),
            _ => Err(Error::unreadable(path, "it is the folder itself")),
        }
    }
}

impl Place {
    /// What is there, none where nothing is.
    ///
    /// # Errors
    /// [`Error::SymbolicLink`]; [`Error::Io`].
    pub(crate) fn look(&self) -> Result<Option<Metadata>, Error> {
        match self.folder.symlink_metadata(&self.name) {
            Ok(found) if found.is_symlink() => Err(Error::SymbolicLink(self.path.clone())),
            Ok(found) => Ok(Some(found)),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(Error::io("read", &self.path, cause)),
        }
    }

    /// Makes a folder that its owner alone can enter. It is no error if something is there by now.
    fn create_private(&self) -> Result<(), Error> {
        #[cfg_attr(not(unix), allow(unused_mut))]
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        cap_std::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match self.folder.create_dir_with(&self.name, &builder) {
            Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => {
                Err(Error::io("create the folder", &self.path, cause))
            }
            _ => Ok(()),
        }
    }

    /// Gives what is there a random name beside it. It is not looked into: only a folder that is empty is removed.
    pub(crate) fn put_aside(&self) -> Result<(), Error> {
        let mut aside = OsString::from("aside-");
        aside.push(random_name()?);
        match self.folder.rename(&self.name, &self.folder, &aside) {
            Ok(()) => {
                let _left = self.folder.remove_dir(&aside);
                Ok(())
            }
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(cause) => Err(Error::io("put aside", &self.path, cause)),
        }
    }

    /// Checks that the name is that of an opened file: somebody may have given it to another one.
    ///
    /// # Errors
    /// [`Error::SymbolicLink`]; [`Error::Changed`]; [`Error::Io`].
    pub(crate) fn check_is(&self, opened: &File) -> Result<(), Error> {
        let found = self.look()?.ok_or_else(|| Error::changed(&self.path, Difference::Gone))?;
        #[cfg(unix)]
        {
            use cap_std::fs::MetadataExt as _;
            let opened =
                Metadata::from_file(opened).map_err(|cause| Error::io("look at", &self.path, cause))?;
            if (found.dev(), found.ino()) != (opened.dev(), opened.ino()) {
                return Err(Error::changed(&self.path, Difference::Bytes));
            }
        }
        #[cfg(not(unix))]
        let _ = (found, opened);
        Ok(())
    }

    /// As [`Folder::open`].
    pub(crate) fn open(&self) -> Result<Option<File>, Error> {
        let irregular = || Err(Error::unreadable(&self.path, "it is no regular file"));
        // Looked at first: opening a device may do something.
        match self.look()? {
            None => return Ok(None),
            Some(found) if !found.is_file() => return irregular(),
            Some(_) => {}
        }
        let mut options = OpenOptions::new();
        options.read(true).follow(FollowSymlinks::No).nonblock(true);
        let file = match self.folder.open_with(&self.name, &options) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            // A link that has come since then is named as one.
            Err(cause) => return self.look().and(Err(Error::io("read", &self.path, cause))),
            Ok(file) => file.into_std(),
        };
        match file.metadata().map_err(|cause| Error::io("read", &self.path, cause))?.is_file() {
            true => Ok(Some(file)),
            false => irregular(),
        }
    }

    /// Waits until the names in the folder are on the disk. Windows has no such call and needs none.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        #[cfg(unix)]
        {
            let failed = |cause| Error::io("flush the folder of", &self.path, cause);
            // What was opened to lead to names is not open for this.
            let mut options = OpenOptions::new();
            options.read(true).maybe_dir(true);
            let folder = self.folder.open_with(".", &options).map_err(failed)?;
            folder.sync_all().map_err(failed)?;
        }
        Ok(())
    }
}

fn open_folder(folder: &Dir, name: &OsStr, path: &Path) -> Result<Option<Dir>, Error> {
    match folder.open_dir_nofollow(name) {
        Ok(found) => Ok(Some(found)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => match folder.symlink_metadata(name) {
            Ok(found) if found.is_symlink() => Err(Error::SymbolicLink(path.to_owned())),
            _ => Err(Error::io("open the folder", path, cause)),
        },
    }
}

/// Whether a folder that is not opened is one that its owner keeps to himself, or no folder.
fn is_of_others(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory)
}

/// A name that nobody can have made a file of before.
pub(crate) fn random_name() -> Result<OsString, Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(crate::error::KeyError::NoRandomNumbers)?;
    Ok(base16ct::lower::encode_string(&random).into())
}
