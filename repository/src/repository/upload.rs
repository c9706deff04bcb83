//! What is published, copied to a registry of container images (docs/oci-repositories.md).

mod contents;
mod error;

pub use error::{CopyState, UploadError};

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use tuf_oci::registry::{
    FileLayer, Manifest, ManifestName, Payload, Registry, RegistryError, RepositoryFile,
};
use tuf_oci::{Algorithm, Digest};
use tuf_verifier_core::UnixTime;

use crate::error::{Difference, Error};
use crate::metadata::{ROOT, TIMESTAMP, sha256_hex};
use crate::repository::Repository;
use crate::repository::draft::Drafts;
use crate::repository::layout::{Layout, file_name};
use crate::repository::memory::{Known, Memory};
use crate::repository::pending::Pending;
use crate::repository::plan::{Plan, PlannedFile};
use crate::repository::state::State;
use crate::repository::verification::version_of_ours;
use crate::repository::view::View;
use crate::store::hashing;
use contents::{Contents, PublishedFile};

/// What a registry was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uploaded {
    /// Number of files that the registry did not have, or whose bytes it had lost.
    pub sent: usize,
    /// Number of files that it had: it answered with their manifests, and that it has their bytes.
    pub unchanged: usize,
    /// Listed targets whose bytes are not in this folder.
    pub elsewhere: usize,
    /// What was thrown away for [`OlderCopy::Discard`].
    pub replaced: Vec<Replaced>,
}

/// Something of somebody else's that was thrown away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The tag that it was under.
    pub tag: String,
    /// Its version, if it was a timestamp that is signed by keys of this repository.
    pub version: Option<u64>,
    /// What it was.
    pub state: CopyState,
}

/// Most bytes of a timestamp that are read of a registry.
const MOST_TIMESTAMP_BYTES: u64 = 1024 * 1024;

/// More than any root metadata has that clients take.
const MOST_ROOT_BYTES: u64 = 512_000;

/// What to do with a registry that has something else than what was copied there last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OlderCopy {
    /// Somebody has put an older state back, or something else there: nothing is copied.
    Refuse,
    /// It is known why it is older, and it is to be replaced by what is published.
    Replace,
    /// Whatever the registry has in this state is thrown away, for what is published. Clients that have seen a newer
    /// timestamp refuse what is copied, until a newer one than theirs is published.
    Discard(CopyState),
}

impl Repository {
    /// Copies what is published to a registry, in the order of a publish. What the registry has already stays as it is;
    /// after an interruption, the next call goes on. For each file that the registry has, it is asked whether it has the
    /// bytes too.
    ///
    /// The repository is locked while its metadata is verified, and never while targets are hashed or a registry is waited
    /// for. Other copies wait.
    ///
    /// # Errors
    /// With nothing copied: [`Error::Changed`] and [`Error::RolledBack`] where somebody else has written to what is
    /// published; [`Error::Rehearsal`] where clients would refuse it; [`Error::Interrupted`]; as for
    /// [`Repository::check_copy`]; [`UploadError::Conflict`] where the registry has another repository's files.
    /// Otherwise [`Error::Registry`], [`Error::Io`], after which the next call goes on.
    pub fn upload(&self, registry: &Registry, older: OlderCopy, now: UnixTime) -> Result<Uploaded, Error> {
        // Two copies at a time could move the timestamp back.
        let _copying = self.lock_file(&self.layout.copy_lock())?;
        let (state, timestamp) = self.published()?;
        let version = state.timestamp.as_ref().map_or(0, |timestamp| timestamp.signed.version);
        // Another publisher may go on from here: its timestamp is none of this copy, and no other file changes.
        let file = PlannedFile { role: TIMESTAMP.to_owned(), version, bytes: timestamp.clone() };
        let contents = Contents::of(&state, timestamp, &self.layout)?;
        let (plan, drafts) = (Plan { files: vec![file] }, Drafts::default());
        self.rehearsal(&plan, &state, true, now, &contents.listed, &drafts).run()?;
        let upload = Upload { registry, view: View::published(&self.layout) };
        let copy = upload.check(&state, &older)?;
        let mut uploaded = Uploaded { elsewhere: contents.elsewhere, ..Uploaded::default() };
        let mut missing = Vec::new();
        for file in contents.in_order(copy.has_clients) {
            match upload.prepare(file, &copy)? {
                Some(prepared) => missing.push(prepared),
                None => uploaded.unchanged += 1,
            }
        }
        // Now it is known that the registry has no other repository.
        for prepared in missing {
            upload.send(&prepared)?;
            uploaded.sent += 1;
            uploaded.replaced.extend(prepared.instead_of);
        }
        self.remember_copy(registry, &contents)?;
        Ok(uploaded)
    }

    /// Compares the timestamp of a registry with what was published, so that this is known before anything is signed.
    ///
    /// # Errors
    /// [`UploadError::Ahead`] where it is newer; [`UploadError::Conflict`] where it is not one of this repository;
    /// [`Error::RolledBack`] and [`Error::Changed`] where it is older than the one that was copied there last, or gone.
    /// None of these for the state that [`OlderCopy::Discard`] names.
    pub fn check_copy(&self, registry: &Registry, older: OlderCopy) -> Result<(), Error> {
        let lock = self.lock()?;
        // The next publish finishes one that was interrupted: it is compared as if it was published.
        let pending = Pending::load(&self.layout)?;
        let planned = pending.map(|pending| pending.files(&self.layout)).transpose()?.unwrap_or_default();
        let view = View { layout: &self.layout, planned: &planned, hidden: None };
        let state = State::load_planned(&view)?;
        drop(lock);
        Upload { registry, view }.check(&state, &older).map(drop)
    }

    /// What is published, with the bytes of the timestamp.
    fn published(&self) -> Result<(State, Vec<u8>), Error> {
        let _lock = self.lock()?;
        if Pending::load(&self.layout)?.is_some() {
            return Err(Error::Interrupted);
        }
        let state = State::load(&self.layout)?;
        let name = file_name(TIMESTAMP, 0);
        let path = self.layout.metadata(&name);
        let bytes = self.layout.read_metadata(&name, MOST_TIMESTAMP_BYTES)?;
        let bytes = bytes.ok_or_else(|| Error::changed(&path, Difference::Gone))?;
        match state.base.as_ref() == Some(&sha256_hex(&bytes)) {
            true => Ok((state, bytes)),
            false => Err(Error::changed(&path, Difference::Bytes)),
        }
    }

    fn remember_copy(&self, registry: &Registry, contents: &Contents) -> Result<(), Error> {
        let _lock = self.lock()?;
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

/// A copy before it is written to.
struct Copy {
    /// Whether clients of this repository read from it.
    has_clients: bool,
    /// What it has under the tag of the timestamp.
    state: CopyState,
    /// Whether this state is thrown away, and the version of its timestamp if it is known.
    discarded: Option<Option<u64>>,
}

/// What is under a tag.
enum Found {
    Nothing,
    Manifest(Manifest),
    /// No manifest that is read here.
    Unreadable(RegistryError),
}

/// A file that the registry does not have.
struct Prepared<'f> {
    published: &'f PublishedFile,
    layer: FileLayer,
    manifest: Vec<u8>,
    /// What is under its tag, and is thrown away.
    instead_of: Option<Replaced>,
}

impl Upload<'_> {
    /// Refuses to go back behind the timestamp of the registry, which somebody else has put there, and to go on from one
    /// that somebody has put back; unless the state of the registry is named as one to throw away.
    fn check(&self, state: &State, older: &OlderCopy) -> Result<Copy, Error> {
        let file = RepositoryFile::metadata(file_name(TIMESTAMP, 0));
        let found = self.found(&file)?;
        let copy = Copy { has_clients: false, state: found.state(), discarded: None };
        let is_discarded = matches!(older, OlderCopy::Discard(named) if *named == copy.state);
        match self.judge(state, &file, found, *older == OlderCopy::Replace) {
            Ok(has_clients) => Ok(Copy { has_clients, discarded: is_discarded.then_some(None), ..copy }),
            Err(refused) if is_discarded => {
                let version = self.version_of_refused(refused)?;
                Ok(Copy { has_clients: version.is_some(), discarded: Some(version), ..copy })
            }
            Err(refused) => Err(refused),
        }
    }

    /// The version of the timestamp that was refused, if it is known to be ours. An error that says nothing about what the
    /// registry has is one still.
    fn version_of_refused(&self, refused: Error) -> Result<Option<u64>, Error> {
        let location = self.registry.location().to_string();
        match refused {
            Error::Upload(UploadError::Ahead { there, .. }) => Ok(Some(there)),
            Error::RolledBack { path, found, .. } if path == Path::new(&location) => Ok(Some(found)),
            Error::Changed { path, .. } if path == Path::new(&location) => Ok(None),
            Error::Upload(_) => Ok(None),
            Error::Registry(error) if is_about_content(&error) => Ok(None),
            other => Err(other),
        }
    }

    /// Says whether the registry has a timestamp of this repository.
    fn judge(
        &self,
        state: &State,
        file: &RepositoryFile,
        found: Found,
        replaces_older: bool,
    ) -> Result<bool, Error> {
        let location = self.registry.location().to_string();
        let copies = Memory::load(self.view.layout)?.map(|memory| memory.copies).unwrap_or_default();
        let last = copies.get(&location);
        let known = last.filter(|_| !replaces_older);
        let here = state.timestamp.as_ref().map_or(0, |timestamp| timestamp.signed.version);
        let copy = found.state();
        let manifest = match found {
            Found::Manifest(manifest) => manifest,
            Found::Unreadable(error) => return Err(error.into()),
            Found::Nothing if known.is_some() => {
                return Err(Error::changed(location.as_ref(), Difference::Gone));
            }
            Found::Nothing => return Ok(false),
        };
        let conflict = |reason: String| self.conflict(file, reason, &copy);
        let layer = RepositoryFile::layer(&manifest.bytes).map_err(conflict)?;
        // Nor would every registry be able to say whether it has such a blob.
        if layer.digest.algorithm() != Algorithm::Sha256 {
            return Err(conflict(format!("its file has the digest {}, which is not SHA-256", layer.digest)));
        }
        // One whose bytes the registry has lost is told by its digest, if it is ours.
        let ours =
            state.base.iter().chain(last.map(|last| &last.sha256)).any(|known| layer.digest.hex() == known);
        let bytes = match self.registry.blob(&layer.digest, 0, None) {
            Ok(Some(blob)) => blob.read(MOST_TIMESTAMP_BYTES)?,
            // What somebody has written there makes the registry refuse, and would for ever.
            Err(RegistryError::Status { status, .. }) if is_about_request(status) => {
                return Err(conflict(format!("the registry answers {status} for its blob {}", layer.digest)));
            }
            Err(error) => return Err(error.into()),
            Ok(None) if ours => return Ok(true),
            Ok(None) => return Err(conflict("the registry has no blob for it".to_owned())),
        };
        if Digest::of(layer.digest.algorithm(), &bytes) != layer.digest {
            return Err(conflict("its blob has another digest than its manifest says".to_owned()));
        }
        if state.base.as_ref() == Some(&sha256_hex(&bytes)) {
            return Ok(true);
        }
        let roots = self.roots(state)?;
        let there = version_of_ours(&bytes, &roots)
            .ok_or_else(|| conflict("its timestamp was not signed by this repository's keys".to_owned()))?;
        match known {
            _ if there >= here => Err(UploadError::Ahead { location, there, here, state: copy }.into()),
            Some(known) if there < known.version => {
                Err(Error::RolledBack { path: location.into(), found: there, known: known.version })
            }
            Some(known) if there == known.version && sha256_hex(&bytes) != known.sha256 => {
                Err(Error::changed(location.as_ref(), Difference::Bytes))
            }
            _ => Ok(true),
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

    /// What the registry is to be given for a file; none where it has the file already, with its bytes.
    fn prepare<'f>(&self, published: &'f PublishedFile, copy: &Copy) -> Result<Option<Prepared<'f>>, Error> {
        let layer = published.layer(self.view.layout)?;
        let manifest = published.file.manifest(&layer);
        let found = self.found(&published.file)?;
        let is_timestamp = published.bytes.is_some();
        let state = found.state();
        if is_timestamp && state != copy.state {
            let reason = "somebody else is writing to it".to_owned();
            return Err(self.conflict(&published.file, reason, &state));
        }
        let instead_of = match (found, copy.discarded) {
            (Found::Nothing, _) => None,
            (Found::Manifest(there), _) if there.bytes == manifest => {
                if self.registry.has_blob(&layer.digest, layer.size)? {
                    return Ok(None);
                }
                None
            }
            (_, Some(version)) => {
                let version = version.filter(|_| is_timestamp);
                Some(Replaced { tag: published.file.tag().to_string(), version, state })
            }
            (Found::Manifest(_), None) if is_timestamp => None,
            (Found::Manifest(_), None) => {
                let reason = "it is there already, with other bytes".to_owned();
                return Err(self.conflict(&published.file, reason, &copy.state));
            }
            (Found::Unreadable(error), None) => return Err(error.into()),
        };
        Ok(Some(Prepared { published, layer, manifest, instead_of }))
    }

    fn send(&self, prepared: &Prepared<'_>) -> Result<(), Error> {
        let Prepared { published, layer, manifest, .. } = prepared;
        let empty = Digest::of(Algorithm::Sha256, RepositoryFile::EMPTY_BLOB);
        self.registry.push_blob(&empty, Payload::Bytes(RepositoryFile::EMPTY_BLOB))?;
        match &published.bytes {
            Some(bytes) => self.registry.push_blob(&layer.digest, Payload::Bytes(bytes))?,
            None => {
                let file = published.open(self.view.layout)?;
                // How long it may take goes by its length.
                let length =
                    file.metadata().map_err(|cause| Error::io("read", &published.path, cause))?.len();
                if length != layer.size {
                    return Err(Error::changed(&published.path, Difference::Bytes));
                }
                self.registry.push_blob(&layer.digest, Payload::File(&file))?
            }
        };
        let tag = published.file.tag();
        self.registry.push_manifest(ManifestName::Tag(&tag), RepositoryFile::MEDIA_TYPE, manifest)?;
        Ok(())
    }

    fn found(&self, file: &RepositoryFile) -> Result<Found, Error> {
        match self.registry.manifest(ManifestName::Tag(&file.tag()), None) {
            Ok(Some(manifest)) => Ok(Found::Manifest(manifest)),
            Ok(None) => Ok(Found::Nothing),
            Err(error) if is_about_content(&error) => Ok(Found::Unreadable(error)),
            Err(error) => Err(error.into()),
        }
    }

    fn conflict(&self, file: &RepositoryFile, reason: String, state: &CopyState) -> Error {
        let (location, tag) = (self.registry.location().to_string(), file.tag().to_string());
        UploadError::Conflict { location, tag, reason, state: state.clone() }.into()
    }
}

impl Found {
    fn state(&self) -> CopyState {
        match self {
            Self::Nothing => CopyState::Absent,
            Self::Manifest(manifest) => CopyState::Manifest(Digest::of(Algorithm::Sha256, &manifest.bytes)),
            Self::Unreadable(_) => CopyState::Unreadable,
        }
    }
}

/// Whether a status speaks of what was asked for, and neither of who asks, nor of when.
fn is_about_request(status: u16) -> bool {
    !matches!(status, 401 | 403 | 429 | 500..)
}

/// Whether an answer came, whose content is the error.
fn is_about_content(error: &RegistryError) -> bool {
    matches!(
        error,
        RegistryError::Protocol { .. } | RegistryError::Digest { .. } | RegistryError::TooLong { .. }
    )
}

impl PublishedFile {
    fn open(&self, layout: &Layout) -> Result<File, Error> {
        let file = layout.open(&self.path, self.most_bytes)?;
        file.ok_or_else(|| Error::changed(&self.path, Difference::Gone))
    }

    /// The bytes as a layer, where they are those that were published.
    fn layer(&self, layout: &Layout) -> Result<FileLayer, Error> {
        let copied = match &self.bytes {
            Some(bytes) => hashing::copy(bytes.as_slice(), &mut io::sink()),
            None => {
                let bytes = self.open(layout)?.take(self.most_bytes.saturating_add(1));
                hashing::copy(bytes, &mut io::sink())
            }
        };
        let copied = copied.map_err(|cause| Error::io("read", &self.path, cause))?;
        if copied.sha256 != self.sha256 {
            return Err(Error::changed(&self.path, Difference::Bytes));
        }
        let digest = Digest::new(Algorithm::Sha256, &copied.sha256);
        let digest = digest.map_err(|error| Error::unreadable(&self.path, error))?;
        Ok(FileLayer { digest, size: copied.length })
    }
}
