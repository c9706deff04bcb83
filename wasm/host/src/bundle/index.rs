//! What is where in the archive of a bundle. Nothing is taken out of it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use tar::{Archive, Entry, EntryType, PaxExtensions};

use super::BundleError;
use super::name;

/// Bytes of an extended header: a name, and what tar programs add.
const LONGEST_EXTENSION: u64 = 64 << 10;

/// Bytes of a block of an archive.
const BLOCK: u64 = 512;

/// Where a file is in the archive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// The files of an archive by their names.
pub(super) type Index = HashMap<Box<str>, Place>;

/// Reads the headers of an archive to its end, which must be there: a bundle that was cut off would say of the files
/// behind the cut that the repository does not have them.
///
/// # Errors
/// [`BundleError::Read`], [`BundleError::Malformed`].
pub(super) fn read(path: &Path, file: &File, most_entries: usize) -> Result<Index, BundleError> {
    let length = file.metadata().map_err(|source| BundleError::Read { path: path.to_owned(), source })?.len();
    let mut reading = Reading { files: Index::new(), end: 0, length, long_name: None };
    reading.run(file, most_entries).map_err(|error| match error {
        Defect::Read(source) => BundleError::Read { path: path.to_owned(), source },
        Defect::Archive(reason) => BundleError::Malformed { path: path.to_owned(), reason },
    })?;
    Ok(reading.files)
}

struct Reading {
    files: Index,
    /// End of the last entry.
    end: u64,
    /// Bytes of the archive.
    length: u64,
    /// The name that an extended header gives to the next entry.
    long_name: Option<Vec<u8>>,
}

enum Defect {
    Read(io::Error),
    Archive(String),
}

impl From<io::Error> for Defect {
    /// The errors that `tar` makes itself are of this kind.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::Other | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Self::Archive(error.to_string())
            }
            _ => Self::Read(error),
        }
    }
}

impl From<&str> for Defect {
    fn from(reason: &str) -> Self {
        Self::Archive(reason.to_owned())
    }
}

impl Reading {
    fn run(&mut self, file: &File, most_entries: usize) -> Result<(), Defect> {
        let mut archive = Archive::new(file);
        for (count, entry) in archive.entries_with_seek()?.raw(true).enumerate() {
            if count >= most_entries {
                return Err(format!("it has more than {most_entries} entries").as_str().into());
            }
            self.entry(entry?)?;
        }
        if self.long_name.is_some() {
            return Err("a name at its end belongs to no file".into());
        }
        self.check_end(file)
    }

    fn entry(&mut self, mut entry: Entry<'_, impl Read>) -> Result<(), Defect> {
        let (offset, length) = (entry.raw_file_position(), entry.size());
        let padded = length.checked_next_multiple_of(BLOCK);
        let end = padded.and_then(|padded| offset.checked_add(padded)).filter(|end| *end <= self.length);
        self.end = end.ok_or("it is cut off")?;
        match entry.header().entry_type() {
            EntryType::Regular => self.file(&entry, Place { offset, length }),
            EntryType::Directory => {
                self.long_name = None;
                Ok(())
            }
            EntryType::GNULongName => {
                let mut name = extension(&mut entry)?;
                name.truncate(name.iter().position(|byte| *byte == 0).unwrap_or(name.len()));
                self.name_next(name)
            }
            EntryType::XHeader => self.extended(&extension(&mut entry)?),
            // Of all files at once, such as a comment.
            EntryType::XGlobalHeader => Ok(()),
            other => {
                let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                Err(format!("{name} is no regular file (type {:?})", char::from(other.as_byte()))
                    .as_str()
                    .into())
            }
        }
    }

    fn file(&mut self, entry: &Entry<'_, impl Read>, place: Place) -> Result<(), Defect> {
        let bytes = self.long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        let described = |reason: &str| format!("{:?}: {reason}", String::from_utf8_lossy(&bytes));
        let name = name::of_entry(&bytes).map_err(|reason| Defect::Archive(described(reason)))?;
        match self.files.insert(name.into(), place) {
            None => Ok(()),
            Some(_) => Err(Defect::Archive(described("it is there twice"))),
        }
    }

    /// Takes the name of the next entry from a PAX header.
    fn extended(&mut self, bytes: &[u8]) -> Result<(), Defect> {
        for record in PaxExtensions::new(bytes) {
            let record = record?;
            match record.key_bytes() {
                b"path" => self.name_next(record.value_bytes().to_vec())?,
                // Whoever reads one of two lengths reads another archive.
                b"size" => return Err("an extended header changes the length of a file".into()),
                key if key.starts_with(b"GNU.sparse") => return Err("it has a sparse file".into()),
                _ => {}
            }
        }
        Ok(())
    }

    fn name_next(&mut self, name: Vec<u8>) -> Result<(), Defect> {
        match self.long_name.replace(name) {
            None => Ok(()),
            Some(_) => Err("two names belong to one file".into()),
        }
    }

    /// Two empty blocks end an archive.
    fn check_end(&self, mut file: &File) -> Result<(), Defect> {
        let mut blocks = Vec::new();
        file.seek(SeekFrom::Start(self.end))?;
        file.take(2 * BLOCK).read_to_end(&mut blocks)?;
        match blocks.len() == 2 * BLOCK as usize && blocks.iter().all(|byte| *byte == 0) {
            true => Ok(()),
            false => Err("its end is not there".into()),
        }
    }
}

/// The content of an extended header.
fn extension(entry: &mut Entry<'_, impl Read>) -> Result<Vec<u8>, Defect> {
    if entry.size() > LONGEST_EXTENSION {
        return Err("an extended header is too long".into());
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    Ok(bytes)
}
