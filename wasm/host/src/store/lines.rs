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
use crate::records::{Settings, StoreFile};
use crate::sandbox::{LineFiles, SandboxLimits, line_files, seed_line};

/// Most siblings that are compared at once. What they prove takes the place of them when there are more.
const AT_ONCE: usize = 16;

/// Most bytes of one sibling's files, and of all that are compared at once.
const BYTES: [usize; 2] = [8 << 20, 32 << 20];

/// Time that one sibling may compute. Those that need more wait until every other one was looked at.
const QUICK: Duration = Duration::from_millis(100);

/// Time that one of those that need more may compute. All that are compared at once stay below the limit of the comparison.
const SLOW: Duration = Duration::from_secs(1);

/// Most of those that need more.
const MOST_SLOW: usize = 16;

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
/// and the newest timestamp and snapshot metadata that its keys signed. Whoever can add siblings hides none of the others:
/// each is looked at, those that cost more than 100 milliseconds last, and of these 16 at most. One that is damaged, or
/// that costs more than a second, is passed over.
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
    /// [`Refusal::OtherRootLine`](crate::records::Refusal::OtherRootLine) if two siblings of a new store prove different roots of
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
        let seed = |siblings, computation| {
            let limits = SandboxLimits { computation, ..SandboxLimits::default() };
            seed_line(trusted_root, settings, siblings, limits)
        };
        let names = line_files(trusted_root, settings, SandboxLimits::default())?;
        let mut found = Siblings { names, seed, first: LineFiles::new(), others: Vec::new(), length: 0 };
        let mut slow = Vec::new();
        for name in self.names()?.into_iter().filter(|name| name != own) {
            if self.look(&name, QUICK, &mut found)? == Looked::FailedOrStopped {
                slow.push(name);
            }
        }
        for name in slow.iter().take(MOST_SLOW) {
            self.look(name, SLOW, &mut found)?;
        }
        let Some(files) = found.all()? else { return Ok(()) };
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

    /// Adds a sibling if it alone is of use. One that cannot be read is passed over: somebody else's damaged folder must not
    /// stop this trusted root.
    fn look(
        &self,
        name: &str,
        computation: Duration,
        found: &mut Siblings<impl Fn(Vec<LineFiles>, Duration) -> Result<Vec<StoreFile>, Error>>,
    ) -> Result<Looked, Error> {
        let [most, all] = BYTES;
        let is_earlier = name == self.name;
        let limit = if is_earlier { all } else { most };
        let Some((files, length)) = self.read(name, &found.names, limit) else { return Ok(Looked::Useless) };
        let alone = if is_earlier { vec![files.clone()] } else { vec![LineFiles::new(), files.clone()] };
        match (found.seed)(alone, computation) {
            Err(_) => return Ok(Looked::FailedOrStopped),
            Ok(seeded) if seeded.is_empty() => return Ok(Looked::Useless),
            Ok(_) if is_earlier => found.first = files,
            Ok(_) => found.add(files, length)?,
        }
        Ok(Looked::Useful)
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

/// What a sibling is good for.
#[derive(PartialEq, Eq)]
enum Looked {
    Useful,
    Useless,
    FailedOrStopped,
}

/// The siblings that are of use.
struct Siblings<S> {
    /// Names of the files of each.
    names: Vec<String>,
    /// Says what a new store begins with.
    seed: S,
    /// The folder without a trusted root in its name; no files if there is none.
    first: LineFiles,
    others: Vec<LineFiles>,
    /// Bytes of the others.
    length: usize,
}

impl<S: Fn(Vec<LineFiles>, Duration) -> Result<Vec<StoreFile>, Error>> Siblings<S> {
    /// Adds one. Where that makes too many, a new store's files take the place of those that it would begin with.
    fn add(&mut self, files: LineFiles, length: usize) -> Result<(), Error> {
        let [_, all] = BYTES;
        if self.others.len() >= AT_ONCE || self.length.saturating_add(length) > all {
            let seeded = self.seeded(LineFiles::new())?;
            let file = |name: &String| seeded.iter().find(|file| file.name == *name);
            let merged: LineFiles =
                self.names.iter().map(|name| file(name).map(|file| file.bytes.clone())).collect();
            self.length = merged.iter().flatten().map(Vec::len).sum();
            self.others = vec![merged];
        }
        self.length = self.length.saturating_add(length);
        self.others.push(files);
        Ok(())
    }

    /// What the new store begins with; none if no sibling is of use.
    fn all(mut self) -> Result<Option<Vec<StoreFile>>, Error> {
        if self.first.is_empty() && self.others.is_empty() {
            return Ok(None);
        }
        let first = std::mem::take(&mut self.first);
        self.seeded(first).map(Some)
    }

    fn seeded(&self, first: LineFiles) -> Result<Vec<StoreFile>, Error> {
        let siblings = std::iter::once(first).chain(self.others.iter().cloned()).collect();
        (self.seed)(siblings, SandboxLimits::default().computation)
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
