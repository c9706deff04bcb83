//! 5.3, update the root role: what follows once the chain has ended (5.3.10 to 5.3.12).

use tuf_tests::expected::{freeze, rollback};
use tuf_tests::{Authority, DAY, Device, Event, Header, NOW, Repository};

/// Root version 2 with this expiry, over a repository that is current otherwise.
fn root_expiring(expires: i64) -> Repository {
    let mut repository = Repository::new();
    repository.root = Header { version: 2, expires };
    repository.write_root();
    repository
}

#[test]
fn step_5_3_10_refuses_a_final_version_that_has_expired() {
    let frozen = root_expiring(NOW - 1);
    let mut honest = frozen.clone();
    honest.root = Header { version: 3, expires: NOW + DAY };
    honest.write_root();
    let failure = freeze("root", 2, NOW - 1);
    let report = Device::new(&frozen).refuses("3.root.json", &frozen.mirror, &failure, &honest.mirror);
    assert_eq!(report.root.version, 3);
}

#[test]
fn step_5_3_10_demands_an_expiry_higher_than_the_start_time() {
    let last_second = root_expiring(NOW + 1);
    assert!(Device::new(&last_second).refresh(&last_second.mirror).is_ok());
    let too_late = root_expiring(NOW);
    assert_eq!(Device::new(&too_late).refresh(&too_late.mirror).unwrap_err(), freeze("root", 2, NOW));
}

#[test]
fn step_5_3_10_refuses_where_the_limit_of_one_cycle_ends_the_chain() {
    let mut repository = root_expiring(NOW - 1);
    repository.root = Header { version: 3, expires: NOW + DAY };
    repository.write_root();
    let mut device = Device::new(&repository);
    device.settings.max_root_updates = 1;
    assert_eq!(device.refresh(&repository.mirror).unwrap_err(), freeze("root", 2, NOW - 1));
    assert_eq!(
        device.refresh(&repository.mirror).unwrap().root.version,
        3,
        "the next cycle goes on from version 2"
    );
}

#[test]
fn step_5_3_10_keeps_the_expired_version_as_the_trusted_one() {
    let frozen = root_expiring(NOW - 1);
    let mut device = Device::new(&frozen);
    assert!(device.refresh(&frozen.mirror).is_err());
    assert_eq!(device.stored("root.json"), frozen.mirror.file("2.root.json"));
    assert!(!device.store.contains_key("timestamp.json"));
}

/// Which of the roles' keys rotate from one root to the next, and whether the stored metadata is forgotten.
const ROTATIONS: [(&str, &[&[&str]], bool); 9] = [
    ("nothing", &[&[]], false),
    ("root alone", &[&["root"]], false),
    ("targets alone", &[&["targets"]], false),
    ("timestamp", &[&["timestamp"]], true),
    ("snapshot", &[&["snapshot"]], true),
    ("both", &[&["timestamp", "snapshot"]], true),
    ("timestamp, then nothing", &[&["timestamp"], &[]], true),
    ("nothing, then snapshot", &[&[], &["snapshot"]], true),
    ("timestamp, then snapshot", &[&["timestamp"], &["snapshot"]], true),
];

#[test]
fn step_5_3_11_forgets_timestamp_and_snapshot_where_their_keys_rotate() {
    for (history, roots, forgets) in ROTATIONS {
        let mut repository = Repository::new();
        let mut device = Device::refreshed(&repository);
        for (version, rotated) in roots.iter().enumerate() {
            for role in *rotated {
                repository.rotate(role, Authority::one(&format!("{role} of root {}", version + 2)));
            }
            repository.next_root();
        }
        repository.release();
        let mut drive = device.start().unwrap();
        drive.refresh(&repository.mirror).unwrap();
        for file in ["timestamp.json", "snapshot.json"] {
            assert_eq!(drive.transcript.contains(&Event::Forget(file.into())), forgets, "{history}: {file}");
        }
    }
}

#[test]
fn step_5_3_11_forgets_where_a_key_rotates_away_and_back() {
    let mut repository = Repository::new();
    let mut device = Device::refreshed(&repository);
    repository.rotate("timestamp", Authority::one("timestamp-2")).next_root();
    repository.rotate("timestamp", Authority::one("timestamp-1")).next_root();
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert!(drive.transcript.contains(&Event::Forget("timestamp.json".into())));
}

#[test]
fn step_5_3_11_recovers_from_fast_forwarded_versions() {
    for role in ["timestamp", "snapshot"] {
        let mut repository = Repository::new();
        let mut attacked = repository.clone();
        attacked.timestamp.version = u64::MAX;
        attacked.snapshot.version = u64::MAX;
        attacked.role("targets").header.version = u64::MAX;
        let mut device = Device::refreshed(attacked.publish());
        repository.release();
        let stuck = rollback("timestamp", "timestamp", u64::MAX, Some(2));
        assert_eq!(device.refresh(&repository.mirror).unwrap_err(), stuck);
        repository.rotate(role, Authority::one("recovered")).next_root().publish();
        let report = device.refresh(&repository.mirror).unwrap();
        assert_eq!((report.timestamp.version, report.snapshot.version, report.targets.version), (2, 2, 2));
    }
}

#[test]
fn step_5_3_11_keeps_the_versions_where_no_key_rotated() {
    let mut repository = Repository::new();
    repository.rotate("timestamp", Authority::one("timestamp-2")).next_root();
    let old = repository.publish().mirror.clone();
    let mut device = Device::refreshed(repository.release());
    let failure = rollback("timestamp", "timestamp", 2, Some(1));
    assert_eq!(device.refresh(&old).unwrap_err(), failure, "the rotation lies behind the device");
    assert_eq!(device.refresh(&old).unwrap_err(), failure, "and stays there");
}

#[test]
fn step_5_3_12_uses_consistent_snapshots_as_the_final_version_says() {
    let named: [&str; 2] = ["1.snapshot.json", "1.targets.json"];
    let plain: [&str; 2] = ["snapshot.json", "targets.json"];
    for (consistent, files) in [(Some(true), named), (Some(false), plain), (None, plain)] {
        let mut repository = Repository::new();
        repository.consistent_snapshot = consistent;
        repository.next_root().publish();
        let mut device = Device::new(&repository);
        let mut drive = device.start().unwrap();
        let report = drive.refresh(&repository.mirror).unwrap();
        assert_eq!(report.consistent_snapshot, consistent == Some(true));
        assert_eq!(drive.fetched()[3..], files);
    }
}
