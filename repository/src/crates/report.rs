//! What cargo says of packages, as `cargo metadata` prints it.

use std::path::PathBuf;

use semver::{Version, VersionReq};
use serde::Deserialize;

use crate::crates::lock::Package;

/// The packages of a workspace.
pub(super) struct Workspace {
    pub(super) members: Vec<Member>,
}

/// One package of a workspace.
#[derive(Deserialize)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) dependencies: Vec<Dependency>,
}

/// A dependency as a manifest writes it.
#[derive(Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// Where it comes from; none for a folder.
    pub(super) source: Option<String>,
    /// The versions that fit.
    pub(super) req: String,
}

/// A package that cargo has fetched.
pub(super) struct Fetched {
    /// As cargo has locked it.
    pub(super) package: Package,
    /// Name of the folders, below `registry/index`, `registry/cache` and `registry/src`, of what cargo has from the
    /// registry of this package. Other registries have others.
    pub(super) registry_folder: PathBuf,
    /// Where it was unpacked.
    pub(super) folder: PathBuf,
}

/// `cargo metadata --no-deps`.
#[derive(Deserialize)]
pub(super) struct MemberReport {
    pub(super) packages: Vec<Member>,
    pub(super) workspace_root: PathBuf,
}

impl Workspace {
    /// Whether a package of a lock file is one of these: it comes from a folder, and has the name and the version.
    pub(super) fn has(&self, package: &Package) -> bool {
        let is_it = |member: &Member| member.name == package.name && member.version == package.version;
        package.source.is_none() && self.members.iter().any(is_it)
    }

    /// A dependency for which a lock file has no package, in words.
    pub(super) fn missing_in(&self, locked: &[Package]) -> Option<String> {
        self.members.iter().find_map(|member| {
            let is_missing =
                |dependency: &&Dependency| !locked.iter().any(|package| dependency.fits(package));
            let missing = member.dependencies.iter().find(is_missing);
            missing.map(|Dependency { name, req, .. }| format!("{} needs {name} {req}", member.name))
        })
    }
}

impl Dependency {
    fn fits(&self, package: &Package) -> bool {
        let is_of_registry = self.source.as_deref().is_some_and(|source| !source.starts_with("git+"));
        if package.name != self.name || !is_of_registry {
            // What comes from a folder or from git has the version that is there.
            return package.name == self.name;
        }
        match (Version::parse(&package.version), VersionReq::parse(&self.req)) {
            (Ok(version), Ok(req)) => req.matches(&version),
            _ => false,
        }
    }
}
