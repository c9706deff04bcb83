//! `cargo tuf-install`: verify, then let cargo build from what was verified.

use std::path::Path;
use std::sync::Arc;

use crate::build::Build;
use crate::cargo_config::CargoConfig;
use crate::cli::InstallArguments;
use crate::closure;
use crate::config::Config;
use crate::crate_file;
use crate::event::Event;
use crate::failure::Failure;
use crate::installed::{Closure, Provenance};
use crate::lock::{Lock, LockedPackage};
use crate::manifest;
use crate::overlay;
use crate::package::{PackageId, PackageSpec};
use crate::preflight;
use crate::proxy::VerifiedFiles;
use crate::refresh;
use crate::registry::{Described, Registry};
use crate::shell::Shell;
use crate::state::State;

/// Installs a package.
///
/// # Errors
/// Why it is not installed, or not known to be verified.
pub fn install(
    arguments: &InstallArguments,
    shell: &Shell,
    cargo: &CargoConfig,
    current: &Path,
) -> Result<(), Failure> {
    let spec = arguments.spec()?;
    preflight::check(cargo)?;
    let config =
        Config::load(current, cargo.home(), |name| std::env::var_os(name), &arguments.repository.flags())?;
    // Found out before anything is fetched. The build looks again.
    overlay::check_above(&State::open(cargo.home())?.runs())?;
    let repository = refresh::refresh(&config, cargo, arguments.network(cargo), shell)?;
    let registry = Arc::new(Registry::new(repository));
    let package = verify_package(&registry, &spec, shell)?;
    let mut locked = vec![(package.id.clone(), package.checksum.clone())];
    let closure = if arguments.unlocked {
        Closure::Unlocked
    } else {
        locked.extend(verify_closure(&registry, &package, shell)?);
        Closure::Locked
    };
    shell.clear();
    let root = arguments.root.as_ref().map_or_else(|| cargo.install_root(current), |root| current.join(root));
    let provenance = Provenance {
        checksum: package.checksum,
        repository: config.repository.to_string(),
        trusted_root: registry.root_digest().to_owned(),
        closure,
    };
    Build {
        package: &package.id,
        locked: &locked,
        provenance: &provenance,
        root: &root,
        current,
        arguments,
        cargo,
        shell,
    }
    .run(registry)
}

/// The package to install, verified, with what its `.crate` file says of dependencies.
struct Verified {
    id: PackageId,
    checksum: String,
    lock: Option<String>,
}

/// Chooses the version and verifies its index entry, its `.crate` file, and the sources in its manifest.
fn verify_package(registry: &Registry, spec: &PackageSpec, shell: &Shell) -> Result<Verified, Failure> {
    let index = registry.index(&spec.name)?;
    let version = index.choose(&spec.wanted)?.clone();
    let id = PackageId { name: spec.name.clone(), version };
    shell.progress("Verifying", 0, None, &id);
    let described = registry.describe(&id)?;
    let texts = crate_file::texts(&id, &registry.crate_file(&id)?)?;
    manifest::check(&id, texts.manifest.as_deref())?;
    shell.status("Verified", format_args!("{id}, signed by the role {}", described.target.role));
    shell.emit(&Event::verified(&described)).map_err(Failure::Stdout)?;
    Ok(Verified { id, checksum: described.entry.checksum, lock: texts.lock })
}

/// Verifies what the Cargo.lock of `root` names. Gives each package with the SHA-256 of its crate file.
fn verify_closure(
    registry: &Registry,
    root: &Verified,
    shell: &Shell,
) -> Result<Vec<(PackageId, String)>, Failure> {
    let package = &root.id;
    let text = root.lock.as_deref().ok_or_else(|| Failure::NoLock { package: package.clone() })?;
    let lock = Lock::parse(text).map_err(|error| Failure::Lock { package: package.clone(), error })?;
    let verified = |described: &Described, done, total| {
        shell.progress("Verifying", done, Some(total), "packages of its Cargo.lock");
        shell.detail(
            "Verified",
            format_args!("{}, signed by the role {}", described.package, described.target.role),
        );
        shell.emit(&Event::verified(described)).map_err(Failure::Stdout)
    };
    let packages = closure::verify(registry, package, &lock, &verified)?;
    shell.status("Verified", format_args!("{packages} packages of its Cargo.lock"));
    let (name, version) = (package.name.to_string(), package.version.to_string());
    shell.emit(&Event::ClosureVerified { name, version, packages }).map_err(Failure::Stdout)?;
    let checksum = |package: &LockedPackage| Some((package.id.clone(), package.checksum.clone()?));
    Ok(lock.packages().iter().filter_map(checksum).collect())
}
