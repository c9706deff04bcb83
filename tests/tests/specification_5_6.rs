//! 5.6, update the targets role: the top-level targets metadata (5.6.1 to 5.6.6).

use tuf_tests::expected::{
    arbitrary_software, digest, endless_data, freeze, length, missing, mix_and_match, over_the_limit,
    signed_twice, version,
};
use tuf_tests::{Authority, Device, Event, Header, Json, Key, Listing, NOW, Repository};
use tuf_verifier_core::{Report, RoleState, UnixTime};

const TARGETS: &str = "1.targets.json";

/// A repository whose snapshot lists the length and the hashes of the targets metadata.
fn listing_everything() -> Repository {
    let mut repository = Repository::new();
    repository.listing = Listing::Everything;
    repository.publish();
    repository
}

#[test]
fn step_5_6_1_asks_for_no_more_than_the_limit_where_no_length_is_listed() {
    let repository = Repository::new();
    let mut device = Device::new(&repository);
    device.settings.targets_max_length = 8_888;
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert!(drive.transcript.contains(&Event::Fetch(TARGETS.into(), 8_888)));
}

#[test]
fn step_5_6_1_refuses_more_bytes_than_the_limit() {
    let repository = Repository::new();
    let mut device = Device::new(&repository);
    let limit = device.settings.targets_max_length;
    let endless = repository.mirror.clone().endlessly(TARGETS);
    device.refuses(TARGETS, &endless, &over_the_limit(TARGETS, limit), &repository.mirror);
}

#[test]
fn step_5_6_1_lets_the_listed_length_govern() {
    let repository = listing_everything();
    let listed = repository.mirror.file(TARGETS).len() as u64;
    let mut device = Device::new(&repository);
    device.settings.targets_max_length = 1;
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert!(drive.transcript.contains(&Event::Fetch(TARGETS.into(), listed)));
}

#[test]
fn step_5_6_1_refuses_more_and_fewer_bytes_than_listed() {
    let repository = listing_everything();
    let bytes = repository.mirror.file(TARGETS);
    let listed = bytes.len() as u64;
    let endless = repository.mirror.clone().endlessly(TARGETS);
    let failure = endless_data(TARGETS, listed);
    Device::new(&repository).refuses(TARGETS, &endless, &failure, &repository.mirror);
    let cut = repository.mirror.clone().replacing(TARGETS, &bytes[..bytes.len() - 2]);
    let failure = mix_and_match("targets", length(listed, listed - 2));
    Device::new(&repository).refuses(TARGETS, &cut, &failure, &repository.mirror);
}

#[test]
fn step_5_6_1_names_the_file_by_its_version_where_snapshots_are_consistent() {
    for (consistent, name) in [(Some(true), "2.targets.json"), (Some(false), "targets.json")] {
        let mut repository = Repository::new();
        repository.consistent_snapshot = consistent;
        repository.next_root().release();
        let mut device = Device::new(&repository);
        let mut drive = device.start().unwrap();
        drive.refresh(&repository.mirror).unwrap();
        assert_eq!(drive.fetched()[4], name);
    }
}

#[test]
fn step_5_6_1_reports_targets_metadata_that_is_not_there() {
    let repository = Repository::new();
    let withheld = repository.mirror.clone().withholding(TARGETS);
    Device::new(&repository).refuses(TARGETS, &withheld, &missing(TARGETS), &repository.mirror);
}

#[test]
fn step_5_6_2_compares_the_hash_before_the_signature() {
    let repository = listing_everything();
    let spoiled = repository.mirror.clone().tampering(TARGETS, "\"sig\": \"", "\"sig\":\"0");
    let failure = mix_and_match("targets", digest("sha256"));
    Device::new(&repository).refuses(TARGETS, &spoiled, &failure, &repository.mirror);
}

#[test]
fn step_5_6_2_refuses_well_signed_targets_metadata_that_is_not_the_listed_one() {
    let repository = listing_everything();
    let mut other = repository.clone();
    other.targets.get_mut("targets").unwrap().targets[0].path = "app-2.0.tar.gz".into();
    let spoiled = repository.mirror.clone().replaying(TARGETS, &other.write_targets("targets").mirror);
    let failure = mix_and_match("targets", digest("sha256"));
    Device::new(&repository).refuses(TARGETS, &spoiled, &failure, &repository.mirror);
}

#[test]
fn step_5_6_2_refuses_a_listing_of_which_no_hash_can_be_compared() {
    let mut repository = listing_everything();
    repository.edit("snapshot", |signed| {
        signed.at(&["meta", "targets.json"]).set("hashes", Json::object([("md5", "00".repeat(16))]));
    });
    repository.listing = Listing::Versions;
    let failure = Device::new(&repository).refresh(&repository.publish().mirror).unwrap_err();
    assert_eq!(failure.code(), "no-supported-hash");
}

#[test]
fn step_5_6_3_refuses_a_key_that_root_does_not_list() {
    let repository = Repository::new();
    let mut forged = repository.with_stolen_keys_of(&["timestamp", "snapshot"]);
    let failure = arbitrary_software("targets", ("root", 1), 1, 0);
    Device::new(&repository).refuses(TARGETS, &forged.publish().mirror, &failure, &repository.mirror);
}

#[test]
fn step_5_6_3_demands_the_threshold() {
    let mut repository = Repository::new();
    repository.rotate("targets", Authority::of(2, &["a", "b", "c"])).write_root().publish();
    let failure = arbitrary_software("targets", ("root", 1), 2, 1);
    let a = Key::new("a");
    for signers in [vec![a.clone()], vec![a.clone(), Key::new("snapshot-1")]] {
        let mut spoiled = repository.clone();
        spoiled.sign_with("targets", &signers).publish();
        Device::new(&repository).refuses(TARGETS, &spoiled.mirror, &failure, &repository.mirror);
    }
    let mut spoiled = repository.clone();
    spoiled.sign_with("targets", &[a.clone(), a.clone()]).publish();
    Device::new(&repository).refuses(TARGETS, &spoiled.mirror, &signed_twice(TARGETS), &repository.mirror);
}

#[test]
fn step_5_6_4_refuses_another_version_than_the_listed_one() {
    let repository = Repository::new();
    let mut newer = repository.clone();
    newer.release();
    let spoiled = newer.mirror.clone().passing_off(TARGETS, "2.targets.json");
    let failure = mix_and_match("targets", version(2, 1));
    Device::new(&repository).refuses("2.targets.json", &spoiled, &failure, &newer.mirror);
    let spoiled = repository.mirror.clone().replacing(TARGETS, newer.mirror.file("2.targets.json"));
    let failure = mix_and_match("targets", version(1, 2));
    Device::new(&repository).refuses(TARGETS, &spoiled, &failure, &repository.mirror);
}

#[test]
fn step_5_6_5_refuses_expired_targets_metadata() {
    let repository = Repository::new();
    let mut spoiled = repository.clone();
    spoiled.role("targets").header = Header { version: 1, expires: NOW - 1 };
    let failure = freeze("targets", 1, NOW - 1);
    Device::new(&repository).refuses(TARGETS, &spoiled.publish().mirror, &failure, &repository.mirror);
}

#[test]
fn step_5_6_5_demands_an_expiry_higher_than_the_start_time() {
    let mut repository = Repository::new();
    repository.role("targets").header.expires = NOW + 1;
    assert!(Device::new(&repository).refresh(&repository.publish().mirror).is_ok());
    repository.role("targets").header.expires = NOW;
    let failure = Device::new(&repository).refresh(&repository.publish().mirror).unwrap_err();
    assert_eq!(failure, freeze("targets", 1, NOW));
}

#[test]
fn step_5_6_6_persists_the_bytes_as_they_were_served() {
    let mut repository = Repository::new();
    let device = Device::refreshed(repository.release());
    assert_eq!(device.stored("targets.json"), repository.mirror.file("2.targets.json"));
}

#[test]
fn step_5_6_6_takes_the_stored_file_where_it_is_still_the_listed_one() {
    let mut repository = listing_everything();
    let mut device = Device::refreshed(&repository);
    repository.snapshot.version = 2;
    repository.timestamp.version = 2;
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.publish().mirror).unwrap();
    assert_eq!(drive.fetched(), ["2.root.json", "timestamp.json", "2.snapshot.json"]);
}

#[test]
fn step_5_6_6_reports_what_is_trusted() {
    let mut repository = Repository::new();
    repository.next_root().release();
    let state = |header: Header| RoleState { version: header.version, expires: UnixTime(header.expires) };
    let expected = Report {
        now: UnixTime(NOW),
        root: state(repository.root),
        timestamp: state(repository.timestamp),
        snapshot: state(repository.snapshot),
        targets: state(repository.targets["targets"].header),
        consistent_snapshot: true,
        timestamp_unchanged: false,
        notices: Vec::new(),
        waived: Vec::new(),
    };
    assert_eq!(Device::new(&repository).refresh(&repository.mirror).unwrap(), expected);
}
