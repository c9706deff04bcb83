//! Cargo.lock: which packages a build uses, and with which checksums.

use std::collections::{BTreeMap, HashMap};

use semver::Version;
use serde::Deserialize;

use crate::package::{PackageId, PackageName};

/// What a lock calls the default registry, whatever serves it.
pub(crate) const DEFAULT_REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The packages of a Cargo.lock.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    packages: Vec<LockedPackage>,
}

/// One package of a Cargo.lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedPackage {
    /// Name and version.
    pub id: PackageId,
    /// Where it comes from.
    pub source: PackageSource,
    /// Lower-case hexadecimal SHA-256 of its `.crate` file.
    pub checksum: Option<String>,
    /// Names and versions of the packages it depends on, of every kind, platform and feature; without a version
    /// where the lock has one version only.
    pub dependencies: Vec<(String, Option<Version>)>,
}

/// Where a locked package comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageSource {
    /// The default registry: the repository's index and crates describe it.
    DefaultRegistry,
    /// Another registry, by its URL.
    OtherRegistry(String),
    /// A git repository, by its URL. It has no checksum.
    Git(String),
    /// A folder: the package itself, or a path dependency.
    Path,
}

impl Lock {
    /// Cargo.lock text becomes its packages. Formats 1 to 4.
    ///
    /// # Errors
    /// Text that is no Cargo.lock.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let document: Document =
            toml::from_str(text).map_err(|error| LockError::Toml(error.message().to_owned()))?;
        let listed = document.package.into_iter().chain(document.root);
        let packages = listed.map(|raw| read_package(raw, &document.metadata)).collect::<Result<_, _>>()?;
        Ok(Self { packages })
    }

    /// Its packages, in the order of the file.
    #[must_use]
    pub fn packages(&self) -> &[LockedPackage] {
        &self.packages
    }

    /// The packages that [`IndexEntry::needs`](crate::index::IndexEntry::needs) and the lock's own edges lead to from
    /// `root`: those that a build needs on every platform. A build may need more; it never needs less.
    pub fn always_needed<'a>(
        &'a self,
        root: &PackageId,
        needs: impl Fn(&PackageId) -> Vec<String>,
    ) -> Vec<&'a LockedPackage> {
        let mut by_name: HashMap<&str, Vec<&LockedPackage>> = HashMap::new();
        for package in &self.packages {
            by_name.entry(package.id.name.as_str()).or_default().push(package);
        }
        let find = |name: &str, version: &Option<Version>| {
            let candidates = by_name.get(name)?;
            candidates
                .iter()
                .copied()
                .find(|p| version.as_ref().is_none_or(|version| *version == p.id.version))
        };
        let Some(root) = find(root.name.as_str(), &Some(root.version.clone())) else { return Vec::new() };
        let mut reached: BTreeMap<&PackageId, &LockedPackage> = BTreeMap::from([(&root.id, root)]);
        let mut open = vec![root];
        while let Some(package) = open.pop() {
            let needed = needs(&package.id);
            for (name, version) in package.dependencies.iter().filter(|(name, _)| needed.contains(name)) {
                let Some(next) = find(name, version) else { continue };
                if reached.insert(&next.id, next).is_none() {
                    open.push(next);
                }
            }
        }
        reached.into_values().collect()
    }
}

/// Text that is no Cargo.lock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Not TOML, or not of the shape of a lock.
    #[error("{0}")]
    Toml(String),
    /// A package with a name or version that is none.
    #[error("the package {name:?} with the version {version:?} is none")]
    Package {
        /// The name as it stands there.
        name: String,
        /// The version as it stands there.
        version: String,
    },
    /// A source of an unknown kind.
    #[error("the source {source_id:?} of {name} is of an unknown kind")]
    Source {
        /// The package.
        name: String,
        /// The source as it stands there.
        source_id: String,
    },
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    package: Vec<RawPackage>,
    /// Format 1 of old had the package itself in a table of its own.
    root: Option<RawPackage>,
    /// Format 1 had the checksums here.
    #[serde(default)]
    metadata: HashMap<String, toml::Value>,
}

#[derive(Deserialize)]
struct RawPackage {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

fn read_package(
    raw: RawPackage,
    metadata: &HashMap<String, toml::Value>,
) -> Result<LockedPackage, LockError> {
    let (Ok(name), Ok(version)) = (raw.name.parse::<PackageName>(), Version::parse(&raw.version)) else {
        return Err(LockError::Package { name: raw.name, version: raw.version });
    };
    let separate = || {
        let key = format!("checksum {} {} ({})", raw.name, raw.version, raw.source.as_deref()?);
        metadata.get(&key)?.as_str().map(str::to_owned)
    };
    let checksum = raw.checksum.clone().or_else(separate);
    let source = read_source(&raw.name, raw.source.as_deref())?;
    let dependencies = raw.dependencies.iter().map(|text| read_dependency(text)).collect();
    Ok(LockedPackage { id: PackageId { name, version }, source, checksum, dependencies })
}

fn read_source(name: &str, source: Option<&str>) -> Result<PackageSource, LockError> {
    let Some(source) = source else { return Ok(PackageSource::Path) };
    if source == DEFAULT_REGISTRY {
        return Ok(PackageSource::DefaultRegistry);
    }
    match source.split_once('+') {
        Some(("registry" | "sparse", url)) => Ok(PackageSource::OtherRegistry(url.to_owned())),
        Some(("git", url)) => Ok(PackageSource::Git(url.to_owned())),
        _ => Err(LockError::Source { name: name.to_owned(), source_id: source.to_owned() }),
    }
}

/// `name`, `name version` or `name version (source)`.
fn read_dependency(text: &str) -> (String, Option<Version>) {
    let mut words = text.split(' ');
    let name = words.next().unwrap_or_default().to_owned();
    (name, words.next().and_then(|version| Version::parse(version).ok()))
}
