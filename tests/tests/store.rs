//! The trusted store: what is kept, what is healed, and what is never lost.

use tuf_tests::{Answer, Authority, Delegation, Device, Event, Listing, Mirror, Repository};
use tuf_verifier_core::{Failure, Report};

const PATH: &str = "team/app";

/// Root 2 and version 3 of everything, with a role `team`; and a device that has all of it in its store.
pub(crate) fn at_version_3() -> (Repository, Device) {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("team", &["team/*"])).add_target("team", PATH, b"1");
    repository.role("team").header.version = 3;
    repository.next_root().release().release();
    let mut device = Device::new(&repository);
    device.find(&repository.mirror, PATH).unwrap();
    (repository, device)
}

/// The files that a cycle reads. The copies below `floors` are read where the file itself is of no use.
fn read_files(device: &Device) -> Vec<String> {
    device.store.keys().filter(|name| !name.starts_with("floors/")).cloned().collect()
}

/// What can be wrong with a file of the store.
fn corruptions(good: &[u8], other: &[u8]) -> [Vec<u8>; 7] {
    let mut flipped = good.to_vec();
    flipped[good.len() / 2] ^= 1;
    [
        Vec::new(),
        good[..good.len() / 2].to_vec(),
        vec![0; good.len()],
        b"{}".to_vec(),
        other.to_vec(),
        flipped,
        [good, good].concat(),
    ]
}

/// Refreshes and searches, and says what was noticed.
fn update(device: &mut Device, mirror: &Mirror) -> Result<Report, Failure> {
    let mut drive = device.start()?;
    let report = drive.refresh(mirror)?;
    assert!(matches!(drive.find(mirror, PATH)?, Answer::Found(_)));
    Ok(report)
}

#[test]
fn holds_the_files_of_the_specification_and_nothing_else() {
    let (repository, device) = at_version_3();
    let expected = [
        "root.json",
        "root_history/1.root.json",
        "root_history/2.root.json",
        "snapshot.json",
        "targets.json",
        "team.json",
        "timestamp.json",
    ];
    assert_eq!(read_files(&device), expected);
    for (stored, served) in [
        ("root.json", "2.root.json"),
        ("root_history/1.root.json", "1.root.json"),
        ("root_history/2.root.json", "2.root.json"),
        ("timestamp.json", "timestamp.json"),
        ("snapshot.json", "3.snapshot.json"),
        ("targets.json", "3.targets.json"),
        ("team.json", "3.team.json"),
    ] {
        assert_eq!(device.stored(stored), repository.mirror.file(served), "{stored}");
    }
    let copies: Vec<_> = device.store.keys().filter(|name| name.starts_with("floors/")).collect();
    assert_eq!(copies, ["floors/root", "floors/snapshot", "floors/timestamp"]);
    assert_eq!(device.stored("floors/root"), device.stored("root.json"));
    assert_eq!(device.stored("floors/snapshot"), device.stored("snapshot.json"));
    assert_eq!(device.stored("floors/timestamp"), device.stored("timestamp.json"));
}

#[test]
fn names_the_files_of_delegated_roles_percent_encoded() {
    let mut repository = Repository::new();
    let name = "../a b/ü%.json";
    repository.delegate("targets", Delegation::paths(name, &["x"])).add_target(name, "x", b"1");
    let mut device = Device::new(repository.publish());
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert!(matches!(drive.find(&repository.mirror, "x"), Ok(Answer::Found(_))));
    assert_eq!(drive.fetched().last(), Some(&"1...%2Fa%20b%2F%C3%BC%25.json.json"));
    assert_eq!(drive.persisted().last(), Some(&"..%2Fa%20b%2F%C3%BC%25.json.json"));
}

#[test]
fn heals_each_corrupt_file() {
    let (repository, healthy) = at_version_3();
    for name in read_files(&healthy) {
        let good = healthy.stored(&name);
        let other = if name == "timestamp.json" { "targets.json" } else { "timestamp.json" };
        for corrupt in corruptions(good, healthy.stored(other)) {
            let mut device = healthy.clone();
            device.store.insert(name.clone(), corrupt);
            update(&mut device, &repository.mirror).unwrap();
            assert!(device.stored(&name) == good, "{name}");
        }
    }
}

#[test]
fn heals_each_missing_file_without_a_notice() {
    let (repository, healthy) = at_version_3();
    for name in read_files(&healthy) {
        let mut device = healthy.clone();
        device.store.remove(&name);
        let report = update(&mut device, &repository.mirror).unwrap();
        assert_eq!(report.notices, [], "{name}");
        assert!(device.stored(&name) == healthy.stored(&name), "{name}");
    }
}

#[test]
fn heals_a_store_in_which_every_file_is_corrupt() {
    let (repository, healthy) = at_version_3();
    let mut device = healthy.clone();
    device.store.values_mut().for_each(|bytes| bytes.truncate(20));
    update(&mut device, &repository.mirror).unwrap();
    for name in ["root.json", "timestamp.json", "snapshot.json", "targets.json", "team.json"] {
        assert_eq!(device.stored(name), healthy.stored(name), "{name}");
    }
}

#[test]
fn notes_which_file_was_of_no_use_and_why() {
    let (repository, healthy) = at_version_3();
    for name in [
        "root.json",
        "floors/root",
        "timestamp.json",
        "snapshot.json",
        "targets.json",
        "root_history/1.root.json",
        "root_history/2.root.json",
    ] {
        let mut device = healthy.clone();
        device.store.insert(name.into(), b"{".to_vec());
        let report = device.refresh(&repository.mirror).unwrap();
        let [notice] = &report.notices[..] else { panic!("{name}: {:?}", report.notices) };
        assert_eq!(*notice.name, *name);
        assert_eq!(notice.why.code(), "malformed-json", "{name}");
        assert_eq!(device.refresh(&repository.mirror).unwrap().notices, [], "{name} is healed");
    }
}

#[test]
fn does_not_trust_a_stored_file_that_the_trusted_keys_did_not_sign() {
    let (repository, healthy) = at_version_3();
    let mut forged = repository.with_stolen_keys_of(&[]);
    forged.timestamp.version = 900;
    forged.snapshot.version = 900;
    forged.role("targets").header.version = 900;
    forged.add_target("targets", PATH, b"malware").publish();
    let mut device = healthy.clone();
    for (stored, served) in [
        ("timestamp.json", "timestamp.json"),
        ("snapshot.json", "900.snapshot.json"),
        ("targets.json", "900.targets.json"),
    ] {
        device.store.insert(stored.into(), forged.mirror.file(served).to_vec());
    }
    let report = update(&mut device, &repository.mirror).unwrap();
    assert_eq!((report.timestamp.version, report.snapshot.version, report.targets.version), (3, 3, 3));
}

#[test]
fn takes_a_pinned_root_that_is_older_than_the_store() {
    let (mut repository, mut device) = at_version_3();
    repository.next_root().next_root();
    assert_eq!(device.refresh(&repository.mirror).unwrap().root.version, 4);
    let mut drive = device.start().unwrap();
    assert_eq!(drive.refresh(&repository.mirror).unwrap().root.version, 4);
    assert_eq!(drive.fetched(), ["5.root.json", "timestamp.json"]);
    assert_eq!(drive.persisted(), [""; 0]);
}

#[test]
fn fetches_a_root_again_that_is_corrupt_in_the_history() {
    let (mut repository, mut device) = at_version_3();
    repository.next_root().next_root();
    device.refresh(&repository.mirror).unwrap();
    device.store.insert("root_history/3.root.json".into(), b"?".to_vec());
    let mut drive = device.start().unwrap();
    assert_eq!(drive.refresh(&repository.mirror).unwrap().root.version, 4);
    assert_eq!(drive.fetched()[..2], ["3.root.json", "5.root.json"]);
    assert_eq!(device.stored("root_history/3.root.json"), repository.mirror.file("3.root.json"));
    assert_eq!(device.refresh(&repository.mirror).unwrap().notices, []);
}

#[test]
fn fetches_a_stored_file_again_where_its_listed_hash_is_another() {
    let mut repository = Repository::new();
    repository.listing = Listing::Everything;
    let mut device = Device::refreshed(repository.publish());
    repository.snapshot.expires += 1;
    repository.role("targets").header.expires += 1;
    repository.timestamp.version = 2;
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.publish().mirror).unwrap();
    assert_eq!(drive.fetched()[1..], ["timestamp.json", "1.snapshot.json", "1.targets.json"]);
    assert_eq!(device.stored("snapshot.json"), repository.mirror.file("1.snapshot.json"));
}

#[test]
fn fetches_a_stored_snapshot_again_that_does_not_list_the_targets_metadata() {
    let repository = Repository::new();
    let mut odd = repository.clone();
    odd.edit("snapshot", |signed| {
        signed.at(&["meta"]).remove("targets.json");
    });
    let mut device = Device::refreshed(&repository);
    device.store.insert("snapshot.json".into(), odd.publish().mirror.file("1.snapshot.json").to_vec());
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert_eq!(drive.fetched()[1..], ["timestamp.json", "1.snapshot.json"]);
}

#[test]
fn does_not_forget_again_what_an_earlier_cycle_forgot() {
    let (mut repository, mut device) = at_version_3();
    repository.rotate("snapshot", Authority::one("snapshot-2")).next_root().release();
    device.refresh(&repository.mirror).unwrap();
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert!(!drive.transcript.iter().any(|event| matches!(event, Event::Forget(_))));
}
