//! Trusted stores that are named by a repository's URL: one for each line of roots.

use std::fs;
use std::io;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::{FolderStore, Store, StoreError};
use crate::client::{Client, Session};
use crate::error::Error;
use crate::failure::{Cause, Place, Refusal};
use crate::sandbox::{RankedLine, SandboxLimits, line_files, rank_lines};
use crate::settings::Settings;

/// The trusted stores of one repository below a folder, one for each line of roots.
///
/// Whoever may write a project's configuration chooses both the URL and the trusted root. If the URL alone named the store,
/// one refresh in a hostile project would replace the root and the floors that other projects trust. So each line has
/// a folder `NAME~<16 hexadecimal digits of the trusted root's SHA-256>`, and a trusted root finds its line's folder
/// whatever root of that line the folder is named after. The folder `NAME` is what earlier versions left: it is tried too.
#[derive(Clone, Debug)]
pub struct StoreLines {
    folder: PathBuf,
    name: String,
}

/// One store of a repository.
struct Line {
    name: String,
    store: FolderStore,
}

impl StoreLines {
    /// The stores below `folder` whose names begin with `name`. The name says which repository it is.
    pub fn new(folder: impl Into<PathBuf>, name: impl Into<String>) -> Self {
        Self { folder: folder.into(), name: name.into() }
    }

    /// Refreshes with the store of the trusted root's line. `client` makes a client of each store that is tried; a store of
    /// another line stays as it was. Where there is no store of this line, a new one is made.
    ///
    /// # Errors
    /// As [`Client::refresh`]; [`StoreError`] where a folder cannot be listed or opened.
    pub fn refresh(
        &self,
        trusted_root: &[u8],
        settings: Settings,
        mut client: impl FnMut(FolderStore) -> Client,
    ) -> Result<Session, Error> {
        let mut lines: Vec<Option<Line>> = self.lines()?.into_iter().map(Some).collect();
        for ranked in self.ranked(trusted_root, settings, &lines)? {
            let place = usize::try_from(ranked.store).unwrap_or(usize::MAX);
            let Some(Line { name, store }) = lines.get_mut(place).and_then(Option::take) else { continue };
            // A store that an earlier version left has no other name: its trusted root may be this one.
            let is_final = ranked.proven || name == self.name;
            match client(store).refresh() {
                Err(error) if is_of_another_line(&error, is_final) => {}
                outcome => return outcome,
            }
        }
        let own = FolderStore::open(self.folder.join(self.own_name(trusted_root)))?;
        client(own).refresh()
    }

    fn ranked(
        &self,
        trusted_root: &[u8],
        settings: Settings,
        lines: &[Option<Line>],
    ) -> Result<Vec<RankedLine>, Error> {
        if lines.is_empty() {
            return Ok(Vec::new());
        }
        let limits = SandboxLimits::default();
        let names = line_files(trusted_root, settings, limits)?;
        let files =
            |line: &Line| names.iter().map(|name| line.store.load(name)).collect::<Result<Vec<_>, _>>();
        let files = lines.iter().flatten().map(files).collect::<Result<Vec<_>, _>>()?;
        rank_lines(trusted_root, settings, files, limits)
    }

    /// The stores that are there, in the order of their names.
    fn lines(&self) -> Result<Vec<Line>, StoreError> {
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
        let line = |name: String| Ok(Line { store: FolderStore::open(self.folder.join(&name))?, name });
        names.into_iter().map(line).collect()
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
            name.push_str(&format!("{byte:02x}"));
        }
        name
    }
}

/// Whether a store is of another line than the trusted root. `is_final` is whether a rollback of root under it counts: a
/// store of whose line nothing is known could block the trusted root by a root version that nobody reaches.
fn is_of_another_line(error: &Error, is_final: bool) -> bool {
    let Error::Failure(failure) = error else { return false };
    match &failure.cause {
        Cause::Refused(Refusal::OtherRootLine(_)) => true,
        Cause::Refused(Refusal::Rollback(facts)) => {
            !is_final && facts.role == "root" && facts.subject == "root"
        }
        Cause::Missing(missing) => {
            !is_final && missing.place == Place::Store && missing.name.starts_with("root_history/")
        }
        _ => false,
    }
}
