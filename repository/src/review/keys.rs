//! Keys and thresholds: who may sign for what.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, ChangeKind, Severity};
use super::duties::{Duty, Materials, Place, duties, is_online, roles_of_keys};
use super::{Documents, KeyNames};
use crate::metadata::{Key, ROOT, RotatedKeys, TARGETS};

pub(super) fn compare(before: &Documents, after: &Documents, names: &KeyNames, found: &mut Vec<Change>) {
    let (of_old, of_new) = (Materials::of(before), Materials::of(after));
    let (old, new) = (duties(before, &of_old), duties(after, &of_new));
    let places: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    found.extend(rotated(before, after, names));
    for place in places {
        // What a rotate file changed is no decision of the delegator.
        let count = |documents: &Documents| documents.rotated.get(&place.1).map(|keys| keys.rotations);
        let has_rotated = count(before) != count(after);
        let own = (None, place.1.clone());
        match (old.get(place), new.get(place)) {
            (Some(old), Some(new)) if has_rotated => compare_duty(&own, old, new, names, found),
            (Some(_), None) if has_rotated => {}
            (None, Some(new)) => {
                found.push(change(place, ChangeKind::RoleAdded, Severity::Notice).after(summary(new, names)));
                found.extend(weaknesses(place, new, names));
            }
            (Some(old), None) => {
                let severity = if place.0.is_none() { Severity::Danger } else { Severity::Notice };
                found.push(change(place, ChangeKind::RoleRemoved, severity).before(summary(old, names)));
            }
            (Some(old), Some(new)) => compare_duty(place, old, new, names, found),
            (None, None) => {}
        }
    }
    found.extend(moved(&old, &new, names));
}

/// Roles that have rotated their own keys (TAP 8), or revoked themselves (TAP 20).
fn rotated(before: &Documents, after: &Documents, names: &KeyNames) -> Vec<Change> {
    let is_new = |role: &str, keys: &RotatedKeys| before.rotated.get(role) != Some(keys);
    let new = after.rotated.iter().filter(|(role, keys)| is_new(role, keys));
    let change = |(role, rotated): (&String, &RotatedKeys)| match rotated.is_revoked {
        true => Change::new(role, ChangeKind::RevokedItself, Severity::Danger)
            .subject(rotated.rotations.to_string()),
        false => {
            let RotatedKeys { rotations, keyids, keys, threshold, .. } = rotated;
            let summary = described(keyids, *threshold, keys, names);
            let rotated = Change::new(role, ChangeKind::RotatedItself, Severity::Notice);
            rotated.subject(rotations.to_string()).after(summary)
        }
    };
    new.map(change).collect()
}

fn change(place: &Place<'_>, kind: ChangeKind, severity: Severity) -> Change {
    Change::new(&place.1, kind, severity).delegated_by(place.0)
}

/// `threshold 2 of 3: alice (0123abcd, ed25519), …`
fn summary(duty: &Duty<'_>, names: &KeyNames) -> String {
    described(duty.keyids, duty.threshold, duty.keys, names)
}

fn described(keyids: &[String], threshold: u64, keys: &BTreeMap<String, Key>, names: &KeyNames) -> String {
    let described: Vec<_> = keyids.iter().map(|keyid| names.describe(keyid, keys.get(keyid))).collect();
    format!("threshold {threshold} of {}: {}", keyids.len(), described.join(", "))
}

fn compare_duty(
    place: &Place<'_>,
    old: &Duty<'_>,
    new: &Duty<'_>,
    names: &KeyNames,
    found: &mut Vec<Change>,
) {
    let threshold = match new.threshold.cmp(&old.threshold) {
        std::cmp::Ordering::Less => Some((ChangeKind::ThresholdLowered, Severity::Danger)),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some((ChangeKind::ThresholdRaised, Severity::Notice)),
    };
    found
        .extend(threshold.map(|(kind, severity)| {
            change(place, kind, severity).before(old.threshold).after(new.threshold)
        }));
    found.extend(compare_keys(place, old, new, names));
    let known: Vec<_> = weaknesses(place, old, names);
    found.extend(weaknesses(place, new, names).into_iter().filter(|weakness| !known.contains(weakness)));
}

/// Keys that came and went. A public key that only got another keyid is neither.
fn compare_keys(place: &Place<'_>, old: &Duty<'_>, new: &Duty<'_>, names: &KeyNames) -> Vec<Change> {
    let mut found = Vec::new();
    let (old_ids, new_ids): (BTreeSet<_>, BTreeSet<_>) =
        (old.keyids.iter().collect(), new.keyids.iter().collect());
    let describe = |duty: &Duty<'_>, keyid: &str| names.describe(keyid, duty.keys.get(keyid));
    let both = old_ids.intersection(&new_ids);
    found.extend(both.filter_map(|keyid| compare_key(place, keyid, old, new, names)));
    let mut come: BTreeSet<&String> = new_ids.difference(&old_ids).copied().collect();
    let by_material: BTreeMap<&[u8], &String> =
        come.iter().filter_map(|keyid| Some((new.material(keyid)?, *keyid))).collect();
    let mut gone = Vec::new();
    for keyid in old_ids.difference(&new_ids) {
        let same = old.material(keyid).and_then(|material| by_material.get(material));
        match same.filter(|other| come.remove(**other)) {
            None => gone.push(*keyid),
            Some(other) => {
                let is_used_alike = matches!(
                    (old.keys.get(*keyid), new.keys.get(*other)),
                    (Some(was), Some(is)) if was.is_used_as(is)
                );
                // One public key under another type or scheme is another key to a client.
                let severity = if is_used_alike { Severity::Info } else { Severity::Danger };
                let renamed = change(place, ChangeKind::KeyidChanged, severity);
                found.push(renamed.before(describe(old, keyid)).after(describe(new, other)));
            }
        }
    }
    let come: Vec<&String> = come.into_iter().collect();
    // One for one is a replacement. With more of them, nothing says which key follows which.
    if let ([old_key], [new_key]) = (&gone[..], &come[..]) {
        let replaced = change(place, ChangeKind::KeyReplaced, Severity::Notice);
        found.push(replaced.before(describe(old, old_key)).after(describe(new, new_key)));
        return found;
    }
    let one = |kind| change(place, kind, Severity::Notice);
    found.extend(gone.iter().map(|keyid| one(ChangeKind::KeyRemoved).before(describe(old, keyid))));
    found.extend(come.iter().map(|keyid| one(ChangeKind::KeyAdded).after(describe(new, keyid))));
    found
}

/// The key of a keyid that was there before.
fn compare_key(
    place: &Place<'_>,
    keyid: &str,
    old: &Duty<'_>,
    new: &Duty<'_>,
    names: &KeyNames,
) -> Option<Change> {
    let key = |severity| {
        let key = change(place, ChangeKind::KeyContents, severity);
        key.subject(names.describe(keyid, new.keys.get(keyid)))
    };
    if old.material(keyid) != new.material(keyid) {
        return Some(key(Severity::Danger));
    }
    let (was, is) = (old.keys.get(keyid)?, new.keys.get(keyid)?);
    // Another type or scheme is another key to a client.
    if !was.is_used_as(is) {
        let scheme = change(place, ChangeKind::KeyScheme, Severity::Danger);
        return Some(scheme.subject(names.short(keyid)).before(kind_of(was)).after(kind_of(is)));
    }
    // Not every client reads every spelling.
    let [before, after] = [was, is].map(|key| key.keyval.public.trim());
    (before != after).then(|| key(Severity::Notice).before(before).after(after))
}

/// `ed25519`, or `rsa with rsassa-pss-sha256` if the scheme has another name than the type.
fn kind_of(key: &Key) -> String {
    match key.keytype == key.scheme {
        true => key.scheme.clone(),
        false => format!("{} with {}", key.keytype, key.scheme),
    }
}

/// What is wrong with the keys of a role, whatever they were before.
fn weaknesses(place: &Place<'_>, duty: &Duty<'_>, names: &KeyNames) -> Vec<Change> {
    let mut found = Vec::new();
    let distinct = duty.distinct();
    if usize::try_from(duty.threshold).map_or(true, |threshold| threshold > distinct) {
        let keys = format!("{distinct} {}", if distinct == 1 { "key" } else { "keys" });
        let unreachable = change(place, ChangeKind::ThresholdUnreachable, Severity::Danger);
        found.push(unreachable.subject(keys).after(duty.threshold));
    }
    let mut same: BTreeMap<&[u8], Vec<&String>> = BTreeMap::new();
    for (keyid, material) in duty.materials() {
        same.entry(material).or_default().push(keyid);
    }
    for keyids in same.into_values().filter(|keyids| keyids.len() > 1) {
        let keyids: Vec<_> = keyids.into_iter().map(|keyid| names.short(keyid)).collect();
        let twice = change(place, ChangeKind::KeyCountedTwice, Severity::Danger);
        found.push(twice.subject(keyids.join(" and ")));
    }
    found
}

/// Public keys that sign for a role that they did not sign for, and for another one: one change a key.
fn moved(
    old: &BTreeMap<Place<'_>, Duty<'_>>,
    new: &BTreeMap<Place<'_>, Duty<'_>>,
    names: &KeyNames,
) -> Vec<Change> {
    let (before, after) = (roles_of_keys(old), roles_of_keys(new));
    let described: BTreeMap<&[u8], String> = new
        .values()
        .flat_map(|duty| duty.materials().map(|(keyid, material)| (material, keyid, duty.keys.get(keyid))))
        .map(|(material, keyid, key)| (material, names.describe(keyid, key)))
        .collect();
    let nowhere = BTreeSet::new();
    let keys = after.iter().filter_map(|(material, has)| {
        let had = before.get(material).unwrap_or(&nowhere);
        Holding { had, has }.change(described.get(material)?)
    });
    keys.collect()
}

/// The roles that a public key signed for, and those that it signs for now.
struct Holding<'r> {
    had: &'r BTreeSet<String>,
    has: &'r BTreeSet<String>,
}

impl Holding<'_> {
    fn change(&self, key: &str) -> Option<Change> {
        let gained: Vec<&String> = self.has.difference(self.had).collect();
        let lost: Vec<&String> = self.had.difference(self.has).collect();
        let first = gained.first()?;
        if Self::exposed(self.has) && !Self::exposed(self.had) {
            let role = self.has.iter().find(|role| is_protected(role))?;
            let online = join(self.has.iter().filter(|role| is_online(role)));
            let shared = Change::new(role, ChangeKind::KeySharedOnline, Severity::Danger);
            return Some(shared.subject(key).after(online));
        }
        if !lost.is_empty() {
            let exposed =
                lost.iter().any(|role| is_online(role)) && gained.iter().any(|role| is_protected(role));
            let severity = if exposed { Severity::Danger } else { Severity::Notice };
            let moved = Change::new(first, ChangeKind::KeyMoved, severity);
            return Some(moved.subject(key).before(join(lost)));
        }
        let others: Vec<&String> = self.has.iter().filter(|role| role != first).collect();
        if others.is_empty() {
            return None;
        }
        // One online key for timestamp and snapshot is what most repositories have.
        let severity =
            if self.has.iter().all(|role| is_online(role)) { Severity::Info } else { Severity::Notice };
        Some(Change::new(first, ChangeKind::KeyShared, severity).subject(key).after(join(others)))
    }

    /// Whether one key is both where the server is and where nobody but a person should reach it.
    fn exposed(roles: &BTreeSet<String>) -> bool {
        roles.iter().any(|role| is_online(role)) && roles.iter().any(|role| is_protected(role))
    }
}

/// Whether keys of a role belong offline: with them, a thief gives clients any target.
fn is_protected(role: &str) -> bool {
    [ROOT, TARGETS].contains(&role)
}

fn join<'r>(roles: impl IntoIterator<Item = &'r String>) -> String {
    let roles: Vec<&str> = roles.into_iter().map(String::as_str).collect();
    roles.join(", ")
}
