//! `fresh_for`: the trusted store without the repository for so many seconds after a full refresh.

use crate::store::at_version_3;
use tuf_tests::expected::{ended_at_root_limit, freeze_at};
use tuf_tests::{Answer, Device, Event, Mirror, NOW, Repository};
use tuf_verifier_core::{Access, Basis, UnixTime, Waived, Waiver};

const HOUR: i64 = 3600;

/// A device that refreshed at `NOW` and counts that as fresh for an hour.
fn fresh() -> (Repository, Device) {
    let (repository, mut device) = at_version_3();
    device.settings.fresh_for = 3600;
    device.refresh(&repository.mirror).unwrap();
    (repository, device)
}

/// Refreshes, and says whether the repository was asked.
fn asks(device: &mut Device, mirror: &Mirror) -> bool {
    let mut drive = device.start().unwrap();
    drive.refresh(mirror).unwrap();
    !drive.fetched().is_empty()
}

#[test]
fn keeps_the_time_of_the_refresh() {
    let (_, device) = fresh();
    assert_eq!(device.stored("refreshed"), NOW.to_string().as_bytes());
}

#[test]
fn asks_nobody_while_the_store_is_fresh() {
    let (_, mut device) = fresh();
    let before = device.store.clone();
    for age in [0, HOUR - 1] {
        device.now = NOW + age;
        let report = device.refresh(&Mirror::default()).unwrap();
        let why = Basis::Fresh { refreshed: UnixTime(NOW) };
        let expected = [Waived::NewerRoot, Waived::NewerTimestamp].map(|check| Waiver { check, why });
        assert_eq!(report.waived, expected);
        assert_eq!(report.timestamp.version, 3);
        assert!(device.store == before);
    }
}

#[test]
fn says_when_the_last_refresh_was() {
    let (_, mut device) = fresh();
    let waived = device.refresh(&Mirror::default()).unwrap().waived;
    assert_eq!(
        waived[0].to_string(),
        "newer root metadata was not asked for (5.3.3): the last full refresh, at 2027-01-15T08:00:00Z, is young enough"
    );
}

#[test]
fn asks_the_repository_when_the_time_is_over() {
    let (mut repository, mut device) = fresh();
    repository.release();
    device.now = NOW + HOUR;
    let report = device.refresh(&repository.mirror).unwrap();
    assert_eq!((report.timestamp.version, report.waived.as_slice()), (4, [].as_slice()));
    assert_eq!(device.stored("refreshed"), (NOW + HOUR).to_string().as_bytes());
}

#[test]
fn asks_the_repository_where_the_time_is_of_no_use() {
    let times: [&[u8]; 6] =
        [b"", b"yesterday", b"\xff", b"99999999999999999999", b"1.5", b"-9223372036854775808"];
    for refreshed in times {
        let (repository, mut device) = fresh();
        device.store.insert("refreshed".into(), refreshed.to_vec());
        assert!(asks(&mut device, &repository.mirror), "{refreshed:?}");
        assert_eq!(device.stored("refreshed"), NOW.to_string().as_bytes());
    }
}

/// A clock that was set back, or a time that a clock set forward has left, must not stop updates.
#[test]
fn asks_the_repository_where_the_last_refresh_lies_in_the_future() {
    let (repository, mut device) = fresh();
    device.now = NOW - 1;
    assert!(asks(&mut device, &repository.mirror));
}

#[test]
fn asks_the_repository_where_the_store_does_not_do() {
    for name in ["timestamp.json", "snapshot.json", "targets.json"] {
        for damage in [None, Some(b"{}".to_vec())] {
            let (repository, mut device) = fresh();
            match damage {
                Some(bytes) => device.store.insert(name.into(), bytes),
                None => device.store.remove(name),
            };
            assert!(asks(&mut device, &repository.mirror), "{name}");
            assert!(device.store.contains_key(name));
        }
    }
}

#[test]
fn asks_the_repository_where_the_store_has_expired() {
    let (mut repository, mut device) = fresh();
    device.settings.fresh_for = u64::MAX;
    device.now = repository.timestamp.expires;
    let failure = freeze_at(device.now, "timestamp", 3, repository.timestamp.expires);
    assert_eq!(device.refresh(&repository.mirror).unwrap_err(), failure);
    repository.timestamp.expires += HOUR;
    assert!(asks(&mut device, &repository.release().mirror));
}

#[test]
fn asks_always_unless_it_is_told_otherwise() {
    let (repository, mut device) = fresh();
    device.settings.fresh_for = 0;
    device.store.insert("refreshed".into(), b"0".to_vec());
    assert!(asks(&mut device, &repository.mirror));
    assert_eq!(device.stored("refreshed"), b"0");
}

#[test]
fn a_refresh_that_failed_is_not_kept() {
    let (repository, mut device) = at_version_3();
    device.settings.fresh_for = 3600;
    device.now = repository.timestamp.expires;
    assert!(device.refresh(&repository.mirror).is_err());
    assert!(!device.store.contains_key("refreshed"));
}

#[test]
fn a_root_chain_that_ended_at_its_limit_is_not_kept() {
    let (mut repository, mut device) = at_version_3();
    device.settings.fresh_for = 3600;
    device.settings.max_root_updates = 1;
    repository.next_root().next_root().release();
    assert!(ended_at_root_limit(&device.refresh(&repository.mirror).unwrap()));
    assert!(!device.store.contains_key("refreshed"));
}

#[test]
fn a_bundle_makes_nothing_fresh() {
    let (repository, mut device) = at_version_3();
    device.settings.fresh_for = 3600;
    device.settings.access = Access::Bundle;
    assert!(asks(&mut device, &repository.mirror));
    assert!(!device.store.contains_key("refreshed"));
}

/// The snapshot of a fresh store pins the delegated roles, which may still have to be fetched.
#[test]
fn a_search_fetches_what_the_store_has_not() {
    let (repository, mut device) = fresh();
    device.store.remove("team.json");
    let mut drive = device.start().unwrap();
    drive.refresh(&Mirror::default()).unwrap();
    assert!(matches!(drive.find(&repository.mirror, "team/app").unwrap(), Answer::Found(_)));
    assert_eq!(drive.fetched(), ["3.team.json"]);
    assert_eq!(drive.transcript.last(), Some(&Event::Persist("team.json".into())));
}

#[test]
fn does_not_ask_when_the_last_refresh_was_where_that_does_not_matter() {
    let repository = Repository::new();
    let mut device = Device::refreshed(&repository);
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert!(!drive.transcript.contains(&Event::Load("refreshed".into())));
}
