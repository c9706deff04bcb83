//! What is where in a tar archive of a published folder. Nothing is taken out of it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use tar::{Archive, Entry, EntryType, PaxExtensions};

/// Bytes of an extended header: a name, and what tar programs add.
const LONGEST_EXTENSION: u64 = 64 << 10;

/// Bytes of a block of an archive.
const BLOCK: u64 = 512;

/// Bytes of a name in the archive.
pub const LONGEST_NAME: usize = 4096;

/// Where a file is in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchivedFile {
    /// Bytes before it.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
}

/// The files of an archive by their names, which begin with one of the folders that it may have.
pub type ArchiveIndex = HashMap<Box<str>, ArchivedFile>;

/// Why an archive was not read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file could not be read.
    #[error("it cannot be read: {0}")]
    Read(io::Error),
    /// It is no archive, has what it may not have, or is not whole.
    #[error("{0}")]
    Malformed(String),
}

/// Reads the headers of an archive to its end, which must be there: an archive that was cut off would say of the files
/// behind the cut that there are none.
///
/// Only regular files below `folders` (each with a slash at its end) are taken, and folders ignored; links, devices and
/// sparse files are refused, and so are names that occur twice or lead elsewhere.
///
/// # Errors
/// [`ArchiveError`].
pub fn read_archive(
    file: &File,
    folders: &[&str],
    most_entries: usize,
) -> Result<ArchiveIndex, ArchiveError> {
    let length = file.metadata().map_err(ArchiveError::Read)?.len();
    let mut reading = Reading { files: ArchiveIndex::new(), folders, end: 0, length, long_name: None };
    reading.run(file, most_entries)?;
    Ok(reading.files)
}

/// The name of a file in the archive as it is kept: without `./` at its beginning.
fn name_of<'n>(bytes: &'n [u8], folders: &[&str]) -> Result<&'n str, String> {
    let name = str::from_utf8(bytes).map_err(|_| "its name is no UTF-8")?;
    let name = name.strip_prefix("./").unwrap_or(name);
    if name.len() > LONGEST_NAME {
        return Err("its name is too long".to_owned());
    }
    let is_plain = |segment: &str| !matches!(segment, "" | "." | "..");
    if !name.split('/').all(is_plain) || name.contains(['\0', '\\']) {
        return Err("its name could lead elsewhere".to_owned());
    }
    match folders.iter().any(|folder| name.starts_with(folder)) {
        true => Ok(name),
        false => Err(format!("it is beneath neither {}", folders.join(" nor "))),
    }
}

struct Reading<'a> {
    files: ArchiveIndex,
    /// Where files may be.
    folders: &'a [&'a str],
    /// End of the last entry.
    end: u64,
    /// Bytes of the archive.
    length: u64,
    /// The name that an extended header gives to the next entry.
    long_name: Option<Vec<u8>>,
}

impl From<io::Error> for ArchiveError {
    /// The errors that `tar` makes itself are of these kinds.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::Other | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Self::Malformed(error.to_string())
            }
            _ => Self::Read(error),
        }
    }
}

impl From<&str> for ArchiveError {
    fn from(reason: &str) -> Self {
        Self::Malformed(reason.to_owned())
    }
}

impl Reading<'_> {
    fn run(&mut self, file: &File, most_entries: usize) -> Result<(), ArchiveError> {
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

    fn entry(&mut self, mut entry: Entry<'_, impl Read>) -> Result<(), ArchiveError> {
        let (offset, length) = (entry.raw_file_position(), entry.size());
        let padded = length.checked_next_multiple_of(BLOCK);
        let end = padded.and_then(|padded| offset.checked_add(padded)).filter(|end| *end <= self.length);
        self.end = end.ok_or("it is cut off")?;
        match entry.header().entry_type() {
            EntryType::Regular => self.file(&entry, ArchivedFile { offset, length }),
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

    fn file(&mut self, entry: &Entry<'_, impl Read>, place: ArchivedFile) -> Result<(), ArchiveError> {
        let bytes = self.long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        let described = |reason: &str| format!("{:?}: {reason}", String::from_utf8_lossy(&bytes));
        let name =
            name_of(&bytes, self.folders).map_err(|reason| ArchiveError::Malformed(described(&reason)))?;
        match self.files.insert(name.into(), place) {
            None => Ok(()),
            Some(_) => Err(ArchiveError::Malformed(described("it is there twice"))),
        }
    }

    /// Takes the name of the next entry from a PAX header.
    fn extended(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
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

    fn name_next(&mut self, name: Vec<u8>) -> Result<(), ArchiveError> {
        match self.long_name.replace(name) {
            None => Ok(()),
            Some(_) => Err("two names belong to one file".into()),
        }
    }

    /// Two empty blocks end an archive.
    fn check_end(&self, mut file: &File) -> Result<(), ArchiveError> {
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
fn extension(entry: &mut Entry<'_, impl Read>) -> Result<Vec<u8>, ArchiveError> {
    if entry.size() > LONGEST_EXTENSION {
        return Err("an extended header is too long".into());
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    Ok(bytes)
}
