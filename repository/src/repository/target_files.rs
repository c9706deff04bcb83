//! Whether the bytes of the published targets are still there, and are still what is listed.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::metadata::TargetFile;
use crate::repository::Repository;
use crate::repository::changes::check_target;
use crate::repository::layout::{Layout, fetch_path};
use crate::repository::staging::Staged;
use crate::repository::state::State;

/// What became of the published target files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetFiles {
    /// Number of target files that are what is listed.
    pub whole: usize,
    /// Targets whose file is not in this folder: it is gone, or it was published elsewhere.
    pub missing: Vec<ListedTarget>,
    /// Targets whose file has other bytes, or is no regular file.
    pub changed: Vec<ListedTarget>,
}

/// A target, and the role that lists it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListedTarget {
    /// Name of the role.
    pub role: String,
    /// Target path.
    pub path: String,
}

impl Repository {
    /// Reads every byte of every published target, and compares it with what is listed. A file that two roles list is read
    /// once for each of them.
    ///
    /// # Errors
    /// As for [`Repository::status`]; [`Error::Io`] where a file cannot be read.
    pub fn check_target_files(&self) -> Result<TargetFiles, Error> {
        let state = State::load(&self.layout)?;
        let roles: BTreeSet<String> = self.status()?.roles.into_iter().map(|role| role.role).collect();
        let mut files = TargetFiles::default();
        for role in roles {
            let Some(published) = state.targets(&role) else { continue };
            for (path, target) in &published.signed.targets {
                let listed = ListedTarget { role: role.clone(), path: path.clone() };
                match published_file(&self.layout, path, target)? {
                    Whole::Yes => files.whole += 1,
                    Whole::Missing => files.missing.push(listed),
                    Whole::Changed => files.changed.push(listed),
                }
            }
        }
        Ok(files)
    }
}

impl Staged<'_> {
    /// Whether the published file of a target has other bytes than are listed, or is no regular file: somebody else has
    /// written there. A file that is gone may be published elsewhere, and is none of them.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read. A target that is not published has no such file.
    pub fn published_file_was_changed(&self, role: &str, path: &str) -> Result<bool, Error> {
        let published = self.state.targets(role).and_then(|published| published.signed.targets.get(path));
        let Some(target) = published else { return Ok(false) };
        Ok(matches!(published_file(self.layout, path, target)?, Whole::Changed))
    }
}

fn published_file(layout: &Layout, path: &str, target: &TargetFile) -> Result<Whole, Error> {
    let digest = target.hashes.get("sha256").map_or("", String::as_str);
    match check_target(layout, &layout.target(&fetch_path(path, digest)), target) {
        Ok(Some(_)) => Ok(Whole::Yes),
        Ok(None) => Ok(Whole::Missing),
        Err(Error::Changed { .. } | Error::SymbolicLink(_) | Error::Unreadable { .. }) => Ok(Whole::Changed),
        Err(error) => Err(error),
    }
}

enum Whole {
    Yes,
    Missing,
    Changed,
}
