//! The folder that cargo works in: nobody else can write to it, or to a folder above it.

use std::env;
use std::path::{Path, PathBuf};

use tuf_files::{Owners, RunFolder, RunFolderError};

use crate::error::Error;
use crate::store;

/// A folder of one run below `$CARGO_HOME/tuf/publish`.
///
/// It is not in the system's temporary folder: cargo looks for configuration, manifests and toolchains in every folder
/// above, and there anybody could put one.
///
/// # Errors
/// [`Error::OthersCanWrite`] where another user could replace it; [`Error::Locked`]; [`Error::Io`].
pub(super) fn create(cargo_home: &Path) -> Result<RunFolder, Error> {
    let runs = cargo_home.join("tuf").join("publish");
    RunFolder::create(&runs, &Owners::user()).map_err(|error| match error {
        RunFolderError::Exposed(exposed) => exposed.into(),
        RunFolderError::Lock(error) => store::refused(&runs, error),
        RunFolderError::Unusable { path, source } => Error::io("create a folder in", &path, source),
        other => Error::io("create a folder in", &runs, std::io::Error::other(other)),
    })
}

/// The user's CARGO_HOME.
///
/// # Errors
/// [`Error::Cargo`] where the user has no home.
pub(super) fn user_home() -> Result<PathBuf, Error> {
    let home = env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let home =
        home.ok_or_else(|| Error::Cargo("there is no home folder, and CARGO_HOME is not set".into()))?;
    std::path::absolute(&home).map_err(|cause| Error::io("find", &home, cause))
}
