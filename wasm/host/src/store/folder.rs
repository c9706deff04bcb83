//! A trusted store in a folder.

use std::fs::{DirBuilder, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tuf_files::open_regular;

use super::file_name::{FOLDERS, StoreName};
use super::{Guard, LONG, Store, StoreError, Stored, lock, recognition, write};

/// The file whose lock is the lock of the store.
pub(super) const LOCK: &str = ".lock";

/// A trusted store in a folder, for any number of processes at once.
///
/// | file | content |
/// |---|---|
/// | `root.json`, `timestamp.json`, `snapshot.json`, `targets.json` | trusted metadata, byte for byte as served |
/// | `<role>.json` | that of a delegated role, its name percent-encoded |
/// | `root_history/<version>.root.json` | the pinned root, and every root that was trusted since |
/// | `rotate/<role>.rotate.<version>` | rotate files that were followed |
/// | `floors/root`, `floors/timestamp`, `floors/snapshot` | the same bytes as in `root.json`, `timestamp.json` and `snapshot.json`, in case those are damaged |
/// | `refreshed` | when the last full refresh was, in seconds since 1970; only where a client asks for it |
/// | `.lock` | empty; its lock is the store's. Its owner alone can open it (mode 0600), so nobody else can hold it |
/// | `.unfinished-…` | a write under way, or one that a process left when it died; the next lock deletes those |
///
/// A role whose file name would be longer than 255 bytes, or one of another role or of a device on some system, is in
/// `%sha256-<hash of the file name>.json`. Nothing else ends in `.json`.
///
/// Every write is atomic and lasting: a process that dies at any moment, or a power failure, leaves each file as it
/// was or as it was to be. The lock ends with its process.
#[derive(Debug)]
pub struct FolderStore {
    folder: PathBuf,
    patience: Duration,
    max_length: u64,
}

impl FolderStore {
    /// A store in this folder, which is created if need be, together with its parents, for its owner alone (mode 0700
    /// on Unix). A folder that is there must be empty or a store, of this library or of another client: one that holds
    /// anything else is refused and left as it is.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`], [`StoreError::Open`].
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let folder = folder.into();
        create_folder(&folder)?;
        recognition::check(&folder)?;
        Ok(Self::at(folder))
    }

    /// A store in a folder that is there.
    pub(super) fn at(folder: PathBuf) -> Self {
        Self { folder, patience: Duration::from_secs(300), max_length: 1 << 30 }
    }

    /// Waits this long for a lock that another process or thread holds. Default: five minutes.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Neither reads nor writes a file longer than this many bytes. Default: 1 GiB.
    #[must_use]
    pub fn max_length(mut self, bytes: u64) -> Self {
        self.max_length = bytes;
        self
    }

    /// The folder.
    pub(super) fn path(&self) -> &Path {
        &self.folder
    }

    /// How long a lock is waited for.
    pub(super) fn waits_for(&self) -> Duration {
        self.patience
    }

    /// Refuses bytes that are too long to be kept.
    ///
    /// # Errors
    /// [`StoreError::TooLong`].
    pub(super) fn check_length(&self, name: StoreName<'_>, length: u64) -> Result<(), StoreError> {
        if length <= self.max_length {
            return Ok(());
        }
        let path = self.folder_of(name).join(&*name.file());
        Err(StoreError::TooLong { path, limit: self.max_length })
    }

    /// Opens a file that is not too long, and tells its length.
    fn open_file(&self, name: &str) -> Result<Option<(File, u64, PathBuf)>, StoreError> {
        let name = StoreName::parse(name)?;
        let path = self.folder_of(name).join(&*name.file());
        match open(&path) {
            Ok(Some((_, length))) if length > self.max_length => {
                Err(StoreError::TooLong { path, limit: self.max_length })
            }
            Ok(opened) => Ok(opened.map(|(file, length)| (file, length, path))),
            Err(source) => Err(StoreError::Read { path, source }),
        }
    }

    fn persist_by(
        &self,
        name: &str,
        length: u64,
        fill: impl FnMut(&mut File) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let name = StoreName::parse(name)?;
        self.check_length(name, length)?;
        let folder = self.folder_of(name);
        let path = folder.join(&*name.file());
        if name.folder().is_some() {
            create_folder(&folder)?;
        }
        write::replace(&folder, &name.file(), fill).map_err(|source| StoreError::Write { path, source })
    }

    fn folder_of(&self, name: StoreName<'_>) -> PathBuf {
        match name.folder() {
            Some(below) => self.folder.join(below),
            None => self.folder.clone(),
        }
    }
}

impl Store for FolderStore {
    fn lock(&self, waiting: &mut dyn FnMut()) -> Result<Box<dyn Guard + '_>, StoreError> {
        let lock = lock::exclusive(&self.folder.join(LOCK), self.patience, waiting)?;
        recognition::without_links(&self.folder)?;
        write::clean(&self.folder);
        for below in FOLDERS {
            write::clean(&self.folder.join(below));
        }
        Ok(Box::new(lock))
    }

    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((file, length, path)) = self.open_file(name)? else { return Ok(None) };
        read(&file, length).map(Some).map_err(|source| StoreError::Read { path, source })
    }

    fn load_file(&self, name: &str) -> Result<Option<Stored>, StoreError> {
        let Some((file, length, path)) = self.open_file(name)? else { return Ok(None) };
        if length > LONG as u64 {
            return Ok(Some(Stored::File(file)));
        }
        let bytes = read(&file, length).map_err(|source| StoreError::Read { path, source })?;
        Ok(Some(Stored::Bytes(bytes)))
    }

    fn persist(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.persist_by(name, bytes.len() as u64, |to| to.write_all(bytes))
    }

    fn persist_file(&self, name: &str, file: &mut File) -> Result<(), StoreError> {
        // It has no name that a person could look for.
        let unreadable = |source| StoreError::Read { path: "the copy of a metadata file".into(), source };
        let length = file.metadata().map_err(unreadable)?.len();
        self.persist_by(name, length, |to| {
            file.rewind()?;
            match io::copy(&mut file.take(length), to)? {
                copied if copied == length => Ok(()),
                _ => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        })
    }

    /// Where files have names until they are closed, a power failure would leave one that nobody knows.
    fn scratch_file(&self) -> Option<File> {
        if cfg!(unix) { tempfile::tempfile_in(&self.folder).ok() } else { None }
    }

    fn forget(&self, name: &str) -> Result<(), StoreError> {
        let name = StoreName::parse(name)?;
        let folder = self.folder_of(name);
        write::delete(&folder, &name.file())
            .map_err(|source| StoreError::Write { path: folder.join(&*name.file()), source })
    }
}

/// Creates a folder and those above it, where they are not there, for good.
fn create_folder(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    create_folder(parent)?;
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Ok(()) => {
            // A parent that may not be read cannot be synchronised: then a power failure may leave no store.
            let _ = write::sync_folder(parent);
            Ok(())
        }
        // Another process made it in the meantime.
        Err(_) if path.is_dir() => Ok(()),
        Err(source) => Err(StoreError::Open { path: path.to_owned(), source }),
    }
}

/// Opens a regular file, and tells its length; none where there is no such file.
fn open(path: &Path) -> io::Result<Option<(File, u64)>> {
    match open_regular(path) {
        Ok(file) => {
            let length = file.metadata()?.len();
            Ok(Some((file, length)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The bytes of a file of this length, and of none that is added meanwhile.
fn read(file: &File, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}
