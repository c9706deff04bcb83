//! Targets that were added, removed or changed, grouped by role.

use super::Documents;
use super::change::{Change, ChangeKind, Severity};
use crate::metadata::{TargetFile, Targets};

pub(super) fn compare(before: &Documents, after: &Documents, found: &mut Vec<Change>) {
    let mut roles: Vec<&String> = before.targets.keys().chain(after.targets.keys()).collect();
    roles.sort();
    roles.dedup();
    let nothing = Targets::empty();
    for role in roles {
        let old = before.targets.get(role).unwrap_or(&nothing);
        let new = after.targets.get(role).unwrap_or(&nothing);
        compare_role(role, old, new, found);
    }
}

fn compare_role(role: &str, old: &Targets, new: &Targets, found: &mut Vec<Change>) {
    let (mut added, mut changed, mut described) = (Vec::new(), Vec::new(), Vec::new());
    for (path, target) in &new.targets {
        match old.targets.get(path) {
            None => added.push(path.clone()),
            Some(before) if before == target => {}
            Some(before) if is_same_file(before, target) => described.push(path.clone()),
            Some(_) => changed.push(path.clone()),
        }
    }
    let removed = old.targets.keys().filter(|path| !new.targets.contains_key(*path)).cloned().collect();
    let groups = [
        (ChangeKind::TargetsAdded, Severity::Info, added),
        (ChangeKind::TargetsRemoved, Severity::Notice, removed),
        (ChangeKind::TargetsChanged, Severity::Notice, changed),
        (ChangeKind::TargetsDescription, Severity::Info, described),
    ];
    let groups = groups.into_iter().filter(|(.., paths)| !paths.is_empty());
    found.extend(groups.map(|(kind, severity, paths)| Change::new(role, kind, severity).paths(paths)));
}

/// Whether both are the same bytes: by length and by every digest that both have, of which there must be one.
fn is_same_file(one: &TargetFile, other: &TargetFile) -> bool {
    let mut common = one.hashes.iter().filter_map(|(algorithm, digest)| {
        other.hashes.get(algorithm).map(|other| digest.eq_ignore_ascii_case(other))
    });
    let first = common.next().unwrap_or(false);
    one.length == other.length && first && common.all(|same| same)
}
