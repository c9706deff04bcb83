//! A CARGO_HOME of one run's own, in which cargo finds verified sources and no caches.
//!
//! Cargo never checks its caches again (`registry/cache`, `registry/src`), nor what lies in a target folder. So every
//! run gets empty ones; what of `registry/src` is put there was compared with verified bytes in the same run
//! ([`unpacked`](crate::unpacked)). The user's own configuration stays in force beneath what the overlay sets.
//!
//! ```text
//! $CARGO_HOME/tuf/run/lock                          held while folders are made and deleted
//! $CARGO_HOME/tuf/run/<random>/lock                 held while the run lasts
//! $CARGO_HOME/tuf/run/<random>/.cargo/config.toml   the overlay's CARGO_HOME; a nested cargo reads it
//! $CARGO_HOME/tuf/run/<random>/arguments.toml       the same for `--config`, which nothing overrides
//! $CARGO_HOME/tuf/run/<random>/sources              unpacked packages that are still to be compared
//! $CARGO_HOME/tuf/run/<random>/target               the build
//! ```
//! The folder lies beneath the user's CARGO_HOME, since cargo also reads `.cargo/config.toml` of every folder above its
//! home. If somebody else can make files in one of them, as in a temporary folder of the system, the run is refused
//! ([`check_above`]).

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use toml::{Table, Value};
use tuf_files::{Owners, RunFolder};

use crate::cargo_config::{self, CargoConfig};
use crate::failure::Failure;
use crate::proxy;
use crate::state::State;

/// The name of the source that replaces the default registry.
pub const SOURCE: &str = "cargo-tuf";

/// What cargo and rustup look for in a folder and in every folder above: settings, the toolchain, and the workspace of a
/// package that a build script makes.
const LOOKED_FOR: [&str; 5] =
    [".cargo/config", ".cargo/config.toml", "rust-toolchain", "rust-toolchain.toml", "Cargo.toml"];

/// Seconds for which cargo waits for bytes: the proxy answers when all bytes of a file are fetched and verified, and
/// has time limits of its own.
const TIMEOUT: i64 = 24 * 60 * 60;

/// The folders of one run. They are deleted when it is dropped.
#[derive(Debug)]
pub struct Overlay {
    folder: RunFolder,
}

impl Overlay {
    /// Makes the folders for a run. Deletes those of runs that were killed.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn create(state: &State) -> Result<Self, Failure> {
        let overlay = Self { folder: state.run_folder()? };
        let home = overlay.home();
        fs::create_dir(&home).map_err(|source| failure("create", &home, source))?;
        Ok(overlay)
    }

    /// The overlay's CARGO_HOME.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.folder.path().join(".cargo")
    }

    /// The file for `--config`.
    #[must_use]
    pub fn arguments(&self) -> PathBuf {
        self.folder.path().join("arguments.toml")
    }

    /// The folder for `--target-dir`.
    #[must_use]
    pub fn target_folder(&self) -> PathBuf {
        self.folder.path().join("target")
    }

    /// The folder of the run, in which cargo is started: nobody else's files choose a toolchain for it there.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Looks at every file above the build that cargo or rustup would read, immediately before cargo is started.
    ///
    /// # Errors
    /// A cargo configuration that is not the user's, or a file that somebody else can change.
    pub fn check_surroundings(&self, config: &CargoConfig) -> Result<(), Failure> {
        State::open(config.home())?;
        let own = self.home().join("config.toml");
        let users = cargo_config::files(config.home());
        for path in cargo_config::files(&self.home()).into_iter().filter(|path| *path != own) {
            if !users.contains(&path) {
                return Err(Failure::ForeignConfig { path });
            }
            check_owner(path)?;
        }
        let read = config.layers().iter().filter(|layer| layer.origin == cargo_config::Origin::File);
        read.map(|layer| PathBuf::from(&layer.name)).try_for_each(check_owner)?;
        check_above(self.folder())
    }

    /// Writes the settings of a cargo that uses the proxy at `proxy_url`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn configure(&self, config: &CargoConfig, proxy_url: &str) -> Result<(), Failure> {
        let home = self.home();
        let mut settings = settings(proxy_url);
        let mut arguments = settings.clone();
        // The build folder is left out for a nested cargo: it would wait for the lock of the build that it is part of.
        arguments.insert("build".to_owned(), Value::Table(self.build_table()?));
        if let Some(file) = config.file().filter(|file| !cargo_config::files(&home).contains(file)) {
            settings.insert("include".to_owned(), Value::Array(vec![Value::String(utf8(&file)?)]));
        }
        write_private(&home.join("config.toml"), &settings)?;
        write_private(&self.arguments(), &arguments)
    }

    /// Both folders of a build, since either may be set to one in which unverified builds left their work.
    fn build_table(&self) -> Result<Table, Failure> {
        let folder = Value::String(utf8(&self.target_folder())?);
        Ok(Table::from_iter([("target-dir".to_owned(), folder.clone()), ("build-dir".to_owned(), folder)]))
    }
}

/// Looks at every file that cargo or rustup looks for above `folder`, also at those that are missing: what somebody else can
/// make after the check is as bad as what is there. Nobody else can then change the answer.
///
/// # Errors
/// A file that somebody else can change or make.
pub fn check_above(folder: &Path) -> Result<(), Failure> {
    // The current folder of a process has no links in its path: other folders are above it if `tuf` is a link.
    let real = fs::canonicalize(folder).map_err(|source| failure("find", folder, source))?;
    let above = folder.ancestors().chain(real.ancestors());
    above.flat_map(|folder| LOOKED_FOR.map(|name| folder.join(name))).try_for_each(check_owner)
}

/// What both files set.
fn settings(proxy_url: &str) -> Table {
    let text = |value: &str| Value::String(value.to_owned());
    let table = |entries: Vec<(&str, Value)>| {
        Value::Table(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    };
    let sources = vec![
        ("crates-io", table(vec![("replace-with", text(SOURCE))])),
        (SOURCE, table(vec![("registry", text(proxy::INDEX))])),
    ];
    let http = vec![
        ("proxy", text(proxy_url)),
        ("multiplexing", Value::Boolean(false)),
        ("timeout", Value::Integer(TIMEOUT)),
        ("low-speed-limit", Value::Integer(0)),
    ];
    // Git as a program obeys GIT_ALLOW_PROTOCOL; cargo's own git would go around the proxy by `git`, `ssh` and `file` URLs.
    let net = vec![("offline", Value::Boolean(false)), ("git-fetch-with-cli", Value::Boolean(true))];
    Table::from_iter([
        ("source".to_owned(), table(sources)),
        ("registry".to_owned(), table(vec![("default", text("crates-io"))])),
        ("http".to_owned(), table(http)),
        ("net".to_owned(), table(net)),
    ])
}

fn check_owner(path: PathBuf) -> Result<(), Failure> {
    let checked = Owners::of_this_process().check(&path);
    checked.map_err(|exposed| match path.symlink_metadata() {
        Ok(_) => Failure::Exposed { path, exposed },
        Err(_) => Failure::Makeable { path, exposed },
    })
}

/// Writes a file that its owner alone can read: it holds the proxy's credential.
fn write_private(path: &Path, table: &Table) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(table.to_string().as_bytes()));
    written.map_err(|source| failure("write", path, source))
}

/// TOML has no other paths.
fn utf8(path: &Path) -> Result<String, Failure> {
    let not_utf8 =
        || failure("name", path, io::Error::new(io::ErrorKind::InvalidInput, "the path is not UTF-8"));
    path.to_str().map(str::to_owned).ok_or_else(not_utf8)
}

fn failure(action: &'static str, path: &Path, source: io::Error) -> Failure {
    Failure::File { action, path: path.to_path_buf(), source }
}
