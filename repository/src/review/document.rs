//! What every document has: a version, an expiry, fields that are not known here; and what documents list of each other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::change::{Change, ChangeKind, Severity};
use super::{Documents, expiry};
use crate::metadata::{
    DelegatedRoles, Key, MetaFile, Metadata, ROOT, Root, SNAPSHOT, Snapshot, TARGETS, TIMESTAMP, TOP_LEVEL,
    Targets, Timestamp, sha256_hex,
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

    /// The fields that are not known here of every object of the document, by the place of the object: empty for the
    /// document itself, otherwise such as `roles.timestamp.`. Targets are compared elsewhere.
    fn unrecognized(&self) -> Objects<'_>;
}

/// Fields by the place of the object that has them.
type Objects<'d> = BTreeMap<String, Vec<(&'d String, &'d Value)>>;

macro_rules! documents {
    ($($document:ty: $objects:ident),+) => {$(
        impl Document for $document {
            fn spec_version(&self) -> &str {
                &self.spec_version
            }

            fn unrecognized(&self) -> Objects<'_> {
                let mut objects = $objects(self);
                objects.insert(String::new(), self.unrecognized.iter().collect());
                objects
            }
        }
    )+};
}

documents!(Root: of_root, Timestamp: of_timestamp, Snapshot: of_snapshot, Targets: of_targets);

fn of_root(root: &Root) -> Objects<'_> {
    let roles = root.roles.iter();
    let mut objects: Objects<'_> =
        roles.map(|(name, role)| (format!("roles.{name}."), role.unrecognized.iter().collect())).collect();
    objects.extend(of_keys("keys.", &root.keys));
    objects
}

fn of_timestamp(timestamp: &Timestamp) -> Objects<'_> {
    of_meta(&timestamp.meta)
}

fn of_snapshot(snapshot: &Snapshot) -> Objects<'_> {
    of_meta(&snapshot.meta)
}

fn of_meta(meta: &BTreeMap<String, MetaFile>) -> Objects<'_> {
    meta.iter().map(|(name, file)| (format!("meta.{name}."), file.unrecognized.iter().collect())).collect()
}

fn of_targets(targets: &Targets) -> Objects<'_> {
    let of = "delegations.";
    let Some(delegations) = &targets.delegations else {
        return Objects::from([(of.to_owned(), Vec::new())]);
    };
    let of_key_table = match &delegations.roles {
        DelegatedRoles::MultiRole(_) => "keys_for_delegations.",
        DelegatedRoles::Roles(_) | DelegatedRoles::SuccinctRoles(_) => "delegations.keys.",
    };
    let mut objects: Objects<'_> = of_keys(of_key_table, &delegations.keys).collect();
    objects.insert(of.to_owned(), delegations.unrecognized.iter().collect());
    match &delegations.roles {
        DelegatedRoles::Roles(roles) => objects.extend(
            roles
                .iter()
                .map(|role| (format!("{of}roles.{}.", role.name), role.unrecognized.iter().collect())),
        ),
        DelegatedRoles::MultiRole(list) => objects.extend(list.iter().flat_map(|delegation| {
            let place = format!("{of}{}.", delegation.name);
            let roles = delegation.roleinfo.iter().map({
                let place = place.clone();
                move |role| {
                    (format!("{place}roleinfo.{}.", role.rolename), role.unrecognized.iter().collect())
                }
            });
            roles.chain([(place, delegation.unrecognized.iter().collect())])
        })),
        DelegatedRoles::SuccinctRoles(bins) => {
            objects.insert(format!("{of}succinct_roles."), bins.unrecognized.iter().collect());
        }
    }
    objects
}

fn of_keys<'d>(
    of: &str,
    keys: &'d BTreeMap<String, Key>,
) -> impl Iterator<Item = (String, Vec<(&'d String, &'d Value)>)> {
    keys.iter().flat_map(move |(keyid, key)| {
        let place = format!("{of}{keyid}.");
        let public = (format!("{place}keyval."), key.keyval.unrecognized.iter().collect());
        [(place, key.unrecognized.iter().collect()), public]
    })
}

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
            found.extend(unknown_fields(role, &old.unrecognized(), &new.unrecognized()));
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

/// The fields of an object that is gone are not told: its removal is.
fn unknown_fields(role: &str, old: &Objects<'_>, new: &Objects<'_>) -> Vec<Change> {
    let nothing = Vec::new();
    let mut found = Vec::new();
    for (place, after) in new {
        let before: BTreeMap<_, _> = old.get(place).unwrap_or(&nothing).iter().copied().collect();
        let after: BTreeMap<_, _> = after.iter().copied().collect();
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).copied().collect();
        for name in names.into_iter().filter(|name| before.get(name) != after.get(name)) {
            let subject = format!("{place}{name}");
            let mut change = Change::new(role, ChangeKind::UnknownField, Severity::Info).subject(subject);
            change.before = before.get(name).copied().map(shortened);
            change.after = after.get(name).copied().map(shortened);
            found.push(change);
        }
    }
    found
}

/// A value's JSON, or its beginning and the digest of all of it: two values that differ after that do not look alike to those
/// who sign.
fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => {
            let begins = text.get(..end).unwrap_or_default();
            format!("{begins}… (SHA-256 {})", sha256_hex(text.as_bytes()))
        }
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
