//! What is published, copied to a registry of container images (docs/oci-repositories.md).

mod contents;
mod error;

pub use error::UploadError;

use std::fs::File;
use std::io;

use serde::Deserialize;
use tuf_oci::registry::{FileLayer, Manifest, ManifestName, Payload, Registry, RepositoryFile};
use tuf_oci::{Algorithm, Digest};
use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::metadata::sha256_hex;
use crate::repository::Repository;
use crate::repository::hashing;
use crate::repository::pending::Pending;
use crate::repository::plan::Plan;
use crate::repository::rehearsal::Rehearsal;
use crate::repository::state::State;
use contents::{Contents, PublishedFile};

/// What a registry was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uploaded {
    /// Number of files that the registry did not have.
    pub sent: usize,
    /// Number of files that it had.
    pub unchanged: usize,
    /// Listed targets whose bytes are not in this folder.
    pub elsewhere: usize,
}

/// Most bytes of a timestamp that are read of a registry.
const MOST_TIMESTAMP_BYTES: u64 = 1024 * 1024;

impl Repository {
    /// Copies what is published to a registry, in the order of a publish. What the registry has already stays as it is;
    /// after an interruption, the next call goes on.
    ///
    /// # Errors
    /// With nothing copied: [`Error::Rehearsal`] where clients would refuse it, [`UploadError::Ahead`],
    /// [`UploadError::Conflict`] where the registry has another repository's files, [`Error::Interrupted`]. Otherwise
    /// [`Error::Registry`], [`Error::Io`], after which the next call goes on.
    pub fn upload(&self, registry: &Registry, now: UnixTime) -> Result<Uploaded, Error> {
        let _lock = self.lock()?;
        if Pending::load(&self.layout)?.is_some() {
            return Err(Error::Interrupted);
        }
        let state = State::load(&self.layout)?;
        let contents = Contents::of(&state, &self.layout)?;
        self.judge(&state, &contents, now)?;
        let upload = Upload { registry };
        let has_timestamp = upload.check_version(&contents)?;
        let mut uploaded = Uploaded { elsewhere: contents.elsewhere, ..Uploaded::default() };
        let mut missing = Vec::new();
        for file in contents.in_order(has_timestamp) {
            match upload.prepare(file)? {
                Some(prepared) => missing.push(prepared),
                None => uploaded.unchanged += 1,
            }
        }
        // Now it is known that the registry has no other repository.
        for prepared in &missing {
            upload.send(prepared)?;
            uploaded.sent += 1;
        }
        Ok(uploaded)
    }

    /// Lets clients judge what is published.
    fn judge(&self, state: &State, contents: &Contents, now: UnixTime) -> Result<(), Error> {
        Rehearsal {
            layout: &self.layout,
            plan: &Plan::default(),
            root_version: state.root_version(),
            root_expires: state.root.as_ref().map(|root| root.signed.expires),
            overlapping: true,
            now,
            targets: &contents.listed,
        }
        .run()
    }
}

struct Upload<'a> {
    registry: &'a Registry,
}

/// A file that the registry does not have.
struct Prepared<'f> {
    published: &'f PublishedFile,
    layer: FileLayer,
    manifest: Vec<u8>,
}

/// What is read of a timestamp to tell which of two is newer.
#[derive(Deserialize)]
struct Versioned {
    signed: Version,
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

impl Upload<'_> {
    /// Refuses to go back behind the timestamp of the registry, which somebody else has put there. Says whether it has
    /// one.
    fn check_version(&self, contents: &Contents) -> Result<bool, Error> {
        let Some(there) = self.manifest(&contents.timestamp.file)? else { return Ok(false) };
        let refused = |reason: String| self.conflict(&contents.timestamp.file, reason);
        let layer = RepositoryFile::layer(&there.bytes).map_err(refused)?;
        let blob = self.registry.blob(&layer.digest, 0, None)?;
        let blob = blob.ok_or_else(|| refused("the registry has no blob for it".to_owned()))?;
        let bytes = blob.read(MOST_TIMESTAMP_BYTES)?;
        let there: Versioned = serde_json::from_slice(&bytes)
            .map_err(|error| refused(format!("it is no timestamp: {error}")))?;
        let (there, here) = (there.signed.version, contents.timestamp_version);
        let is_same = layer.digest.hex() == sha256_hex(&contents.timestamp.read()?);
        match is_same || there < here {
            true => Ok(true),
            false => {
                let location = self.registry.location().to_string();
                Err(UploadError::Ahead { location, there, here }.into())
            }
        }
    }

    /// What the registry is to be given for a file; none where it has the file already.
    fn prepare<'f>(&self, published: &'f PublishedFile) -> Result<Option<Prepared<'f>>, Error> {
        let layer = published.layer()?;
        let manifest = published.file.manifest(&layer);
        match self.manifest(&published.file)? {
            Some(there) if there.bytes == manifest => Ok(None),
            Some(_) if !published.moves => {
                let reason = "it is there already, with other bytes".to_owned();
                Err(self.conflict(&published.file, reason))
            }
            _ => Ok(Some(Prepared { published, layer, manifest })),
        }
    }

    fn send(&self, prepared: &Prepared<'_>) -> Result<(), Error> {
        let Prepared { published, layer, manifest } = prepared;
        let empty = Digest::of(Algorithm::Sha256, RepositoryFile::EMPTY_BLOB);
        self.registry.push_blob(&empty, Payload::Bytes(RepositoryFile::EMPTY_BLOB))?;
        self.registry.push_blob(&layer.digest, Payload::File(&published.open()?))?;
        let tag = published.file.tag();
        self.registry.push_manifest(ManifestName::Tag(&tag), RepositoryFile::MEDIA_TYPE, manifest)?;
        Ok(())
    }

    fn manifest(&self, file: &RepositoryFile) -> Result<Option<Manifest>, Error> {
        Ok(self.registry.manifest(ManifestName::Tag(&file.tag()), None)?)
    }

    fn conflict(&self, file: &RepositoryFile, reason: String) -> Error {
        let location = self.registry.location().to_string();
        UploadError::Conflict { location, tag: file.tag().to_string(), reason }.into()
    }
}

impl PublishedFile {
    fn open(&self) -> Result<File, Error> {
        File::open(&self.path).map_err(|cause| Error::io("read", &self.path, cause))
    }

    fn read(&self) -> Result<Vec<u8>, Error> {
        std::fs::read(&self.path).map_err(|cause| Error::io("read", &self.path, cause))
    }

    fn layer(&self) -> Result<FileLayer, Error> {
        let copied = hashing::copy(self.open()?, &mut io::sink());
        let copied = copied.map_err(|cause| Error::io("read", &self.path, cause))?;
        let digest = Digest::new(Algorithm::Sha256, &copied.sha256);
        let digest = digest.map_err(|error| Error::unreadable(&self.path, error))?;
        Ok(FileLayer { digest, size: copied.length })
    }
}
