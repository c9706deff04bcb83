//! The folders below `$CARGO_HOME/tuf`, which nobody else may be able to change.
//!
//! Whoever can write there puts a cargo configuration above the build, takes the trusted store away, and with it the
//! floors against rollback, or says which binaries were verified. A shared CARGO_HOME with the sticky bit lets others make
//! the folders first. So each is made before it is looked at, and looked at before each use.

use std::io;
use std::path::{Path, PathBuf};

use tuf_files::{LockError, Owners, RunFolder, RunFolderError, make_private_folder};

use crate::failure::Failure;

/// The folders of this command's state.
const FOLDERS: [&str; 5] = ["repositories", "cache", "sources", "installed", "run"];

/// State folders that this process's user alone can change.
#[derive(Clone, Debug)]
pub struct State {
    root: PathBuf,
}

impl State {
    /// Makes the folders below `cargo_home`, mode 0700, and checks whose they are.
    ///
    /// # Errors
    /// A folder that cannot be made, or that somebody else can change.
    pub fn open(cargo_home: &Path) -> Result<Self, Failure> {
        let state = Self { root: cargo_home.join("tuf") };
        for name in FOLDERS {
            let folder = state.root.join(name);
            make_private_folder(&folder).map_err(|source| Failure::File {
                action: "create",
                path: folder.clone(),
                source,
            })?;
        }
        state.check()?;
        Ok(state)
    }

    /// Checks once more whose the folders are, and every folder above them.
    ///
    /// # Errors
    /// A folder that somebody else can change.
    pub fn check(&self) -> Result<(), Failure> {
        FOLDERS.iter().try_for_each(|name| {
            let path = self.root.join(name);
            let checked = Owners::of_this_process().check(&path);
            checked.map_err(|exposed| Failure::Exposed { path, exposed })
        })
    }

    /// The trusted stores.
    #[must_use]
    pub fn repositories(&self) -> PathBuf {
        self.root.join("repositories")
    }

    /// Target files by their hash.
    #[must_use]
    pub fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    /// Unpacked packages by the SHA-256 of their crate file.
    #[must_use]
    pub fn sources(&self) -> PathBuf {
        self.root.join("sources")
    }

    /// What this command installed.
    #[must_use]
    pub fn installed(&self) -> PathBuf {
        self.root.join("installed")
    }

    /// The folders of the runs that are going on.
    #[must_use]
    pub fn runs(&self) -> PathBuf {
        self.root.join("run")
    }

    /// A folder for a run, beside those of the runs that are going on.
    ///
    /// # Errors
    /// A folder that cannot be made or locked, or that somebody else can change.
    pub fn run_folder(&self) -> Result<RunFolder, Failure> {
        let path = self.runs();
        let failure = |action, path, source| Failure::File { action, path, source };
        RunFolder::create(&path, &Owners::of_this_process()).map_err(|error| match error {
            RunFolderError::Exposed(exposed) => Failure::Exposed { path, exposed },
            RunFolderError::Lock(LockError::Unusable { path, source }) => failure("lock", path, source),
            RunFolderError::Unusable { path, source } => failure("create a folder in", path, source),
            busy => failure("lock", path, io::Error::other(busy)),
        })
    }
}
