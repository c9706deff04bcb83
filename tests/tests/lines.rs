//! Lines of roots: a pinned root either lies on the chain of the store's roots, or changes nothing there.

use crate::store::at_version_3;
use std::collections::BTreeMap;
use tuf_tests::expected::{arbitrary_software, other_root_line, rollback};
use tuf_tests::{Authority, Device, Drive, Event, Key, Mirror, Repository};

use tuf_verifier_core::{Access, Failure, line_files, seed_line};

const ROLES: [&str; 4] = ["root", "timestamp", "snapshot", "targets"];

/// A repository with keys of its own, whose newest root has this version.
fn other_line(version: u64) -> Repository {
    let mut other = Repository::new();
    for role in ROLES {
        other.rotate(role, Authority::one(&format!("another {role}")));
    }
    other.root.version = version;
    other.sign_with("root", &[Key::new("another root")]).write_root().publish();
    other
}

fn root(repository: &Repository, version: u64) -> Vec<u8> {
    repository.mirror.file(&format!("{version}.root.json")).to_vec()
}

/// Root 3, after every key of root 1 was revoked; and what those revoked keys sign, with root 1 as the newest root.
fn revoked() -> (Repository, Repository) {
    let mut honest = Repository::new();
    let mut forged = honest.clone();
    for role in ROLES {
        honest.rotate(role, Authority::one(&format!("{role} of root 2")));
    }
    honest.next_root().next_root().release();
    for _ in 0..5 {
        forged.release();
    }
    (honest, forged)
}

type Damage = fn(&mut Device);

/// What may become of a store that has root 3 under a pinned root 1.
const DAMAGES: [(&str, Damage); 3] = [
    ("one flipped bit", |device| {
        let file = device.store.get_mut("root_history/2.root.json").unwrap();
        let middle = file.len() / 2;
        file[middle] ^= 1;
    }),
    ("a lost file", |device| _ = device.store.remove("root_history/2.root.json")),
    ("a store of tuf-js", |device| {
        device.store.retain(|name, _| !name.starts_with("root_history/") && !name.starts_with("floors/"));
    }),
];

#[test]
fn rejects_revoked_keys_where_the_history_is_damaged() {
    let (honest, forged) = revoked();
    for (damage, spoil) in DAMAGES {
        let mut device = Device::refreshed(&honest);
        spoil(&mut device);
        let before = device.store.clone();
        assert_eq!(
            device.refresh(&forged.mirror).unwrap_err(),
            rollback("root", "root", 3, Some(1)),
            "{damage}"
        );
        assert!(device.store == before, "{damage}: the store has changed");
        let report = device.refresh(&honest.mirror).unwrap();
        assert_eq!((report.root.version, report.timestamp.version), (3, 2), "{damage}");
        assert_eq!(device.stored("root_history/2.root.json"), root(&honest, 2), "{damage}: healed");
    }
}

#[test]
fn rejects_roots_that_revoked_keys_sign_in_place_of_withheld_ones() {
    let (honest, forged) = revoked();
    for roots in 1..=3 {
        let mut forged = forged.clone();
        for _ in 0..roots {
            forged.next_root();
        }
        for (damage, spoil) in DAMAGES {
            let mut device = Device::refreshed(&honest);
            spoil(&mut device);
            let before = device.store.clone();
            // The second root of the forged chain is where the store's third one must follow.
            assert_eq!(device.refresh(&forged.mirror).unwrap_err(), other_root_line(3, 1), "{damage}");
            assert!(device.store == before, "{damage}: the store has changed");
            assert_eq!(device.refresh(&honest.mirror).unwrap().root.version, 3, "{damage}");
        }
    }
}

#[test]
fn recovers_from_a_forged_root_by_another_mirror_in_the_same_cycle() {
    let (honest, mut forged) = revoked();
    forged.next_root();
    let mut device = Device::refreshed(&honest);
    device.store.remove("root_history/2.root.json");
    let mut drive = device.start().unwrap();
    assert_eq!(drive.refresh(&forged.mirror).unwrap_err(), other_root_line(3, 1));
    assert_eq!(drive.refresh(&honest.mirror).unwrap().root.version, 3);
}

#[test]
fn writes_nothing_before_the_chain_contains_the_mark() {
    let mut repository = Repository::new();
    for _ in 0..4 {
        repository.next_root();
    }
    let mut device = Device::refreshed(&repository);
    device.store.retain(|name, _| !name.starts_with("root_history/"));
    let withheld = repository.mirror.clone().withholding("4.root.json");
    let before = device.store.clone();
    assert_eq!(device.refresh(&withheld).unwrap_err(), rollback("root", "root", 5, Some(3)));
    assert!(device.store == before);
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert_eq!(drive.fetched()[..4], ["2.root.json", "3.root.json", "4.root.json", "6.root.json"]);
    for version in 1..=5 {
        assert_eq!(device.stored(&format!("root_history/{version}.root.json")), root(&repository, version));
    }
}

/// The versions that the store's history was asked for, in order.
fn recalled(drive: &Drive<'_>) -> Vec<u64> {
    let version = |event: &Event| match event {
        Event::Load(name) => name.strip_prefix("root_history/")?.strip_suffix(".root.json")?.parse().ok(),
        _ => None,
    };
    drive.transcript.iter().filter_map(version).collect()
}

#[test]
fn asks_the_history_for_no_version_after_one_that_it_lacks() {
    let mut repository = Repository::new();
    repository.next_root().next_root().publish();
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    assert_eq!(drive.refresh(&repository.mirror).unwrap().root.version, 3);
    assert_eq!(recalled(&drive), [1, 2]);
}

/// By the pinned version in its history the store is told from one of another line, also where a cycle ends early.
#[test]
fn records_the_pinned_root_as_soon_as_the_chain_contains_the_mark() {
    let (repository, mut device) = at_version_3();
    device.store.retain(|name, _| !name.starts_with("root_history/"));
    let withheld = repository.mirror.clone().withholding("timestamp.json");
    assert_eq!(device.refresh(&withheld).unwrap_err().code(), "missing-metadata");
    for version in 1..=2 {
        assert_eq!(device.stored(&format!("root_history/{version}.root.json")), root(&repository, version));
    }
}

#[test]
fn heals_a_gap_that_is_longer_than_the_limit_of_one_cycle() {
    let mut repository = Repository::new();
    for _ in 0..6 {
        repository.next_root();
    }
    let mut device = Device::refreshed(&repository);
    device.store.retain(|name, _| !name.starts_with("root_history/"));
    device.settings.max_root_updates = 2;
    assert_eq!(device.refresh(&repository.mirror).unwrap().root.version, 7);
}

#[test]
fn rejects_a_pinned_root_of_another_line() {
    let (_, healthy) = at_version_3();
    for version in 1..=4 {
        let other = other_line(version);
        let mut device = healthy.clone();
        device.pinned = root(&other, version);
        assert_eq!(device.refresh(&other.mirror).unwrap_err(), other_root_line(2, version));
        assert!(device.store == healthy.store, "version {version}: the store has changed");
    }
}

/// A crafted root of any version that leads to the mark, which a person pinned once. It stays in the history, and says nothing
/// about the root that is pinned now: the mark decides.
#[test]
fn accepts_the_pinned_root_after_crafted_ones_that_led_to_the_mark() {
    let (mut repository, healthy) = at_version_3();
    repository.next_root().release();
    for crafted_version in 1..=2 {
        let mut device = healthy.clone();
        device.refresh(&repository.mirror).unwrap();
        let genuine = device.store.clone();
        let crafted = root(&crafted(&repository, crafted_version), crafted_version);
        device.pinned = crafted.clone();
        let name = format!("root_history/{crafted_version}.root.json");
        let report = device.refresh(&repository.mirror).unwrap();
        assert_eq!((report.root.version, report.timestamp.version), (3, 4));
        assert_eq!(device.stored(&name), crafted);
        let poisoned = device.store.clone();
        for version in 1..=3 {
            device.store = poisoned.clone();
            device.pinned = root(&repository, version);
            assert_eq!(device.refresh(&repository.mirror).unwrap().root.version, 3);
            if version <= crafted_version {
                assert!(device.store == genuine, "{name} is healed by version {version}");
            }
        }
    }
}

/// The revoked keys of root 1 signed a root 2 that the history has, and that does not lead to the mark.
#[test]
fn fetches_the_chain_again_where_the_history_leads_elsewhere() {
    let mut honest = Repository::new();
    let mut forged = honest.clone();
    for role in ROLES {
        honest.rotate(role, Authority::one(&format!("{role} of root 2")));
        forged.rotate(role, Authority::one(&format!("mallory's {role}")));
    }
    honest.next_root().release();
    forged.next_root();
    for roots in 0..=2 {
        let mut honest = honest.clone();
        for _ in 0..=roots {
            honest.next_root();
        }
        honest.release();
        let mut device = Device::refreshed(&honest);
        let genuine = device.store.clone();
        device.store.insert("root_history/2.root.json".into(), root(&forged, 2));
        let poisoned = device.store.clone();
        let version = honest.root.version;
        let expected = match roots {
            0 => other_root_line(version, 1),
            _ => rollback("root", "root", version, Some(2)),
        };
        assert_eq!(device.refresh(&forged.mirror).unwrap_err(), expected);
        assert!(device.store == poisoned, "the store has changed");
        let mut drive = device.start().unwrap();
        assert_eq!(drive.refresh(&honest.mirror).unwrap().root.version, version);
        let asked = match roots {
            0 => [1, 2, 3, 3, 4],
            1 => [1, 2, 3, 4, 5],
            _ => [1, 2, 3, 5, 6],
        };
        assert_eq!(recalled(&drive), asked, "of the history, the goal alone is asked for again");
        assert!(device.store == genuine, "it is healed");
    }
}

/// The history proves it: nothing need be withheld for that.
#[test]
fn rejects_another_root_than_the_history_has_of_the_pinned_version() {
    let (mut repository, mut device) = at_version_3();
    repository.next_root();
    device.refresh(&repository.mirror).unwrap();
    let other = other_line(1);
    device.pinned = root(&other, 1);
    assert_eq!(device.refresh(&other.mirror).unwrap_err(), other_root_line(3, 1));
}

/// The keys of root 1 signed two roots of version 2: the mark is one, the history has the other.
#[test]
fn rejects_a_history_that_has_another_root_of_the_marks_version() {
    let mut repository = Repository::new();
    let mut other = repository.clone();
    repository.next_root().release();
    let healthy = Device::refreshed(&repository);
    other.rotate("timestamp", Authority::one("another timestamp")).next_root().publish();
    let mut device = healthy.clone();
    device.store.insert("root_history/2.root.json".into(), root(&other, 2));
    let before = device.store.clone();
    for mirror in [&repository.mirror, &other.mirror] {
        assert_eq!(device.refresh(mirror).unwrap_err(), other_root_line(2, 1));
        assert!(device.store == before);
    }
}

/// Also where the pinned root is of the right line, and the repository of another.
#[test]
fn rejects_the_roots_of_another_line_between_mark_and_pinned_root() {
    let (mut repository, mut device) = at_version_3();
    repository.next_root().next_root();
    device.pinned = root(&repository, 4);
    let mut forged = repository.with_stolen_keys_of(&[]);
    forged.root.version = 3;
    forged.write_root();
    let before = device.store.clone();
    assert_eq!(device.refresh(&forged.mirror).unwrap_err(), other_root_line(2, 4));
    let withheld = repository.mirror.clone().withholding("3.root.json");
    assert_eq!(device.refresh(&withheld).unwrap_err(), other_root_line(2, 4));
    assert!(device.store == before);
    device.settings.max_root_updates = 0;
    assert_eq!(device.refresh(&repository.mirror).unwrap_err(), other_root_line(2, 4));
}

#[test]
fn rejects_another_line_whatever_is_left_of_the_store() {
    let (_, healthy) = at_version_3();
    let other = other_line(1);
    for lost in [
        &["root.json"][..],
        &["floors/root"],
        &["root.json", "root_history/1.root.json", "root_history/2.root.json"],
        &["root.json", "floors/root"],
        &["root.json", "floors/root", "root_history/1.root.json"],
    ] {
        for damaged in [None, Some(b"?".to_vec())] {
            let mut device = healthy.clone();
            for name in lost {
                match &damaged {
                    Some(bytes) => _ = device.store.insert((*name).into(), bytes.clone()),
                    None => _ = device.store.remove(*name),
                }
            }
            device.pinned = root(&other, 1);
            let before = device.store.clone();
            let failure = device.refresh(&other.mirror).unwrap_err();
            assert_eq!(
                failure.code().replace("rollback", "other-root-line"),
                "other-root-line",
                "{lost:?}: {failure}"
            );
            assert!(device.store == before, "{lost:?}");
        }
    }
}

#[test]
fn rejects_another_line_that_only_the_history_tells() {
    let (_, mut device) = at_version_3();
    let other = other_line(1);
    device.pinned = root(&other, 1);
    for lost in ["root.json", "floors/root"] {
        device.store.remove(lost);
    }
    assert_eq!(device.refresh(&other.mirror).unwrap_err(), other_root_line(1, 1));
    device.store.remove("root_history/1.root.json");
    assert_eq!(device.refresh(&other.mirror).unwrap_err(), other_root_line(2, 1));
}

#[test]
fn keeps_the_floors_where_the_mark_is_damaged() {
    let (repository, healthy) = at_version_3();
    let mut old = repository.clone();
    old.timestamp.version = 2;
    old.publish();
    for file in ["root.json", "floors/root"] {
        for damaged in [None, Some(b"?".to_vec())] {
            let mut device = healthy.clone();
            match damaged {
                Some(bytes) => _ = device.store.insert(file.into(), bytes),
                None => _ = device.store.remove(file),
            }
            assert_eq!(
                device.refresh(&old.mirror).unwrap_err(),
                rollback("timestamp", "timestamp", 3, Some(2))
            );
            device.refresh(&repository.mirror).unwrap();
            assert_eq!(device.stored(file), healthy.stored(file), "{file} is healed");
        }
    }
}

#[test]
fn takes_the_newer_of_two_marks() {
    let (repository, healthy) = at_version_3();
    for file in ["root.json", "floors/root"] {
        let mut device = healthy.clone();
        device.store.insert(file.into(), device.pinned.clone());
        device.store.remove("root_history/2.root.json");
        let withheld = repository.mirror.clone().withholding("2.root.json");
        // The mark of version 2 itself serves as the file of that version.
        assert_eq!(device.refresh(&withheld).unwrap().root.version, 2, "{file}");
        assert_eq!(device.stored(file), root(&repository, 2));
    }
}

#[test]
fn replaces_the_line_where_a_person_says_so() {
    let (repository, healthy) = at_version_3();
    for version in 1..=4 {
        let mut other = other_line(version);
        let mut device = healthy.clone();
        device.pinned = root(&other, version);
        device.settings.replace_root_line = true;
        let failure = device.refresh(&repository.mirror).unwrap_err();
        assert_eq!(failure.code(), "arbitrary-software", "of root 2, or of the timestamp");
        assert!(device.store == healthy.store, "a wrong root is found out before anything is written");
        let report = device.refresh(&other.mirror).unwrap();
        assert_eq!((report.root.version, report.timestamp.version), (version, 1));
        assert!(report.notices.iter().any(|notice| notice.why == other_root_line(2, version)));
        for name in ["root.json", "floors/root", &format!("root_history/{version}.root.json")] {
            assert_eq!(device.stored(name), device.pinned, "{name}");
        }
        device.settings.replace_root_line = false;
        assert_eq!(device.refresh(&other.next_root().mirror).unwrap().notices, []);
    }
}

/// A store without its history, and a repository that has no root as new as the mark's.
#[test]
fn replaces_a_line_that_only_the_mark_tells() {
    let (mut repository, mut device) = at_version_3();
    repository.next_root();
    device.refresh(&repository.mirror).unwrap();
    device.store.retain(|name, _| !name.starts_with("root_history/"));
    let other = other_line(1);
    device.pinned = root(&other, 1);
    assert_eq!(device.refresh(&other.mirror).unwrap_err(), rollback("root", "root", 3, Some(1)));
    device.settings.replace_root_line = true;
    let report = device.refresh(&other.mirror).unwrap();
    assert_eq!((report.root.version, report.timestamp.version), (1, 1));
    assert!(report.notices.iter().any(|notice| notice.why == other_root_line(3, 1)));
    assert_eq!(device.stored("floors/root"), device.pinned);
}

/// New roots of the new line are fetched, and it has no timestamp: nothing says that this is the repository's line.
#[test]
fn replaces_nothing_before_a_timestamp_of_the_new_line() {
    let (_, healthy) = at_version_3();
    for version in 1..=4 {
        let mut other = other_line(version);
        let mut device = healthy.clone();
        device.pinned = root(&other, version);
        device.settings.replace_root_line = true;
        let withheld = other.next_root().next_root().mirror.clone().withholding("timestamp.json");
        assert_eq!(device.refresh(&withheld).unwrap_err().code(), "missing-metadata");
        assert!(device.store == healthy.store, "version {version}: the store has changed");
        assert_eq!(device.refresh(&other.mirror).unwrap().root.version, version + 2);
    }
}

/// Root 3 of the old line is fetched on the way to the pinned root, and is no update of the new line.
#[test]
fn replaces_the_line_and_goes_on_from_the_pinned_root_as_far_as_the_limit_allows() {
    let (mut repository, mut device) = at_version_3();
    repository.next_root();
    let mut other = other_line(5);
    device.pinned = root(&other, 5);
    device.settings.replace_root_line = true;
    device.settings.max_root_updates = 1;
    let mirror = other.next_root().mirror.clone().replacing("3.root.json", &root(&repository, 3)[..]);
    let mut drive = device.start().unwrap();
    let report = drive.refresh(&mirror).unwrap();
    assert_eq!((report.root.version, report.waived), (6, vec![]));
    assert_eq!(drive.fetched()[..2], ["3.root.json", "4.root.json"]);
}

#[test]
fn replaces_nothing_where_the_pinned_root_is_of_the_line() {
    let (mut repository, mut device) = at_version_3();
    let old = repository.mirror.clone();
    repository.next_root().release();
    device.refresh(&repository.mirror).unwrap();
    device.settings.replace_root_line = true;
    for version in 1..=3 {
        device.pinned = root(&repository, version);
        let without_roots = (1..=3).fold(old.clone(), |mirror, version| {
            let name = format!("{version}.root.json");
            mirror.replacing(&name, repository.mirror.file(&name))
        });
        assert_eq!(
            device.refresh(&without_roots).unwrap_err(),
            rollback("timestamp", "timestamp", 4, Some(3))
        );
    }
}

#[test]
fn accepts_a_pinned_root_that_is_newer_than_the_store_and_keeps_its_floors() {
    let (mut repository, mut device) = at_version_3();
    let mut old = repository.clone();
    repository.next_root().next_root().publish();
    old.next_root().next_root();
    old.timestamp.version = 2;
    device.pinned = root(&repository, 4);
    assert_eq!(
        device.refresh(&old.publish().mirror).unwrap_err(),
        rollback("timestamp", "timestamp", 3, Some(2))
    );
    let mut drive = device.start().unwrap();
    assert_eq!(drive.refresh(&repository.mirror).unwrap().root.version, 4);
    for version in 2..=4 {
        assert_eq!(device.stored(&format!("root_history/{version}.root.json")), root(&repository, version));
    }
    assert_eq!(device.stored("root.json"), root(&repository, 4));
}

#[test]
fn forgets_the_floors_whose_keys_rotated_before_a_newer_pinned_root() {
    let (mut repository, mut device) = at_version_3();
    repository.rotate("timestamp", Authority::one("timestamp-2")).next_root().next_root().publish();
    device.pinned = root(&repository, 4);
    let mut drive = device.start().unwrap();
    let report = drive.refresh(&repository.mirror).unwrap();
    assert_eq!((report.root.version, &drive.fetched()[..2]), (4, &["3.root.json", "5.root.json"][..]));
    assert!(drive.transcript.contains(&Event::Forget("timestamp.json".into())));
    assert_eq!(device.stored("root.json"), root(&repository, 4));
}

#[test]
fn accepts_a_pinned_root_in_another_layout() {
    let (repository, mut device) = at_version_3();
    for version in 1..=2 {
        device.pinned = [&root(&repository, version)[..], b"\n"].concat();
        assert_eq!(device.refresh(&repository.mirror).unwrap().notices, []);
    }
}

#[test]
fn offline_refuses_another_line_and_goes_on_from_a_newer_pinned_root() {
    let (mut repository, healthy) = at_version_3();
    let offline = |pinned: Vec<u8>| {
        let mut device = Device { pinned, ..healthy.clone() };
        device.settings.access = Access::Store;
        let outcome = device.refresh(&Mirror::default());
        assert!(device.store == healthy.store);
        outcome
    };
    for version in 1..=2 {
        let other = other_line(version);
        assert_eq!(offline(root(&other, version)).unwrap_err(), other_root_line(2, version));
    }
    let failure = offline(root(&other_line(3), 3)).unwrap_err();
    assert_eq!(failure, arbitrary_software("timestamp", ("root", 3), 1, 0));
    repository.next_root();
    assert_eq!(offline(root(&repository, 3)).unwrap().root.version, 3);
}

/// A root of the attacker before the victim's newest one, which follows from it: either may sign the next root.
fn crafted(victim: &Repository, version: u64) -> Repository {
    let mut hostile = victim.clone();
    let keys = [Key::new("mallory"), victim.authorities["root"].keys[0].clone()];
    hostile.rotate("root", Authority { threshold: 1, keys: keys.to_vec() });
    hostile.root.version = version;
    hostile.mirror = Mirror::default();
    hostile.sign_with("root", &[Key::new("mallory")]).write_root();
    hostile
}

/// The files with which the pinned root's store begins. The first sibling is the store without a pinned root in its name.
fn seeded(pinned: &[u8], siblings: &[&Device]) -> Result<Device, Failure> {
    let mut device = siblings[0].clone();
    let names = line_files(pinned, device.settings)?;
    let files = |device: &&Device| names.iter().map(|name| device.store.get(name).cloned()).collect();
    let files: Vec<_> = siblings.iter().map(files).collect();
    let seed = seed_line(pinned, device.settings, &files)?;
    device.pinned = pinned.to_vec();
    device.store = seed.into_iter().map(|file| (file.name, file.bytes)).collect::<BTreeMap<_, _>>();
    Ok(device)
}

/// A device without a store.
fn empty(device: &Device) -> Device {
    Device { store: BTreeMap::new(), ..device.clone() }
}

#[test]
fn a_new_store_begins_with_the_newest_proven_root_and_the_newest_floors() {
    let (mut repository, mut newer) = at_version_3();
    let older = newer.clone();
    repository.next_root().release();
    newer.refresh(&repository.mirror).unwrap();
    for version in 1..=3 {
        for [one, other] in [[&older, &newer], [&newer, &older]] {
            let device = seeded(&root(&repository, version), &[&empty(&older), one, other]).unwrap();
            assert_eq!(device.stored("root.json"), root(&repository, 3));
            assert_eq!(device.stored("floors/timestamp"), newer.stored("timestamp.json"));
            assert_eq!(device.stored("snapshot.json"), newer.stored("snapshot.json"));
            let mut ready = device;
            assert_eq!(ready.refresh(&repository.mirror).unwrap().notices, []);
        }
    }
}

#[test]
fn a_new_store_of_a_newer_pinned_root_begins_with_the_floors_that_its_keys_signed() {
    let (mut repository, device) = at_version_3();
    repository.next_root();
    let mut same = seeded(&root(&repository, 3), &[&empty(&device), &device]).unwrap();
    assert_eq!(same.stored("root.json"), root(&repository, 3));
    let mut replayed = repository.clone();
    replayed.timestamp.version = 2;
    let failure = same.refresh(&replayed.publish().mirror).unwrap_err();
    assert_eq!(failure, rollback("timestamp", "timestamp", 3, Some(2)));
    repository.rotate("timestamp", Authority::one("timestamp-2")).next_root();
    let rotated = seeded(&root(&repository, 4), &[&empty(&device), &device]).unwrap();
    assert!(rotated.store.is_empty(), "its floors were accepted under other keys");
}

#[test]
fn rejects_two_roots_of_one_version_that_siblings_prove() {
    let mut honest = Repository::new();
    honest.next_root().release();
    let pinned = root(&honest, 2);
    let (before, mut forged) = (honest.clone(), honest.clone());
    for role in ROLES {
        forged.rotate(role, Authority::one(&format!("mallory's {role}")));
    }
    forged.next_root();
    forged.timestamp.version = 999;
    forged.publish();
    for role in ROLES {
        honest.rotate(role, Authority::one(&format!("{role} of root 3")));
    }
    honest.next_root().release();
    let genuine = Device::refreshed(&honest);
    let crafted = root(&crafted(&before, 1), 1);
    let mirror = forged.mirror.clone().replacing("1.root.json", &crafted[..]);
    let mut hostile = Device { pinned: crafted, ..empty(&genuine) };
    assert_eq!(hostile.refresh(&mirror).unwrap().timestamp.version, 999, "it contains the pinned root");
    for siblings in [[&empty(&genuine), &genuine, &hostile], [&empty(&genuine), &hostile, &genuine]] {
        assert_eq!(seeded(&pinned, &siblings).unwrap_err(), other_root_line(3, 2));
    }
    let alone = seeded(&pinned, &[&empty(&genuine), &genuine]).unwrap();
    assert_eq!(alone.stored("root.json"), genuine.stored("root.json"));
}

/// The decoy has the newest timestamp and no snapshot.
#[test]
fn a_decoy_does_not_hide_the_snapshot_of_another_sibling() {
    let mut honest = Repository::new();
    honest.release();
    let device = Device::refreshed(&honest);
    honest.release();
    let mut decoy = device.clone();
    decoy.store.insert("timestamp.json".into(), honest.mirror.file("timestamp.json").to_vec());
    decoy.store.retain(|name, _| !name.contains("snapshot") && name != "floors/timestamp");
    for siblings in [[&empty(&device), &decoy, &device], [&empty(&device), &device, &decoy]] {
        let seed = seeded(&root(&honest, 1), &siblings).unwrap();
        assert_eq!(seed.stored("floors/timestamp"), honest.mirror.file("timestamp.json"));
        assert_eq!(seed.stored("floors/snapshot"), device.stored("snapshot.json"));
    }
}

/// A sibling has the mark itself, which everybody can have, and floors that others signed.
#[test]
fn a_new_store_takes_no_floors_that_the_keys_of_its_mark_did_not_sign() {
    let (repository, device) = at_version_3();
    let mut forged = repository.clone();
    for role in ["timestamp", "snapshot"] {
        forged.sign_with(role, &[Key::new("mallory")]);
    }
    (forged.timestamp.version, forged.snapshot.version) = (999, 999);
    forged.publish();
    let mut hostile = device.clone();
    for (name, file) in [("timestamp", "timestamp.json"), ("snapshot", "999.snapshot.json")] {
        for stored in [format!("{name}.json"), format!("floors/{name}")] {
            hostile.store.insert(stored, forged.mirror.file(file).to_vec());
        }
    }
    for siblings in [[&hostile, &device], [&device, &hostile]] {
        let seed = seeded(&root(&repository, 1), &siblings).unwrap();
        for name in ["timestamp.json", "snapshot.json"] {
            assert_eq!(seed.stored(name), device.stored(name));
        }
    }
    let seed = seeded(&root(&repository, 1), &[&empty(&device), &hostile]).unwrap();
    assert!(!seed.store.contains_key("timestamp.json") && !seed.store.contains_key("snapshot.json"));
}

/// What an interrupted write, or a damaged disk, leaves of two files that say the same.
#[test]
fn a_new_store_begins_with_whichever_copy_a_sibling_still_has() {
    let (repository, device) = at_version_3();
    let pinned = root(&repository, 1);
    let whole = seeded(&pinned, &[&empty(&device), &device]).unwrap();
    for name in ["root", "timestamp", "snapshot"] {
        for lost in [format!("{name}.json"), format!("floors/{name}")] {
            let mut sibling = device.clone();
            sibling.store.remove(&lost);
            assert!(seeded(&pinned, &[&empty(&device), &sibling]).unwrap().store == whole.store, "{lost}");
        }
    }
    for older in ["root.json", "floors/root"] {
        let mut sibling = device.clone();
        sibling.store.insert(older.into(), pinned.clone());
        assert!(seeded(&pinned, &[&empty(&device), &sibling]).unwrap().store == whole.store, "{older}");
    }
    let mut sibling = device.clone();
    sibling.store.insert("floors/root".into(), root(&other_line(2), 2));
    let seed = seeded(&pinned, &[&empty(&device), &sibling]).unwrap();
    assert!(seed.store == whole.store, "of two of one version the first one counts, as in a refresh");
}

/// The mark is last, so that an interrupted copy is begun again; its history is there by then.
#[test]
fn a_new_store_is_begun_with_its_history_and_ended_with_its_mark() {
    let (mut repository, mut device) = at_version_3();
    repository.next_root();
    device.refresh(&repository.mirror).unwrap();
    let pinned = root(&repository, 1);
    let files = line_files(&pinned, device.settings).unwrap();
    let files = files.iter().map(|name| device.store.get(name).cloned()).collect();
    let seed = seed_line(&pinned, device.settings, &[Vec::new(), files]).unwrap();
    let names: Vec<&str> = seed.iter().map(|file| &*file.name).collect();
    assert_eq!(names[names.len() - 2..], ["floors/root", "root.json"]);
    for version in 1..=3 {
        let name = format!("root_history/{version}.root.json");
        let copied = seed.iter().find(|file| file.name == name).expect("a version of the history");
        assert_eq!(copied.bytes, root(&repository, version));
    }
}

#[test]
fn only_the_store_of_earlier_versions_may_give_a_root_that_nothing_proves() {
    let (honest, forged) = revoked();
    let pinned = root(&honest, 1);
    let mut device = Device::refreshed(&honest);
    device.store.retain(|name, _| !name.starts_with("root_history/"));
    let mut taken_over = seeded(&pinned, &[&device]).unwrap();
    assert_eq!(taken_over.stored("root.json"), root(&honest, 3));
    assert_eq!(taken_over.refresh(&forged.mirror).unwrap_err(), rollback("root", "root", 3, Some(1)));
    let beside = seeded(&pinned, &[&empty(&device), &device]).unwrap();
    assert!(beside.store.is_empty());
    for version in [1, 2, 3, 9_000_000] {
        let mut hostile = Device { pinned: root(&other_line(version), version), ..empty(&device) };
        hostile.refresh(&other_line(version).mirror).unwrap();
        assert!(seeded(&pinned, &[&empty(&device), &hostile]).unwrap().store.is_empty(), "{version}");
        if version < 3 {
            // No older root counts that an earlier version left either: the pinned one need not follow from it.
            assert!(seeded(&root(&honest, 3), &[&hostile]).unwrap().store.is_empty(), "{version}");
        }
    }
    // It has another root of the pinned version: whatever followed from that is of another line.
    let mut other = other_line(1);
    let mut hostile = Device { pinned: root(&other, 1), ..empty(&device) };
    hostile.refresh(&other.next_root().mirror).unwrap();
    assert!(seeded(&pinned, &[&hostile]).unwrap().store.is_empty());
}
