//! Whether a folder is exactly what cargo unpacks from a crate file: every file with its bytes and its mode, and nothing else.
//!
//! The crate file is decompressed in memory, so that no record of earlier digests has to be believed. A crate file with anything
//! but plain files and folders of distinct names is never taken for equal: what becomes of it is left to cargo.

use std::collections::HashSet;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::sync::OnceLock;

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
    /// A file or folder has another owner or mode than cargo would give it in this run. So it is if the umask is another one than
    /// in the run that kept it.
    #[error("{} has other access rights than cargo would give it now", .0.display())]
    Access(PathBuf),
    /// A file could be changed by another name that it has elsewhere.
    #[error("{} has a second name", .0.display())]
    SecondName(PathBuf),
    /// A file or folder is of another file system than that of the run, such as one that is mounted there.
    #[error("{} is on another file system", .0.display())]
    Mounted(PathBuf),
    /// There is a file, folder or link that the crate file does not have.
    #[error("{} was added", .0.display())]
    Added(PathBuf),
}

/// Who owns what this process and cargo make, with which mode, and on which file system.
#[derive(Clone, Copy, Debug)]
pub(super) struct Creation {
    #[cfg(unix)]
    owner: u32,
    /// Permissions that cargo takes from the modes in an archive.
    #[cfg(unix)]
    umask: u32,
    #[cfg(unix)]
    folder: Made,
    #[cfg(unix)]
    file: Made,
}

/// What becomes of a file or folder that is made with all permissions: a default ACL takes the place of the umask. Some file
/// systems of layers have one device for folders and another one for files.
#[cfg(unix)]
#[derive(Clone, Copy, Debug)]
struct Made {
    mode: u32,
    device: u64,
}

/// The mode of a file or folder.
#[derive(Clone, Copy)]
#[cfg_attr(not(unix), allow(dead_code))]
enum Mode {
    /// The one that it was made with.
    Made,
    /// The one of the archive's entry.
    Set(u32),
}

impl Creation {
    /// Learns it from a folder that this process has just made, and from a file that it makes there for a moment.
    #[cfg_attr(not(unix), allow(unused_variables))]
    pub(super) fn of(folder: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let path = folder.join("made");
            let file = File::create_new(&path)?.metadata()?;
            fs::remove_file(path)?;
            let folder = fs::symlink_metadata(folder)?;
            Ok(Self {
                owner: folder.uid(),
                umask: umask(),
                folder: Made { mode: folder.mode() & 0o777, device: folder.dev() },
                file: Made { mode: file.mode() & 0o7777, device: file.dev() },
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Whether cargo gives a folder the same mode with and without an archive's entry of this mode.
    #[cfg_attr(not(unix), allow(unused_variables, clippy::unused_self))]
    fn is_usual_folder(&self, mode: u32) -> bool {
        #[cfg(unix)]
        return mode & 0o777 & !self.umask == self.folder.mode;
        #[cfg(not(unix))]
        true
    }

    /// Whether it is what cargo would have made, on the file system where it would have made it. A file with a second name could be
    /// changed by that name, wherever it is.
    #[cfg_attr(not(unix), allow(unused_variables, clippy::unused_self))]
    fn check(&self, path: &Path, found: &Metadata, mode: Mode) -> Result<(), Deviation> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            // Folders inherit the bit of the group from the one above.
            let (made, bits) = if found.is_dir() { (self.folder, 0o777) } else { (self.file, 0o7777) };
            let mode = match mode {
                Mode::Made => made.mode,
                Mode::Set(mode) => mode & 0o777 & !self.umask,
            };
            if found.dev() != made.device {
                return Err(Deviation::Mounted(path.to_owned()));
            }
            if found.uid() != self.owner || found.mode() & bits != mode {
                return Err(Deviation::Access(path.to_owned()));
            }
            if !found.is_dir() && found.nlink() != 1 {
                return Err(Deviation::SecondName(path.to_owned()));
            }
        }
        Ok(())
    }
}

/// The umask of this process, which cargo inherits. The system tells it only to one who sets another: for that moment, what other
/// threads make is private.
#[cfg(unix)]
// Not every system has it as a u32.
#[cfg_attr(target_os = "linux", allow(clippy::useless_conversion))]
fn umask() -> u32 {
    use nix::sys::stat::{self, Mode};
    // Two threads at once would each take that of the other for the one to be put back.
    static UMASK: OnceLock<u32> = OnceLock::new();
    *UMASK.get_or_init(|| {
        let umask = stat::umask(Mode::S_IRWXG | Mode::S_IRWXO);
        stat::umask(umask);
        umask.bits().into()
    })
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
        creation.check(path, &found, Mode::Made).is_ok()
            && is_same(&mut { bytes }, &mut file, &mut buffers).unwrap_or(false)
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
    /// Compares every file of the crate file. It is read to its end even after a difference: one that is left to cargo says nothing
    /// of what the folder should be.
    fn files(&mut self, package: &PackageId, crate_file: &[u8]) -> Result<(), Deviation> {
        let unusual = |reason: &dyn ToString| Deviation::CrateFile(reason.to_string());
        let mut archive = crate_file::unpacked(crate_file);
        let mut compared = Ok(());
        for entry in archive.entries().map_err(|error| unusual(&error))? {
            let mut entry = entry.map_err(|error| unusual(&error))?;
            let path = entry.path().map_err(|error| unusual(&error))?.into_owned();
            let inside = crate_file::path_inside(&path, package).ok_or_else(|| unusual(&path.display()))?;
            let kind = entry.header().entry_type();
            let mode = entry.header().mode().map_err(|error| unusual(&error))?;
            let is_plain = if kind.is_file() {
                // Cargo makes a folder of some files whose name ends with a slash. What its owner cannot read cannot be compared.
                !entry.path_bytes().ends_with(b"/") && mode & 0o400 != 0
            } else {
                // Others may be such that nothing can be made or deleted in them.
                kind.is_dir() && self.creation.is_usual_folder(mode)
            };
            // Cargo leaves out files of the name that it gives to its mark.
            if !is_plain || inside.file_name().is_some_and(|name| name == COMPLETE) {
                return Err(unusual(&path.display()));
            }
            let above = if kind.is_file() { inside.parent() } else { Some(&*inside) };
            let above = above.into_iter().flat_map(Path::ancestors);
            self.folders.extend(above.map(Path::to_owned));
            if kind.is_file() {
                // It depends on cargo which one of two files of one name is left.
                if !self.files.insert(inside.clone()) {
                    return Err(unusual(&path.display()));
                }
                if compared.is_ok() {
                    compared = self.file(inside, mode, &mut entry);
                }
            }
        }
        compared
    }

    fn file(&mut self, path: PathBuf, mode: u32, content: &mut impl Read) -> Result<(), Deviation> {
        let (mut file, found) = self.open(&path)?;
        self.creation.check(&path, &found, Mode::Set(mode))?;
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
        self.creation.check(&path, &found, Mode::Made)?;
        let mut text = String::new();
        let is_text = file.take(MAX_MARK + 1).read_to_string(&mut text).is_ok();
        match is_text && text.len() as u64 <= MAX_MARK {
            true => Ok(()),
            false => Err(Deviation::Changed(path)),
        }
    }

    /// Walks through the folder, and refuses what the crate file does not have. No link is followed.
    fn nothing_else(&self) -> Result<(), Deviation> {
        let no_folder = |path: &Path, source| {
            Err(Deviation::Missing { path: path.to_owned(), expected: "folder", source })
        };
        for folder in &self.folders {
            // Joined with an empty path it would end with a slash, which follows a link.
            let path: PathBuf = self.folder.components().chain(folder.components()).collect();
            let found = match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() => found,
                Ok(_) => return no_folder(folder, io::ErrorKind::NotADirectory.into()),
                Err(source) => return no_folder(folder, source),
            };
            self.creation.check(folder, &found, Mode::Made)?;
            let entries = match fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(source) => return no_folder(folder, source),
            };
            for entry in entries {
                let found = entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?)));
                let Ok((name, kind)) = found else { return Err(Deviation::Added(folder.clone())) };
                let inside = folder.join(name);
                let (expected, is_it) = match () {
                    () if self.folders.contains(&inside) => ("folder", kind.is_dir()),
                    () if self.files.contains(&inside) || inside == Path::new(COMPLETE) => {
                        ("file", kind.is_file())
                    }
                    () => return Err(Deviation::Added(inside)),
                };
                if !is_it {
                    let source = io::ErrorKind::InvalidInput.into();
                    return Err(Deviation::Missing { path: inside, expected, source });
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

/// Opens a regular file. It follows no link, opens no device, and waits for nobody who writes to a pipe.
fn open(path: &Path) -> io::Result<(File, Metadata)> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
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
