//! What is published, copied to a registry of container images (docs/oci-repositories.md).

mod contents;
mod error;

pub use error::UploadError;

use std::fs::File;
use std::io;

use tuf_oci::registry::{FileLayer, Manifest, ManifestName, Payload, Registry, RepositoryFile};
use tuf_oci::{Algorithm, Digest};
use tuf_verifier_core::UnixTime;

use crate::error::{Difference, Error};
use crate::metadata::{ROOT, sha256_hex};
use crate::repository::Repository;
use crate::repository::layout::{Layout, file_name};
use crate::repository::memory::{Known, Memory};
use crate::repository::pending::Pending;
use crate::repository::plan::Plan;
use crate::repository::state::State;
use crate::repository::verification::version_of_ours;
use crate::repository::view::View;
use crate::store::hashing;
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

/// More than any root metadata has that clients take.
const MOST_ROOT_BYTES: u64 = 512_000;

/// What to do with a registry that has less than what was copied there last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OlderCopy {
    /// Somebody has put an older state back: nothing is copied.
    Refuse,
    /// It is known why, and it is to be replaced by what is published.
    Replace,
}

impl Repository {
    /// Copies what is published to a registry, in the order of a publish. What the registry has already stays as it is;
    /// after an interruption, the next call goes on.
    ///
    /// # Errors
    /// With nothing copied: [`Error::Changed`] and [`Error::RolledBack`] where somebody else has written to what is
    /// published; [`Error::Rehearsal`] where clients would refuse it; [`Error::Interrupted`]; as for
    /// [`Repository::check_copy`]; [`UploadError::Conflict`] where the registry has another repository's files.
    /// Otherwise [`Error::Registry`], [`Error::Io`], after which the next call goes on.
    pub fn upload(&self, registry: &Registry, older: OlderCopy, now: UnixTime) -> Result<Uploaded, Error> {
        let _lock = self.lock()?;
        let state = self.published()?;
        let contents = Contents::of(&state, &self.layout)?;
        self.rehearsal(&Plan::default(), &state, true, now, &contents.listed).run()?;
        let upload = Upload { registry, view: View::published(&self.layout) };
        let has_timestamp = upload.check(&state, older)?;
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
        self.remember_copy(registry, &contents)?;
        Ok(uploaded)
    }

    /// Compares the timestamp of a registry with what was published, so that this is known before anything is signed.
    ///
    /// # Errors
    /// [`UploadError::Ahead`] where it is newer; [`UploadError::Conflict`] where it is not one of this repository;
    /// [`Error::RolledBack`] and [`Error::Changed`] where it is older than the one that was copied there last, or gone.
    pub fn check_copy(&self, registry: &Registry, older: OlderCopy) -> Result<(), Error> {
        let _lock = self.lock()?;
        // The next publish finishes one that was interrupted: it is compared as if it was published.
        let pending = Pending::load(&self.layout)?;
        let planned = pending.map(|pending| pending.files(&self.layout)).transpose()?.unwrap_or_default();
        let view = View { layout: &self.layout, planned: &planned, hidden: None };
        let state = State::load_planned(&view)?;
        Upload { registry, view }.check(&state, older).map(drop)
    }

    fn published(&self) -> Result<State, Error> {
        match Pending::load(&self.layout)? {
            Some(_) => Err(Error::Interrupted),
            None => State::load(&self.layout),
        }
    }

    fn remember_copy(&self, registry: &Registry, contents: &Contents) -> Result<(), Error> {
        let Some(mut memory) = Memory::load(&self.layout)? else { return Ok(()) };
        let known = Known { version: contents.timestamp_version, sha256: contents.timestamp.sha256.clone() };
        let location = registry.location().to_string();
        match memory.copies.insert(location, known.clone()) {
            Some(before) if before == known => Ok(()),
            _ => memory.save(&self.layout, &self.state_disk),
        }
    }
}

struct Upload<'a> {
    registry: &'a Registry,
    view: View<'a>,
}

/// A file that the registry does not have.
struct Prepared<'f> {
    published: &'f PublishedFile,
    layer: FileLayer,
    manifest: Vec<u8>,
}

impl Upload<'_> {
    /// Refuses to go back behind the timestamp of the registry, which somebody else has put there, and to go on from one
    /// that somebody has put back. Says whether it has one.
    fn check(&self, state: &State, older: OlderCopy) -> Result<bool, Error> {
        let location = self.registry.location().to_string();
        let copies = Memory::load(self.view.layout)?.map(|memory| memory.copies).unwrap_or_default();
        let known = copies.get(&location).filter(|_| older == OlderCopy::Refuse);
        let here = state.timestamp.as_ref().map_or(0, |timestamp| timestamp.signed.version);
        let file = RepositoryFile::metadata("timestamp.json".to_owned());
        let Some(bytes) = self.timestamp(&file)? else {
            return match known {
                Some(_) => Err(Error::changed(location.as_ref(), Difference::Gone)),
                None => Ok(false),
            };
        };
        if state.base.as_ref() == Some(&sha256_hex(&bytes)) {
            return Ok(true);
        }
        let roots = self.roots(state)?;
        let there = version_of_ours(&bytes, &roots).ok_or_else(|| {
            self.conflict(&file, "its timestamp was not signed by this repository's keys".to_owned())
        })?;
        match known {
            _ if there >= here => Err(UploadError::Ahead { location, there, here }.into()),
            Some(known) if there < known.version => {
                Err(Error::RolledBack { path: location.into(), found: there, known: known.version })
            }
            Some(known) if there == known.version && sha256_hex(&bytes) != known.sha256 => {
                Err(Error::changed(location.as_ref(), Difference::Bytes))
            }
            _ => Ok(true),
        }
    }

    /// The bytes of the registry's timestamp, those of the digest that its manifest names.
    fn timestamp(&self, file: &RepositoryFile) -> Result<Option<Vec<u8>>, Error> {
        let Some(there) = self.manifest(file)? else { return Ok(None) };
        let refused = |reason: String| self.conflict(file, reason);
        let layer = RepositoryFile::layer(&there.bytes).map_err(refused)?;
        let blob = self.registry.blob(&layer.digest, 0, None)?;
        let blob = blob.ok_or_else(|| refused("the registry has no blob for it".to_owned()))?;
        let bytes = blob.read(MOST_TIMESTAMP_BYTES)?;
        match Digest::of(layer.digest.algorithm(), &bytes) == layer.digest {
            true => Ok(Some(bytes)),
            false => Err(refused("its blob has another digest than its manifest says".to_owned())),
        }
    }

    /// Every root metadata file, as it was verified.
    fn roots(&self, state: &State) -> Result<Vec<Vec<u8>>, Error> {
        let mut roots = Vec::new();
        for version in 1..=state.root_version() {
            let name = file_name(ROOT, version);
            let path = self.view.layout.metadata(&name);
            let bytes = self.view.metadata(&name, MOST_ROOT_BYTES)?;
            let bytes = bytes.ok_or_else(|| Error::changed(&path, Difference::Gone))?;
            if state.digest(ROOT, version) != Some(&sha256_hex(&bytes)) {
                return Err(Error::changed(&path, Difference::Bytes));
            }
            roots.push(bytes);
        }
        Ok(roots)
    }

    /// What the registry is to be given for a file; none where it has the file already.
    fn prepare<'f>(&self, published: &'f PublishedFile) -> Result<Option<Prepared<'f>>, Error> {
        let layer = published.layer(self.view.layout)?;
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
        self.registry.push_blob(&layer.digest, Payload::File(&published.open(self.view.layout)?))?;
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
    fn open(&self, layout: &Layout) -> Result<File, Error> {
        layout.open(&self.path)?.ok_or_else(|| Error::changed(&self.path, Difference::Gone))
    }

    /// The bytes as a layer, where they are those that were published.
    fn layer(&self, layout: &Layout) -> Result<FileLayer, Error> {
        let copied = hashing::copy(self.open(layout)?, &mut io::sink());
        let copied = copied.map_err(|cause| Error::io("read", &self.path, cause))?;
        if copied.sha256 != self.sha256 {
            return Err(Error::changed(&self.path, Difference::Bytes));
        }
        let digest = Digest::new(Algorithm::Sha256, &copied.sha256);
        let digest = digest.map_err(|error| Error::unreadable(&self.path, error))?;
        Ok(FileLayer { digest, size: copied.length })
    }
}
