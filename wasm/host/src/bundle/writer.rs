//! Writes the archive of a bundle.

use std::collections::HashSet;
use std::io::{self, Read, Write};

use tar::{Builder, EntryType, Header};

use super::BundleError;
use super::name::Folder;
use crate::source::name;

/// Writes a bundle. The same files in the same order become the same bytes.
///
/// Nothing is verified here: whoever reads the bundle does that. An archive that is not finished is no bundle.
pub struct BundleWriter<W: Write> {
    archive: Builder<W>,
    names: HashSet<String>,
}

impl<W: Write> BundleWriter<W> {
    /// An empty bundle, written to `to`.
    pub fn new(to: W) -> Self {
        Self { archive: Builder::new(to), names: HashSet::new() }
    }

    /// Adds the metadata file `name`, as a client asks for it: relative to the metadata base URL, percent-encoded.
    ///
    /// # Errors
    /// [`BundleError::Conflict`], [`BundleError::Write`]; the latter for a name that no source would be asked for, too.
    pub fn metadata(&mut self, name: &str, bytes: &[u8]) -> Result<(), BundleError> {
        self.append(Folder::Metadata, name, bytes.len() as u64, bytes)
    }

    /// Adds the target file at `fetch_path`, relative to the targets base URL and percent-encoded, of `length` bytes.
    ///
    /// # Errors
    /// [`BundleError::Conflict`], [`BundleError::Write`]; the latter where there are more or fewer bytes, too.
    pub fn target(&mut self, fetch_path: &str, length: u64, bytes: impl Read) -> Result<(), BundleError> {
        self.append(Folder::Targets, fetch_path, length, bytes)
    }

    /// Ends the bundle.
    ///
    /// # Errors
    /// [`BundleError::Write`].
    pub fn finish(self) -> Result<W, BundleError> {
        let written = self.archive.into_inner().and_then(|mut to| to.flush().map(|()| to));
        written.map_err(|source| BundleError::Write { source })
    }

    fn append(
        &mut self,
        folder: Folder,
        name: &str,
        length: u64,
        bytes: impl Read,
    ) -> Result<(), BundleError> {
        let failed = |source| BundleError::Write { source };
        name::check(name).map_err(|error| failed(io::Error::other(error)))?;
        // A folder would have it under the first of its names.
        let name = folder.names_of(name).next().unwrap_or_default();
        if !self.names.insert(name.clone()) {
            return Err(BundleError::Conflict { name });
        }
        let mut content = bytes.take(length);
        self.archive.append_data(&mut header(length), &name, &mut content).map_err(failed)?;
        match content.limit() {
            0 => Ok(()),
            left => Err(failed(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("{name} is {left} bytes shorter than {length}"),
            ))),
        }
    }
}

impl<W: Write> std::fmt::Debug for BundleWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BundleWriter").field("files", &self.names.len()).finish_non_exhaustive()
    }
}

/// A file that everybody may read, of nobody, written one second after the beginning of time: tar programs warn of 0.
fn header(length: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_size(length);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(1);
    header
}
