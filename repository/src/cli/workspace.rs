//! What every command starts from: the folder, its settings and its keys.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use tuf_repository::metadata::Key;
use tuf_repository::{Repository, RoleKeys, UnixTime};

use crate::cli::args::Global;
use crate::cli::config::Config;
use crate::cli::failure::Failure;
use crate::cli::key_folder::KeyFolders;
use crate::cli::passphrase::Passphrases;
use crate::cli::shell::Shell;

/// The folder, its settings and its keys.
pub(crate) struct Workspace {
    pub(crate) folder: PathBuf,
    pub(crate) config: Config,
    pub(crate) key_folder: PathBuf,
    pub(crate) keys: KeyFolders,
    pub(crate) passphrases: Rc<Passphrases>,
    quiet: bool,
    color: clap::ColorChoice,
}

impl Workspace {
    pub(crate) fn open(global: &Global) -> Result<Self, Failure> {
        let folder = global.repository.clone();
        let config = Config::load(&folder)?;
        let key_folder = config.key_folder(&folder)?;
        let passphrases = Rc::new(Passphrases::new(global.passphrase_file.clone()));
        let mut folders = vec![key_folder.clone()];
        folders.extend(global.keys.iter().cloned());
        let keys = KeyFolders::load(&folders, Rc::clone(&passphrases))?;
        let (quiet, color) = (global.quiet, global.color);
        Ok(Self { folder, config, key_folder, keys, passphrases, quiet, color })
    }

    pub(crate) fn repository(&self) -> Result<Repository, Failure> {
        let periods = self.config.periods().map_err(Failure::new)?;
        let repository = Repository::open(&self.folder, self.keys.clone(), periods)?;
        let shell = Shell::new(self.quiet, self.color);
        Ok(repository
            .on_wait(move || shell.status("Blocking", "waiting for another tufrepo on this repository")))
    }

    /// Public keys by name or file, of which this many must sign.
    pub(crate) fn role_keys(&self, names: &[String], threshold: u64) -> Result<RoleKeys, Failure> {
        let keys: Vec<Key> = names.iter().map(|name| self.keys.public(name)).collect::<Result<_, _>>()?;
        Ok(RoleKeys { keys, threshold })
    }
}

/// The time of the system's clock.
pub(crate) fn now() -> Result<UnixTime, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let seconds = since.and_then(|since| i64::try_from(since.as_secs()).ok());
    seconds.map(UnixTime).ok_or_else(|| {
        Failure::new("the system's clock is before 1970").next("set the clock: expiries are counted from it")
    })
}
