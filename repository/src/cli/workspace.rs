//! What every command starts from: the folder, its settings and its keys.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use tuf_repository::metadata::{Key, sha256_hex};
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
    /// Folder for the state of all repositories, where one is named.
    state: Option<PathBuf>,
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
        let key_folder = config.key_folder(&folder);
        let passphrases = Rc::new(Passphrases::new(global.passphrase_file.clone()));
        let mut folders = vec![key_folder.clone()];
        folders.extend(global.keys.iter().cloned());
        let keys = KeyFolders::load(&folders, Rc::clone(&passphrases))?;
        let (quiet, color) = (global.quiet, global.color);
        let state = global.state.clone();
        Ok(Self { folder, state, config, key_folder, keys, passphrases, quiet, color })
    }

    pub(crate) fn repository(&self) -> Result<Repository, Failure> {
        let periods = self.config.periods().map_err(Failure::new)?;
        let state = self.state_folder()?;
        let repository = Repository::open(&self.folder, &state, self.keys.clone(), periods)?;
        self.config.remember(&self.folder, &state)?;
        let shell = Shell::new(self.quiet, self.color);
        let repository = match self.config.keeps_journal() {
            true => repository.keep_journal(),
            false => repository,
        };
        Ok(repository
            .on_wait(move || shell.status("Blocking", "waiting for another tufrepo on this repository")))
    }

    /// The state folder of this repository: one for each place that a repository has.
    pub(crate) fn state_folder(&self) -> Result<PathBuf, Failure> {
        let all = match &self.state {
            Some(named) => absolute(named)?,
            None => default_state_folder().ok_or_else(|| {
                Failure::new("there is no home folder to remember repositories in")
                    .next("name a folder with `--state DIR` or in TUFREPO_STATE")
            })?,
        };
        let place = place(&self.folder)?;
        let name =
            place.file_name().map_or_else(|| "root".to_owned(), |name| name.to_string_lossy().into_owned());
        let digest = sha256_hex(place.as_os_str().as_encoded_bytes());
        Ok(all.join(format!("{name}-{}", digest.get(..16).unwrap_or(&digest))))
    }

    /// Public keys by name or file, of which this many must sign.
    pub(crate) fn role_keys(&self, names: &[String], threshold: u64) -> Result<RoleKeys, Failure> {
        let keys: Vec<Key> = names.iter().map(|name| self.keys.public(name)).collect::<Result<_, _>>()?;
        Ok(RoleKeys { keys, threshold })
    }
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
