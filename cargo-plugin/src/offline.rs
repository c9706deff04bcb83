//! The trusted store in place of the repository: what is known already, verified once more.

use std::io::Read;

use tuf_verifier_host::{FolderStore, Source, SourceError, Store};

/// Hands out the metadata of a trusted store as if a repository served it. Everything is verified as ever, expiry too;
/// only newer metadata is not seen.
pub(crate) struct OfflineSource {
    store: FolderStore,
}

impl OfflineSource {
    /// The source that reads this store.
    pub(crate) fn new(store: FolderStore) -> Self {
        Self { store }
    }
}

impl Source for OfflineSource {
    fn metadata(&self, name: &str, _max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let versionless = match name.split_once('.') {
            Some((version, rest)) if version.bytes().all(|b| b.is_ascii_digit()) => rest,
            _ => name,
        };
        if versionless == "root.json" {
            return Ok(None);
        }
        let loaded = self.store.load(versionless).map_err(|error| unusable(name, error.to_string()))?;
        match loaded {
            Some(bytes) => Ok(Some(bytes)),
            None => Err(unusable(
                name,
                "not in the trusted store, and the network is not used (--offline)".to_owned(),
            )),
        }
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        Err(unusable(fetch_path, "the network is not used (--offline)".to_owned()))
    }
}

fn unusable(location: &str, reason: String) -> SourceError {
    SourceError::Unusable { location: location.to_owned(), reason }
}
