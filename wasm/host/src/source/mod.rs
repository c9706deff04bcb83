//! Where metadata and target files come from.

mod error;
mod folder;
mod http;
mod name;
mod url;

pub use error::{Phase, SourceError};
pub use folder::FolderSource;
pub use http::{HttpSource, HttpSourceBuilder, Timeouts};

use std::io::Read;

/// A TUF repository as seen from a client: it hands out files and is trusted with nothing.
///
/// "There is no such file" is an answer (`None`); whatever kept the source from giving an answer is a
/// [`SourceError`]. The two are never mixed: the first is a statement by the repository, the second is not.
pub trait Source: Send {
    /// The metadata file `name`, relative to the metadata base URL and percent-encoded; none where the repository has
    /// no such file.
    ///
    /// Reads at most `max_length + 1` bytes: one more than allowed shows the verifier that the file is too long.
    ///
    /// # Errors
    /// Whatever kept the source from an answer. It says nothing about the repository.
    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError>;

    /// The target file at `fetch_path`, relative to the targets base URL and percent-encoded, as a stream; none where
    /// the repository has no such file. The caller stops reading one byte past the listed length.
    ///
    /// # Errors
    /// Whatever kept the source from an answer. It says nothing about the repository.
    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError>;
}
