//! Cargo, run with a home folder of its own.

use std::cell::OnceCell;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::de::DeserializeOwned;
use toml::{Table, Value};
use tuf_files::{Owners, RunFolder, SearchPath};

use crate::crates::configuration;
use crate::crates::index::{self, Line};
use crate::crates::lock::{LockFile, Package};
use crate::crates::report::{Fetched, MemberReport, Workspace};
use crate::crates::run_folder::{self, user_home};
use crate::crates::stand_in;
use crate::error::Error;

/// Cargo, run with a home folder of its own, so that it uses no cache that it has not filled itself. The user's
/// settings hold, and nobody else's: cargo runs in the root of the file system, where root alone can put a
/// configuration or choose a toolchain.
///
/// Cargo resolves and fetches manifests that are made here, with nothing in them but packages of the default registry. A
/// manifest of somebody else is read offline: what it patches, or takes from git or other registries, reaches no network.
#[derive(Debug)]
pub struct Cargo {
    program: PathBuf,
    search_path: SearchPath,
    quiet: bool,
    /// Holds `home`, and in that whatever is made for cargo: cargo looks for no workspace beyond its home.
    folder: RunFolder,
    /// Name of the folders of what comes from the default registry, when something has.
    registry_folder: OnceCell<PathBuf>,
}

/// Most bytes of a Cargo.toml.
const MOST_MANIFEST_BYTES: u64 = 16 * 1024 * 1024;

/// Where cargo is started.
const ROOT: &str = "/";

/// Name of the package that is made to be fetched for.
const FETCHING: &str = "tufrepo-fetch";

impl Cargo {
    /// Makes the home folder, below the user's. It goes when this is dropped.
    ///
    /// # Errors
    /// [`Error::OthersCanWrite`] where another user can change the folder, the user's configuration or the program;
    /// [`Error::Cargo`] where there is none; [`Error::Io`].
    pub fn new(quiet: bool) -> Result<Self, Error> {
        let user_home = user_home()?;
        let program = program()?;
        // By their names cargo starts rustc, git and whatever gives credentials.
        let search_path =
            SearchPath::of_this_process().without(|folder| Owners::user().check(folder).is_err());
        // Either may be rustup, and start a toolchain that is not beside it.
        for program in [Some(program.clone()), search_path.find(Path::new("rustc"))].into_iter().flatten() {
            tuf_files::check_toolchain(&program, Path::new(ROOT), &Owners::user())?;
        }
        let cargo = Self {
            program,
            search_path,
            quiet,
            folder: run_folder::create(&user_home)?,
            registry_folder: OnceCell::new(),
        };
        cargo.write("config.toml", &configuration::of_home(&user_home)?.to_string())?;
        cargo.write("pinned.toml", &configuration::pinned(&user_home)?.to_string())?;
        Ok(cargo)
    }

    /// A folder for packages that are made to be fetched, which is cargo's home, too. No settings are found above it.
    pub(super) fn folder(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The source identifier of the registry that dependencies come from where they name none, as lock files write
    /// it.
    pub(super) fn default_registry(&self) -> Result<String, Error> {
        self.write("default-registry/src/lib.rs", "")?;
        let any = Table::from_iter([("any".to_owned(), Value::String("*".to_owned()))]);
        let manifest = self.write("default-registry/Cargo.toml", &manifest(any).to_string())?;
        let report: MemberReport = self.metadata(&manifest, &["--no-deps", "--offline"], &[])?;
        let mut dependencies = report.packages.into_iter().flat_map(|package| package.dependencies);
        dependencies
            .next()
            .and_then(|dependency| dependency.source)
            .ok_or_else(|| Error::Cargo("`cargo metadata` names no default registry".to_owned()))
    }

    /// The packages of a workspace, by its manifest alone: nothing is resolved, and no network is used.
    ///
    /// # Errors
    /// [`Error::Unreadable`] where the manifest belongs to a workspace of a folder above, which may be anybody's;
    /// [`Error::OthersCanWrite`] where another user can change a configuration of its project.
    pub(super) fn workspace(&self, manifest: &Path, origin: Origin) -> Result<Workspace, Error> {
        // Cargo would wait for whoever writes to a pipe, and read a device to its end.
        tuf_files::read_regular(manifest, MOST_MANIFEST_BYTES)
            .map_err(|cause| Error::io("read", manifest, cause))?;
        let registries = match (origin, manifest.parent()) {
            // A manifest that names a registry cannot be read without a place for the name. Offline, it is not asked.
            (Origin::Project, Some(folder)) => configuration::of_project(folder)?,
            _ => Table::new(),
        };
        let registries = self.write("project.toml", &registries.to_string())?;
        let report: MemberReport =
            self.metadata(manifest, &["--no-deps", "--offline"], &[registries.as_path()])?;
        if Some(report.workspace_root.as_path()) != manifest.parent() {
            let root = report.workspace_root.display();
            return Err(Error::unreadable(manifest, format!("it belongs to the workspace in {root}")));
        }
        Ok(Workspace { members: report.packages })
    }

    /// Fetches packages of the default registry: those of a lock file, in its versions and with its checksums.
    pub(super) fn fetch(&self, packages: &[Package], registry: &str) -> Result<Vec<Fetched>, Error> {
        // Without it cargo would take no version that was yanked since the lock file was made.
        self.write("fetch/Cargo.lock", &fetching_lock(packages).to_string())?;
        let locked = self.resolve("fetch", &fetching_manifest(packages))?;
        let of_registry = locked.into_iter().filter(|package| package.source.as_deref() == Some(registry));
        self.fetched(of_registry.collect())
    }

    /// Fetches a package of the default registry that has no checksum yet, and nothing of what it depends on there. Cargo still
    /// resolves that, by the index: it must be known what is to be left out.
    pub(super) fn fetch_alone(&self, package: &Package, registry: &str) -> Result<Vec<Fetched>, Error> {
        let mut manifest = fetching_manifest(std::slice::from_ref(package));
        let locked = self.resolve("generate-lockfile", &manifest)?;
        let is_it = |other: &&Package| {
            (&other.name, &other.version) == (&package.name, &package.version)
                && other.source.as_deref() == Some(registry)
        };
        let Some(root) = locked.iter().find(is_it) else { return Ok(Vec::new()) };
        let mut patch = Table::new();
        let lines = self.index_lines(root)?;
        for (number, stand_in) in stand_in::for_dependencies(root, &locked, &lines).iter().enumerate() {
            let folder = format!("stand-in-{number}");
            self.write(&format!("{folder}/src/lib.rs"), "")?;
            self.write(&format!("{folder}/Cargo.toml"), &stand_in.manifest().to_string())?;
            let patched = [("package", stand_in.name.clone()), ("path", format!("../{folder}"))];
            let patched = patched.map(|(key, value)| (key.to_owned(), Value::String(value)));
            patch.insert(folder, Value::Table(Table::from_iter(patched)));
        }
        let patch = Table::from_iter([("crates-io".to_owned(), Value::Table(patch))]);
        manifest.insert("patch".to_owned(), Value::Table(patch));
        // What was locked before is replaced, not to be kept.
        self.write("fetch/Cargo.lock", &fetching_lock(&[]).to_string())?;
        let locked = self.resolve("fetch", &manifest)?;
        self.fetched(locked.iter().filter(is_it).cloned().collect())
    }

    /// Runs a command of cargo on the package that is made to be fetched for, and gives its lock file: `cargo metadata` leaves out
    /// packages without a library, since nothing can depend on them, and what they need.
    fn resolve(&self, name: &str, manifest: &Table) -> Result<Vec<Package>, Error> {
        let manifest = self.write("fetch/Cargo.toml", &manifest.to_string())?;
        self.write("fetch/src/lib.rs", "")?;
        let mut command = self.command(name, &manifest, &[]);
        if self.quiet {
            command.arg("--quiet");
        }
        let status = command.stdout(Stdio::null()).status().map_err(|cause| self.not_started(&cause))?;
        if !status.success() {
            return Err(Error::Cargo(format!("`cargo {name}` failed ({status})")));
        }
        Ok(LockFile::read(&manifest.with_file_name("Cargo.lock"))?.packages)
    }

    /// The index lines of a package in its version, of every registry that has them: none says of which registry it is.
    fn index_lines(&self, package: &Package) -> Result<Vec<Line>, Error> {
        let index = self.folder().join("registry").join("index");
        let unreadable = |cause| Error::io("read", &index, cause);
        let mut lines = Vec::new();
        for entry in fs::read_dir(&index).map_err(unreadable)? {
            // Another registry may know of no such package.
            lines.extend(
                index::fetched(&entry.map_err(unreadable)?.path(), &package.name).unwrap_or_default(),
            );
        }
        lines.retain(|line| line.version == package.version);
        Ok(lines)
    }

    /// Finds where packages are that cargo has fetched from the default registry.
    fn fetched(&self, packages: Vec<Package>) -> Result<Vec<Fetched>, Error> {
        let registry_folder = match self.registry_folder.get() {
            Some(folder) => folder.clone(),
            None => self.find_registry_folder(&packages)?,
        };
        let sources = self.folder().join("registry").join("src").join(&registry_folder);
        let fetched = packages.into_iter().map(|package| {
            let folder = sources.join(unpacked(&package));
            Fetched { package, registry_folder: registry_folder.clone(), folder }
        });
        let fetched = fetched.collect();
        // It is the same one in the whole run.
        self.registry_folder.get_or_init(|| registry_folder);
        Ok(fetched)
    }

    /// Each registry has a folder, and none says of which it is. That of the default registry has all of these packages.
    fn find_registry_folder(&self, packages: &[Package]) -> Result<PathBuf, Error> {
        let cache = self.folder().join("registry").join("cache");
        let unreadable = |cause| Error::io("read", &cache, cause);
        let mut folders = Vec::new();
        for entry in fs::read_dir(&cache).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let has = |package| entry.path().join(format!("{}.crate", unpacked(package))).exists();
            if packages.iter().all(has) {
                folders.push(PathBuf::from(entry.file_name()));
            }
        }
        match <[PathBuf; 1]>::try_from(folders) {
            Ok([folder]) => Ok(folder),
            Err(folders) => {
                let reason =
                    format!("{} registries have everything that `cargo fetch` fetched", folders.len());
                Err(Error::Cargo(reason))
            }
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, Error> {
        let path = self.folder().join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|cause| Error::io("create the folder", folder, cause))?;
        }
        fs::write(&path, text).map_err(|cause| Error::io("write", &path, cause))?;
        Ok(path)
    }

    fn metadata<R: DeserializeOwned>(
        &self,
        manifest: &Path,
        arguments: &[&str],
        settings: &[&Path],
    ) -> Result<R, Error> {
        let mut command = self.command("metadata", manifest, settings);
        command.args(["--format-version", "1"]).args(arguments);
        let output = command.stderr(Stdio::inherit()).output().map_err(|cause| self.not_started(&cause))?;
        if !output.status.success() {
            let (manifest, status) = (manifest.display(), output.status);
            return Err(Error::Cargo(format!("`cargo metadata` failed for {manifest} ({status})")));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|error| Error::Cargo(format!("`cargo metadata` printed something else: {error}")))
    }

    fn command(&self, name: &str, manifest: &Path, settings: &[&Path]) -> Command {
        let home = self.folder();
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os().filter(|(name, _)| is_withheld(name)) {
            command.env_remove(name);
        }
        // From here cargo and rustup look upwards for `.cargo/config.toml` and `rust-toolchain.toml`.
        command.current_dir(home.ancestors().last().unwrap_or(&home)).env("CARGO_HOME", &home);
        command.env("PATH", self.search_path.to_value());
        command.arg(name).arg("--manifest-path").arg(manifest).stdin(Stdio::null());
        // The last one counts most.
        let pinned = home.join("pinned.toml");
        for settings in settings.iter().copied().chain([pinned.as_path()]) {
            command.arg("--config").arg(settings);
        }
        command
    }

    fn not_started(&self, cause: &std::io::Error) -> Error {
        Error::Cargo(format!("could not start {}: {cause}", self.program.display()))
    }
}

/// Where a manifest is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A folder of the user, with a configuration beside it and above.
    Project,
    /// A registry, which has every place in the manifest itself.
    Registry,
}

/// Name of the folder of an unpacked package, and of its `.crate` without the extension.
fn unpacked(package: &Package) -> String {
    format!("{}-{}", package.name, package.version)
}

/// A package with these dependencies.
fn manifest(dependencies: Table) -> Table {
    let text = |text: &str| Value::String(text.to_owned());
    let package = [("name", FETCHING), ("version", "0.0.0"), ("edition", "2021")];
    let package = Table::from_iter(package.map(|(key, value)| (key.to_owned(), text(value))));
    Table::from_iter([
        ("package".to_owned(), Value::Table(package)),
        ("dependencies".to_owned(), Value::Table(dependencies)),
        // Whatever is above, it is no part of that.
        ("workspace".to_owned(), Value::Table(Table::new())),
    ])
}

/// A package that depends on exactly these. None of their own optional dependencies is needed: those that a lock file has are
/// among these.
fn fetching_manifest(packages: &[Package]) -> Table {
    let dependency = |(number, package): (usize, &Package)| {
        let fields = [
            ("package", Value::String(package.name.clone())),
            ("version", Value::String(format!("={}", package.version))),
            ("default-features", Value::Boolean(false)),
        ];
        let fields = Table::from_iter(fields.map(|(key, value)| (key.to_owned(), value)));
        (format!("fetched-{number}"), Value::Table(fields))
    };
    manifest(packages.iter().enumerate().map(dependency).collect())
}

/// The lock file of that package.
fn fetching_lock(packages: &[Package]) -> Table {
    let text = |text: &str| Value::String(text.to_owned());
    let entry = |fields: Vec<(&str, Value)>| -> Value {
        Value::Table(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    };
    // What has no checksum is to be resolved.
    let locked = packages.iter().filter_map(|package| package.checksum.as_deref().map(|sum| (package, sum)));
    let names = locked.clone().map(|(package, _)| text(&format!("{} {}", package.name, package.version)));
    let own = entry(vec![
        ("name", text(FETCHING)),
        ("version", text("0.0.0")),
        ("dependencies", Value::Array(names.collect())),
    ]);
    let locked = locked.map(|(package, checksum)| {
        entry(vec![
            ("name", text(&package.name)),
            ("version", text(&package.version)),
            ("source", text(package.source.as_deref().unwrap_or_default())),
            ("checksum", text(checksum)),
            ("dependencies", Value::Array(package.dependencies.iter().map(|name| text(name)).collect())),
        ])
    });
    Table::from_iter([
        // Every cargo reads it; version 4 differs in the URLs of git alone.
        ("version".to_owned(), Value::Integer(3)),
        ("package".to_owned(), Value::Array([own].into_iter().chain(locked).collect())),
    ])
}

/// The cargo that started this command, or the one that PATH leads to.
///
/// # Errors
/// [`Error::OthersCanWrite`] where another user can change it, or put another one there; [`Error::Cargo`] where there is
/// none.
fn program() -> Result<PathBuf, Error> {
    let named = env::var_os("CARGO").filter(|program| !program.is_empty()).map(PathBuf::from);
    let named = named.unwrap_or_else(|| PathBuf::from("cargo"));
    let program = SearchPath::of_this_process().find(&named);
    let program =
        program.ok_or_else(|| Error::Cargo(format!("there is no {} on the search path", named.display())))?;
    Owners::user().check(&program)?;
    // What else cargo starts, and by what it trusts a server. It runs in the root of the file system.
    for (_, value) in env::vars_os().filter(|(name, _)| names_program(name)) {
        configuration::check_programs_of(&value.to_string_lossy(), Path::new(ROOT))?;
    }
    Ok(program)
}

/// Whether a variable of cargo names a program or a file, as the settings do that are checked.
fn names_program(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let of_build = name.strip_prefix("CARGO_BUILD_").unwrap_or(&name);
    ["RUSTC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTDOC"].contains(&of_build)
        || ["CARGO_HTTP_CAINFO", "CARGO_HTTP_PROXY_CAINFO"].contains(&&*name)
        || (name.starts_with("CARGO_REGISTR")
            && ["_CREDENTIAL_PROVIDER", "_CREDENTIAL_PROVIDERS"].iter().any(|end| name.ends_with(end)))
        || name.starts_with("CARGO_CREDENTIAL_ALIAS_")
}

/// Variables that cargo, and the programs that it starts, do not get: the passphrase and whatever else is this
/// command's, and those by which cargo's own tests move the default registry.
fn is_withheld(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["TUFREPO_", "__CARGO_"].iter().any(|prefix| name.starts_with(prefix))
}
