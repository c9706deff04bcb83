//! Cargo, run with a home folder of its own.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::crates::configuration;
use crate::crates::run_folder::{RunFolder, user_home};
use crate::error::Error;

/// Cargo, run with a home folder of its own, so that it uses no cache that it has not filled itself. The user's
/// settings hold, and nobody else's: cargo runs in the root of the file system, where root alone can put a
/// configuration or choose a toolchain.
#[derive(Debug)]
pub struct Cargo {
    program: OsString,
    quiet: bool,
    /// Holds `home`, and in that whatever is made for cargo: cargo looks for no workspace beyond its home.
    folder: RunFolder,
}

impl Cargo {
    /// Makes the home folder, below the user's. It goes when this is dropped.
    ///
    /// # Errors
    /// [`Error::OthersCanWrite`] where another user can change the folder or the user's configuration;
    /// [`Error::Io`].
    pub fn new(quiet: bool) -> Result<Self, Error> {
        let user_home = user_home()?;
        let cargo = Self { program: program()?, quiet, folder: RunFolder::create(&user_home)? };
        cargo.write("config.toml", &configuration::of_home(&user_home)?.to_string())?;
        cargo.write("pinned.toml", &configuration::pinned(&user_home)?.to_string())?;
        cargo.write("project.toml", "")?;
        Ok(cargo)
    }

    /// A folder for packages that are made to be fetched, which is cargo's home, too. No settings are found above it.
    pub(super) fn folder(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Writes a file below that folder.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf, Error> {
        let path = self.folder().join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|cause| Error::io("create the folder", folder, cause))?;
        }
        fs::write(&path, text).map_err(|cause| Error::io("write", &path, cause))?;
        Ok(path)
    }

    /// From now on cargo finds the registries that the configuration of a project names.
    ///
    /// # Errors
    /// [`Error::OthersCanWrite`] where another user can change a file of it.
    pub(super) fn use_registries_of(&self, project: &Path) -> Result<(), Error> {
        self.write("project.toml", &configuration::of_project(project)?.to_string()).map(|_| ())
    }

    /// Fetches every package of a manifest's lock file; of the newest versions that fit, where `locked` is not set.
    pub(super) fn fetch(&self, manifest: &Path, locked: Locked) -> Result<(), Error> {
        let mut command = self.command("fetch", manifest);
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
        let metadata = self.metadata(&manifest)?;
        let mut dependencies = metadata.packages.into_iter().flat_map(|package| package.dependencies);
        dependencies
            .next()
            .and_then(|dependency| dependency.source)
            .ok_or_else(|| Error::Cargo("`cargo metadata` names no default registry".to_owned()))
    }

    /// Names of the packages of a workspace.
    ///
    /// # Errors
    /// [`Error::Unreadable`] where the manifest belongs to a workspace of a folder above, which may be anybody's.
    pub(super) fn members(&self, manifest: &Path) -> Result<Vec<String>, Error> {
        let metadata = self.metadata(manifest)?;
        if Some(metadata.workspace_root.as_path()) != manifest.parent() {
            let root = metadata.workspace_root.display();
            return Err(Error::unreadable(manifest, format!("it belongs to the workspace in {root}")));
        }
        Ok(metadata.packages.into_iter().map(|package| package.name).collect())
    }

    /// Folders below one of the home's: `registry/cache/*`, `registry/src/*` or `registry/index/*`.
    pub(super) fn registries(&self, kind: &str) -> Result<Vec<PathBuf>, Error> {
        let folder = self.folder().join("registry").join(kind);
        let entries = fs::read_dir(&folder).map_err(|cause| Error::io("read the folder", &folder, cause))?;
        Ok(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect())
    }

    fn metadata(&self, manifest: &Path) -> Result<Metadata, Error> {
        let mut command = self.command("metadata", manifest);
        command.args(["--format-version", "1", "--no-deps", "--offline"]);
        let output = command.stderr(Stdio::inherit()).output().map_err(|cause| self.not_started(&cause))?;
        if !output.status.success() {
            let (manifest, status) = (manifest.display(), output.status);
            return Err(Error::Cargo(format!("`cargo metadata` failed for {manifest} ({status})")));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|error| Error::Cargo(format!("`cargo metadata` printed something else: {error}")))
    }

    fn command(&self, name: &str, manifest: &Path) -> Command {
        let home = self.folder();
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os().filter(|(name, _)| is_withheld(name)) {
            command.env_remove(name);
        }
        // From here cargo and rustup look upwards for `.cargo/config.toml` and `rust-toolchain.toml`.
        command.current_dir(home.ancestors().last().unwrap_or(&home)).env("CARGO_HOME", &home);
        command.arg(name).arg("--manifest-path").arg(manifest).stdin(Stdio::null());
        // The last one counts most.
        for name in ["project.toml", "pinned.toml"] {
            command.arg("--config").arg(home.join(name));
        }
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

/// The cargo that started this command, or the one that PATH leads to.
fn program() -> Result<OsString, Error> {
    match env::var_os("CARGO").filter(|program| !program.is_empty()) {
        // Cargo runs in another folder than this command.
        Some(program) if Path::new(&program).components().count() > 1 => std::path::absolute(&program)
            .map(PathBuf::into_os_string)
            .map_err(|cause| Error::io("find", Path::new(&program), cause)),
        Some(program) => Ok(program),
        None => Ok("cargo".into()),
    }
}

/// Variables that cargo, and the programs that it starts, do not get: the passphrase and whatever else is this
/// command's, and those by which cargo's own tests move the default registry.
fn is_withheld(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["TUFREPO_", "__CARGO_"].iter().any(|prefix| name.starts_with(prefix))
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
    workspace_root: PathBuf,
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
