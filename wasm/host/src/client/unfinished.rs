//! Target files that are not whole yet, beside their place.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::client::digests::{Digests, hexadecimal};
use crate::client::reception::{CHUNK, Output};
use crate::error::Error;
use crate::records::Target;

/// How the names of unfinished files end.
const SUFFIX: &str = ".unfinished";

/// Times that a file is made again when its first moment without a lock was used to delete it.
const ATTEMPTS: usize = 16;

/// An unfinished file: `.tuf-`, a hash of the target's length and hashes, random letters, and `.unfinished`.
///
/// Each transfer has one of its own, that nobody else writes to, and holds a lock on it. One without a lock was left by
/// a transfer that failed or died. What is in it is copied and hashed again: whoever could write to it cannot write to
/// the copy. It is deleted when it is dropped, unless it is kept or moved to its place.
pub(super) struct Unfinished {
    file: NamedTempFile,
    /// Where the target is to be.
    to: PathBuf,
    /// How the names of all unfinished files of this target begin.
    prefix: String,
    length: u64,
    locked: bool,
}

impl Unfinished {
    /// An empty file in the folder of `to`.
    pub(super) fn create(target: &Target, to: &Path) -> Result<Self, Error> {
        let prefix = format!(".tuf-{}.", identity(target));
        let created = create(folder_of(to), &prefix);
        let (file, locked) = created.map_err(|source| unwritable(to, source))?;
        Ok(Self { file, to: to.to_owned(), prefix, length: 0, locked })
    }

    /// Takes over what earlier transfers of the target have left: the longest of their files, and its digests. The
    /// others are deleted.
    pub(super) fn take_over(&mut self, target: &Target) -> Result<Digests, Error> {
        let mut left = abandoned(folder_of(&self.to), &self.prefix);
        left.sort_by_key(|file| std::cmp::Reverse(file.length));
        let usable = left.iter().find(|file| file.length <= target.length);
        let digests = match usable.map(|file| self.copy(&file.file, target)) {
            Some(Ok(digests)) => digests,
            Some(Err(Error::Output { .. })) | None => {
                self.clear()?;
                Digests::listed_by(target)
            }
            Some(Err(error)) => return Err(error),
        };
        left.iter().for_each(Abandoned::delete);
        Ok(digests)
    }

    fn copy(&mut self, from: &File, target: &Target) -> Result<Digests, Error> {
        let mut digests = Digests::listed_by(target);
        let mut reader = BufReader::new(from).take(target.length);
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = match reader.read(&mut chunk) {
                Ok(0) => return Ok(digests),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unwritable(&self.to, error)),
            };
            let bytes = chunk.get(..read).unwrap_or_default();
            self.append(bytes)?;
            digests.update(bytes);
        }
    }

    /// Moves the file, which is whole and verified, to its place. It then outlives a power failure.
    pub(super) fn finish(self) -> Result<(), Error> {
        let failed = |source| unwritable(&self.to, source);
        self.file.as_file().sync_all().map_err(failed)?;
        self.file.persist(&self.to).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// Leaves the file for the next transfer of the target. One that is empty, or that another process could not know
    /// to be left, is deleted.
    pub(super) fn keep(self) {
        if self.length > 0 && self.locked {
            // A file that cannot be kept is fetched from the beginning.
            let _ = self.file.keep();
        }
    }
}

impl Output for Unfinished {
    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|source| unwritable(&self.to, source))?;
        self.length = self.length.saturating_add(bytes.len().try_into().unwrap_or(u64::MAX));
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Error> {
        let file = self.file.as_file_mut();
        file.set_len(0).and_then(|()| file.rewind()).map_err(|source| unwritable(&self.to, source))?;
        self.length = 0;
        Ok(())
    }
}

/// A file that nobody writes to any more, with its lock.
struct Abandoned {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Abandoned {
    /// The file at this path, where it is regular and nobody holds its lock.
    fn at(path: PathBuf) -> Option<Self> {
        // A look before it is opened: opening a pipe would wait for its writer.
        fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file)?;
        let file = File::open(&path).ok()?;
        file.try_lock().ok()?;
        // Its owner may have moved it to its place before the lock was free. Names are never used twice.
        let length = fs::symlink_metadata(&path).ok()?.len();
        Some(Self { path, file, length })
    }

    /// One that cannot be deleted takes room and does no harm.
    fn delete(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn abandoned(folder: &Path, prefix: &str) -> Vec<Abandoned> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_ours = |name: &str| name.starts_with(prefix) && name.ends_with(SUFFIX);
    let ours = entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(is_ours));
    ours.filter_map(|entry| Abandoned::at(entry.path())).collect()
}

/// A new file, and whether its lock could be had. Between the two, another process may take it for abandoned and delete
/// it: then there is another one.
fn create(folder: &Path, prefix: &str) -> io::Result<(NamedTempFile, bool)> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(SUFFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    for _ in 1..ATTEMPTS {
        let file = builder.tempfile_in(folder)?;
        match file.as_file().try_lock() {
            Ok(()) if file.path().exists() => return Ok((file, true)),
            Ok(()) | Err(fs::TryLockError::WouldBlock) => {}
            Err(fs::TryLockError::Error(_)) => return Ok((file, false)),
        }
    }
    Ok((builder.tempfile_in(folder)?, false))
}

/// What an unfinished file is bound to: SHA-256 of the target's length and hashes, in lower-case hexadecimal.
fn identity(target: &Target) -> String {
    let mut hash = Sha256::new();
    hash.update(target.length.to_string());
    for listed in &target.hashes {
        hash.update(format!("\n{}:{}", listed.algorithm, listed.digest));
    }
    hexadecimal(&hash.finalize())
}

fn folder_of(to: &Path) -> &Path {
    match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn unwritable(path: &Path, source: io::Error) -> Error {
    Error::Output { path: path.to_owned(), source }
}
