//! A repository in an object store, read through the store's own API.

use super::{Source, SourceError, file_names, oldest_root};
use crate::bucket::{Bucket, StoreError};

/// Metadata below the prefix of a bucket, in `metadata/`.
pub(super) struct Stored {
    bucket: Bucket,
}

impl Stored {
    /// Opens no connection.
    pub(super) fn open(url: &str) -> Result<Self, SourceError> {
        Ok(Self { bucket: Bucket::open(url)? })
    }
}

impl Source for Stored {
    fn location(&self) -> String {
        self.bucket.url().to_owned()
    }

    fn metadata(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, SourceError> {
        for name in file_names(name) {
            match self.bucket.get(&format!("metadata/{name}"), most) {
                Ok(Some(object)) => return Ok(Some(object.bytes)),
                // A name that no object can have.
                Ok(None) | Err(StoreError::BadUrl { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    fn oldest_root(&self) -> Result<Option<String>, SourceError> {
        let listed = self.bucket.list("metadata")?;
        Ok(oldest_root(listed.iter().map(|(name, ..)| name)))
    }
}
