//! A repository in memory, for what measures.

use std::io::Read;

use tuf_tests::Mirror;
use tuf_verifier_host::{Source, SourceError};

/// The metadata of a mirror.
pub(crate) struct World(pub(crate) Mirror);

impl Source for World {
    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(self.0.fetch(name, max_length))
    }

    fn target(&self, _: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        Ok(None)
    }
}
