//! A repository in folders of this machine.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{Resume, Source, SourceError, TargetStream, name, whole_metadata};

/// A repository in two folders, as `tufrepo` writes it and a web server would serve it.
///
/// A name is looked up as a web server does it, with its percent escapes decoded, and then as it is. Only regular
/// files are read; one that a symbolic link or `..` places outside of its folder is refused.
#[derive(Clone, Debug)]
pub struct FolderSource {
    metadata: PathBuf,
    targets: PathBuf,
}

impl FolderSource {
    /// A source that reads from these two folders. They are looked at when a file is asked for.
    #[must_use]
    pub fn new(metadata_dir: impl Into<PathBuf>, targets_dir: impl Into<PathBuf>) -> Self {
        Self { metadata: metadata_dir.into(), targets: targets_dir.into() }
    }
}

impl Source for FolderSource {
    fn location(&self) -> Option<String> {
        Some(self.metadata.display().to_string())
    }

    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        whole_metadata(self, name, max_length)
    }

    fn metadata_stream(&self, name: &str, _: u64) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        Ok(open(&self.metadata, name)?.map(|file| Box::new(file) as Box<dyn Read + '_>))
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        Ok(open(&self.targets, fetch_path)?.map(|file| Box::new(file) as Box<dyn Read + '_>))
    }

    fn target_from(
        &self,
        fetch_path: &str,
        resume: Resume<'_>,
    ) -> Result<Option<TargetStream<'_>>, SourceError> {
        let Some(mut file) = open(&self.targets, fetch_path)? else { return Ok(None) };
        let start = file.skip(resume.offset).map_err(|error| read_error(&file.path, error))?;
        Ok(Some(TargetStream { bytes: Box::new(file), start, validator: None }))
    }
}

/// A file whose errors name it.
struct NamedFile {
    file: File,
    path: PathBuf,
}

impl NamedFile {
    /// Skips the bytes before `offset`, and none where the file is shorter. Returns how many.
    fn skip(&mut self, offset: u64) -> io::Result<u64> {
        let start = if offset <= self.file.metadata()?.len() { offset } else { 0 };
        self.file.seek(SeekFrom::Start(start))
    }
}

impl Read for NamedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer).map_err(|source| read_error(&self.path, source).into_read())
    }
}

fn open(folder: &Path, name: &str) -> Result<Option<NamedFile>, SourceError> {
    name::check(name)?;
    let base = folder.canonicalize().map_err(|error| SourceError::Unusable {
        location: folder.display().to_string(),
        reason: format!("this is no folder that can be read: {error}"),
    })?;
    for relative in name::in_folder(name) {
        if let Some(file) = open_inside(&base, Path::new(&*relative), name)? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

fn open_inside(base: &Path, relative: &Path, name: &str) -> Result<Option<NamedFile>, SourceError> {
    let path = match base.join(relative).canonicalize() {
        Ok(path) => path,
        Err(error) if is_absence(&error) => return Ok(None),
        Err(error) => return Err(read_error(&base.join(relative), error)),
    };
    if !path.starts_with(base) {
        let reason = "a symbolic link places it outside of the repository's folder";
        return Err(SourceError::Name { name: name.to_owned(), reason });
    }
    // A look before the file is opened: opening a pipe would wait for its writer.
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err(read_error(&path, io::Error::other("this is no regular file"))),
        Err(error) => return Err(read_error(&path, error)),
    }
    match File::open(&path) {
        Ok(file) => Ok(Some(NamedFile { file, path })),
        Err(error) => Err(read_error(&path, error)),
    }
}

fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | InvalidFilename)
}

fn read_error(path: &Path, source: io::Error) -> SourceError {
    SourceError::Read { location: path.display().to_string(), source }
}
