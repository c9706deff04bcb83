//! Verified files that are kept between runs, named by their content.
//!
//! Nothing in the cache is trusted: whoever reads a file from it verifies the bytes again.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use tuf_verifier_host::Target;

use crate::write_whole::write_whole;

/// A folder of files named by their content: `<algorithm>/<first two digits>/<digest>`.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The cache in this folder, which need not exist yet.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The bytes that the cache has for a target: at most one byte more than its metadata lists, not verified.
    ///
    /// # Errors
    /// A file that is there but cannot be read.
    pub fn load(&self, target: &Target) -> Result<Option<Vec<u8>>, CacheError> {
        let Some(path) = self.path(target) else { return Ok(None) };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(CacheError::Read { path, source }),
        };
        let mut bytes = Vec::new();
        match file.take(target.length.saturating_add(1)).read_to_end(&mut bytes) {
            Ok(_) => Ok(Some(bytes)),
            Err(source) => Err(CacheError::Read { path, source }),
        }
    }

    /// Keeps the bytes of a target. A reader sees all of them or none.
    ///
    /// # Errors
    /// Whatever kept the file from being written.
    pub fn keep(&self, target: &Target, bytes: &[u8]) -> Result<(), CacheError> {
        let Some(path) = self.path(target) else { return Ok(()) };
        write_whole(&path, bytes).map_err(|source| CacheError::Write { path, source })
    }

    /// None where the metadata lists no hash, so that the file has no name.
    fn path(&self, target: &Target) -> Option<PathBuf> {
        let hash = target.hashes.iter().find(|hash| hash.algorithm == "sha256").or(target.hashes.first())?;
        let plain =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !plain(&hash.algorithm) || !plain(&hash.digest) || hash.digest.len() < 2 {
            return None;
        }
        Some(self.root.join(&hash.algorithm).join(&hash.digest[..2]).join(&hash.digest))
    }
}

/// What kept the cache from its work.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}
