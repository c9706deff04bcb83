//! Empty packages that stand in for what a crate depends on, so that cargo fetches the crate without that.
//!
//! Cargo has no command that fetches one crate: `cargo fetch` takes everything that was resolved, and `cargo info` refuses where the
//! user has replaced the default registry. A patch is cargo's own way to take a package from elsewhere. So each direct
//! dependency, in the version that cargo has chosen, becomes a package of a folder with that name, that version and the features that are
//! asked of it. Nothing depends on anything then but the crate.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::{Table, Value};

use crate::crates::index::Line;
use crate::crates::lock::Package;

/// One package that stands in for another one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StandIn {
    pub(super) name: String,
    pub(super) version: String,
    features: BTreeSet<String>,
}

/// Stands in for the direct dependencies of `root` that are of the same registry, as they are among `locked`. `lines` are the index
/// lines of `root`, which say what features it asks for.
pub(super) fn for_dependencies(root: &Package, locked: &[Package], lines: &[Line]) -> Vec<StandIn> {
    let mut features = features(lines);
    let is_direct = |package: &&Package| {
        package.source == root.source && root.dependencies.iter().any(|named| is_named(package, named))
    };
    let direct = locked.iter().filter(is_direct);
    direct
        .map(|package| StandIn {
            name: package.name.clone(),
            version: package.version.clone(),
            // Another version of the package may be asked for the same.
            features: features.entry(package.name.clone()).or_default().clone(),
        })
        .collect()
}

impl StandIn {
    /// Its Cargo.toml.
    pub(super) fn manifest(&self) -> Table {
        let text = |text: &str| Value::String(text.to_owned());
        let package = [("name", &*self.name), ("version", &*self.version), ("edition", "2021")];
        let package = package.map(|(key, value)| (key.to_owned(), text(value)));
        let features = self.features.iter().map(|name| (name.clone(), Value::Array(Vec::new())));
        Table::from_iter([
            ("package".to_owned(), Value::Table(Table::from_iter(package))),
            ("features".to_owned(), Value::Table(features.collect())),
        ])
    }
}

/// Whether a lock file's list of dependencies means this package: by its name, and a version if there are several.
fn is_named(package: &Package, named: &str) -> bool {
    let mut words = named.split(' ');
    words.next() == Some(&package.name) && words.next().is_none_or(|version| version == package.version)
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// Its name in the registry, if the crate calls it otherwise.
    package: Option<String>,
    #[serde(default)]
    features: Vec<String>,
    /// What it is needed for.
    kind: Option<String>,
}

/// The features that are asked of each package, by its name in the registry. It is not known which optional dependencies are
/// used: a feature more does no harm, but cargo refuses a manifest with some names. Dependencies for tests are never used here.
fn features(lines: &[Line]) -> BTreeMap<String, BTreeSet<String>> {
    let mut features: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let parsed = lines.iter().filter_map(|line| serde_json::from_str::<Fields>(&line.text).ok());
    let dependencies = parsed.flat_map(|fields| fields.deps);
    for dependency in dependencies.filter(|dependency| dependency.kind.as_deref() != Some("dev")) {
        let name = dependency.package.unwrap_or(dependency.name);
        let asked = dependency.features.into_iter().filter(|name| is_feature(name));
        features.entry(name).or_default().extend(asked);
    }
    features
}

/// Whether a manifest may have a feature of this name: one of another package (`a/b`, `dep:a`) it may not.
fn is_feature(name: &str) -> bool {
    let begins = |first: char| first.is_alphabetic() || first.is_ascii_digit() || first == '_';
    name.starts_with(begins) && name.chars().all(|c| c.is_alphanumeric() || "_-+.".contains(c))
}
