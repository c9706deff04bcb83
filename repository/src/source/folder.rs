//! A folder of metadata files, or one with such a folder in it.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use tuf_files::open_regular;

use super::{Source, SourceError, file_names, oldest_root};

/// A folder of metadata files.
pub(super) struct MetadataFolder {
    folder: PathBuf,
    shown: String,
}

impl MetadataFolder {
    /// Takes `metadata` in the folder if it is there, otherwise the folder itself.
    pub(super) fn open(folder: &Path) -> Self {
        let inner = folder.join("metadata");
        let shown = folder.display().to_string();
        let folder = if inner.is_dir() { inner } else { folder.to_owned() };
        Self { folder, shown }
    }

    fn failed(path: &Path, cause: io::Error) -> SourceError {
        SourceError::Read { location: path.display().to_string(), cause }
    }
}

impl Source for MetadataFolder {
    fn location(&self) -> String {
        self.shown.clone()
    }

    fn metadata(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, SourceError> {
        for name in file_names(name) {
            let path = self.folder.join(name);
            let file = match open_regular(&path) {
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
                file => file.map_err(|cause| Self::failed(&path, cause))?,
            };
            let mut bytes = Vec::new();
            let mut file = file.take(most.saturating_add(1));
            file.read_to_end(&mut bytes).map_err(|cause| Self::failed(&path, cause))?;
            return Ok(Some(bytes));
        }
        Ok(None)
    }

    fn oldest_root(&self) -> Result<Option<String>, SourceError> {
        let failed = |cause| Self::failed(&self.folder, cause);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(failed)? {
            names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
        }
        Ok(oldest_root(names))
    }
}
