//! What makes a folder a trusted store.
//!
//! A store replaces files such as `root.json` and deletes unfinished ones. So a folder that holds anything else is refused:
//! somebody's project, a published repository, a folder of pinned roots beside other files.
//!
//! | the folder | is |
//! |---|---|
//! | is empty, but for what systems leave in every folder | taken: it becomes a store |
//! | has `.lock` and `root_history/` or `floors/` | a store that this library has kept |
//! | has `.lock`, and nothing but names of a store | a store that was locked and not yet filled |
//! | has `root.json` or `root_history/`, and nothing but metadata under names of a store | taken over from another client |
//! | else | refused |
//!
//! Published metadata has versions before its names (`2.root.json`), which no store has. Clients of sigstore keep a folder
//! `targets` in their stores.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::StoreError;
use super::file_name::{FOLDERS, StoreName};
use super::folder::LOCK;
use super::write::UNFINISHED;

/// What systems leave in folders of everybody.
const OF_SYSTEMS: [&str; 4] = [".DS_Store", "Thumbs.db", "desktop.ini", "lost+found"];

/// The metadata of top-level roles. A client that died may have left any of them damaged.
const TOP_LEVEL: [&str; 4] = ["root.json", "timestamp.json", "snapshot.json", "targets.json"];

/// Bytes of a file that are looked at: both members of metadata have names that begin with `sign`.
const LOOKED_AT: u64 = 4096;

/// Refuses a folder that is not empty and is no store. Changes nothing: the first lock marks a store.
///
/// # Errors
/// [`StoreError::NotAStore`]; [`StoreError::Open`] where the folder cannot be listed.
pub(super) fn check(folder: &Path) -> Result<(), StoreError> {
    without_links(folder)?;
    let has = |name: &str| folder.join(name).symlink_metadata().is_ok();
    let (has_lock, has_history) = (has(LOCK), has("root_history"));
    if has_lock && (has_history || has("floors")) {
        return Ok(());
    }
    let refuse = |evidence| StoreError::NotAStore { path: folder.to_owned(), evidence };
    let mut is_empty = true;
    for name in names(folder).map_err(|source| StoreError::Open { path: folder.to_owned(), source })? {
        is_empty = false;
        if !is_of_a_store(folder, &name) {
            return Err(refuse(format!("no store has {name:?}")));
        }
        if !has_lock && !is_metadata(folder, &name) {
            return Err(refuse(format!("{name:?} is no metadata")));
        }
    }
    if !is_empty && !has_lock && !has_history && !has("root.json") {
        return Err(refuse("it has neither root.json nor root_history".to_owned()));
    }
    Ok(())
}

/// Refuses a store one of whose folders is a symbolic link. Who shares the store would have files written, replaced and
/// deleted elsewhere.
///
/// # Errors
/// [`StoreError::NotAStore`].
pub(super) fn without_links(folder: &Path) -> Result<(), StoreError> {
    let is_link = |name: &&str| folder.join(name).symlink_metadata().is_ok_and(|found| found.is_symlink());
    match FOLDERS.into_iter().find(is_link) {
        Some(name) => {
            let evidence = format!("{name:?} is a symbolic link");
            Err(StoreError::NotAStore { path: folder.to_owned(), evidence })
        }
        None => Ok(()),
    }
}

/// The names in a folder, but for those that say nothing about it.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != LOCK && !name.starts_with(UNFINISHED) && !OF_SYSTEMS.contains(&&*name) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn is_of_a_store(folder: &Path, name: &str) -> bool {
    if FOLDERS.contains(&name) || name == "targets" {
        return folder.join(name).is_dir();
    }
    let is_hashed = name.strip_prefix("%sha256-").is_some_and(|rest| rest.ends_with(".json"));
    let is_versioned = name.split('.').next().is_some_and(|first| first.parse::<u64>().is_ok());
    is_hashed || (StoreName::parse(name).is_ok() && !is_versioned)
}

/// Whether a file begins as metadata does, or is that of a top-level role, whatever is in it.
fn is_metadata(folder: &Path, name: &str) -> bool {
    if !name.ends_with(".json") || TOP_LEVEL.contains(&name) {
        return true;
    }
    // A look before it is opened: opening a pipe would wait for its writer.
    if !folder.join(name).is_file() {
        return false;
    }
    let mut start = Vec::new();
    let read = File::open(folder.join(name)).and_then(|file| file.take(LOOKED_AT).read_to_end(&mut start));
    let text = String::from_utf8_lossy(&start);
    let text = text.trim_ascii_start();
    let first = text.strip_prefix('{').map(str::trim_ascii_start);
    read.is_ok() && (text.is_empty() || first.is_some_and(|rest| rest.starts_with("\"sign")))
}
