//! The files of a folder as targets.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde_json::Map;

use crate::error::Error;
use crate::metadata::TargetFile;
use crate::repository::authority::Delegated;
use crate::repository::layout::Layout;
use crate::repository::staging::Staged;
use crate::store::Folder;
use crate::store::hashing::{self, Copied};

/// What became of the files of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StagedFolder {
    /// Target paths that are new, have other bytes than before, or whose published file is gone or has been changed.
    pub added: Vec<String>,
    /// Those of them whose published file had been changed by somebody else.
    pub were_changed: Vec<String>,
    /// Number of files that were targets already.
    pub unchanged: usize,
}

impl Staged<'_> {
    /// Adds every file below a folder to a role. Its path relative to the folder, with `/`, is its target path. Lists
    /// SHA-256 and SHA-512: lock files of package managers name the one or the other. Targets that the role lists and
    /// the folder does not have stay as they are.
    ///
    /// # Errors
    /// [`Error::BadTargetFile`] for anything but regular files and folders; [`Error::OwnFolder`] for the repository, what is
    /// published or staged of it, its state folder, and a folder above one of them; [`Error::ShadowsDelegated`] even after
    /// [`Staged::allow_shadowing`]; as [`Staged::add_target`] otherwise.
    pub fn add_folder(&mut self, role: &str, folder: &Path) -> Result<StagedFolder, Error> {
        check_foreign(self.layout, folder)?;
        let mut paths = Vec::new();
        collect(folder, "", &mut paths)?;
        paths.sort();
        let listed = self.targets(role)?;
        let mut result = StagedFolder::default();
        let files = Folder::new(folder);
        for path in paths {
            // Whoever fills the folder must not choose for roles that other keys sign, whatever else is allowed.
            self.check_authority(role, &path, Delegated::Refused)?;
            let file = folder.join(&path);
            let failed = |cause| Error::io("read", &file, cause);
            let open = || -> Result<fs::File, Error> {
                files.open(&file)?.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
            };
            let opened = open()?;
            let length = opened.metadata().map_err(failed)?.len();
            self.check_length(&path, length)?;
            // It may have grown since.
            let copied = hashing::copy(opened.take(length), &mut io::sink()).map_err(failed)?;
            let before = listed.get(&path);
            let is_listed = before
                .is_some_and(|target| (target.length, &target.hashes) == (copied.length, &hashes(&copied)));
            if is_listed && self.has_bytes(role, &path)? {
                result.unchanged += 1;
                continue;
            }
            if self.published_file_was_changed(role, &path)? {
                result.were_changed.push(path.clone());
            }
            let copied = self.stage_bytes(&path, open()?)?;
            let target = TargetFile {
                length: copied.length,
                hashes: hashes(&copied),
                custom: before.and_then(|target| target.custom.clone()),
                unrecognized: before.map_or_else(Map::new, |target| target.unrecognized.clone()),
            };
            let draft = self.draft(role)?;
            draft.forget(&path);
            draft.signed.targets.insert(path.clone(), target);
            result.added.push(path);
        }
        Ok(result)
    }
}

fn hashes(copied: &Copied) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("sha256".to_owned(), copied.sha256.clone()),
        ("sha512".to_owned(), copied.sha512.clone()),
    ])
}

/// Refuses a folder that shares files with those that a publisher writes. Another folder within the repository's folder
/// may be where its files come from.
fn check_foreign(layout: &Layout, folder: &Path) -> Result<(), Error> {
    let failed = |path: &Path, cause| Error::io("read", path, cause);
    let real = folder.canonicalize().map_err(|cause| failed(folder, cause))?;
    let parts = [layout.metadata(""), layout.target(""), layout.staged(), layout.state().to_owned()];
    for own in parts.iter().map(PathBuf::as_path).chain([layout.folder()]) {
        let found = match own.canonicalize() {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
            found => found.map_err(|cause| failed(own, cause))?,
        };
        if found.starts_with(&real) || real.starts_with(&found) && own != layout.folder() {
            return Err(Error::OwnFolder { folder: folder.to_owned(), own: own.to_owned() });
        }
    }
    Ok(())
}

/// Relative paths of the files below a folder.
fn collect(folder: &Path, prefix: &str, paths: &mut Vec<String>) -> Result<(), Error> {
    let failed = |cause| Error::io("read", folder, cause);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let path = format!("{prefix}{}", name.to_string_lossy());
        let kind = entry.file_type().map_err(failed)?;
        if name.to_str().is_none() || !(kind.is_dir() || kind.is_file()) {
            let reason = "only regular files and folders with names in UTF-8 become targets".to_owned();
            return Err(Error::BadTargetFile { path, reason });
        }
        match kind.is_dir() {
            true => collect(&entry.path(), &format!("{path}/"), paths)?,
            false => paths.push(path),
        }
    }
    Ok(())
}
