//! Which settings of `tufrepo.toml` a publisher goes by. The file travels with the repository, often in git: whoever can write
//! there would choose the folder of keys, and with it the programs that sign, and the store that is published to.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tuf_repository::check_own;

use crate::cli::args::Global;
use crate::cli::config::{Config, FILE, default_name, real_path};
use crate::cli::failure::Failure;
use crate::cli::key_folder::KeyFolder;

/// Name of the file in the state folder.
const REMEMBERED: &str = "trusted-settings.json";

/// What a folder has that other people's changes come into.
const WORK_TREES: [&str; 4] = [".git", ".hg", ".jj", ".svn"];

/// The settings that a publisher goes by, as they are remembered in the state folder. A missing one has not been used yet; an
/// empty one was not set.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrustedSettings {
    keys: Option<String>,
    store: Option<String>,
}

/// What a command may use.
pub(crate) struct Accepted {
    /// The folders of keys, the named ones first: no entry of another folder stands before theirs.
    pub(crate) key_folders: Vec<KeyFolder>,
    /// What is to be remembered.
    settings: TrustedSettings,
    /// Whether the folder of the settings is one of them, so that new keys may be written there.
    takes_folder: bool,
    /// Whether the command line names the settings by their digest, so that they may be others than are remembered.
    is_named: bool,
}

impl Accepted {
    /// Compares settings with those that are remembered in the state folder of the repository, or that the command line names.
    ///
    /// # Errors
    /// The settings are others than those that the command line names; the store is another one than is remembered, or the
    /// folder of keys, unless the command line names one; a folder of keys that only the settings name, on a computer that has
    /// not used it yet; the settings are gone, and with them a folder of keys that is remembered.
    pub(crate) fn of(global: &Global, config: &Config, state: Option<&Path>) -> Result<Self, Failure> {
        let path = global.repository.join(FILE);
        refuse_other_digest(global, config, &path)?;
        let known = state.map(TrustedSettings::read).transpose()?.unwrap_or_default();
        let (keys, store) = (config.named_keys(&global.repository), config.store().unwrap_or_default());
        let is_named = global.settings_sha256.is_some();
        let is_other = known.keys.as_ref().is_some_and(|known| *known != keys);
        if !is_named {
            // A folder of the publisher's own stands in its place: what somebody has pushed is not used.
            if is_other && global.keys.is_empty() {
                return Err(other_folder(global, config, state, known.keys.as_deref().unwrap_or_default()));
            }
            // Settings that are gone are missed where the repository is opened.
            if global.store.is_none() && config.is_found() {
                refuse_other_store(config, &path, known.store.as_deref(), store)?;
            }
        }
        let is_used = is_named || global.store.is_none();
        let folder = config.key_folder(&global.repository);
        let is_known = known.keys.is_some() || keys.is_empty() || is_among(&folder, &global.keys);
        let takes = is_named || is_known && !is_other;
        if !takes && fs::symlink_metadata(&folder).is_ok() && global.keys.is_empty() {
            return Err(unknown_folder(config, &path, &keys));
        }
        let mut key_folders: Vec<_> = global.keys.iter().cloned().map(KeyFolder::named).collect();
        if takes && !is_among(&folder, &global.keys) {
            let is_shared = is_shared(&folder, &global.repository);
            key_folders.push(KeyFolder::of_settings(folder, is_shared));
        }
        let settings = TrustedSettings {
            keys: if takes { Some(keys) } else { known.keys },
            store: if is_used { Some(store.to_owned()) } else { known.store },
        };
        Ok(Self { key_folders, settings, takes_folder: takes, is_named })
    }

    /// Sees that the folder of the settings may get new keys: whoever else has chosen it would get them as well.
    ///
    /// # Errors
    /// It was never used on this computer.
    pub(crate) fn for_new_keys(&self, repository: &Path, config: &Config) -> Result<(), Failure> {
        match self.takes_folder {
            true => Ok(()),
            false => Err(unknown_folder(config, &repository.join(FILE), &config.named_keys(repository))),
        }
    }

    /// Whether the settings may be others than are remembered: they are remembered once a command has succeeded with them, so
    /// that a mistake in them can be undone.
    pub(crate) fn is_named(&self) -> bool {
        self.is_named
    }

    /// Remembers in the state folder what was accepted.
    ///
    /// # Errors
    /// The state folder cannot be written.
    pub(crate) fn remember(&self, state: &Path) -> Result<(), Failure> {
        // A repository that is not adopted yet has no state folder.
        if !state.is_dir() || TrustedSettings::read(state)? == self.settings {
            return Ok(());
        }
        let path = state.join(REMEMBERED);
        let unfinished = state.join(format!("{REMEMBERED}.{}", std::process::id()));
        let failed = |cause: io::Error| Failure::new(format!("could not create {}: {cause}", path.display()));
        let text = serde_json::to_string(&self.settings).map_err(|error| failed(error.into()))?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options
            .open(&unfinished)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&unfinished, &path))
            .map_err(failed)
    }
}

impl TrustedSettings {
    /// Reads what is remembered: nothing, if the repository is not known yet.
    fn read(state: &Path) -> Result<Self, Failure> {
        let path = state.join(REMEMBERED);
        let text = match fs::read(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            text => text.map_err(|cause| Failure::reading(&path, cause))?,
        };
        check_own(&path)?;
        serde_json::from_slice(&text).map_err(|error| Failure::reading(&path, error))
    }
}

/// Refuses settings that are not those that the command line names by their digest.
fn refuse_other_digest(global: &Global, config: &Config, path: &Path) -> Result<(), Failure> {
    if let Some(named) = &global.settings_sha256
        && config.digest() != Some(named)
    {
        let found =
            config.digest().map_or_else(|| "is gone".to_owned(), |found| format!("has SHA-256 {found}"));
        return Err(Failure::new(format!(
            "{} {found}, and {named} was named: whoever has changed it chooses what is signed, and for how long \
             [settings-changed]",
            path.display()
        ))
        .next("if the change is yours, name its digest; otherwise find out who has written there"));
    }
    Ok(())
}

/// Why another folder of keys than is remembered is refused. Both are named as the settings do.
fn other_folder(global: &Global, config: &Config, state: Option<&Path>, remembered: &str) -> Failure {
    let repository = &global.repository;
    if !config.is_found() && state.is_some_and(Config::is_known) {
        return Config::gone(repository);
    }
    let default = || format!("the default {:?}", default_name(repository));
    let found = match config.written_keys(repository) {
        written if written.is_empty() => default(),
        written => format!("{written:?}"),
    };
    let remembered = if remembered.is_empty() { default() } else { format!("{remembered:?}") };
    let failure = changed(&repository.join(FILE), "folder of keys", &found, &remembered);
    failure.next(format!("name your own folder with `--keys DIR`; {}", take(config)))
}

/// Refuses another store than is remembered.
fn refuse_other_store(
    config: &Config,
    path: &Path,
    remembered: Option<&str>,
    found: &str,
) -> Result<(), Failure> {
    let said = |value: &str| if value.is_empty() { "the default".to_owned() } else { format!("{value:?}") };
    match remembered {
        Some(remembered) if remembered != found => {
            Err(changed(path, "store", &said(found), &said(remembered)).next(take(config)))
        }
        _ => Ok(()),
    }
}

fn changed(path: &Path, name: &str, found: &str, remembered: &str) -> Failure {
    Failure::new(format!(
        "{} has another {name} than is remembered here, {found} instead of {remembered}: whoever has changed it chooses who signs, \
         what is started to sign, or where it is published [settings-changed]",
        path.display()
    ))
}

fn unknown_folder(config: &Config, path: &Path, keys: &str) -> Failure {
    Failure::new(format!(
        "the folder of keys {keys:?} comes from {}, or from the repository's folder, and was never used here: whoever can write \
         there would choose who signs, and what is started to sign [settings-not-known]",
        path.display()
    ))
    .next(format!("name your own folder with `--keys DIR`; {}", take(config)))
}

/// How changed settings are taken.
fn take(config: &Config) -> String {
    match config.digest() {
        Some(digest) => {
            format!(
                "if you know that {FILE} is right, `--settings-sha256 {digest}` takes it, and it is remembered"
            )
        }
        None => format!("put {FILE} back from a copy of your own"),
    }
}

fn is_among(folder: &Path, named: &[PathBuf]) -> bool {
    named.iter().any(|named| real_path(named) == real_path(folder))
}

/// Whether other people's changes come into a folder: it is part of the repository's folder, or of a work tree.
fn is_shared(folder: &Path, repository: &Path) -> bool {
    // As it is named, and where a link in its place leads.
    let linked = || {
        let folder = std::path::absolute(folder).ok()?;
        let parent = fs::canonicalize(folder.parent()?).ok()?;
        Some(parent.join(folder.file_name()?))
    };
    let is_in_one = |place: &Path| {
        let is_work_tree = |above: &Path| WORK_TREES.iter().any(|name| above.join(name).exists());
        place.starts_with(real_path(repository)) || place.ancestors().any(is_work_tree)
    };
    is_in_one(&real_path(folder)) || linked().is_some_and(|place| is_in_one(&place))
}
