//! What every command starts from: the folder, its settings and its keys.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use tuf_repository::metadata::{Key, sha256_hex};
use tuf_repository::{Repository, RoleKeys, Site, UnixTime};

use crate::cli::args::Global;
use crate::cli::config::Config;
use crate::cli::failure::Failure;
use crate::cli::key_folder::KeyFolders;
use crate::cli::passphrase::Passphrases;
use crate::cli::shell::Shell;
use crate::cli::trusted_settings::Accepted;

/// The folder, its settings and its keys.
pub(crate) struct Workspace {
    pub(crate) folder: PathBuf,
    pub(crate) config: Config,
    /// The object store that is published to, where one is named on the command line or in the settings.
    store: Option<String>,
    pub(crate) key_folder: PathBuf,
    pub(crate) keys: KeyFolders,
    pub(crate) passphrases: Rc<Passphrases>,
    accepted: Accepted,
    global: Global,
}

impl Workspace {
    pub(crate) fn open(global: &Global) -> Result<Self, Failure> {
        Self::with_passphrases(global, Rc::new(Passphrases::new(global.passphrase_file.clone())))
    }

    /// Without the keys of any folder, which are not even looked at.
    pub(crate) fn without_keys(global: &Global) -> Result<Self, Failure> {
        let passphrases = Rc::new(Passphrases::new(global.passphrase_file.clone()));
        let (config, accepted) = settings(global)?;
        let keys = KeyFolders::load(&[], Rc::clone(&passphrases))?;
        Ok(Self::from_parts(global, (config, accepted), keys, passphrases))
    }

    /// As it is now: settings and keys may have changed. Passphrases that have opened a key are not asked for again.
    pub(crate) fn reopened(&self) -> Result<Self, Failure> {
        Self::with_passphrases(&self.global, Rc::clone(&self.passphrases))
    }

    fn with_passphrases(global: &Global, passphrases: Rc<Passphrases>) -> Result<Self, Failure> {
        let (config, accepted) = settings(global)?;
        let keys = KeyFolders::load(&accepted.key_folders, Rc::clone(&passphrases))?;
        Ok(Self::from_parts(global, (config, accepted), keys, passphrases))
    }

    fn from_parts(
        global: &Global,
        (config, accepted): (Config, Accepted),
        keys: KeyFolders,
        passphrases: Rc<Passphrases>,
    ) -> Self {
        let folder = global.repository.clone();
        let key_folder = config.key_folder(&folder);
        let global = global.clone();
        let store = global.store.clone().or_else(|| config.store().map(str::to_owned));
        Self { folder, config, store, key_folder, keys, passphrases, accepted, global }
    }

    pub(crate) fn repository(&self) -> Result<Repository, Failure> {
        let periods = self.config.periods().map_err(Failure::new)?;
        let state = self.state_folder()?;
        let mut repository = Repository::open(self.site()?, &state, self.keys.clone(), periods)?;
        *repository.clients_mut() =
            self.config.client_rules().map_err(|unknown| Failure::new(unknown.to_string()))?;
        self.remember()?;
        let shell = Shell::new(self.global.quiet, self.global.color);
        let repository = match self.config.keeps_journal() {
            true => repository.keep_journal(),
            false => repository,
        };
        Ok(repository
            .on_wait(move || shell.status("Blocking", "waiting for another tufrepo on this repository")))
    }

    /// The folder that new keys are written to: the first one that the command line names, otherwise that of the settings.
    ///
    /// # Errors
    /// Only the settings name it, and it was never used on this computer.
    pub(crate) fn folder_of_new_keys(&self) -> Result<&Path, Failure> {
        if let Some(named) = self.global.keys.first() {
            return Ok(named);
        }
        self.accepted.for_new_keys(&self.folder, &self.config)?;
        Ok(&self.key_folder)
    }

    /// Remembers in the state folder, if there is one, which settings are used, but for those that the command line names by
    /// their digest.
    ///
    /// # Errors
    /// The settings are gone; the state folder cannot be written.
    pub(crate) fn remember(&self) -> Result<(), Failure> {
        let state = self.state_folder()?;
        self.config.remember(&self.folder, &state)?;
        match self.accepted.is_named() {
            true => Ok(()),
            false => self.accepted.remember(&state),
        }
    }

    /// Remembers in the state folder, if there is one, the settings that the command line names by their digest: a command has
    /// succeeded with them.
    ///
    /// # Errors
    /// The state folder cannot be written.
    pub(crate) fn remember_named(&self) -> Result<(), Failure> {
        match (self.accepted.is_named(), state_folder(&self.global)?) {
            (true, Some(state)) => self.accepted.remember(&state),
            _ => Ok(()),
        }
    }

    /// Where the repository is, and where it is published.
    #[cfg(feature = "object-store")]
    pub(crate) fn site(&self) -> Result<Site, Failure> {
        let site = Site::from(&self.folder);
        let Some(url) = &self.store else { return Ok(site) };
        let bucket = tuf_repository::Bucket::open(url).map_err(tuf_repository::Error::from)?;
        Ok(site.with_bucket(bucket))
    }

    /// Where the repository is, and where it is published.
    #[cfg(not(feature = "object-store"))]
    pub(crate) fn site(&self) -> Result<Site, Failure> {
        self.store.as_ref().map_or_else(|| Ok(Site::from(&self.folder)), |_| Err(without_stores()))
    }

    /// Where the repository is published: the URL of its object store, or its folder.
    pub(crate) fn place(&self) -> String {
        self.store.clone().unwrap_or_else(|| self.folder.display().to_string())
    }

    /// Whether the repository is published to an object store.
    pub(crate) fn is_in_store(&self) -> bool {
        self.store.is_some()
    }

    /// Where clients find a metadata file, for a person.
    pub(crate) fn published(&self, name: &str) -> String {
        match &self.store {
            Some(url) => format!("{}/metadata/{name}", url.trim_end_matches('/')),
            None => self.folder.join("metadata").join(name).display().to_string(),
        }
    }

    /// The state folder of this repository: one for each place that a repository has, unless it is named.
    pub(crate) fn state_folder(&self) -> Result<PathBuf, Failure> {
        state_folder(&self.global)?.ok_or_else(|| {
            Failure::new("there is no home folder to remember repositories in")
                .next("name a folder with `--state DIR` or in TUFREPO_STATE")
        })
    }

    /// Public keys by name or file, of which this many must sign.
    pub(crate) fn role_keys(&self, names: &[String], threshold: u64) -> Result<RoleKeys, Failure> {
        let keys: Vec<Key> = names.iter().map(|name| self.keys.public(name)).collect::<Result<_, _>>()?;
        Ok(RoleKeys { keys, threshold })
    }
}

/// The settings of a repository, and what may be used of them. Without a state folder nothing is remembered.
fn settings(global: &Global) -> Result<(Config, Accepted), Failure> {
    let config = Config::load(&global.repository)?;
    let accepted = Accepted::of(global, &config, state_folder(global)?.as_deref())?;
    Ok((config, accepted))
}

/// The state folder of a repository; none if none is named and there is no home folder.
fn state_folder(global: &Global) -> Result<Option<PathBuf>, Failure> {
    let all = match &global.state {
        Some(named) => absolute(named)?,
        None => match default_state_folder() {
            Some(folder) => folder,
            None => return Ok(None),
        },
    };
    if let Some(name) = &global.state_name {
        return Ok(Some(all.join(name)));
    }
    let place = place(&global.repository)?;
    let name =
        place.file_name().map_or_else(|| "root".to_owned(), |name| name.to_string_lossy().into_owned());
    let digest = sha256_hex(place.as_os_str().as_encoded_bytes());
    Ok(Some(all.join(format!("{name}-{}", digest.get(..16).unwrap_or(&digest)))))
}

/// Object stores are a feature of the package.
#[cfg(not(feature = "object-store"))]
pub(crate) fn without_stores() -> Failure {
    Failure::new("this tufrepo was built without object stores")
        .next("build it with the feature `object-store`")
}

/// Where a repository is, or is about to be, without symbolic links.
fn place(folder: &Path) -> Result<PathBuf, Failure> {
    let folder = absolute(folder)?;
    for there in folder.ancestors() {
        match there.canonicalize() {
            Ok(found) => {
                let rest = folder.strip_prefix(there).unwrap_or(Path::new(""));
                return Ok(found.components().chain(rest.components()).collect());
            }
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
            Err(cause) => return Err(Failure::reading(there, cause)),
        }
    }
    Ok(folder)
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|cause| Failure::reading(path, cause))
}

/// `tufrepo` in the user's folder for state (XDG Base Directory Specification; on Windows the local application data).
fn default_state_folder() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let of_home = || folder("HOME").map(|home| home.join(".local").join("state"));
    let state = match cfg!(windows) {
        true => folder("LOCALAPPDATA"),
        false => folder("XDG_STATE_HOME").or_else(of_home),
    };
    state.map(|state| state.join("tufrepo"))
}

/// The time of the system's clock.
pub(crate) fn now() -> Result<UnixTime, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let seconds = since.and_then(|since| i64::try_from(since.as_secs()).ok());
    seconds.map(UnixTime).ok_or_else(|| {
        Failure::new("the system's clock is before 1970").next("set the clock: expiries are counted from it")
    })
}
