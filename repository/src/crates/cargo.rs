//! Cargo, run with a home folder of its own.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use tempfile::TempDir;

use crate::error::Error;

/// Cargo, run with a home folder of its own, so that it uses no cache that it has not filled itself. The user's
/// settings hold.
#[derive(Debug)]
pub struct Cargo {
    program: OsString,
    quiet: bool,
    folder: TempDir,
}

impl Cargo {
    /// Makes the home folder. It goes when this is dropped.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn new(quiet: bool) -> Result<Self, Error> {
        let temporary = env::temp_dir();
        let folder = tempfile::Builder::new()
            .prefix("tufrepo-")
            .tempdir()
            .map_err(|cause| Error::io("create a folder in", &temporary, cause))?;
        let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let cargo = Self { program, quiet, folder };
        cargo.write("home/config.toml", &settings())?;
        Ok(cargo)
    }

    /// A folder for packages that are made to be fetched. No settings are found above it.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file below the folder.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf, Error> {
        let path = self.folder.path().join(name);
        let folder = path.parent().unwrap_or(self.folder.path());
        fs::create_dir_all(folder).map_err(|cause| Error::io("create the folder", folder, cause))?;
        fs::write(&path, text).map_err(|cause| Error::io("write", &path, cause))?;
        Ok(path)
    }

    /// Fetches every package of a manifest's lock file; of the newest versions that fit, where `locked` is not set.
    pub(super) fn fetch(&self, manifest: &Path, within: &Path, locked: Locked) -> Result<(), Error> {
        let mut command = self.command("fetch", manifest, within);
        if locked == Locked::Yes {
            command.arg("--locked");
        }
        if self.quiet {
            command.arg("--quiet");
        }
        let status = command.stdout(Stdio::null()).status().map_err(|cause| self.not_started(&cause))?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Cargo(format!("`cargo fetch` failed for {} ({status})", manifest.display())))
    }

    /// The source identifier of the registry that dependencies come from where they name none, as lock files write
    /// it.
    pub(super) fn default_registry(&self) -> Result<String, Error> {
        self.write("default-registry/src/lib.rs", "")?;
        let manifest = self.write("default-registry/Cargo.toml", &manifest("any", "*"))?;
        let metadata = self.metadata(&manifest, self.folder())?;
        let mut dependencies = metadata.packages.into_iter().flat_map(|package| package.dependencies);
        dependencies
            .next()
            .and_then(|dependency| dependency.source)
            .ok_or_else(|| Error::Cargo("`cargo metadata` names no default registry".to_owned()))
    }

    /// Names of the packages of a workspace.
    pub(super) fn members(&self, manifest: &Path, within: &Path) -> Result<Vec<String>, Error> {
        Ok(self.metadata(manifest, within)?.packages.into_iter().map(|package| package.name).collect())
    }

    /// Folders below one of the home's: `registry/cache/*`, `registry/src/*` or `registry/index/*`.
    pub(super) fn registries(&self, kind: &str) -> Result<Vec<PathBuf>, Error> {
        let folder = self.folder.path().join("home/registry").join(kind);
        let entries = fs::read_dir(&folder).map_err(|cause| Error::io("read the folder", &folder, cause))?;
        Ok(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect())
    }

    fn metadata(&self, manifest: &Path, within: &Path) -> Result<Metadata, Error> {
        let mut command = self.command("metadata", manifest, within);
        command.args(["--format-version", "1", "--no-deps", "--offline"]);
        let output = command.stderr(Stdio::inherit()).output().map_err(|cause| self.not_started(&cause))?;
        if !output.status.success() {
            let (manifest, status) = (manifest.display(), output.status);
            return Err(Error::Cargo(format!("`cargo metadata` failed for {manifest} ({status})")));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|error| Error::Cargo(format!("`cargo metadata` printed something else: {error}")))
    }

    fn command(&self, name: &str, manifest: &Path, within: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(within).env("CARGO_HOME", self.folder.path().join("home"));
        command.arg(name).arg("--manifest-path").arg(manifest).stdin(Stdio::null());
        command
    }

    fn not_started(&self, cause: &std::io::Error) -> Error {
        Error::Cargo(format!("could not start {}: {cause}", Path::new(&self.program).display()))
    }
}

/// Whether a lock file is used as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Locked {
    /// It is, and cargo fails where it does not fit.
    Yes,
    /// There is none.
    No,
}

/// A package that depends on one crate.
pub(super) fn manifest(name: &str, version: &str) -> String {
    format!(
        "[package]\nname = \"tufrepo-fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n\
         [dependencies.fetched]\npackage = \"{name}\"\nversion = \"{version}\"\ndefault-features = false\n\n\
         [workspace]\n"
    )
}

/// Settings that include the user's, where there are any.
fn settings() -> String {
    let home = env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let user = home.map(|home| home.join("config.toml")).filter(|path| path.exists());
    let user = user.and_then(|path| std::path::absolute(path).ok());
    match user.as_deref().map(Path::as_os_str).and_then(OsStr::to_str) {
        Some(path) => format!("include = [{}]\n", toml::Value::String(path.to_owned())),
        None => String::new(),
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    dependencies: Vec<MetadataDependency>,
}

#[derive(Deserialize)]
struct MetadataDependency {
    source: Option<String>,
}
