//! Records what a client fetches.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::spool::{Pieces, Spool};
use super::{BundleError, BundleWriter};
use crate::source::{Retry, Source, SourceError};

/// A source that passes on what another one answers, and records it for a bundle.
///
/// A client with an empty store fetches everything that another with the same trusted root needs: a refresh and the
/// search and download of some targets through a recorder make the bundle of exactly these.
pub struct Recorder<S> {
    source: S,
    recording: Recording,
}

/// What a [`Recorder`] has recorded. Clones share it.
#[derive(Clone)]
pub struct Recording {
    shared: Arc<Mutex<Recorded>>,
}

struct Recorded {
    metadata: BTreeMap<String, Vec<u8>>,
    targets: BTreeMap<String, Pieces>,
    spool: Spool,
}

impl<S: Source> Recorder<S> {
    /// A recorder of this source, and what it will have recorded. Target files are kept in a temporary file.
    ///
    /// # Errors
    /// [`BundleError::Write`] where that cannot be made.
    pub fn new(source: S) -> Result<(Self, Recording), BundleError> {
        let spool = Spool::new().map_err(|source| BundleError::Write { source })?;
        let recorded = Recorded { metadata: BTreeMap::new(), targets: BTreeMap::new(), spool };
        let recording = Recording { shared: Arc::new(Mutex::new(recorded)) };
        Ok((Self { source, recording: recording.clone() }, recording))
    }
}

impl<S: Source> Source for Recorder<S> {
    fn location(&self) -> Option<String> {
        self.source.location()
    }

    fn is_bundle(&self) -> bool {
        self.source.is_bundle()
    }

    fn retry(&self) -> Retry {
        self.source.retry()
    }

    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let answer = self.source.metadata(name, max_length)?;
        // What is too long is refused by whoever asked, and is not whole.
        if let Some(bytes) = answer.as_ref().filter(|bytes| bytes.len() as u64 <= max_length) {
            self.recording.lock().metadata.insert(name.to_owned(), bytes.clone());
        }
        Ok(answer)
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        let Some(bytes) = self.source.target(fetch_path)? else { return Ok(None) };
        let name = Some(fetch_path.to_owned());
        Ok(Some(Box::new(Tee { bytes, name, pieces: Pieces::default(), recording: self.recording.clone() })))
    }
}

impl Recording {
    /// Writes the bundle. The same files become the same bytes, in whatever order they were fetched.
    ///
    /// A target file is in it once it was read to its end. Whether what was recorded is accepted is for the client to
    /// know, and for whoever opens the bundle to verify again.
    ///
    /// # Errors
    /// [`BundleError::Conflict`], [`BundleError::Write`].
    pub fn write<W: Write>(&self, to: W) -> Result<W, BundleError> {
        let Recorded { metadata, targets, spool } = &mut *self.lock();
        let mut writer = BundleWriter::new(to);
        for (name, bytes) in metadata {
            writer.metadata(name, bytes)?;
        }
        for (fetch_path, pieces) in targets {
            writer.target(fetch_path, pieces.length(), spool.reader(pieces))?;
        }
        writer.finish()
    }

    /// Writes the bundle to a file, which appears under its name once it is whole.
    ///
    /// # Errors
    /// As [`Recording::write`].
    pub fn save(&self, path: &Path) -> Result<(), BundleError> {
        let failed = |source| BundleError::Write { source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut builder = tempfile::Builder::new();
        builder.prefix(".").suffix(".unfinished");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder.unwrap_or(Path::new("."))).map_err(failed)?;
        let file =
            self.write(io::BufWriter::new(file))?.into_inner().map_err(|error| failed(error.into_error()))?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// Every change is one insertion: a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: fmt::Debug> fmt::Debug for Recorder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("source", &self.source).finish_non_exhaustive()
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let recorded = self.lock();
        f.debug_struct("Recording")
            .field("metadata", &recorded.metadata.keys())
            .field("targets", &recorded.targets.keys())
            .finish_non_exhaustive()
    }
}

/// A stream that records what is read from it, for good at its end.
struct Tee<'a> {
    bytes: Box<dyn Read + 'a>,
    /// Taken at the end.
    name: Option<String>,
    pieces: Pieces,
    recording: Recording,
}

impl Read for Tee<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.bytes.read(buffer)?;
        let mut recorded = self.recording.lock();
        match buffer.get(..read) {
            Some(bytes) if !bytes.is_empty() => recorded.spool.append(&mut self.pieces, bytes)?,
            _ => {
                if let Some(name) = self.name.take() {
                    recorded.targets.insert(name, std::mem::take(&mut self.pieces));
                }
            }
        }
        Ok(read)
    }
}
