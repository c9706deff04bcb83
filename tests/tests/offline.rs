//! `Access::Store` and `Access::Bundle`: the trusted store alone, and a file in place of the repository.

use crate::store::at_version_3;
use tuf_tests::expected::{arbitrary_software, freeze_at};
use tuf_tests::{Answer, DAY, Device, Event, Key, Mirror, NOW, Repository};
use tuf_verifier_core::{
    Access, Basis, Failure, Malformed, Missing, NotFound, Place, Report, Waived, Waiver,
};

const PATH: &str = "team/app";

/// A device whose store has everything of version 3, offline.
fn offline() -> (Repository, Device) {
    let (repository, mut device) = at_version_3();
    device.settings.access = Access::Store;
    (repository, device)
}

fn not_in_store(name: &str) -> Failure {
    Failure::Missing(Missing { name: name.into(), place: Place::Store })
}

fn newer_metadata(why: Basis) -> [Waiver; 2] {
    [Waived::NewerRoot, Waived::NewerTimestamp].map(|check| Waiver { check, why })
}

/// One refresh without a repository, which asks for nothing and changes nothing.
fn refresh(device: &mut Device) -> Result<Report, Failure> {
    let before = device.store.clone();
    let mut drive = device.start()?;
    let outcome = drive.refresh(&Mirror::default());
    let touched = |event: &Event| !matches!(event, Event::Load(_) | Event::Refused);
    assert!(!drive.transcript.iter().any(touched), "{:?}", drive.transcript);
    assert!(device.store == before);
    outcome
}

#[test]
fn a_store_that_is_current_does_without_the_repository() {
    let (repository, mut device) = offline();
    let report = refresh(&mut device).unwrap();
    assert_eq!([report.root.version, report.timestamp.version], [2, 3]);
    assert_eq!([report.snapshot.version, report.targets.version], [3, 3]);
    assert_eq!(report.waived, newer_metadata(Basis::Offline));
    let found = device.find(&Mirror::default(), PATH).unwrap();
    assert!(matches!(found, Answer::Found(target) if *target.role == *"team"));
    assert!(repository.mirror.file("3.team.json") == device.stored("team.json"));
}

#[test]
fn offline_says_what_was_waived_and_why() {
    let (_, mut device) = offline();
    let waived = refresh(&mut device).unwrap().waived;
    let codes: Vec<_> = waived.iter().map(Waiver::code).collect();
    assert_eq!(codes, ["newer-root", "newer-timestamp"]);
    let why = "offline, the trusted store alone was used";
    let sentences: Vec<_> = waived.iter().map(ToString::to_string).collect();
    assert_eq!(sentences[0], format!("newer root metadata was not asked for (5.3.3): {why}"));
    assert_eq!(sentences[1], format!("newer timestamp metadata was not asked for (5.4.1): {why}"));
}

#[test]
fn an_online_refresh_waives_nothing() {
    let (repository, mut device) = at_version_3();
    assert_eq!(device.refresh(&repository.mirror).unwrap().waived, []);
}

/// Naming the role and the date.
#[test]
fn offline_refuses_each_role_that_has_expired() {
    for role in ["root", "timestamp", "snapshot", "targets"] {
        let (mut repository, mut device) = at_version_3();
        let expires = NOW + 2 * DAY;
        for (name, header) in [
            ("root", &mut repository.root),
            ("timestamp", &mut repository.timestamp),
            ("snapshot", &mut repository.snapshot),
            ("targets", &mut repository.targets.get_mut("targets").unwrap().header),
        ] {
            header.expires = if name == role { expires } else { NOW + 100 * DAY };
        }
        repository.next_root().release();
        device.refresh(&repository.mirror).unwrap();
        device.settings.access = Access::Store;
        device.now = expires - 1;
        assert!(refresh(&mut device).is_ok(), "{role}");
        device.now = expires;
        let version = if role == "root" { 3 } else { 4 };
        let refused = refresh(&mut device).unwrap_err();
        assert_eq!(refused, freeze_at(expires, role, version, expires));
        let words = format!("freeze attack: {role} version {version} expired at 2027-01-17T08:00:00Z");
        assert!(refused.to_string().starts_with(&words), "{refused}");
    }
}

#[test]
fn offline_needs_every_file() {
    for name in ["timestamp.json", "snapshot.json", "targets.json"] {
        let (_, mut device) = offline();
        device.store.remove(name);
        assert_eq!(refresh(&mut device).unwrap_err(), not_in_store(name));
    }
}

#[test]
fn offline_needs_the_delegated_role() {
    let (_, mut device) = offline();
    device.store.remove("team.json");
    assert_eq!(device.find(&Mirror::default(), PATH).unwrap_err(), not_in_store("team.json"));
}

#[test]
fn offline_an_empty_store_is_no_repository() {
    let (_, mut device) = offline();
    device.store.clear();
    assert_eq!(refresh(&mut device).unwrap_err(), not_in_store("timestamp.json"));
}

#[test]
fn offline_judges_the_store_as_if_it_was_fetched() {
    for name in ["timestamp.json", "snapshot.json", "targets.json"] {
        let (_, mut device) = offline();
        device.store.insert(name.into(), b"{".to_vec());
        let failure = refresh(&mut device).unwrap_err();
        assert!(matches!(failure, Failure::Malformed(Malformed { .. }) | Failure::Refused(_)), "{failure}");
    }
    let (mut repository, mut device) = offline();
    repository.signing.insert("timestamp".into(), vec![Key::new("mallory")]);
    let forged = repository.publish().mirror.file("timestamp.json").to_vec();
    device.store.insert("timestamp.json".into(), forged);
    assert_eq!(refresh(&mut device).unwrap_err(), arbitrary_software("timestamp", ("root", 2), 1, 0));
}

#[test]
fn offline_goes_on_when_better_bytes_are_offered() {
    let (_, mut device) = offline();
    let timestamp = device.store.remove("timestamp.json").unwrap();
    let mut drive = device.start().unwrap();
    assert_eq!(drive.refresh(&Mirror::default()).unwrap_err(), not_in_store("timestamp.json"));
    drive.cycle().offer(Some(timestamp)).unwrap();
    assert!(drive.refresh(&Mirror::default()).is_ok());
}

#[test]
fn offline_walks_the_stored_roots() {
    let (_, mut device) = offline();
    assert_eq!(refresh(&mut device).unwrap().root.version, 2);
    // Other clients keep no history: the next root may be root.json itself.
    device.store.remove("root_history/2.root.json");
    assert_eq!(refresh(&mut device).unwrap().root.version, 2);
    // Neither: the chain to what the store was accepted under is broken, and nothing is fetched.
    let mut withheld = at_version_3().0;
    withheld.next_root().next_root();
    let newer = withheld.mirror.file("4.root.json").to_vec();
    device.store.insert("root.json".into(), newer);
    assert_eq!(refresh(&mut device).unwrap_err(), not_in_store("root_history/2.root.json"));
}

#[test]
fn offline_finds_no_target_that_no_role_lists() {
    let (_, mut device) = offline();
    assert_eq!(device.find(&Mirror::default(), "other").unwrap(), Answer::NotFound(NotFound::Absent));
}

#[test]
fn a_bundle_is_verified_as_if_it_was_fetched_and_is_reported() {
    let (mut repository, mut device) = at_version_3();
    device.settings.access = Access::Bundle;
    let bundle = repository.release().mirror.clone();
    let report = device.refresh(&bundle).unwrap();
    assert_eq!(report.timestamp.version, 4);
    assert_eq!(report.waived, newer_metadata(Basis::Bundle));
    assert_eq!(device.stored("timestamp.json"), bundle.file("timestamp.json"));
    device.now = repository.timestamp.expires;
    let failure = freeze_at(device.now, "timestamp", 4, repository.timestamp.expires);
    assert_eq!(device.refresh(&bundle).unwrap_err(), failure);
}
