//! Whether a folder is exactly what cargo unpacks from a crate file: every file with its bytes and its mode, and nothing else.
//!
//! The crate file is decompressed in memory, so that no record of earlier digests has to be believed. A crate file with anything
//! but files and folders of distinct names is never taken for equal: what becomes of it is left to cargo.

use std::collections::HashSet;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::COMPLETE;
use crate::crate_file;
use crate::package::PackageId;

/// Bytes that are compared at a time.
const BUFFER: usize = 32 * 1024;

/// Most bytes of cargo's mark of a complete package.
const MAX_MARK: u64 = 64;

/// The first difference between a folder and its crate file. Paths are below the package's folder.
#[derive(Debug, thiserror::Error)]
pub enum Deviation {
    /// The crate file is one that is always left to cargo.
    #[error("its crate file has more than plain files: {0}")]
    CrateFile(String),
    /// A file or folder is missing, or is something else, such as a link.
    #[error("{} is missing or is no {expected}: {source}", path.display())]
    Missing {
        /// The file or folder.
        path: PathBuf,
        /// What it must be.
        expected: &'static str,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file has other bytes.
    #[error("{} has other bytes", .0.display())]
    Changed(PathBuf),
    /// A file or folder has another owner or mode than cargo would have given it, or has another name elsewhere.
    #[error("{} has another owner or mode, or has a second name", .0.display())]
    Access(PathBuf),
    /// There is a file, folder or link that the crate file does not have.
    #[error("{} was added", .0.display())]
    Added(PathBuf),
}

/// Who owns what this process and cargo make, and with which mode.
#[derive(Clone, Copy, Debug)]
pub(super) struct Creation {
    /// Mode of a folder: all permissions that the umask leaves.
    #[cfg(unix)]
    mode: u32,
    #[cfg(unix)]
    owner: u32,
}

impl Creation {
    /// Learns it from a folder that this process has just made.
    #[cfg_attr(not(unix), allow(unused_variables))]
    pub(super) fn of(folder: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let made = fs::symlink_metadata(folder)?;
            Ok(Self { mode: made.mode() & 0o777, owner: made.uid() })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Whether it is what cargo would have made of an archive's entry of this mode. A file with a second name could be changed
    /// by that name, wherever it is.
    #[cfg_attr(not(unix), allow(unused_variables, clippy::unused_self))]
    fn fits(&self, found: &Metadata, mode: u32) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            // Folders inherit the bit of the group from the one above.
            let bits = if found.is_dir() { 0o777 } else { 0o7777 };
            found.uid() == self.owner
                && found.mode() & bits == mode & self.mode
                && (found.is_dir() || found.nlink() == 1)
        }
        #[cfg(not(unix))]
        true
    }
}

/// Compares a folder with what cargo unpacks from this crate file.
pub(super) fn compare(
    folder: &Path,
    package: &PackageId,
    crate_file: &[u8],
    creation: &Creation,
) -> Result<(), Deviation> {
    let mut comparison = Comparison {
        folder,
        creation,
        files: HashSet::new(),
        folders: HashSet::from([PathBuf::new()]),
        buffers: [vec![0; BUFFER], vec![0; BUFFER]],
    };
    comparison.files(package, crate_file)?;
    comparison.mark()?;
    comparison.nothing_else()
}

/// Whether this is a file with these bytes, which nobody has by another name.
pub(super) fn is_file_of(path: &Path, bytes: &[u8], creation: &Creation) -> bool {
    let mut buffers = [vec![0; BUFFER], vec![0; BUFFER]];
    open(path).is_ok_and(|(mut file, found)| {
        creation.fits(&found, 0o666) && is_same(&mut { bytes }, &mut file, &mut buffers).unwrap_or(false)
    })
}

struct Comparison<'a> {
    folder: &'a Path,
    creation: &'a Creation,
    /// Paths below the folder that the crate file has.
    files: HashSet<PathBuf>,
    folders: HashSet<PathBuf>,
    /// For bytes of the crate file, and of the folder.
    buffers: [Vec<u8>; 2],
}

impl Comparison<'_> {
    /// Compares every file of the crate file.
    fn files(&mut self, package: &PackageId, crate_file: &[u8]) -> Result<(), Deviation> {
        let unusual = |reason: &dyn ToString| Deviation::CrateFile(reason.to_string());
        let mut archive = crate_file::unpacked(crate_file);
        for entry in archive.entries().map_err(|error| unusual(&error))? {
            let mut entry = entry.map_err(|error| unusual(&error))?;
            let path = entry.path().map_err(|error| unusual(&error))?.into_owned();
            let inside = crate_file::path_inside(&path, package).ok_or_else(|| unusual(&path.display()))?;
            let kind = entry.header().entry_type();
            // Cargo leaves out files of the name that it gives to its mark.
            if !(kind.is_file() || kind.is_dir()) || inside.file_name().is_some_and(|name| name == COMPLETE) {
                return Err(unusual(&path.display()));
            }
            let above = if kind.is_file() { inside.parent() } else { Some(&*inside) };
            let above = above.into_iter().flat_map(Path::ancestors);
            self.folders.extend(above.map(Path::to_owned));
            if kind.is_file() {
                let mode = entry.header().mode().map_err(|error| unusual(&error))?;
                // It depends on cargo which one of two files of one name is left.
                if !self.files.insert(inside.clone()) {
                    return Err(unusual(&path.display()));
                }
                self.file(inside, mode, &mut entry)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf, mode: u32, content: &mut impl Read) -> Result<(), Deviation> {
        let (mut file, found) = self.open(&path)?;
        if !self.creation.fits(&found, mode & 0o777) {
            return Err(Deviation::Access(path));
        }
        match is_same(content, &mut file, &mut self.buffers) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Deviation::Changed(path)),
            Err(source) => Err(Deviation::Missing { path, expected: "readable file", source }),
        }
    }

    /// Cargo's mark, whose content is cargo's business: with one that it does not know it unpacks the package again.
    fn mark(&self) -> Result<(), Deviation> {
        let path = PathBuf::from(COMPLETE);
        let (file, found) = self.open(&path)?;
        let mut text = String::new();
        let is_text = file.take(MAX_MARK + 1).read_to_string(&mut text).is_ok();
        match is_text && text.len() as u64 <= MAX_MARK && self.creation.fits(&found, 0o666) {
            true => Ok(()),
            false => Err(Deviation::Changed(path)),
        }
    }

    /// Walks through the folder, and refuses what the crate file does not have. No link is followed.
    fn nothing_else(&self) -> Result<(), Deviation> {
        let missing = |path: &Path, source| {
            Err(Deviation::Missing { path: path.to_owned(), expected: "folder", source })
        };
        for folder in &self.folders {
            // Joined with an empty path it would end with a slash, which follows a link.
            let path: PathBuf = self.folder.components().chain(folder.components()).collect();
            let found = match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() => found,
                Ok(_) => return missing(folder, io::ErrorKind::NotADirectory.into()),
                Err(source) => return missing(folder, source),
            };
            if !self.creation.fits(&found, 0o777) {
                return Err(Deviation::Access(folder.clone()));
            }
            let entries = match fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(source) => return missing(folder, source),
            };
            for entry in entries {
                let Ok(entry) = entry else { return Err(Deviation::Added(folder.clone())) };
                let inside = folder.join(entry.file_name());
                let is_known = self.files.contains(&inside)
                    || self.folders.contains(&inside)
                    || inside == Path::new(COMPLETE);
                if !is_known {
                    return Err(Deviation::Added(inside));
                }
            }
        }
        Ok(())
    }

    fn open(&self, path: &Path) -> Result<(File, Metadata), Deviation> {
        let missing = |source| Deviation::Missing { path: path.to_owned(), expected: "file", source };
        open(&self.folder.join(path)).map_err(missing)
    }
}

/// Opens a regular file. It follows no link, and waits for nobody who writes to a pipe.
fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use nix::fcntl::OFlag;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits());
    }
    let file = options.open(path)?;
    let found = file.metadata()?;
    if found.is_file() { Ok((file, found)) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

/// Whether both have the same bytes, to their ends.
fn is_same(
    expected: &mut impl Read,
    found: &mut impl Read,
    [one, other]: &mut [Vec<u8>; 2],
) -> io::Result<bool> {
    loop {
        let length = read_whole(expected, one)?;
        if read_whole(found, other)? != length || one.get(..length) != other.get(..length) {
            return Ok(false);
        }
        if length < one.len() {
            return Ok(true);
        }
    }
}

/// Reads until the buffer is full or nothing is left.
fn read_whole(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(free) = buffer.get_mut(length..).filter(|free| !free.is_empty()) {
        match from.read(free) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}
