//! A device that is switched off after any request goes on with what it has, and loses neither floors nor recovery.

use tuf_tests::expected::rollback;
use tuf_tests::{Authority, Device, Mirror, Repository};

/// More requests than any cycle of these stories makes.
const ENOUGH: usize = 60;

/// The device after each number of requests of one cycle, from none up to all.
fn interrupted(device: &Device, mirror: &Mirror) -> Vec<Device> {
    let mut devices = Vec::new();
    for requests in 0..ENOUGH {
        let mut interrupted = device.clone();
        let finished = interrupted.start().unwrap().interrupted_after(requests, mirror);
        devices.push(interrupted);
        if finished {
            return devices;
        }
    }
    panic!("more than {ENOUGH} requests");
}

/// The versions of root, timestamp, snapshot and targets after a cycle.
fn versions(device: &mut Device, mirror: &Mirror) -> [u64; 4] {
    let report = device.refresh(mirror).unwrap();
    assert_eq!(report.notices, [], "an interruption corrupts nothing");
    [report.root, report.timestamp, report.snapshot, report.targets].map(|state| state.version)
}

#[test]
fn a_first_cycle_that_was_interrupted_is_repeated() {
    let mut repository = Repository::new();
    repository.next_root().next_root().release();
    for mut device in interrupted(&Device::new(&repository), &repository.mirror) {
        assert_eq!(versions(&mut device, &repository.mirror), [3, 2, 2, 2]);
        assert_eq!(device.store, Device::refreshed(&repository).store);
    }
}

#[test]
fn an_update_that_was_interrupted_goes_on() {
    let mut repository = Repository::new();
    let device = Device::refreshed(&repository);
    repository.next_root().release();
    for mut device in interrupted(&device, &repository.mirror) {
        assert_eq!(versions(&mut device, &repository.mirror), [2, 2, 2, 2]);
    }
}

#[test]
fn an_update_that_was_interrupted_goes_on_to_what_is_newer_still() {
    let mut repository = Repository::new();
    let device = Device::refreshed(&repository);
    let meanwhile = repository.next_root().release().mirror.clone();
    repository.next_root().release();
    for mut device in interrupted(&device, &meanwhile) {
        assert_eq!(versions(&mut device, &repository.mirror), [3, 3, 3, 3]);
    }
}

#[test]
fn an_interruption_loses_no_floor() {
    let mut repository = Repository::new();
    let old = repository.mirror.clone();
    repository.release();
    let device = Device::refreshed(&repository);
    repository.next_root().release();
    for mut device in interrupted(&device, &repository.mirror) {
        let refused = device.refresh(&old).unwrap_err();
        let floors = [2, 3].map(|trusted| rollback("timestamp", "timestamp", trusted, Some(1)));
        let root = rollback("root", "root", 2, Some(1));
        assert!(floors.contains(&refused) || refused == root, "{refused}");
    }
}

#[test]
fn an_interruption_does_not_stop_the_recovery_from_fast_forwarded_versions() {
    for roots in
        [vec!["timestamp"], vec!["snapshot"], vec!["timestamp", "snapshot"], vec!["", "timestamp", ""]]
    {
        let mut repository = Repository::new();
        let mut attacked = repository.clone();
        attacked.timestamp.version = u64::MAX;
        attacked.snapshot.version = u64::MAX;
        attacked.role("targets").header.version = u64::MAX;
        let device = Device::refreshed(attacked.publish());
        for (root, role) in roots.iter().enumerate() {
            if !role.is_empty() {
                repository.rotate(role, Authority::one(&format!("{role} of root {}", root + 2)));
            }
            repository.next_root();
        }
        repository.release();
        let newest = roots.len() as u64 + 1;
        for mut device in interrupted(&device, &repository.mirror) {
            assert_eq!(versions(&mut device, &repository.mirror), [newest, 2, 2, 2], "{roots:?}");
        }
    }
}

#[test]
fn an_interruption_does_not_stop_the_recovery_by_a_newer_pinned_root() {
    for role in ["timestamp", "snapshot"] {
        let mut repository = Repository::new();
        let mut attacked = repository.clone();
        attacked.timestamp.version = u64::MAX;
        attacked.snapshot.version = u64::MAX;
        attacked.role("targets").header.version = u64::MAX;
        let mut device = Device::refreshed(attacked.publish());
        repository.next_root().rotate(role, Authority::one("recovered")).next_root().release();
        device.pinned = repository.mirror.file("3.root.json").to_vec();
        for mut device in interrupted(&device, &repository.mirror) {
            assert_eq!(versions(&mut device, &repository.mirror)[..3], [3, 2, 2], "{role}");
        }
    }
}

#[test]
fn an_interruption_at_any_write_after_another_is_survived() {
    let mut repository = Repository::new();
    let device = Device::refreshed(&repository);
    repository.rotate("timestamp", Authority::one("timestamp-2")).next_root().release();
    for once in interrupted(&device, &repository.mirror) {
        for mut twice in interrupted(&once, &repository.mirror) {
            assert_eq!(versions(&mut twice, &repository.mirror), [2, 2, 2, 2]);
        }
    }
}
