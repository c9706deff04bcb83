//! The Cargo.toml of the package that is installed: where its dependencies come from.
//!
//! Cargo takes the sources of the first package's dependencies from its manifest, not from the index, and reaches git
//! repositories by protocols that no HTTP proxy sees (`git`, `ssh`, `file`). So the manifest is read before cargo is started.
//! The manifest that `cargo publish` writes has none of what is refused here: it resolves `path`, `git` and `workspace` to
//! versions of a registry, and drops `patch` and `replace`.

use std::fmt;

use toml::{Table, Value};

use crate::lock::DEFAULT_REGISTRY;
use crate::package::PackageId;

/// The tables of dependencies, with the spellings that cargo still reads.
const TABLES: [&str; 5] =
    ["dependencies", "dev-dependencies", "dev_dependencies", "build-dependencies", "build_dependencies"];

/// Refuses a manifest (UTF-8 TOML) with a source other than the default registry, in any of its tables of dependencies, for any
/// platform, or with anything that replaces a package.
///
/// # Errors
/// No text, text that is no TOML, or the first such source.
pub fn check(package: &PackageId, text: Option<&str>) -> Result<(), ManifestError> {
    let error = |defect| ManifestError { package: package.clone(), defect };
    let text = text.ok_or_else(|| error(ManifestDefect::Missing))?;
    let manifest: Table =
        toml::from_str(text).map_err(|e| error(ManifestDefect::Toml(e.message().to_owned())))?;
    check_manifest(&manifest).map_err(error)
}

fn check_manifest(manifest: &Table) -> Result<(), ManifestDefect> {
    for key in ["patch", "replace"] {
        // An empty table replaces nothing.
        if manifest.get(key).is_some_and(|value| value.as_table().is_none_or(|table| !table.is_empty())) {
            return Err(ManifestDefect::Replaces(key));
        }
    }
    for package in ["package", "project"] {
        // Another manifest, of any folder, would say where dependencies come from.
        if manifest.get(package).is_some_and(|table| table.get("workspace").is_some()) {
            return Err(ManifestDefect::Workspace);
        }
    }
    check_tables(manifest)?;
    if let Some(workspace) = manifest.get("workspace").and_then(Value::as_table) {
        check_tables(workspace)?;
    }
    let platforms = manifest.get("target").and_then(Value::as_table);
    platforms.into_iter().flatten().filter_map(|(_, table)| table.as_table()).try_for_each(check_tables)
}

fn check_tables(parent: &Table) -> Result<(), ManifestDefect> {
    let tables = TABLES.iter().filter_map(|name| parent.get(*name)?.as_table());
    tables.flatten().try_for_each(|(name, dependency)| check_dependency(name, dependency))
}

fn check_dependency(name: &str, dependency: &Value) -> Result<(), ManifestDefect> {
    let Some(table) = dependency.as_table() else { return Ok(()) };
    let is_default = |key: &str, value: &Value| {
        let index = DEFAULT_REGISTRY.trim_start_matches("registry+");
        key == "registry-index" && value.as_str().is_some_and(|url| url.trim_end_matches('/') == index)
    };
    for (key, value) in table {
        let kind = match key.as_str() {
            "git" => SourceKind::Git,
            "path" | "base" => SourceKind::Folder,
            "registry" | "registry-index" if !is_default(key, value) => SourceKind::Registry,
            "workspace" => SourceKind::Workspace,
            _ => continue,
        };
        let place = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        return Err(ManifestDefect::Source { name: name.to_owned(), kind, place });
    }
    Ok(())
}

/// A manifest with which the build is not covered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not covered: the Cargo.toml of {package} {defect}")]
pub struct ManifestError {
    /// The package whose manifest it is.
    pub package: PackageId,
    /// What is wrong.
    pub defect: ManifestDefect,
}

/// What in a manifest is not covered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestDefect {
    /// There is none.
    #[error("is missing")]
    Missing,
    /// Not TOML.
    #[error("cannot be read: {0}")]
    Toml(String),
    /// `patch` or `replace`.
    #[error("replaces packages, in its table `{0}`")]
    Replaces(&'static str),
    /// The package is a member of a workspace in another folder.
    #[error("makes it a member of a workspace in another folder")]
    Workspace,
    /// A dependency that is not of the default registry.
    #[error("takes {name} from {kind} {place}")]
    Source {
        /// The dependency, as the table names it.
        name: String,
        /// What kind of source.
        kind: SourceKind,
        /// The URL, name or path.
        place: String,
    },
}

/// A kind of source that the repository cannot vouch for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A git repository.
    Git,
    /// A folder.
    Folder,
    /// A registry other than the default one.
    Registry,
    /// Whatever a workspace says.
    Workspace,
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Git => "the git repository",
            Self::Folder => "the folder",
            Self::Registry => "the registry",
            Self::Workspace => "its workspace:",
        })
    }
}
