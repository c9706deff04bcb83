//! 5.1 and 5.2: the fixed update start time, and the root metadata that a device was shipped with.

use tuf_tests::expected::{arbitrary_software, freeze_at};
use tuf_tests::{DAY, Device, Header, Key, NOW, Repository};

#[test]
fn step_5_1_judges_every_expiry_by_one_time() {
    let mut repository = Repository::new();
    repository.snapshot.expires = NOW + 1;
    repository.role("targets").header.expires = NOW + 1;
    let mut device = Device::new(repository.publish());
    assert!(device.refresh(&repository.mirror).is_ok());
    device.now = NOW + 1;
    let failure = device.refresh(&repository.mirror).unwrap_err();
    assert_eq!(failure, freeze_at(NOW + 1, "snapshot", 1, NOW + 1));
}

#[test]
fn step_5_2_accepts_root_metadata_that_has_expired_where_a_newer_version_has_not() {
    let mut repository = Repository::new();
    repository.root = Header { version: 1, expires: NOW - 300 * DAY };
    repository.write_root();
    let mut device = Device::new(&repository);
    repository.root = Header { version: 2, expires: NOW + DAY };
    repository.write_root();
    assert_eq!(device.refresh(&repository.mirror).unwrap().root.version, 2);
}

#[test]
fn step_5_2_demands_root_metadata_that_is_signed_by_its_own_keys() {
    let mut repository = Repository::new();
    repository.sign_with("root", &[Key::new("stranger")]).write_root();
    let failure = Device::new(&repository).start().unwrap_err();
    assert_eq!(failure, arbitrary_software("root", ("root", 1), 1, 0));
}
