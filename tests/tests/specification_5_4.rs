//! 5.4, update the timestamp role.

use tuf_tests::expected::{
    arbitrary_software, freeze, freeze_at, missing, over_the_limit, rollback, signed_twice,
};
use tuf_tests::{Authority, DAY, Device, Event, Key, NOW, Repository};

const TIMESTAMP: &str = "timestamp.json";

/// A device that has refreshed, the mirror of that time, and the repository one release later.
fn one_release_behind() -> (Device, Repository, Repository) {
    let old = Repository::new();
    let device = Device::refreshed(&old);
    let mut new = old.clone();
    new.release();
    (device, old, new)
}

#[test]
fn step_5_4_1_asks_for_no_more_than_the_limit() {
    let repository = Repository::new();
    let mut device = Device::new(&repository);
    device.settings.timestamp_max_length = 9_999;
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert!(drive.transcript.contains(&Event::Fetch(TIMESTAMP.into(), 9_999)));
}

#[test]
fn step_5_4_1_refuses_more_bytes_than_the_limit() {
    let repository = Repository::new();
    let mut device = Device::new(&repository);
    let limit = device.settings.timestamp_max_length;
    let endless = repository.mirror.clone().endlessly(TIMESTAMP);
    device.refuses(TIMESTAMP, &endless, &over_the_limit(TIMESTAMP, limit), &repository.mirror);
}

#[test]
fn step_5_4_1_takes_exactly_as_many_bytes_as_the_limit() {
    let repository = Repository::new();
    let mut device = Device::new(&repository);
    device.settings.timestamp_max_length = repository.mirror.file(TIMESTAMP).len() as u64;
    assert!(device.refresh(&repository.mirror).is_ok());
}

#[test]
fn step_5_4_1_reports_a_timestamp_that_is_not_there() {
    let repository = Repository::new();
    let withheld = repository.mirror.clone().withholding(TIMESTAMP);
    Device::new(&repository).refuses(TIMESTAMP, &withheld, &missing(TIMESTAMP), &repository.mirror);
}

#[test]
fn step_5_4_1_names_the_file_the_same_with_consistent_snapshots_and_without() {
    for consistent in [Some(true), Some(false), None] {
        let mut repository = Repository::new();
        repository.consistent_snapshot = consistent;
        repository.next_root().publish();
        let mut device = Device::new(&repository);
        let mut drive = device.start().unwrap();
        drive.refresh(&repository.mirror).unwrap();
        assert!(drive.fetched().contains(&TIMESTAMP));
    }
}

#[test]
fn step_5_4_2_refuses_a_key_that_root_does_not_list() {
    let repository = Repository::new();
    let mut forged = repository.with_stolen_keys_of(&["root", "snapshot", "targets"]);
    let failure = arbitrary_software("timestamp", ("root", 1), 1, 0);
    Device::new(&repository).refuses(TIMESTAMP, &forged.release().mirror, &failure, &repository.mirror);
}

#[test]
fn step_5_4_2_demands_the_threshold() {
    let mut repository = Repository::new();
    repository.rotate("timestamp", Authority::of(2, &["a", "b", "c"])).write_root().publish();
    let failure = arbitrary_software("timestamp", ("root", 1), 2, 1);
    let [a, b] = ["a", "b"].map(Key::new);
    for signers in [vec![a.clone()], vec![a.clone(), Key::new("snapshot-1")]] {
        let mut spoiled = repository.clone();
        spoiled.sign_with("timestamp", &signers).publish();
        Device::new(&repository).refuses(TIMESTAMP, &spoiled.mirror, &failure, &repository.mirror);
    }
    let mut spoiled = repository.clone();
    spoiled.sign_with("timestamp", &[a.clone(), a.clone()]).publish();
    Device::new(&repository).refuses(
        TIMESTAMP,
        &spoiled.mirror,
        &signed_twice(TIMESTAMP),
        &repository.mirror,
    );
    repository.sign_with("timestamp", &[a, b]).publish();
    assert!(Device::new(&repository).refresh(&repository.mirror).is_ok());
}

#[test]
fn step_5_4_2_refuses_a_key_that_the_latest_root_has_revoked() {
    let mut repository = Repository::new();
    let old = repository.mirror.clone();
    repository.rotate("timestamp", Authority::one("timestamp-2")).next_root().publish();
    let spoiled = repository.mirror.clone().replaying(TIMESTAMP, &old);
    let failure = arbitrary_software("timestamp", ("root", 2), 1, 0);
    Device::new(&repository).refuses(TIMESTAMP, &spoiled, &failure, &repository.mirror);
}

#[test]
fn step_5_4_2_refuses_tampered_bytes() {
    let repository = Repository::new();
    let spoiled = repository.mirror.clone().tampering(TIMESTAMP, "\"version\": 1,", "\"version\": 7,");
    let failure = arbitrary_software("timestamp", ("root", 1), 1, 0);
    Device::new(&repository).refuses(TIMESTAMP, &spoiled, &failure, &repository.mirror);
}

#[test]
fn step_5_4_3_1_refuses_a_lower_version() {
    let old = Repository::new();
    let mut new = old.clone();
    let mut device = Device::refreshed(new.release().release());
    let replayed = new.mirror.clone().replaying(TIMESTAMP, &old.mirror);
    let failure = rollback("timestamp", "timestamp", 3, Some(1));
    device.refuses(TIMESTAMP, &replayed, &failure, &new.mirror);
    assert_eq!(device.stored(TIMESTAMP), new.mirror.file(TIMESTAMP));
}

#[test]
fn step_5_4_3_1_takes_an_equal_version_as_no_update() {
    let repository = Repository::new();
    let mut device = Device::refreshed(&repository);
    let before = device.store.clone();
    let mut drive = device.start().unwrap();
    let report = drive.refresh(&repository.mirror).unwrap();
    assert!(report.timestamp_unchanged);
    assert_eq!(drive.fetched(), ["2.root.json", TIMESTAMP]);
    assert_eq!(drive.persisted(), [""; 0]);
    assert_eq!(device.store, before);
}

#[test]
fn step_5_4_3_1_discards_other_contents_under_an_equal_version() {
    let repository = Repository::new();
    let mut device = Device::refreshed(&repository);
    let mut forked = repository.clone();
    forked.snapshot.version = 9;
    forked.timestamp.expires += DAY;
    let report = device.refresh(&forked.publish().mirror).unwrap();
    assert!(report.timestamp_unchanged);
    assert_eq!(report.snapshot.version, 1);
    assert_eq!(report.timestamp.expires.0, repository.timestamp.expires);
    assert_eq!(device.stored(TIMESTAMP), repository.mirror.file(TIMESTAMP));
}

#[test]
fn step_5_4_3_1_says_where_the_version_is_new() {
    let (mut device, _, new) = one_release_behind();
    assert!(!device.refresh(&new.mirror).unwrap().timestamp_unchanged);
}

#[test]
fn step_5_4_3_2_refuses_a_lower_snapshot_version() {
    let mut old = Repository::new();
    old.release().release();
    let mut device = Device::refreshed(&old);
    let mut spoiled = old.clone();
    spoiled.timestamp.version = 4;
    spoiled.snapshot.version = 2;
    let failure = rollback("timestamp", "snapshot", 3, Some(2));
    let honest = old.release();
    device.refuses(TIMESTAMP, &spoiled.write_timestamp().mirror, &failure, &honest.mirror);
}

#[test]
fn step_5_4_3_2_accepts_an_equal_snapshot_version() {
    let (mut device, mut repository, _) = one_release_behind();
    repository.timestamp.version = 2;
    let mut drive = device.start().unwrap();
    let report = drive.refresh(&repository.write_timestamp().mirror).unwrap();
    assert_eq!((report.timestamp.version, report.snapshot.version), (2, 1));
    assert_eq!(drive.fetched(), ["2.root.json", TIMESTAMP], "the stored snapshot is used");
}

#[test]
fn step_5_4_3_2_does_not_persist_what_it_refuses() {
    let mut old = Repository::new();
    let mut device = Device::refreshed(old.release());
    let before = device.store.clone();
    old.timestamp.version = 3;
    old.snapshot.version = 1;
    assert!(device.refresh(&old.write_timestamp().mirror).is_err());
    assert_eq!(device.store, before);
}

#[test]
fn step_5_4_4_refuses_an_expired_timestamp() {
    let (mut device, old, new) = one_release_behind();
    let mut expired = old.clone();
    expired.timestamp.expires = NOW - 1;
    let failure = freeze("timestamp", 2, NOW - 1);
    device.refuses(TIMESTAMP, &expired.release().mirror, &failure, &new.mirror);
}

#[test]
fn step_5_4_4_demands_an_expiry_higher_than_the_start_time() {
    let mut repository = Repository::new();
    repository.timestamp.expires = NOW + 1;
    assert!(Device::new(&repository).refresh(&repository.publish().mirror).is_ok());
    repository.timestamp.expires = NOW;
    let failure = Device::new(&repository).refresh(&repository.publish().mirror).unwrap_err();
    assert_eq!(failure, freeze("timestamp", 1, NOW));
}

#[test]
fn step_5_4_4_refuses_the_stored_version_once_it_has_expired() {
    let (mut device, old, new) = one_release_behind();
    device.now = old.timestamp.expires;
    let failure = freeze_at(device.now, "timestamp", 1, device.now);
    assert_eq!(device.refresh(&old.mirror).unwrap_err(), failure);
    let mut fresh = new.clone();
    fresh.timestamp.expires += DAY;
    assert_eq!(device.refresh(&fresh.publish().mirror).unwrap().timestamp.version, 2);
}

#[test]
fn step_5_4_5_persists_the_bytes_as_they_were_served() {
    let (mut device, _, new) = one_release_behind();
    device.refresh(&new.mirror).unwrap();
    assert_eq!(device.stored(TIMESTAMP), new.mirror.file(TIMESTAMP));
}

#[test]
fn step_5_4_5_persists_the_timestamp_before_the_snapshot_is_asked_for() {
    let repository = Repository::new();
    let mut device = Device::new(&repository);
    let withheld = repository.mirror.clone().withholding("1.snapshot.json");
    assert_eq!(device.refresh(&withheld).unwrap_err(), missing("1.snapshot.json"));
    assert_eq!(device.stored(TIMESTAMP), repository.mirror.file(TIMESTAMP));
    assert!(device.refresh(&repository.mirror).is_ok());
}
