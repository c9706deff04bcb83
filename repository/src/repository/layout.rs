//! Where things are: in the folder of a repository, in the state folder of its publisher, and in what is published.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;
use crate::metadata::{ROOT, TARGETS, TIMESTAMP, TOP_LEVEL};
use crate::store::{Folder, Tree};

/// The folder of a repository, what is published of it, there or elsewhere, and the publisher's state folder, which nobody
/// is served.
#[derive(Clone)]
pub(crate) struct Layout {
    folder: Folder,
    state: Folder,
    tree: Arc<dyn Tree>,
}

impl Layout {
    pub(crate) fn new(folder: Folder, state: &Path, tree: Arc<dyn Tree>) -> Self {
        Self { folder, state: Folder::new(state), tree }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder, as what is below it is reached.
    pub(crate) fn own(&self) -> &Folder {
        &self.folder
    }

    /// What is published.
    pub(crate) fn tree(&self) -> &dyn Tree {
        &*self.tree
    }

    /// Where it is published, for errors.
    pub(crate) fn location(&self) -> PathBuf {
        self.tree.location()
    }

    /// The state folder, as what is below it is reached.
    pub(crate) fn remembered(&self) -> &Folder {
        &self.state
    }

    /// What nobody but the publisher can write: what is remembered of the repository, drafts, and the record of a running
    /// publish. Nothing else is believed without being verified.
    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    /// A published metadata file.
    pub(crate) fn metadata(&self, name: &str) -> PathBuf {
        self.tree.metadata(name)
    }

    /// A published target file, by where clients fetch it.
    pub(crate) fn target(&self, fetch_path: &str) -> PathBuf {
        self.tree.target(fetch_path)
    }

    /// A target file that is not published yet. It is compared with its draft when it is read.
    pub(crate) fn staged_target(&self, fetch_path: &str) -> PathBuf {
        self.staged().join("targets").join(fetch_path)
    }

    /// Unfinished files on the file system of the repository's folder.
    pub(crate) fn temporary(&self) -> PathBuf {
        unfinished(self.folder())
    }

    pub(crate) fn staged(&self) -> PathBuf {
        self.folder().join("staged")
    }

    /// Keeps publishers apart. Only its owner can open it.
    pub(crate) fn lock(&self) -> PathBuf {
        self.staged().join("lock")
    }

    /// Keeps copies to registries apart, which may take long. Only its owner can open it.
    pub(crate) fn copy_lock(&self) -> PathBuf {
        self.staged().join("copy-lock")
    }

    /// What is remembered of the repository.
    pub(crate) fn memory(&self) -> PathBuf {
        self.state().join("repository.json")
    }

    /// The keys that recoveries have taken away.
    pub(crate) fn given_up(&self) -> PathBuf {
        self.state().join("given-up.json")
    }

    /// A copy of a published metadata file by its digest, or what is said of all of them.
    pub(crate) fn kept(&self, name: &str) -> PathBuf {
        self.state().join("kept").join(name)
    }

    /// The folder of staged changes.
    pub(crate) fn drafts(&self) -> PathBuf {
        self.state().join("roles")
    }

    /// The staged change of a role.
    pub(crate) fn draft(&self, role: &str) -> PathBuf {
        self.drafts().join(format!("{role}.json"))
    }

    /// Who published what.
    pub(crate) fn journal(&self) -> PathBuf {
        self.folder().join("journal.jsonl")
    }

    /// How far the journal was when this publisher wrote it last.
    pub(crate) fn journal_head(&self) -> PathBuf {
        self.state().join("journal-head.json")
    }

    /// What is staged for an event that is not published yet: keeps target files from being removed.
    pub(crate) fn open_event(&self, id: &str) -> PathBuf {
        self.open_events().join(format!("{id}.json"))
    }

    pub(crate) fn open_events(&self) -> PathBuf {
        self.state().join("events")
    }

    /// What a publish is about to write, kept until it is finished.
    pub(crate) fn pending(&self) -> PathBuf {
        self.state().join("pending")
    }

    /// Unfinished files of the state folder.
    pub(crate) fn unfinished_state(&self) -> PathBuf {
        self.state().join("unfinished")
    }

    /// Reads a published metadata file, at most one byte more than `most`; none where there is no such file.
    pub(crate) fn read_metadata(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Error> {
        self.tree.read(&self.metadata(name), most)
    }

    /// Opens a target file, published or staged, or a copy of its first `most` bytes and one more; none where there is no
    /// such file.
    pub(crate) fn open(&self, path: &Path, most: u64) -> Result<Option<File>, Error> {
        match path.starts_with(self.staged()) {
            true => self.folder.open(path),
            false => self.tree.open(path, most),
        }
    }

    /// Reads a file of the state folder; none where there is no such file.
    pub(crate) fn read_state(&self, path: &Path) -> Result<Option<Vec<u8>>, Error> {
        self.state.read(path, u64::MAX)
    }
}

impl fmt::Debug for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layout")
            .field("folder", &self.folder())
            .field("published", &self.location())
            .field("state", &self.state())
            .finish()
    }
}

/// The folder for unfinished files in the folder of a repository.
pub(crate) fn unfinished(folder: &Path) -> PathBuf {
    folder.join("staged").join("unfinished")
}

/// Rotate files of a role (TAP 8) among the names of roles: their own name is `rotate/ROLE`, which no role has.
pub(crate) fn rotate_files_of(role: &str) -> String {
    format!("{ROTATE}{role}")
}

/// The role whose rotate files are meant; none where the metadata of a role is.
pub(crate) fn rotated_role(name: &str) -> Option<&str> {
    name.strip_prefix(ROTATE)
}

/// The folder of rotate files, in `metadata/` and in what a snapshot lists.
const ROTATE: &str = "rotate/";

/// `VERSION.role.json`, plainly `timestamp.json` (specification 6.2.1), and `rotate/role.rotate.VERSION` (TAP 8).
pub(crate) fn file_name(role: &str, version: u64) -> String {
    if rotated_role(role).is_some() {
        return format!("{role}.rotate.{version}");
    }
    if role == TIMESTAMP { format!("{role}.json") } else { format!("{version}.{role}.json") }
}

/// The role and the version of a file that [`file_name`] names; version 0 of the timestamp.
pub(crate) fn role_and_version(name: &str) -> Option<(String, u64)> {
    if name == file_name(TIMESTAMP, 0) {
        return Some((TIMESTAMP.to_owned(), 0));
    }
    let (role, version) = match rotated_role(name) {
        Some(_) => name.rsplit_once(".rotate.")?,
        None => {
            let (version, role) = name.strip_suffix(".json")?.split_once('.')?;
            (role, version)
        }
    };
    Some((role.to_owned(), version.parse().ok()?))
}

/// Where clients fetch a target: `dir/HASH.name` (specification 6.2.1).
pub(crate) fn fetch_path(path: &str, digest: &str) -> String {
    match path.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/{digest}.{name}"),
        None => format!("{digest}.{path}"),
    }
}

/// Refuses target paths that clients refuse, and those that would leave the folder.
pub(crate) fn check_target_path(path: &str) -> Result<(), Error> {
    let refused = |reason| Err(Error::BadTargetPath { path: path.to_owned(), reason });
    if path.is_empty() {
        return refused("it is empty");
    }
    if path.contains('\\') || path.chars().any(char::is_control) {
        return refused("backslashes and control characters are not allowed");
    }
    if path.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return refused("it must be relative, without empty, `.` or `..` segments");
    }
    if path.split('/').any(|segment| segment.len() > 180) {
        return refused("a segment is longer than 180 bytes, and file names also carry a hash");
    }
    Ok(())
}

/// Refuses names of delegated roles that are not the same file name on every server and file system.
pub(crate) fn check_role_name(role: &str) -> Result<(), Error> {
    let refused = |reason| Err(Error::BadRoleName { role: role.to_owned(), reason });
    if TOP_LEVEL.contains(&role) {
        return refused("it is the name of a top-level role");
    }
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if role.is_empty() || role.len() > 128 || role.starts_with('.') || !role.chars().all(plain) {
        return refused(
            "1 to 128 of the characters A-Z a-z 0-9 - _ . are allowed, and no `.` at the beginning",
        );
    }
    Ok(())
}

/// Refuses what is neither the root role, the top-level targets role nor the name of a delegated role.
pub(crate) fn check_file_role(role: &str) -> Result<(), Error> {
    match role {
        ROOT | TARGETS => Ok(()),
        _ => check_role_name(role),
    }
}
