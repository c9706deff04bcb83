//! A repository in a registry of container images.

mod builder;
mod transport;

pub use builder::OciSourceBuilder;

use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tuf_oci::Digest;
use tuf_oci::registry::{Blob, FileLayer, ManifestName, Registry, RegistryError, RepositoryFile};

use super::body::{Body, Time};
use super::builder::Timeouts;
use super::failure;
use crate::records::Retry;
use crate::source::{Resume, Source, SourceError, TargetStream, name, read_at_most, whole_target};

/// A repository in a registry, as `tufrepo publish --to` puts it there: each file is an artifact under a tag of its own.
///
/// A tag that does not exist (404) means that there is no such file; 401 and 403 do not, for registries say so of
/// repositories whose credentials are missing. Metadata whose bytes are not those of the digest that the registry itself
/// names is an error of the source, and no verdict. Redirects of blobs to other origins are followed without credentials.
///
/// Limits and tries are those of [`HttpSource`](crate::HttpSource).
///
/// ```no_run
/// use tuf_verifier_host::{Client, Error, FolderStore, OciSource, Session};
///
/// fn refresh(trusted_root: Vec<u8>) -> Result<Session, Error> {
///     let source = OciSource::builder("oci://registry.example/team/tuf").auth_file("/etc/app/auth.json").build()?;
///     Client::new(trusted_root, source, FolderStore::open("trusted")?).refresh()
/// }
/// ```
pub struct OciSource {
    registry: Registry,
    retry: Retry,
    timeouts: Timeouts,
}

impl OciSource {
    /// Begins to set up a source that reads from `oci://HOST[:PORT]/REPOSITORY`, or without TLS from `oci+http://…`.
    #[must_use]
    pub fn builder(location: &str) -> OciSourceBuilder {
        OciSourceBuilder::new(location)
    }

    /// The blob with the bytes of a file, or none where the registry has no such tag.
    fn layer(&self, file: &RepositoryFile) -> Result<Option<FileLayer>, SourceError> {
        let tag = file.tag();
        let deadline = Some(self.timeouts.metadata);
        let manifest = self.registry.manifest(ManifestName::Tag(&tag), deadline);
        let Some(manifest) = manifest.map_err(|error| self.source_error(error, deadline))? else {
            return Ok(None);
        };
        let layer = RepositoryFile::layer(&manifest.bytes);
        layer.map(Some).map_err(|reason| self.contradiction(format!("the tag {tag}: {reason}")))
    }

    fn blob(&self, layer: &FileLayer, offset: u64, time: Time) -> Result<Body, SourceError> {
        let blob = self.registry.blob(&layer.digest, offset, time.deadline);
        match blob.map_err(|error| self.source_error(error, time.deadline))? {
            Some(blob) => Ok(self.body(blob, time)),
            None => Err(self.contradiction(format!("it has no blob {}, which a tag names", layer.digest))),
        }
    }

    fn body(&self, blob: Blob, time: Time) -> Body {
        let (location, start) = (blob.location(), blob.start());
        Body::new(blob.into_response(), location, &self.timeouts, time, start)
    }

    /// Compares metadata with the digest that the registry names, where all of it was read.
    fn check(&self, bytes: &[u8], max_length: u64, digest: &Digest) -> Result<(), SourceError> {
        let is_whole = u64::try_from(bytes.len()).is_ok_and(|length| length <= max_length);
        match !is_whole || Digest::of(digest.algorithm(), bytes) == *digest {
            true => Ok(()),
            false => Err(self.contradiction(format!("the bytes of the blob {digest} have another digest"))),
        }
    }

    fn contradiction(&self, reason: String) -> SourceError {
        SourceError::Protocol { location: self.registry.location().to_string(), reason }
    }

    fn source_error(&self, error: RegistryError, deadline: Option<Duration>) -> SourceError {
        match error {
            RegistryError::Transport { location, source } => match source.downcast::<SourceError>() {
                Ok(error) => *error,
                Err(other) => SourceError::Unreachable { location, source: io::Error::other(other) },
            },
            RegistryError::Read { location, source } => {
                failure::body(&location, source, &self.timeouts, deadline)
            }
            RegistryError::Status { location, status, retry_after, .. } => {
                SourceError::Status { location, status, retry_after }
            }
            RegistryError::Redirect { location, to, reason } => {
                SourceError::Redirect { location, to, reason }
            }
            RegistryError::Unusable { what, reason } => SourceError::Unusable { location: what, reason },
            other => self.contradiction(other.to_string()),
        }
    }
}

impl fmt::Debug for OciSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let location = self.registry.location().to_string();
        f.debug_struct("OciSource").field("location", &location).finish_non_exhaustive()
    }
}

impl Source for OciSource {
    fn location(&self) -> Option<String> {
        Some(self.registry.location().to_string())
    }

    fn retry(&self) -> Retry {
        self.retry
    }

    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let file = RepositoryFile::metadata(decoded(name)?);
        let time = Time::of_metadata(&self.timeouts);
        let Some(layer) = self.layer(&file)? else { return Ok(None) };
        let body = self.blob(&layer, 0, time)?.plain()?;
        let bytes = read_at_most(body, name, max_length.saturating_add(1))?;
        self.check(&bytes, max_length, &layer.digest)?;
        Ok(Some(bytes))
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        whole_target(self, fetch_path)
    }

    fn target_from(
        &self,
        fetch_path: &str,
        resume: Resume<'_>,
    ) -> Result<Option<TargetStream<'_>>, SourceError> {
        let file = RepositoryFile::target(decoded(fetch_path)?);
        let Some(layer) = self.layer(&file)? else { return Ok(None) };
        let digest = layer.digest.to_string();
        // Another blob, or one that is all there, begins anew.
        let is_same = resume.validator.is_none_or(|validator| validator == digest);
        let offset = if is_same && resume.offset < layer.size { resume.offset } else { 0 };
        let time = Time::of_target(&self.timeouts, resume.length);
        let stream = self.blob(&layer, offset, time)?.into_target(resume.length);
        Ok(Some(TargetStream { validator: Some(digest), ..stream }))
    }
}

/// The name of a file before it was percent-encoded.
fn decoded(encoded: &str) -> Result<String, SourceError> {
    name::check(encoded)?;
    let decoded = percent_decode_str(encoded).decode_utf8();
    decoded.map(Into::into).map_err(|_| SourceError::Name {
        name: encoded.to_owned(),
        reason: "its percent escapes are not those of UTF-8",
    })
}
