//! The sparse index: one file a package, one JSON object a line, one line a version.

use std::borrow::Cow;
use std::collections::BTreeMap;

use semver::Version;
use serde::Deserialize;

use crate::package::{PackageName, Wanted};

/// Newest line format that cargo reads; it skips newer lines, so they are skipped here.
const NEWEST_FORMAT: u32 = 2;

/// The index file of one package.
#[derive(Clone, Debug)]
pub struct IndexFile {
    name: PackageName,
    entries: BTreeMap<Version, IndexEntry>,
    foreign: Option<ForeignDependency>,
    bytes: Vec<u8>,
}

/// One version of a package as its index line describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// Lower-case hexadecimal SHA-256 of the `.crate` file.
    pub checksum: String,
    /// Whether the version was withdrawn from new resolutions.
    pub yanked: bool,
    /// Names of the packages that every build of this version needs, on every platform and with any feature.
    pub needs: Vec<String>,
}

/// A dependency that is not in this registry, and so is not in the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignDependency {
    /// Version of the package that has the dependency.
    pub of: Version,
    /// Name of the dependency.
    pub name: String,
    /// Index URL of its registry.
    pub registry: String,
}

impl IndexFile {
    /// Index bytes (UTF-8, JSON lines) become the entries of `name`.
    ///
    /// # Errors
    /// A line that is no entry of this package, or a version that has two lines: then it would depend on the reader
    /// which checksum is meant.
    pub fn parse(name: &PackageName, bytes: Vec<u8>) -> Result<Self, IndexError> {
        let text = str::from_utf8(&bytes).map_err(|_| IndexError::new(name, 1, Defect::NotText))?;
        let mut entries = BTreeMap::new();
        let mut foreign = None;
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let error = |defect| IndexError::new(name, number, defect);
            let Some(line) = read_line(line).map_err(error)? else { continue };
            if line.name != name.as_str() {
                return Err(error(Defect::OtherPackage(line.name.into_owned())));
            }
            let version =
                Version::parse(&line.vers).map_err(|_| error(Defect::Version(line.vers.to_string())))?;
            foreign = foreign.or_else(|| line.foreign(&version));
            if entries.insert(version, line.entry().map_err(error)?).is_some() {
                return Err(error(Defect::Twice(line.vers.into_owned())));
            }
        }
        Ok(Self { name: name.clone(), entries, foreign, bytes })
    }

    /// The package's name.
    #[must_use]
    pub fn name(&self) -> &PackageName {
        &self.name
    }

    /// The file's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The entry of this version.
    #[must_use]
    pub fn entry(&self, version: &Version) -> Option<&IndexEntry> {
        self.entries.get(version)
    }

    /// A dependency of any version on a package of another registry.
    #[must_use]
    pub fn foreign(&self) -> Option<&ForeignDependency> {
        self.foreign.as_ref()
    }

    /// The highest version that is wanted.
    ///
    /// # Errors
    /// No version is wanted, or only yanked ones are.
    pub fn choose(&self, wanted: &Wanted) -> Result<&Version, Box<NoVersion>> {
        let matches = |version: &Version| match wanted {
            Wanted::Newest => version.pre.is_empty(),
            Wanted::Exactly(exact) => is_same(version, exact),
            Wanted::Matching(requirement) => requirement.matches(version),
        };
        let mut yanked = None;
        for (version, entry) in self.entries.iter().rev().filter(|(version, _)| matches(version)) {
            if !entry.yanked {
                return Ok(version);
            }
            yanked = yanked.or(Some(version));
        }
        Err(Box::new(NoVersion {
            name: self.name.clone(),
            wanted: wanted.clone(),
            yanked: yanked.cloned(),
            newest: self.entries.keys().next_back().cloned(),
        }))
    }
}

/// None of a package's versions can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} has no {wanted}{}{}", Yanked(.yanked), Newest(.newest))]
pub struct NoVersion {
    /// The package.
    pub name: PackageName,
    /// What was asked for.
    pub wanted: Wanted,
    /// The highest version that was asked for but is yanked.
    pub yanked: Option<Version>,
    /// The highest version there is, of any kind.
    pub newest: Option<Version>,
}

/// A line that is no entry of its package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed index: {name}, line {line}: {defect}")]
pub struct IndexError {
    /// The package whose index file it is.
    pub name: PackageName,
    /// Line number, from 1.
    pub line: usize,
    /// What is wrong.
    pub defect: Defect,
}

/// What is wrong with an index line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// Not UTF-8.
    #[error("not UTF-8")]
    NotText,
    /// Not a JSON object with the fields of an entry.
    #[error("{0}")]
    Json(String),
    /// An entry of another package.
    #[error("an entry of the package {0:?}")]
    OtherPackage(String),
    /// `vers` is no version.
    #[error("{0:?} is no version")]
    Version(String),
    /// `cksum` is no SHA-256.
    #[error("the field cksum is not 64 lower-case hexadecimal digits")]
    Checksum,
    /// A second line of the same version.
    #[error("a second line of version {0}")]
    Twice(String),
}

impl IndexError {
    fn new(name: &PackageName, line: usize, defect: Defect) -> Self {
        Self { name: name.clone(), line, defect }
    }
}

/// The fields of a line that matter here, named as the format names them.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    vers: Cow<'a, str>,
    #[serde(borrow)]
    cksum: Cow<'a, str>,
    #[serde(borrow, default)]
    deps: Vec<Dependency<'a>>,
    #[serde(default)]
    yanked: Option<bool>,
    #[serde(default)]
    v: Option<u32>,
}

#[derive(Deserialize)]
struct Dependency<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    package: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    registry: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    target: Option<Cow<'a, str>>,
    #[serde(default)]
    optional: bool,
}

/// The part of a line that every format has.
#[derive(Deserialize)]
struct Format {
    v: u32,
}

fn read_line(line: &str) -> Result<Option<Line<'_>>, Defect> {
    match serde_json::from_str::<Line<'_>>(line) {
        Ok(entry) if entry.v.is_some_and(|v| v > NEWEST_FORMAT) => Ok(None),
        Ok(entry) => Ok(Some(entry)),
        Err(_) if serde_json::from_str::<Format>(line).is_ok_and(|format| format.v > NEWEST_FORMAT) => {
            Ok(None)
        }
        Err(error) => Err(Defect::Json(error.to_string())),
    }
}

impl Line<'_> {
    fn entry(&self) -> Result<IndexEntry, Defect> {
        let digits = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if self.cksum.len() != 64 || !digits(&self.cksum) {
            return Err(Defect::Checksum);
        }
        let needs = self
            .deps
            .iter()
            .filter(|dep| dep.is_always_needed())
            .map(|dep| dep.package().to_owned())
            .collect();
        Ok(IndexEntry { checksum: self.cksum.to_string(), yanked: self.yanked.unwrap_or(false), needs })
    }

    fn foreign(&self, version: &Version) -> Option<ForeignDependency> {
        let dependency = self.deps.iter().find(|dep| dep.registry.is_some())?;
        let registry = dependency.registry.as_deref()?.to_owned();
        Some(ForeignDependency { of: version.clone(), name: dependency.package().to_owned(), registry })
    }
}

impl Dependency<'_> {
    /// The package's own name, where the dependency renames it.
    fn package(&self) -> &str {
        self.package.as_deref().unwrap_or(&self.name)
    }

    fn is_always_needed(&self) -> bool {
        !self.optional && self.target.is_none() && self.kind.as_deref() != Some("dev")
    }
}

/// Build metadata matters where it is asked for only, as for cargo.
fn is_same(version: &Version, wanted: &Version) -> bool {
    version.cmp_precedence(wanted).is_eq() && (wanted.build.is_empty() || version.build == wanted.build)
}

/// Prints the clause about a yanked version.
struct Yanked<'a>(&'a Option<Version>);

impl std::fmt::Display for Yanked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_ref().map_or(Ok(()), |version| write!(f, " that is not yanked (version {version} is)"))
    }
}

/// Prints the clause about the newest version.
struct Newest<'a>(&'a Option<Version>);

impl std::fmt::Display for Newest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_ref().map_or(Ok(()), |version| write!(f, "; the newest one listed is {version}"))
    }
}
