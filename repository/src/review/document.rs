//! What every document has: a version, an expiry, fields that are not known here; and what documents list of each other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::change::{Change, ChangeKind, Severity};
use super::{Documents, expiry};
use crate::metadata::{
    MetaFile, Metadata, ROOT, Root, SNAPSHOT, Snapshot, TARGETS, TIMESTAMP, TOP_LEVEL, Targets, Timestamp,
};

/// A jump over so many versions is no publisher's: what is left after it is soon used up.
const JUMP: u64 = 1_000_000;

/// Characters of an unknown field's value that are shown.
const SHOWN: usize = 120;

pub(super) fn compare(before: &Documents, after: &Documents, found: &mut Vec<Change>) {
    compare_one(ROOT, before.root.as_ref(), after.root.as_ref(), found);
    if let (Some(old), Some(new)) = (&before.root, &after.root) {
        found.extend(consistent_snapshot(old.consistent_snapshot, new.consistent_snapshot));
    }
    compare_one(TIMESTAMP, before.timestamp.as_ref(), after.timestamp.as_ref(), found);
    if let (Some(old), Some(new)) = (&before.timestamp, &after.timestamp) {
        compare_listed(TIMESTAMP, &old.meta, &new.meta, found);
    }
    compare_one(SNAPSHOT, before.snapshot.as_ref(), after.snapshot.as_ref(), found);
    if let (Some(old), Some(new)) = (&before.snapshot, &after.snapshot) {
        compare_listed(SNAPSHOT, &old.meta, &new.meta, found);
    }
    // The top-level role first, then the delegated ones by name.
    let delegated = before.targets.keys().chain(after.targets.keys()).filter(|role| *role != TARGETS);
    let delegated: BTreeSet<&str> = delegated.map(String::as_str).collect();
    for role in std::iter::once(TARGETS).chain(delegated) {
        compare_one(role, before.targets.get(role), after.targets.get(role), found);
    }
}

/// The fields that the four kinds of documents share.
trait Document: Metadata + PartialEq {
    fn spec_version(&self) -> &str;
    fn unrecognized(&self) -> &Map<String, Value>;
}

macro_rules! documents {
    ($($document:ty),+) => {$(
        impl Document for $document {
            fn spec_version(&self) -> &str {
                &self.spec_version
            }

            fn unrecognized(&self) -> &Map<String, Value> {
                &self.unrecognized
            }
        }
    )+};
}

documents!(Root, Timestamp, Snapshot, Targets);

fn compare_one<D: Document>(role: &str, old: Option<&D>, new: Option<&D>, found: &mut Vec<Change>) {
    match (old, new) {
        (None, None) => {}
        (None, Some(new)) => {
            let added = Change::new(role, ChangeKind::DocumentAdded, Severity::Notice).after(new.version());
            found.push(added);
        }
        (Some(old), None) => {
            let severity = if TOP_LEVEL.contains(&role) { Severity::Danger } else { Severity::Notice };
            found.push(Change::new(role, ChangeKind::DocumentRemoved, severity).before(old.version()));
        }
        (Some(old), Some(new)) => {
            found.extend(version(role, old, new));
            found.extend(expiry::compare(role, old.expires(), new.expires()));
            found.extend(spec_version(role, old.spec_version(), new.spec_version()));
            found.extend(unknown_fields(role, old.unrecognized(), new.unrecognized()));
        }
    }
}

fn version<D: Document>(role: &str, old: &D, new: &D) -> Option<Change> {
    let (before, after) = (old.version(), new.version());
    let (kind, severity) = match after.checked_sub(before) {
        None => (ChangeKind::VersionLowered, Severity::Danger),
        Some(0) if old == new => return None,
        Some(0) => (ChangeKind::SameVersion, Severity::Danger),
        Some(JUMP..) => (ChangeKind::VersionJumped, Severity::Danger),
        Some(_) => (ChangeKind::Version, Severity::Info),
    };
    Some(Change::new(role, kind, severity).before(before).after(after))
}

fn spec_version(role: &str, old: &str, new: &str) -> Option<Change> {
    let major = |version: &'_ str| version.split('.').next().map(str::to_owned);
    // Clients refuse a major version that they do not know.
    let severity = if major(old) == major(new) { Severity::Info } else { Severity::Danger };
    (old != new).then(|| Change::new(role, ChangeKind::SpecVersion, severity).before(old).after(new))
}

/// Without consistent snapshots, a client that reads during a publish sees old and new files together.
fn consistent_snapshot(old: bool, new: bool) -> Option<Change> {
    let severity = if new { Severity::Notice } else { Severity::Danger };
    (old != new).then(|| Change::new(ROOT, ChangeKind::ConsistentSnapshot, severity).before(old).after(new))
}

fn unknown_fields(role: &str, old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<Change> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    let changes = changed.map(|name| {
        let mut change = Change::new(role, ChangeKind::UnknownField, Severity::Info).subject(name);
        change.before = old.get(name).map(shortened);
        change.after = new.get(name).map(shortened);
        change
    });
    changes.collect()
}

/// The beginning of a value's JSON.
fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Files that timestamp or snapshot metadata lists. A higher version is told by the file's own document.
fn compare_listed(
    role: &str,
    old: &BTreeMap<String, MetaFile>,
    new: &BTreeMap<String, MetaFile>,
    found: &mut Vec<Change>,
) {
    let listed = |kind, severity, file: &String| Change::new(role, kind, severity).subject(file);
    for (file, before) in old {
        let Some(after) = new.get(file) else {
            found.push(listed(ChangeKind::FileUnlisted, Severity::Danger, file).before(before.version));
            continue;
        };
        if after.version < before.version {
            let lowered = listed(ChangeKind::ListedVersionLowered, Severity::Danger, file);
            found.push(lowered.before(before.version).after(after.version));
        }
        if let (Some(length), None) = (before.length, after.length) {
            found.push(listed(ChangeKind::ListedLengthRemoved, Severity::Notice, file).before(length));
        }
    }
    let added = new.iter().filter(|(file, _)| !old.contains_key(*file));
    found.extend(
        added.map(|(file, after)| listed(ChangeKind::FileListed, Severity::Info, file).after(after.version)),
    );
}
