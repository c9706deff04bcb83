//! Where metadata and target files come from.

mod error;
mod folder;
mod http;
pub(crate) mod name;
mod url;

pub use crate::records::{Phase, Retry};
pub use error::SourceError;

pub(crate) use error::io_again;
pub use folder::FolderSource;
pub use http::{HttpSource, HttpSourceBuilder, Timeouts};
#[cfg(feature = "oci")]
pub use http::{OciSource, OciSourceBuilder};

use std::fmt;
use std::io::{Cursor, Read};
use std::sync::Arc;

/// A TUF repository as seen from a client: it hands out files and is trusted with nothing.
///
/// "There is no such file" is an answer (`None`); whatever kept the source from giving an answer is a
/// [`SourceError`]. The two are never mixed: the first is a statement by the repository, the second is not.
pub trait Source: Send + Sync {
    /// Where the metadata comes from, for a person to read, without credentials: a URL or a folder. None where the
    /// source has no such place.
    fn location(&self) -> Option<String> {
        None
    }

    /// Whether this is what a repository served at some time, which cannot be asked for anything newer.
    fn is_bundle(&self) -> bool {
        false
    }

    /// When a request is made again that failed for a passing reason: a server that could not be reached, took too long to
    /// answer or broke off, and the statuses 429 and 5xx. A client asks; a source itself makes each request once. Default:
    /// never.
    fn retry(&self) -> Retry {
        Retry::NEVER
    }

    /// The metadata file `name`, relative to the metadata base URL and percent-encoded; none where the repository has
    /// no such file.
    ///
    /// Reads at most `max_length + 1` bytes: one more than allowed shows the verifier that the file is too long.
    ///
    /// # Errors
    /// Whatever kept the source from an answer. It says nothing about the repository.
    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError>;

    /// As [`Source::metadata`], as a stream: so that a long file need not be in memory. The caller stops reading one byte past
    /// `max_length`.
    ///
    /// # Errors
    /// As [`Source::metadata`].
    fn metadata_stream(
        &self,
        name: &str,
        max_length: u64,
    ) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        let bytes = self.metadata(name, max_length)?;
        Ok(bytes.map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn Read>))
    }

    /// The target file at `fetch_path`, relative to the targets base URL and percent-encoded, as a stream; none where
    /// the repository has no such file. The caller stops reading one byte past the listed length.
    ///
    /// # Errors
    /// Whatever kept the source from an answer. It says nothing about the repository.
    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError>;

    /// Like [`Source::target`], for a caller that has the beginning of the file already. A source that cannot begin
    /// elsewhere begins at the beginning: [`TargetStream::start`] tells.
    ///
    /// # Errors
    /// Whatever kept the source from an answer. It says nothing about the repository.
    fn target_from(
        &self,
        fetch_path: &str,
        resume: Resume<'_>,
    ) -> Result<Option<TargetStream<'_>>, SourceError> {
        let _ = resume;
        let stream = self.target(fetch_path)?;
        Ok(stream.map(|bytes| TargetStream { bytes, start: 0, validator: None }))
    }
}

/// Clones of it share its connections.
impl<S: Source + ?Sized> Source for Arc<S> {
    fn location(&self) -> Option<String> {
        (**self).location()
    }

    fn is_bundle(&self) -> bool {
        (**self).is_bundle()
    }

    fn retry(&self) -> Retry {
        (**self).retry()
    }

    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        (**self).metadata(name, max_length)
    }

    fn metadata_stream(
        &self,
        name: &str,
        max_length: u64,
    ) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        (**self).metadata_stream(name, max_length)
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        (**self).target(fetch_path)
    }

    fn target_from(
        &self,
        fetch_path: &str,
        resume: Resume<'_>,
    ) -> Result<Option<TargetStream<'_>>, SourceError> {
        (**self).target_from(fetch_path, resume)
    }
}

/// [`Source::metadata`] of a source whose [`Source::metadata_stream`] does the work.
pub(crate) fn whole_metadata(
    source: &impl Source,
    name: &str,
    max_length: u64,
) -> Result<Option<Vec<u8>>, SourceError> {
    let stream = source.metadata_stream(name, max_length)?;
    stream.map(|stream| read_at_most(stream, name, max_length.saturating_add(1))).transpose()
}

/// Reads up to `limit` bytes of a metadata file, and no more.
fn read_at_most(stream: impl Read, name: &str, limit: u64) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    match stream.take(limit).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(SourceError::from_read(name, error)),
    }
}

/// [`Source::target`] of a source whose [`Source::target_from`] does the work: the whole file, of whatever length.
fn whole_target<'a>(
    source: &'a impl Source,
    fetch_path: &str,
) -> Result<Option<Box<dyn Read + 'a>>, SourceError> {
    let resume = Resume { length: u64::MAX, ..Resume::default() };
    Ok(source.target_from(fetch_path, resume)?.map(|stream| stream.bytes))
}

/// Where a transfer goes on that broke off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resume<'a> {
    /// Bytes that the caller has: 0 for the whole file.
    pub offset: u64,
    /// Bytes of the whole file. A source may give up once they would have come at the slowest rate that it allows.
    pub length: u64,
    /// [`TargetStream::validator`] of the stream that broke off, where it came from this source.
    pub validator: Option<&'a str>,
}

/// The bytes of a target file from some place to its end.
pub struct TargetStream<'a> {
    /// The bytes.
    pub bytes: Box<dyn Read + 'a>,
    /// Bytes of the file before them: [`Resume::offset`] or 0.
    pub start: u64,
    /// What tells this state of the file from others, in the source's own words.
    pub validator: Option<String>,
}

impl fmt::Debug for TargetStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, validator, .. } = self;
        f.debug_struct("TargetStream")
            .field("start", start)
            .field("validator", validator)
            .finish_non_exhaustive()
    }
}
