//! Trusted stores that are named by a repository's URL: one for each trusted root.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{FolderStore, Store, StoreError};
use crate::client::{Client, Session};
use crate::error::Error;
use crate::sandbox::{LineFiles, SandboxLimits, line_files, seed_line};
use crate::settings::Settings;

/// Most siblings that a new store looks at.
const SIBLINGS: usize = 16;

/// Most bytes of one sibling's files, and of all that are compared.
const BYTES: [usize; 2] = [8 << 20, 32 << 20];

/// Time that one sibling may compute. All of them together stay below the limit of the comparison.
const COMPUTATION: Duration = Duration::from_secs(1);

/// The files of a trusted root. Without both, a store has not begun.
const MARK: [&str; 2] = ["root.json", "floors/root"];

/// The trusted stores of one repository below a folder, one for each trusted root.
///
/// Whoever may write a project's configuration chooses both the URL and the trusted root. If the URL alone named the store,
/// one refresh in a hostile project would replace the root and the floors that other projects trust. So each trusted root has
/// a folder `NAME~<16 hexadecimal digits of its SHA-256>`, which is used alone: no other trusted root can write into it.
///
/// A store that is new begins with copies from its siblings: the other folders of this name, and `NAME`, which earlier
/// versions left. They stay as they are. The verifier says what is copied: newer roots that follow from the trusted root,
/// and the newest timestamp and snapshot metadata that its keys signed. At most 16 siblings are looked at; one that is
/// damaged, or that costs too much, is passed over.
#[derive(Clone, Debug)]
pub struct StoreLines {
    folder: PathBuf,
    name: String,
}

impl StoreLines {
    /// The stores below `folder` whose names begin with `name`. The name says which repository it is.
    pub fn new(folder: impl Into<PathBuf>, name: impl Into<String>) -> Self {
        Self { folder: folder.into(), name: name.into() }
    }

    /// Refreshes with the store of the trusted root, which is made if it is not there. `client` makes a client of it.
    ///
    /// # Errors
    /// As [`Client::refresh`]; [`StoreError`] if a folder cannot be listed, opened or written;
    /// [`Refusal::OtherRootLine`](crate::Refusal::OtherRootLine) if two siblings of a new store prove different roots of
    /// one version.
    pub fn refresh(
        &self,
        trusted_root: &[u8],
        settings: Settings,
        client: impl FnOnce(FolderStore) -> Client,
    ) -> Result<Session, Error> {
        let own = self.own_name(trusted_root);
        let store = FolderStore::open(self.folder.join(&own))?;
        if is_new(&store)? {
            self.begin(&store, &own, trusted_root, settings)?;
        }
        client(store).refresh()
    }

    /// Copies what the siblings prove. The mark is written last, so that an interrupted copy is begun again.
    fn begin(
        &self,
        store: &FolderStore,
        own: &str,
        trusted_root: &[u8],
        settings: Settings,
    ) -> Result<(), Error> {
        let names = line_files(trusted_root, settings, SandboxLimits::default())?;
        let siblings = self.siblings(own, &names, |files| {
            let limits = SandboxLimits { computation: COMPUTATION, ..SandboxLimits::default() };
            seed_line(trusted_root, settings, files, limits).is_ok_and(|files| !files.is_empty())
        })?;
        if siblings.iter().all(Vec::is_empty) {
            return Ok(());
        }
        let files = seed_line(trusted_root, settings, siblings, SandboxLimits::default())?;
        let _lock = store.lock(&mut || {})?;
        // Another process may have begun it in the meantime.
        if is_new(store)? {
            for file in files {
                // What is there is its own: it has lost its root files only, or the copy was interrupted.
                if store.load(&file.name)?.is_none() {
                    store.persist(&file.name, &file.bytes)?;
                }
            }
        }
        Ok(())
    }

    /// The files of each sibling that is `useful` alone. The first one is the folder without a trusted root in its name;
    /// it has no files if there is none. A sibling that cannot be read is passed over: somebody else's damaged folder must
    /// not stop this trusted root.
    fn siblings(
        &self,
        own: &str,
        files: &[String],
        useful: impl Fn(Vec<LineFiles>) -> bool,
    ) -> Result<Vec<LineFiles>, StoreError> {
        let [most, mut left] = BYTES;
        let mut siblings = vec![Vec::new()];
        for name in self.names()?.into_iter().filter(|name| name != own).take(SIBLINGS) {
            let is_earlier = name == self.name;
            let limit = if is_earlier { left } else { most.min(left) };
            let Some((found, length)) = self.read(&name, files, limit) else { continue };
            let alone = if is_earlier { vec![found.clone()] } else { vec![Vec::new(), found.clone()] };
            if !useful(alone) {
                continue;
            }
            left = left.saturating_sub(length);
            match siblings.first_mut().filter(|_| is_earlier) {
                Some(first) => *first = found,
                None => siblings.push(found),
            }
        }
        Ok(siblings)
    }

    /// The files of one sibling and their length. None if one cannot be read, or if they are longer than the limit.
    fn read(&self, name: &str, files: &[String], limit: usize) -> Option<(LineFiles, usize)> {
        let store = FolderStore::open(self.folder.join(name)).ok()?.max_length(limit as u64);
        let (mut found, mut length) = (LineFiles::new(), 0_usize);
        for file in files {
            let bytes = store.load(file).ok()?;
            length = length.saturating_add(bytes.as_ref().map_or(0, Vec::len));
            if length > limit {
                return None;
            }
            found.push(bytes);
        }
        Some((found, length))
    }

    /// The stores that are there, in the order of their names: the one without a trusted root is the first.
    fn names(&self) -> Result<Vec<String>, StoreError> {
        let unreadable = |source| StoreError::Open { path: self.folder.clone(), source };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().into_string().ok().filter(|name| self.is_line(name));
            names.extend(name.filter(|_| entry.path().is_dir()));
        }
        names.sort_unstable();
        Ok(names)
    }

    fn is_line(&self, name: &str) -> bool {
        name.strip_prefix(&self.name).is_some_and(|rest| {
            let digits = rest.strip_prefix('~').unwrap_or_default();
            rest.is_empty() || (digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        })
    }

    fn own_name(&self, trusted_root: &[u8]) -> String {
        let mut name = format!("{}~", self.name);
        for byte in Sha256::digest(trusted_root).iter().take(8) {
            // Writing to a string cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        name
    }
}

/// Whether a store has no trusted root yet.
fn is_new(store: &FolderStore) -> Result<bool, StoreError> {
    for name in MARK {
        if store.load(name)?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}
