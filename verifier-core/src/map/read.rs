//! The canonical text of a map file becomes a map.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::mapping::{Mapping, Pattern};
use super::{MappedRepository, RepositoryMap, name, place};
use crate::failure::Defect;
use crate::json::Cursor;
use crate::role::field;

/// Reads the whole map.
pub(super) fn map(text: &str) -> Result<RepositoryMap, Defect> {
    let mut cursor = Cursor::new(text, 0);
    cursor.object().ok_or(field("map", "an object"))?;
    let (mut listed, mut mapping) = (None, None);
    while let Some(name) = cursor.name() {
        if name.is("repositories") {
            listed = Some(repositories(&mut cursor)?);
        } else if name.is("mapping") {
            mapping = Some(cursor);
            cursor.skip();
        } else {
            cursor.skip();
        }
    }
    let repositories = listed.ok_or(Defect::MissingField("repositories"))?;
    let mappings = mappings(mapping.ok_or(Defect::MissingField("mapping"))?, &repositories)?;
    Ok(RepositoryMap { repositories, mappings, pinned: Vec::new() })
}

/// Reads the `repositories` object.
fn repositories(cursor: &mut Cursor<'_>) -> Result<Vec<MappedRepository>, Defect> {
    cursor.object().ok_or(field("repositories", "an object"))?;
    let mut repositories = Vec::new();
    let (mut folders, mut places) = (BTreeSet::new(), BTreeSet::new());
    while let Some(name) = cursor.name() {
        let name = name.plain();
        if !name::is_safe(&name) {
            return Err(field("repositories", "an object whose names are safe as names of folders"));
        }
        if !folders.insert(name.to_ascii_lowercase()) {
            return Err(field("repositories", "an object whose names differ by more than case"));
        }
        let urls = strings(cursor, "repositories", "an object of non-empty arrays of URLs")?;
        // By their spelling alone one repository would meet a threshold of two.
        // Inserted one by one: `collect` sorts first, which is kilobytes of code for each type.
        let mut distinct = BTreeSet::new();
        distinct.extend(urls.iter().map(|url| place::of(url)));
        if distinct.into_iter().any(|place| !places.insert(place)) {
            return Err(field("repositories", "an object in which no two repositories have a URL in common"));
        }
        repositories.push(MappedRepository { name: name.into(), urls });
    }
    Ok(repositories)
}

/// Reads the `mapping` array.
fn mappings(mut cursor: Cursor<'_>, known: &[MappedRepository]) -> Result<Vec<Mapping>, Defect> {
    cursor.array().ok_or(field("mapping", "an array"))?;
    let mut mappings = Vec::new();
    while cursor.item() {
        mappings.push(read_mapping(&mut cursor, known)?);
    }
    Ok(mappings)
}

fn read_mapping(cursor: &mut Cursor<'_>, known: &[MappedRepository]) -> Result<Mapping, Defect> {
    cursor.object().ok_or(field("mapping", "an array of objects"))?;
    let (mut patterns, mut repositories, mut threshold, mut terminating) = (None, None, None, None);
    while let Some(name) = cursor.name() {
        if name.is("paths") {
            patterns = Some(read_patterns(cursor)?);
        } else if name.is("repositories") {
            repositories = Some(asked(cursor, known)?);
        } else if name.is("threshold") {
            threshold = Some(cursor.unsigned().ok_or(THRESHOLD)?);
        } else if name.is("terminating") {
            terminating = Some(cursor.boolean().ok_or(field("terminating", "a boolean"))?);
        } else {
            cursor.skip();
        }
    }
    let repositories = repositories.ok_or(Defect::MissingField("repositories"))?;
    let threshold = threshold.ok_or(Defect::MissingField("threshold"))?;
    if threshold == 0 || usize::try_from(threshold).map_or(true, |threshold| threshold > repositories.len()) {
        return Err(THRESHOLD);
    }
    Ok(Mapping {
        patterns: patterns.ok_or(Defect::MissingField("paths"))?,
        repositories,
        threshold,
        terminating: terminating.ok_or(Defect::MissingField("terminating"))?,
    })
}

const THRESHOLD: Defect = Defect::Field {
    field: "threshold",
    expected: "an integer from 1 to the number of repositories of the mapping",
};

fn read_patterns(cursor: &mut Cursor<'_>) -> Result<Vec<Pattern>, Defect> {
    let expected = "a non-empty array of path patterns, each of which covers a target path";
    let patterns = strings(cursor, "paths", expected)?;
    let read: Option<Vec<_>> = patterns.iter().map(|pattern| Pattern::read(pattern)).collect();
    read.ok_or(field("paths", expected))
}

/// Reads the names of the repositories that a mapping asks.
fn asked(cursor: &mut Cursor<'_>, known: &[MappedRepository]) -> Result<Vec<Box<str>>, Defect> {
    let expected = "a non-empty array of distinct repositories of the map";
    let names = strings(cursor, "repositories", expected)?;
    let mut distinct: BTreeSet<&str> = BTreeSet::new();
    distinct.extend(names.iter().map(|name| &**name));
    let is_known = |name: &&str| known.binary_search_by(|repository| (*repository.name).cmp(name)).is_ok();
    match distinct.len() == names.len() && distinct.iter().all(is_known) {
        true => Ok(names),
        false => Err(field("repositories", expected)),
    }
}

/// Reads a non-empty array of strings.
fn strings(
    cursor: &mut Cursor<'_>,
    name: &'static str,
    expected: &'static str,
) -> Result<Vec<Box<str>>, Defect> {
    let mut strings = Vec::new();
    cursor.array().ok_or(field(name, expected))?;
    while cursor.item() {
        strings.push(cursor.string().ok_or(field(name, expected))?.plain().into());
    }
    if strings.is_empty() { Err(field(name, expected)) } else { Ok(strings) }
}
