//! Versions that a device has seen are floors, whatever happens to the files of its store.

use crate::store::at_version_3;
use tuf_tests::DAY;
use tuf_tests::expected::rollback;

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
    let (repository, mut device) = at_version_3();
    device.store.remove("root_history/2.root.json");
    let old = repository.mirror.clone().withholding("2.root.json");
    assert_eq!(device.refresh(&old).unwrap_err(), rollback("root", "root", 2, Some(1)));
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
