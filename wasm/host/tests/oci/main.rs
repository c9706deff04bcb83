//! A repository in a registry: Debian's `docker-registry`, and one that answers byte for byte as told.

mod hostile;
mod repository;
#[path = "../http/server.rs"]
#[allow(dead_code, reason = "the tests of HTTP use the rest")]
mod server;

use std::io::Read;
use std::time::Duration;

use tuf_oci::registry::{FileLayer, RepositoryFile};
use tuf_oci::{Algorithm, Digest};
use tuf_verifier_host::source::{OciSourceBuilder, Resume};
use tuf_verifier_host::{OciSource, Source, SourceError};

/// A source that reads `team/tuf` at this host, without TLS, a proxy, and second tries.
fn builder(host: &str) -> OciSourceBuilder {
    OciSource::builder(&format!("oci+http://{host}/team/tuf"))
        .direct()
        .retries(0)
        .backoff(Duration::from_millis(1), Duration::from_millis(20))
}

fn source(host: &str) -> OciSource {
    builder(host).build().expect("usable settings")
}

fn layer(bytes: &[u8]) -> FileLayer {
    FileLayer { digest: Digest::of(Algorithm::Sha256, bytes), size: bytes.len() as u64 }
}

/// The manifest of a file with these bytes.
fn manifest(file: &RepositoryFile, bytes: &[u8]) -> Vec<u8> {
    file.manifest(&layer(bytes))
}

/// Where a target's stream begins, and its bytes.
fn rest(source: &OciSource, path: &str, resume: Resume<'_>) -> Result<(u64, Vec<u8>, String), SourceError> {
    let mut stream = source.target_from(path, resume)?.expect("a target");
    let mut bytes = Vec::new();
    stream.bytes.read_to_end(&mut bytes).map_err(|error| SourceError::from_read(path, error))?;
    Ok((stream.start, bytes, stream.validator.expect("the digest of the blob")))
}
