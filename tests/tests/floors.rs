//! Versions that a device has seen are floors, whatever happens to the files of its store.

use crate::store::at_version_3;
use tuf_tests::expected::rollback;
use tuf_tests::{Authority, DAY, Device};

#[test]
fn keeps_the_snapshot_version_as_a_floor_where_the_timestamp_is_corrupt() {
    let (mut repository, mut device) = at_version_3();
    device.store.insert("timestamp.json".into(), b"?".to_vec());
    repository.timestamp.version = 4;
    repository.snapshot.version = 2;
    let failure = rollback("timestamp", "snapshot", 3, Some(2));
    assert_eq!(device.refresh(&repository.publish().mirror).unwrap_err(), failure);
}

#[test]
fn keeps_the_versions_of_targets_as_floors_where_the_timestamp_is_corrupt() {
    let (mut repository, mut device) = at_version_3();
    device.store.remove("timestamp.json");
    repository.role("team").header.version = 1;
    let failure = rollback("snapshot", "team", 3, Some(1));
    assert_eq!(device.refresh(&repository.release().mirror).unwrap_err(), failure);
}

#[test]
fn keeps_the_timestamp_version_as_a_floor_where_the_snapshot_is_corrupt() {
    let (repository, mut device) = at_version_3();
    device.store.insert("snapshot.json".into(), b"?".to_vec());
    let mut old = repository.clone();
    old.timestamp.version = 2;
    let failure = rollback("timestamp", "timestamp", 3, Some(2));
    assert_eq!(device.refresh(&old.publish().mirror).unwrap_err(), failure);
    old.timestamp.version = 4;
    old.snapshot.version = 2;
    let failure = rollback("timestamp", "snapshot", 3, Some(2));
    assert_eq!(device.refresh(&old.publish().mirror).unwrap_err(), failure);
}

#[test]
fn keeps_the_root_version_as_a_floor() {
    let (mut repository, mut device) = at_version_3();
    repository.next_root();
    device.refresh(&repository.mirror).unwrap();
    device.store.remove("root_history/2.root.json");
    let old = repository.mirror.clone().withholding("2.root.json");
    assert_eq!(device.refresh(&old).unwrap_err(), rollback("root", "root", 3, Some(1)));
    assert!(device.refresh(&repository.mirror).is_ok());
}

#[test]
fn keeps_the_versions_of_targets_as_floors_where_the_stored_snapshot_has_expired() {
    let (mut repository, mut device) = at_version_3();
    device.now = repository.snapshot.expires;
    repository.timestamp.version = 4;
    repository.timestamp.expires = device.now + DAY;
    repository.snapshot.expires = device.now + DAY;
    repository.role("team").header.version = 2;
    let failure = rollback("snapshot", "team", 3, Some(2));
    assert_eq!(device.refresh(&repository.publish().mirror).unwrap_err(), failure);
}

/// A copy of each is kept, so that no version is lost with the file itself.
#[test]
fn keeps_the_timestamp_version_as_a_floor_where_the_timestamp_is_corrupt() {
    for damage in [Some(b"?".to_vec()), None] {
        let (repository, mut device) = at_version_3();
        damage_file(&mut device, "timestamp.json", damage);
        let mut old = repository.clone();
        old.timestamp.version = 2;
        let failure = rollback("timestamp", "timestamp", 3, Some(2));
        assert_eq!(device.refresh(&old.publish().mirror).unwrap_err(), failure);
        assert_eq!(device.stored("timestamp.json"), repository.mirror.file("timestamp.json"));
    }
}

#[test]
fn keeps_the_versions_of_targets_as_floors_where_the_snapshot_is_corrupt() {
    for damage in [Some(b"?".to_vec()), None] {
        let (mut repository, mut device) = at_version_3();
        let snapshot = repository.mirror.file("3.snapshot.json").to_vec();
        damage_file(&mut device, "snapshot.json", damage);
        repository.role("team").header.version = 1;
        let failure = rollback("snapshot", "team", 3, Some(1));
        assert_eq!(device.refresh(&repository.release().mirror).unwrap_err(), failure);
        assert_eq!(device.stored("snapshot.json"), snapshot);
    }
}

#[test]
fn heals_floors_with_the_next_version() {
    let (mut repository, mut device) = at_version_3();
    for name in ["floors/timestamp", "floors/snapshot"] {
        device.store.insert(name.into(), b"?".to_vec());
    }
    assert_eq!(device.refresh(&repository.release().mirror).unwrap().notices, []);
    assert_eq!(device.stored("floors/timestamp"), device.stored("timestamp.json"));
    assert_eq!(device.stored("floors/snapshot"), device.stored("snapshot.json"));
}

#[test]
fn notices_that_a_file_and_its_floor_are_corrupt() {
    let (repository, mut device) = at_version_3();
    for name in ["timestamp.json", "floors/timestamp", "snapshot.json", "floors/snapshot"] {
        device.store.insert(name.into(), b"?".to_vec());
    }
    let notices = device.refresh(&repository.mirror).unwrap().notices;
    let names: Vec<&str> = notices.iter().map(|notice| &*notice.name).collect();
    assert_eq!(names, ["timestamp.json", "floors/timestamp", "snapshot.json", "floors/snapshot"]);
    assert_eq!(device.stored("timestamp.json"), repository.mirror.file("timestamp.json"));
}

/// Floors that a newer root has given up are not kept by the copies (5.3.11).
#[test]
fn forgets_floors_whose_keys_were_replaced() {
    for role in ["timestamp", "snapshot"] {
        let (mut repository, mut device) = at_version_3();
        repository.authorities.insert(role.into(), Authority::one("replaced"));
        repository.timestamp.version = 1;
        repository.snapshot.version = 1;
        repository.role("targets").header.version = 1;
        repository.role("team").header.version = 1;
        repository.next_root().publish();
        assert_eq!(device.refresh(&repository.mirror).unwrap().timestamp.version, 1, "{role}");
        assert_eq!(device.stored("floors/timestamp"), device.stored("timestamp.json"));
    }
}

fn damage_file(device: &mut Device, name: &str, damage: Option<Vec<u8>>) {
    match damage {
        Some(bytes) => device.store.insert(name.into(), bytes),
        None => device.store.remove(name),
    };
}
