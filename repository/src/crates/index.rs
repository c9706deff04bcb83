//! Index files: one JSON object a line, one line a version, in the order of publication.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};
use tame_index::KrateName;
use tame_index::index::cache::ValidCacheEntry;

use crate::error::Error;

/// One version in an index file, as the registry writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The bytes of the line, without its end.
    pub(super) text: String,
    /// The version.
    pub(super) version: String,
    /// Lower-case hexadecimal SHA-256 of the `.crate`.
    pub(super) checksum: String,
}

#[derive(Deserialize)]
struct Fields {
    name: String,
    vers: String,
    cksum: String,
}

/// Where the index file of a crate is, relative to the index, such as `he/xy/hexyl`.
pub(super) fn path(name: &str) -> Result<String, Error> {
    let name = KrateName::try_from(name).map_err(|error| Error::Cargo(error.to_string()))?;
    Ok(name.relative_path(Some('/')))
}

/// Every line of a crate in the index of one registry, as cargo has fetched it into this folder.
pub(super) fn fetched(registry: &Path, name: &str) -> Result<Vec<Line>, Error> {
    let path = registry.join(".cache").join(path(name)?);
    let bytes = fs::read(&path).map_err(|cause| Error::io("read", &path, cause))?;
    let entry = ValidCacheEntry::read(&bytes).map_err(|error| Error::unreadable(&path, error))?;
    // Version and line in turn, each ended by a zero byte.
    let mut parts = entry.version_entries.split(|byte| *byte == 0);
    let mut lines = Vec::new();
    while let (Some(_version), Some(text)) = (parts.next(), parts.next()) {
        let line = Line::read(text).map_err(|reason| Error::unreadable(&path, reason))?;
        lines.extend(line.filter(|(of, _)| of == name).map(|(_, line)| line));
    }
    Ok(lines)
}

/// The lines of an index file that is a target already.
pub(super) fn published(name: &str, bytes: &[u8]) -> Result<Vec<Line>, Error> {
    let broken = |reason: String| Error::BadTargetFile { path: format!("index file of {name}"), reason };
    let lines = bytes.split(|byte| *byte == b'\n').filter(|text| !text.is_empty());
    lines
        .map(|text| match Line::read(text).map_err(&broken)? {
            Some((_, line)) => Ok(line),
            None => Err(broken("a line without name, vers and cksum".to_owned())),
        })
        .collect()
}

/// The lines of `carried` versions, in the registry's order. A line that is published keeps what it says: the
/// registry may change `yanked` and nothing else.
pub(super) fn merge(
    name: &str,
    published: &[Line],
    registry: &[Line],
    carried: &BTreeSet<String>,
) -> Result<Vec<u8>, Error> {
    let in_registry = |line: &&Line| registry.iter().any(|other| other.version == line.version);
    let mut merged: Vec<&Line> = published.iter().filter(|line| !in_registry(line)).collect();
    for line in registry {
        let before = published.iter().find(|before| before.version == line.version);
        if before.is_some_and(|before| !differ_in_yanked_only(before, line)) {
            return Err(Error::Crate {
                name: name.to_owned(),
                version: line.version.clone(),
                reason: "the registry has changed its index line since it was published here".to_owned(),
            });
        }
        if before.is_some() || carried.contains(&line.version) {
            merged.push(line);
        }
    }
    Ok(merged.into_iter().flat_map(|line| [line.text.as_bytes(), b"\n"].concat()).collect())
}

impl Line {
    /// Name and line, or none where the registry writes it in a way that is not understood here.
    fn read(text: &[u8]) -> Result<Option<(String, Self)>, String> {
        let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
        match serde_json::from_str::<Fields>(text) {
            Ok(Fields { name, vers, cksum }) => {
                Ok(Some((name, Self { text: text.to_owned(), version: vers, checksum: cksum })))
            }
            Err(error) if error.is_data() => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn differ_in_yanked_only(one: &Line, other: &Line) -> bool {
    let fields = |line: &Line| {
        let mut fields: Map<String, Value> = serde_json::from_str(&line.text).unwrap_or_default();
        fields.remove("yanked");
        fields
    };
    fields(one) == fields(other)
}
