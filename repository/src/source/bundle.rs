//! A bundle: a tar archive of a published folder (docs/offline.md).

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use tuf_files::{ArchiveError, ArchiveIndex, open_regular, read_archive};

use super::{Source, SourceError, file_names, oldest_root};

const METADATA: &str = "metadata/";

/// Entries of an archive that are read at most.
const MOST_ENTRIES: usize = 1_000_000;

/// A bundle. Files are read where they are in the archive.
pub(super) struct Bundle {
    shown: String,
    file: File,
    index: ArchiveIndex,
}

impl Bundle {
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let shown = path.display().to_string();
        let read = |cause| SourceError::Read { location: path.display().to_string(), cause };
        let file = open_regular(path).map_err(read)?;
        let index = match read_archive(&file, &[METADATA, "targets/"], MOST_ENTRIES) {
            Ok(index) => index,
            Err(ArchiveError::Read(cause)) => return Err(read(cause)),
            Err(ArchiveError::Malformed(reason)) => {
                return Err(SourceError::Bundle { location: shown, reason });
            }
        };
        Ok(Self { shown, file, index })
    }
}

impl Source for Bundle {
    fn location(&self) -> String {
        self.shown.clone()
    }

    fn metadata(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let read = |cause| SourceError::Read { location: self.shown.clone(), cause };
        let found = file_names(name).find_map(|name| self.index.get(format!("{METADATA}{name}").as_str()));
        let Some(place) = found else { return Ok(None) };
        let mut file = &self.file;
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(place.offset)).map_err(read)?;
        let length = place.length.min(most.saturating_add(1));
        let taken = file.take(length).read_to_end(&mut bytes).map_err(read)?;
        match u64::try_from(taken).is_ok_and(|taken| taken == length) {
            true => Ok(Some(bytes)),
            false => Err(SourceError::Bundle {
                location: self.shown.clone(),
                reason: "it became shorter since it was opened".to_owned(),
            }),
        }
    }

    fn oldest_root(&self) -> Result<Option<String>, SourceError> {
        Ok(oldest_root(self.index.keys().filter_map(|name| name.strip_prefix(METADATA))))
    }
}
