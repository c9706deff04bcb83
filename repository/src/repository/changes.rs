//! The targets that a publish changes, and their bytes.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::error::{Difference, Error};
use crate::metadata::TargetFile;
use crate::repository::authority::{self, Delegated};
use crate::repository::documents::document;
use crate::repository::draft::Drafts;
use crate::repository::layout::{Layout, fetch_path};
use crate::repository::state::State;
use crate::store::{hashing, private};

/// A target that is new, or differs from what is published, or whose bytes are staged again.
pub(crate) struct ChangedTarget {
    pub(crate) role: String,
    pub(crate) path: String,
    target: TargetFile,
    elsewhere: bool,
    delegated: Delegated,
}

/// Every changed target, each one of a role that clients ask for it.
pub(crate) fn changed_targets(
    layout: &Layout,
    state: &State,
    drafts: &Drafts,
) -> Result<Vec<ChangedTarget>, Error> {
    let mut changed = Vec::new();
    for (role, draft) in &drafts.targets {
        let published = state.targets(role).map(|published| &published.signed.targets);
        for (path, target) in &draft.signed.targets {
            let is_listed = published.and_then(|published| published.get(path)) == Some(target);
            if !is_listed || is_staged(layout, path, target)? {
                let elsewhere = draft.elsewhere.contains(path);
                let delegated = match draft.shadowing.contains(path) {
                    true => Delegated::Shadowed,
                    false => Delegated::Refused,
                };
                let (role, path, target) = (role.clone(), path.clone(), target.clone());
                changed.push(ChangedTarget { role, path, target, elsewhere, delegated });
            }
        }
    }
    for target in &changed {
        let metadata = |role: &str| document(state, drafts, role);
        authority::check(metadata, &target.role, &target.path, target.delegated)?;
    }
    Ok(changed)
}

/// Whether the bytes of a target are staged: also those of one that is published already, whose file may be gone.
fn is_staged(layout: &Layout, path: &str, target: &TargetFile) -> Result<bool, Error> {
    let Some(digest) = target.hashes.get("sha256") else { return Ok(false) };
    Ok(layout.open(&layout.staged_target(&fetch_path(path, digest)), target.length)?.is_some())
}

impl ChangedTarget {
    /// Checks the bytes against what the role lists. Gives where clients fetch them, and their length, if a publish has to
    /// write them: they are staged, or published in a file that somebody else can change. None if they are published
    /// already, here or elsewhere.
    ///
    /// # Errors
    /// [`Error::BadTargetFile`] for staged bytes, [`Error::Changed`] for published ones that no staged ones replace.
    pub(crate) fn staged_file(&self, layout: &Layout) -> Result<Option<(String, u64)>, Error> {
        let bad = |reason: String| Error::BadTargetFile { path: self.path.clone(), reason };
        let digest = self.target.hashes.get("sha256").ok_or_else(|| bad("it has no SHA-256".to_owned()))?;
        let fetch_path = fetch_path(&self.path, digest);
        let staged = layout.staged_target(&fetch_path);
        let is_staged = match check_target(layout, &staged, &self.target) {
            Err(Error::Changed { difference: Difference::Bytes, .. }) => {
                return Err(bad("the staged bytes have changed since they were added".to_owned()));
            }
            is_staged => is_staged?.is_some(),
        };
        let published = layout.target(&fetch_path);
        let is_own = match check_target(layout, &published, &self.target) {
            // What somebody has changed is replaced by what is staged.
            Err(Error::Changed { .. }) if is_staged => None,
            file => file?.map(|file| private::is_own(&file, &published)),
        };
        match (is_staged, is_own) {
            (true, _) | (false, Some(false)) => Ok(Some((fetch_path, self.target.length))),
            (false, Some(true)) => Ok(None),
            (false, None) if self.elsewhere => Ok(None),
            (false, None) => {
                Err(bad(format!("its bytes are neither staged nor published ({})", staged.display())))
            }
        }
    }
}

/// Compares a target file with what a role lists. Gives the file; none if it is not there.
///
/// # Errors
/// [`Error::Changed`] where it has another length or another digest; [`Error::SymbolicLink`].
pub(crate) fn check_target(layout: &Layout, path: &Path, listed: &TargetFile) -> Result<Option<File>, Error> {
    let Some(file) = layout.open(path, listed.length)? else { return Ok(None) };
    let failed = |cause| Error::io("read", path, cause);
    let changed = || Err(Error::changed(path, Difference::Bytes));
    if file.metadata().map_err(failed)?.len() != listed.length {
        return changed();
    }
    // It may have grown since.
    let found =
        hashing::copy((&file).take(listed.length.saturating_add(1)), &mut io::sink()).map_err(failed)?;
    let matches = |algorithm: &str, digest: &String| match algorithm {
        "sha256" => found.sha256 == *digest,
        "sha512" => found.sha512 == *digest,
        _ => true,
    };
    let is_listed = listed.hashes.contains_key("sha256")
        && found.length == listed.length
        && listed.hashes.iter().all(|(algorithm, digest)| matches(algorithm, digest));
    if is_listed { Ok(Some(file)) } else { changed() }
}
