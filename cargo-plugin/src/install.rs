//! `cargo tuf-install`: verify, then let cargo build from what was verified.

use std::path::Path;
use std::sync::Arc;

use crate::build::Build;
use crate::cargo_config::CargoConfig;
use crate::cli::InstallArguments;
use crate::closure;
use crate::config::Config;
use crate::crate_file::embedded_lock;
use crate::event::Event;
use crate::failure::Failure;
use crate::lock::Lock;
use crate::package::{PackageId, PackageSpec};
use crate::preflight;
use crate::proxy::VerifiedFiles;
use crate::refresh;
use crate::registry::{Described, Registry};
use crate::shell::Shell;

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
    let repository = refresh::refresh(&config, cargo, arguments.network(cargo), shell)?;
    let registry = Arc::new(Registry::new(repository));
    let (package, crate_file) = verify_package(&registry, &spec, shell)?;
    if !arguments.unlocked {
        verify_closure(&registry, &package, &crate_file, shell)?;
    }
    shell.clear();
    let root = arguments.root.as_ref().map_or_else(|| cargo.install_root(current), |root| current.join(root));
    Build { package: &package, root: &root, arguments, cargo, shell }.run(registry)
}

/// Chooses the version and verifies its index entry and its `.crate` file, whose bytes it returns.
fn verify_package(
    registry: &Registry,
    spec: &PackageSpec,
    shell: &Shell,
) -> Result<(PackageId, Vec<u8>), Failure> {
    let index = registry.index(&spec.name)?;
    let version = index.choose(&spec.wanted)?.clone();
    let package = PackageId { name: spec.name.clone(), version };
    shell.progress("Verifying", 0, None, &package);
    let described = registry.describe(&package)?;
    let crate_file = registry.crate_file(&package)?;
    shell.status("Verified", format_args!("{package}, signed by the role {}", described.target.role));
    shell.emit(&Event::verified(&described)).map_err(Failure::Stdout)?;
    Ok((package, crate_file))
}

fn verify_closure(
    registry: &Registry,
    package: &PackageId,
    crate_file: &[u8],
    shell: &Shell,
) -> Result<(), Failure> {
    let text =
        embedded_lock(package, crate_file)?.ok_or_else(|| Failure::NoLock { package: package.clone() })?;
    let lock = Lock::parse(&text).map_err(|error| Failure::Lock { package: package.clone(), error })?;
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
    shell.emit(&Event::ClosureVerified { name, version, packages }).map_err(Failure::Stdout)
}
