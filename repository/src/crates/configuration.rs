//! Which of cargo's configuration counts: the user's. A project's places of registries serve to read its manifest.
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
/// [`Error::OthersCanWrite`] where another user can change the user's file, one that it includes, or a program that they
/// name; [`Error::Unreadable`].
pub(super) fn of_home(user_home: &Path) -> Result<Table, Error> {
    let Some(path) = file_in(user_home) else { return Ok(Table::new()) };
    for layer in layers(&path)? {
        layer.check_programs()?;
    }
    Ok(Table::from_iter([("include".to_owned(), Value::Array(vec![utf8(&path)?]))]))
}

/// The settings for the command line, which nothing overrides: the user's sources.
///
/// # Errors
/// [`Error::OthersCanWrite`] as above; [`Error::Unreadable`].
pub(super) fn pinned(user_home: &Path) -> Result<Table, Error> {
    let Some(path) = file_in(user_home) else { return Ok(Table::new()) };
    let mut pinned = Table::new();
    for layer in layers(&path)? {
        let Some(Value::Table(sources)) = layer.table.get("source") else { continue };
        for (name, source) in sources {
            let Value::Table(source) = source else { continue };
            let of_name = pinned.entry(name.clone()).or_insert_with(|| Value::Table(Table::new()));
            let Some(of_name) = of_name.as_table_mut() else { continue };
            for (key, value) in
                source.iter().filter(|(key, _)| !of_name.contains_key(*key)).collect::<Vec<_>>()
            {
                let folder = value.as_str().filter(|_| ["directory", "local-registry"].contains(&&**key));
                let value = match folder {
                    Some(folder) => utf8(&layer.base.join(folder))?,
                    None => value.clone(),
                };
                of_name.insert(key.clone(), value);
            }
        }
    }
    Ok(Table::from_iter([("source".to_owned(), Value::Table(pinned))]))
}

/// One of the user's files.
struct Layer {
    /// The folder that its relative paths start from: the one above the one that it is in.
    base: PathBuf,
    table: Table,
}

/// Deepest chain of files that include each other.
const MOST_INCLUDES: usize = 16;

/// The user's file and those that it includes, the one that counts first before the others.
fn layers(path: &Path) -> Result<Vec<Layer>, Error> {
    let mut layers = Vec::new();
    read_layer(path, 0, &mut layers)?;
    Ok(layers)
}

fn read_layer(path: &Path, above: usize, layers: &mut Vec<Layer>) -> Result<(), Error> {
    if above > MOST_INCLUDES {
        return Err(Error::unreadable(path, "it includes itself, or too many files include each other"));
    }
    // A file that is missing, too: cargo would read it if somebody made it before cargo starts.
    Owners::user().check(path)?;
    if above > 0 && is_missing(path) {
        return Ok(());
    }
    let table = read(path)?;
    let folder = path.parent().unwrap_or(path);
    let included = match table.get("include") {
        None => Vec::new(),
        Some(Value::Array(entries)) => entries.iter().collect(),
        Some(entry) => vec![entry],
    };
    let file = |entry: &Value| Some(folder.join(entry.as_str().or_else(|| entry.get("path")?.as_str())?));
    let included: Option<Vec<PathBuf>> = included.into_iter().map(file).collect();
    let included = included.ok_or_else(|| Error::unreadable(path, "include is no list of paths"))?;
    layers.push(Layer { base: folder.parent().unwrap_or(folder).to_owned(), table });
    // The last one counts most.
    included.iter().rev().try_for_each(|file| read_layer(file, above + 1, layers))
}

/// Settings of these tables that name a program, or a file by which cargo trusts a server. A star is any name.
const PROGRAMS: [&[&str]; 13] = [
    &["build", "rustc"],
    &["build", "rustc-wrapper"],
    &["build", "rustc-workspace-wrapper"],
    &["build", "rustdoc"],
    &["build", "target"],
    &["target", "*", "linker"],
    &["target", "*", "runner"],
    &["registry", "credential-provider"],
    &["registry", "global-credential-providers"],
    &["registries", "*", "credential-provider"],
    &["credential-alias", "*"],
    &["http", "cainfo"],
    &["http", "proxy-cainfo"],
];

impl Layer {
    /// # Errors
    /// [`Error::OthersCanWrite`] for a program that another user can change. One that is named without a folder comes from the
    /// search path, of which nothing is used that others can change.
    fn check_programs(&self) -> Result<(), Error> {
        let table = Value::Table(self.table.clone());
        for keys in PROGRAMS {
            for text in
                keys.iter().fold(vec![&table], |values, key| inner(&values, key)).into_iter().flat_map(texts)
            {
                check_programs_of(text, &self.base)?;
            }
        }
        Ok(())
    }
}

/// Checks the path in the value of a setting, and where it is a command, each path that is a word of it.
///
/// # Errors
/// [`Error::OthersCanWrite`] where another user can change what is there.
pub(super) fn check_programs_of(text: &str, base: &Path) -> Result<(), Error> {
    for path in [text].into_iter().chain(text.split_whitespace()).map(Path::new) {
        if path.components().count() > 1 {
            Owners::user().check(&base.join(path))?;
        }
    }
    Ok(())
}

fn inner<'v>(values: &[&'v Value], key: &str) -> Vec<&'v Value> {
    let tables = values.iter().filter_map(|value| value.as_table());
    tables
        .flat_map(|table| table.iter().filter(|(name, _)| key == "*" || *name == key).map(|(_, value)| value))
        .collect()
}

/// A text, or the texts of a list.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

/// Where the registries are that a project names, by the configuration in its folder and in those above it, for reading its
/// manifest offline. Nothing else of it counts, and for fetching not even this: whoever places a registry could put their
/// own where the user's sources lead, or where the user's token goes.
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
    ["config", "config.toml"].map(|name| folder.join(name)).into_iter().find(|path| !is_missing(path))
}

/// One that cannot be looked at is not passed over.
fn is_missing(path: &Path) -> bool {
    matches!(fs::metadata(path), Err(error) if error.kind() == io::ErrorKind::NotFound)
}

/// Most bytes of a configuration.
const MOST_BYTES: u64 = 1024 * 1024;

fn read(path: &Path) -> Result<Table, Error> {
    let bytes = tuf_files::read_regular(path, MOST_BYTES).map_err(|cause| Error::io("read", path, cause))?;
    let text = String::from_utf8(bytes).map_err(|error| Error::unreadable(path, error))?;
    text.parse().map_err(|error: toml::de::Error| Error::unreadable(path, error.message()))
}

/// TOML has no other paths.
fn utf8(path: &Path) -> Result<Value, Error> {
    let text = path.to_str().ok_or_else(|| Error::unreadable(path, "the path is not UTF-8"))?;
    Ok(Value::String(text.to_owned()))
}
