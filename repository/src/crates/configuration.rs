//! Which of cargo's configuration counts: the user's, and from a project's the places of registries.
//!
//! Cargo itself would read the files of every folder above the one that it runs in, and whoever can write there would
//! choose the source of crates, the compiler and more.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};
use tuf_files::Owners;

use crate::error::Error;

/// The settings of the home folder of a run: they include the user's, where there are any, and count less than the
/// environment, as the user's do.
///
/// # Errors
/// [`Error::OthersCanWrite`] where another user can change the user's file.
pub(super) fn of_home(user_home: &Path) -> Result<Table, Error> {
    let Some(path) = file_in(user_home) else { return Ok(Table::new()) };
    Owners::user().check(&path)?;
    Ok(Table::from_iter([("include".to_owned(), Value::Array(vec![utf8(&path)?]))]))
}

/// The settings for the command line, which nothing overrides: the user's sources.
///
/// # Errors
/// [`Error::OthersCanWrite`] as above; [`Error::Unreadable`].
pub(super) fn pinned(user_home: &Path) -> Result<Table, Error> {
    let Some(path) = file_in(user_home) else { return Ok(Table::new()) };
    Owners::user().check(&path)?;
    let mut pinned = read(&path)?;
    pinned.retain(|name, _| name == "source");
    let sources = pinned.iter_mut().map(|(_, value)| value).filter_map(Value::as_table_mut);
    for source in sources
        .flat_map(|sources| sources.iter_mut().map(|(_, source)| source))
        .filter_map(Value::as_table_mut)
    {
        for key in ["directory", "local-registry"] {
            // A relative folder is so to the folder above the one that the file is in.
            if let (Some(folder), Some(above)) = (source.get(key).and_then(Value::as_str), user_home.parent())
            {
                let folder = utf8(&above.join(folder))?;
                source.insert(key.to_owned(), folder);
            }
        }
    }
    Ok(pinned)
}

/// Where the registries are that a project names, by the configuration in its folder and in those above it. Nothing else
/// of it counts: the packages of these registries are not published, but cargo has to find them.
///
/// # Errors
/// [`Error::OthersCanWrite`] for a file that another user can change; [`Error::Unreadable`].
pub(super) fn of_project(folder: &Path) -> Result<Table, Error> {
    let mut registries = Table::new();
    // The nearest file counts most.
    for path in folder.ancestors().filter_map(|folder| file_in(&folder.join(".cargo"))) {
        Owners::user().check(&path)?;
        let Some(Value::Table(named)) = read(&path)?.remove("registries") else { continue };
        for (name, registry) in named {
            if let (Some(index), false) = (registry.get("index"), registries.contains_key(&name)) {
                let index = Table::from_iter([("index".to_owned(), index.clone())]);
                registries.insert(name, Value::Table(index));
            }
        }
    }
    Ok(Table::from_iter([("registries".to_owned(), Value::Table(registries))]))
}

/// The configuration in a folder: cargo reads the older name where both are there.
fn file_in(folder: &Path) -> Option<PathBuf> {
    ["config", "config.toml"].map(|name| folder.join(name)).into_iter().find(|path| {
        // One that cannot be looked at is not passed over.
        !matches!(fs::metadata(path), Err(error) if error.kind() == io::ErrorKind::NotFound)
    })
}

fn read(path: &Path) -> Result<Table, Error> {
    let text = fs::read_to_string(path).map_err(|cause| Error::io("read", path, cause))?;
    text.parse().map_err(|error: toml::de::Error| Error::unreadable(path, error.message()))
}

/// TOML has no other paths.
fn utf8(path: &Path) -> Result<Value, Error> {
    let text = path.to_str().ok_or_else(|| Error::unreadable(path, "the path is not UTF-8"))?;
    Ok(Value::String(text.to_owned()))
}
