//! A bundle as a source.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tuf_files::{ArchiveError, ArchiveIndex, ArchivedFile, open_regular, read_archive};

use super::BundleError;
use super::name::Folder;
use crate::source::{Resume, Source, SourceError, TargetStream, name, whole_metadata};

/// A bundle: what a repository served at some time, in one file. Opens no socket.
///
/// Files are read where they are in the archive; nothing is written to the disk. A name is looked up as in a published
/// folder: with its percent escapes decoded, and then as it is.
pub struct BundleSource {
    path: PathBuf,
    index: ArchiveIndex,
    file: Mutex<File>,
}

impl BundleSource {
    /// Reads what is where in a bundle of at most 1,000,000 entries, as [`BundleSource::open_bounded`].
    ///
    /// # Errors
    /// [`BundleError::Read`], [`BundleError::Malformed`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, BundleError> {
        Self::open_bounded(path, 1_000_000)
    }

    /// Reads what is where in a bundle, which must be whole. The memory that this takes depends on the number of its
    /// files and the length of their names (4,096 bytes at most), not on its size.
    ///
    /// Only regular files are taken, and folders ignored; links, devices and sparse files are refused, and so are names
    /// that occur twice, lead elsewhere, or are beneath neither `metadata/` nor `targets/`.
    ///
    /// # Errors
    /// [`BundleError::Read`], [`BundleError::Malformed`].
    pub fn open_bounded(path: impl Into<PathBuf>, most_entries: usize) -> Result<Self, BundleError> {
        let path = path.into();
        let file = open_regular(&path).map_err(|source| BundleError::Read { path: path.clone(), source })?;
        let folders = [Folder::Metadata, Folder::Targets].map(Folder::prefix);
        let index = read_archive(&file, &folders, most_entries).map_err(|error| match error {
            ArchiveError::Read(source) => BundleError::Read { path: path.clone(), source },
            ArchiveError::Malformed(reason) => BundleError::Malformed { path: path.clone(), reason },
        })?;
        Ok(Self { path, index, file: Mutex::new(file) })
    }

    fn find(&self, folder: Folder, name: &str) -> Result<Option<ArchivedFile>, SourceError> {
        name::check(name)?;
        Ok(folder.names_of(name).find_map(|name| self.index.get(name.as_str()).copied()))
    }

    fn reader(&self, place: ArchivedFile) -> Content<'_> {
        Content { bundle: self, offset: place.offset, left: place.length }
    }
}

impl Source for BundleSource {
    fn location(&self) -> Option<String> {
        Some(self.path.display().to_string())
    }

    fn is_bundle(&self) -> bool {
        true
    }

    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        whole_metadata(self, name, max_length)
    }

    fn metadata_stream(&self, name: &str, _: u64) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        let place = self.find(Folder::Metadata, name)?;
        Ok(place.map(|place| Box::new(self.reader(place)) as Box<dyn Read + '_>))
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        let place = self.find(Folder::Targets, fetch_path)?;
        Ok(place.map(|place| Box::new(self.reader(place)) as Box<dyn Read + '_>))
    }

    fn target_from(
        &self,
        fetch_path: &str,
        resume: Resume<'_>,
    ) -> Result<Option<TargetStream<'_>>, SourceError> {
        let Some(place) = self.find(Folder::Targets, fetch_path)? else { return Ok(None) };
        let start = if resume.offset <= place.length { resume.offset } else { 0 };
        let mut content = self.reader(place);
        content.offset += start;
        content.left -= start;
        Ok(Some(TargetStream { bytes: Box::new(content), start, validator: None }))
    }
}

impl fmt::Debug for BundleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BundleSource")
            .field("path", &self.path)
            .field("files", &self.index.len())
            .finish_non_exhaustive()
    }
}

/// The rest of one file of the archive.
struct Content<'a> {
    bundle: &'a BundleSource,
    offset: u64,
    left: u64,
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..most).filter(|buffer| !buffer.is_empty()) else { return Ok(0) };
        let named = |source| {
            SourceError::Read { location: self.bundle.path.display().to_string(), source }.into_read()
        };
        let mut file = self.bundle.file.lock().unwrap_or_else(PoisonError::into_inner);
        let read = file.seek(SeekFrom::Start(self.offset)).and_then(|_| file.read(buffer)).map_err(named)?;
        if read == 0 {
            return Err(named(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "it became shorter since it was opened",
            )));
        }
        self.offset += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}
