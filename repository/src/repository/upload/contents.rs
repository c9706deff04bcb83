//! The files of a published repository, in the order in which a publish writes them.

use std::path::PathBuf;

use tuf_oci::registry::RepositoryFile;
use tuf_verifier_core::Settings;

use crate::error::Error;
use crate::metadata::{ROOT, SNAPSHOT, TIMESTAMP};
use crate::repository::changes::check_target;
use crate::repository::layout::{Layout, fetch_path, file_name, rotate_files_of};
use crate::repository::state::{State, listed_roles};

/// One published file.
pub(super) struct PublishedFile {
    pub(super) file: RepositoryFile,
    pub(super) path: PathBuf,
    /// The bytes, where other ones come under its name with every publish: another publisher may go on while these are
    /// copied.
    pub(super) bytes: Option<Vec<u8>>,
    /// Lower-case hexadecimal SHA-256 of the bytes that were published.
    pub(super) sha256: String,
    /// Most bytes that it can have: whoever can write to the folder may put an endless file there.
    pub(super) most_bytes: u64,
}

/// Every file that clients of the published repository may ask for.
pub(super) struct Contents {
    /// All versions but the last.
    old_roots: Vec<PublishedFile>,
    root: PublishedFile,
    /// Target files, delegated metadata, top-level targets and snapshot metadata.
    listed_files: Vec<PublishedFile>,
    pub(super) timestamp: PublishedFile,
    pub(super) timestamp_version: u64,
    /// Role and path of each target.
    pub(super) listed: Vec<(String, String)>,
    /// Listed targets whose bytes are not here.
    pub(super) elsewhere: usize,
}

impl Contents {
    /// Reads which files there are from the published metadata. Target files are compared with what lists them.
    /// `timestamp_bytes` are those of the timestamp.
    pub(super) fn of(state: &State, timestamp_bytes: Vec<u8>, layout: &Layout) -> Result<Self, Error> {
        let most_metadata = Settings::default().listed_max_length;
        let metadata = |role: &str, version: u64| {
            let name = file_name(role, version);
            let path = layout.metadata(&name);
            let sha256 = state.digest(role, version).unwrap_or_default().to_owned();
            PublishedFile {
                file: RepositoryFile::metadata(name),
                path,
                bytes: None,
                sha256,
                most_bytes: most_metadata,
            }
        };
        let missing = |role| Error::unreadable(&layout.metadata(&file_name(role, 1)), "it is not published");
        let timestamp = state.timestamp.as_ref().ok_or_else(|| missing(TIMESTAMP))?;
        let snapshot = state.snapshot.as_ref().ok_or_else(|| missing(SNAPSHOT))?;
        let mut contents = Self {
            old_roots: (1..state.root_version()).map(|version| metadata(ROOT, version)).collect(),
            root: metadata(ROOT, state.root_version()),
            listed_files: Vec::new(),
            timestamp: PublishedFile {
                bytes: Some(timestamp_bytes),
                ..metadata(TIMESTAMP, timestamp.signed.version)
            },
            timestamp_version: timestamp.signed.version,
            listed: Vec::new(),
            elsewhere: 0,
        };
        // A role that is listed without a digest, and no longer delegated to, cannot be told from another file.
        let mut roles = listed_roles(&snapshot.signed);
        roles.retain(|role| state.digest(role, state.version(role)).is_some());
        for role in &roles {
            contents.add_targets(role, state, layout)?;
        }
        for (role, rotated) in state.all_rotated() {
            let files = (1..=rotated.rotations).map(|version| metadata(&rotate_files_of(role), version));
            contents.listed_files.extend(files);
        }
        contents.listed_files.extend(roles.iter().map(|role| metadata(role, state.version(role))));
        contents.listed_files.push(metadata(SNAPSHOT, snapshot.signed.version));
        Ok(contents)
    }

    /// Adds the target files of a role that clients can be led to.
    fn add_targets(&mut self, role: &str, state: &State, layout: &Layout) -> Result<(), Error> {
        let Some(document) = state.targets(role) else { return Ok(()) };
        for (path, target) in &document.signed.targets {
            self.listed.push((role.to_owned(), path.clone()));
            let digest = target.hashes.get("sha256").map_or("", String::as_str);
            let fetch_path = fetch_path(path, digest);
            let here = layout.target(&fetch_path);
            match check_target(layout, &here, target)? {
                Some(_) => self.listed_files.push(PublishedFile {
                    file: RepositoryFile::target(fetch_path),
                    path: here,
                    bytes: None,
                    sha256: digest.to_owned(),
                    most_bytes: target.length,
                }),
                None => self.elsewhere += 1,
            }
        }
        Ok(())
    }

    /// Every file, in the order in which no client meets a hole: new root metadata comes last where clients read from the
    /// registry already, and first where none does.
    pub(super) fn in_order(&self, has_clients: bool) -> impl Iterator<Item = &PublishedFile> {
        let (first, last) = match has_clients {
            true => (None, Some(&self.root)),
            false => (Some(&self.root), None),
        };
        self.old_roots.iter().chain(first).chain(&self.listed_files).chain([&self.timestamp]).chain(last)
    }
}
