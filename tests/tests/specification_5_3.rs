//! 5.3, update the root role: the chain of root metadata (5.3.1 to 5.3.9).

use tuf_tests::expected::{arbitrary_software, ended_at_root_limit, over_the_limit, rollback, signed_twice};
use tuf_tests::{Authority, DAY, Device, Event, Header, Key, Listing, NOW, Repository};

/// A repository that has published this many versions of root.
fn with_roots(count: u64) -> Repository {
    let mut repository = Repository::new();
    (1..count).for_each(|_| {
        repository.next_root();
    });
    repository
}

/// Versions 1 and 2 of root, both signed by two of the three keys of version 1.
fn two_of_three() -> Repository {
    let mut repository = Repository::new();
    repository.rotate("root", Authority::of(2, &["a", "b", "c"])).write_root();
    repository
}

#[test]
fn step_5_3_1_downloads_every_intermediate_version() {
    let repository = with_roots(4);
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    let report = drive.refresh(&repository.mirror).unwrap();
    assert_eq!(drive.fetched()[..4], ["2.root.json", "3.root.json", "4.root.json", "5.root.json"]);
    assert_eq!(report.root.version, 4);
}

#[test]
fn step_5_3_1_does_not_jump_over_a_version_that_is_not_there() {
    let repository = with_roots(3);
    let mirror = repository.mirror.clone().withholding("2.root.json");
    let report = Device::new(&repository).refresh(&mirror).unwrap();
    assert_eq!(report.root.version, 1);
}

#[test]
fn step_5_3_2_counts_from_the_trusted_version() {
    let repository = with_roots(3);
    let mut device = Device::new(&repository);
    device.pinned = repository.mirror.file("2.root.json").to_vec();
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert_eq!(drive.fetched()[..2], ["3.root.json", "4.root.json"]);
}

#[test]
fn step_5_3_2_counts_from_the_stored_version() {
    let repository = with_roots(3);
    let mut device = Device::refreshed(&repository);
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert_eq!(drive.fetched()[0], "4.root.json");
}

#[test]
fn step_5_3_3_asks_for_no_more_than_the_limit() {
    let repository = with_roots(2);
    let mut device = Device::new(&repository);
    device.settings.root_max_length = 70_000;
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert!(drive.transcript.contains(&Event::Fetch("2.root.json".into(), 70_000)));
    assert!(drive.transcript.contains(&Event::Fetch("3.root.json".into(), 70_000)));
}

#[test]
fn step_5_3_3_refuses_more_bytes_than_the_limit() {
    let repository = with_roots(2);
    let endless = repository.mirror.clone().endlessly("2.root.json");
    let limit = Device::new(&repository).settings.root_max_length;
    let report = Device::new(&repository).refuses(
        "2.root.json",
        &endless,
        &over_the_limit("2.root.json", limit),
        &repository.mirror,
    );
    assert_eq!(report.root.version, 2);
}

#[test]
fn step_5_3_3_takes_exactly_as_many_bytes_as_the_limit() {
    let repository = with_roots(2);
    let mut device = Device::new(&repository);
    device.settings.root_max_length = repository.mirror.file("2.root.json").len() as u64;
    assert_eq!(device.refresh(&repository.mirror).unwrap().root.version, 2);
    let limit = device.settings.root_max_length - 1;
    let mut device = Device::new(&repository);
    device.settings.root_max_length = limit;
    assert_eq!(device.refresh(&repository.mirror).unwrap_err(), over_the_limit("2.root.json", limit));
}

#[test]
fn step_5_3_3_goes_on_where_no_newer_version_is() {
    let repository = with_roots(1);
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    let report = drive.refresh(&repository.mirror).unwrap();
    assert_eq!(drive.fetched()[..2], ["2.root.json", "timestamp.json"]);
    assert_eq!(report.waived, []);
}

#[test]
fn step_5_3_3_stops_at_the_limit_of_one_cycle_and_says_so() {
    let repository = with_roots(9);
    let mut device = Device::new(&repository);
    device.settings.max_root_updates = 3;
    for (version, limit_reached) in [(4, true), (7, true), (9, false)] {
        let report = device.refresh(&repository.mirror).unwrap();
        assert_eq!((report.root.version, ended_at_root_limit(&report)), (version, limit_reached));
    }
}

#[test]
fn step_5_3_3_accepts_256_versions_in_one_cycle_unless_told_otherwise() {
    let repository = with_roots(258);
    let mut device = Device::new(&repository);
    let report = device.refresh(&repository.mirror).unwrap();
    assert_eq!((report.root.version, ended_at_root_limit(&report)), (257, true));
    let report = device.refresh(&repository.mirror).unwrap();
    assert_eq!((report.root.version, ended_at_root_limit(&report)), (258, false));
}

#[test]
fn step_5_3_4_demands_the_threshold_of_the_trusted_version() {
    let honest = two_of_three().next_root().clone();
    let mut spoiled = two_of_three();
    spoiled.rotate("root", Authority::one("evil")).sign_with("root", &[Key::new("evil"), Key::new("a")]);
    spoiled.next_root();
    Device::new(&honest).refuses(
        "2.root.json",
        &spoiled.mirror,
        &arbitrary_software("root", ("root", 1), 2, 1),
        &honest.mirror,
    );
}

#[test]
fn step_5_3_4_demands_the_threshold_of_the_new_version() {
    let mut honest = two_of_three();
    honest.rotate("root", Authority::of(3, &["d", "e", "f"]));
    let mut spoiled = honest.clone();
    honest.next_root();
    spoiled.sign_with("root", &["a", "b", "d", "f"].map(Key::new)).next_root();
    Device::new(&honest).refuses(
        "2.root.json",
        &spoiled.mirror,
        &arbitrary_software("root", ("root", 2), 3, 2),
        &honest.mirror,
    );
}

#[test]
fn step_5_3_4_does_not_count_a_keyid_twice() {
    let mut honest = two_of_three();
    let mut spoiled = honest.clone();
    honest.next_root();
    spoiled.sign_with("root", &[Key::new("a"), Key::new("a")]).next_root();
    Device::new(&honest).refuses(
        "2.root.json",
        &spoiled.mirror,
        &signed_twice("2.root.json"),
        &honest.mirror,
    );
}

#[test]
fn step_5_3_4_counts_a_key_with_two_keyids_once() {
    let mut honest = Repository::new();
    let twins = ["x", "y"].map(|keyid| Key::new("a").with_keyid(keyid));
    let mut authority = Authority::of(2, &["b"]);
    authority.keys.extend(twins.clone());
    honest.rotate("root", authority).write_root();
    let mut spoiled = honest.clone();
    honest.next_root();
    spoiled.sign_with("root", &twins).next_root();
    Device::new(&honest).refuses(
        "2.root.json",
        &spoiled.mirror,
        &arbitrary_software("root", ("root", 1), 2, 1),
        &honest.mirror,
    );
}

#[test]
fn step_5_3_4_does_not_count_keys_that_are_listed_for_another_role() {
    let mut honest = two_of_three();
    let mut spoiled = honest.clone();
    honest.next_root();
    spoiled.sign_with("root", &[Key::new("a"), Key::new("targets-1"), Key::new("snapshot-1")]).next_root();
    Device::new(&honest).refuses(
        "2.root.json",
        &spoiled.mirror,
        &arbitrary_software("root", ("root", 1), 2, 1),
        &honest.mirror,
    );
}

#[test]
fn step_5_3_4_discards_the_file_and_begins_at_the_same_version_next_time() {
    let repository = with_roots(2);
    let spoiled =
        repository.mirror.clone().tampering("2.root.json", "\"version\": 2", "\"version\":  2 ,\"x\": 1");
    let mut device = Device::new(&repository);
    for _ in 0..2 {
        let failure = device.refresh(&spoiled).unwrap_err();
        assert_eq!(failure, arbitrary_software("root", ("root", 1), 1, 0));
        assert!(!device.store.contains_key("root_history/2.root.json"));
    }
    assert_eq!(device.refresh(&repository.mirror).unwrap().root.version, 2);
}

#[test]
fn step_5_3_5_refuses_a_version_that_is_too_high() {
    let repository = with_roots(3);
    let spoiled = repository.mirror.clone().passing_off("3.root.json", "2.root.json");
    let failure = rollback("root", "root", 1, Some(3));
    Device::new(&repository).refuses("2.root.json", &spoiled, &failure, &repository.mirror);
}

#[test]
fn step_5_3_5_refuses_a_version_that_is_too_low() {
    let repository = with_roots(3);
    for (old, version) in [("1.root.json", 1), ("2.root.json", 2)] {
        let spoiled = repository.mirror.clone().passing_off(old, "3.root.json");
        let failure = rollback("root", "root", 2, Some(version));
        let mut device = Device::new(&repository);
        device.refuses("3.root.json", &spoiled, &failure, &repository.mirror);
    }
}

#[test]
fn step_5_3_6_accepts_an_intermediate_version_that_has_expired() {
    let mut repository = Repository::new();
    repository.root = Header { version: 2, expires: NOW - 100 * DAY };
    repository.write_root();
    repository.root = Header { version: 3, expires: NOW + DAY };
    repository.write_root();
    assert_eq!(Device::new(&repository).refresh(&repository.mirror).unwrap().root.version, 3);
}

#[test]
fn step_5_3_7_judges_the_next_version_by_the_new_one() {
    let mut repository = Repository::new();
    repository.rotate("root", Authority::one("root-2")).next_root();
    let mut revoked = repository.clone();
    repository.next_root();
    revoked.sign_with("root", &[Key::new("root-1")]).next_root();
    Device::new(&repository).refuses(
        "3.root.json",
        &revoked.mirror,
        &arbitrary_software("root", ("root", 2), 1, 0),
        &repository.mirror,
    );
}

#[test]
fn step_5_3_8_persists_the_bytes_as_they_were_served() {
    let mut repository = with_roots(2);
    repository.listing = Listing::Everything;
    let device = Device::refreshed(&repository);
    assert_eq!(device.stored("root.json"), repository.mirror.file("2.root.json"));
    assert_eq!(device.stored("root_history/2.root.json"), repository.mirror.file("2.root.json"));
}

#[test]
fn step_5_3_8_persists_each_version_before_the_next_is_asked_for() {
    let repository = with_roots(3);
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    let place = |wanted: Event| drive.transcript.iter().position(|event| *event == wanted).unwrap();
    let history = place(Event::Persist("root_history/2.root.json".into()));
    let limit = device_limit();
    assert!(place(Event::Fetch("2.root.json".into(), limit)) < history);
    assert!(history < place(Event::Fetch("3.root.json".into(), limit)));
    let current = |event: &&Event| **event == Event::Persist("root.json".into());
    assert!(drive.transcript.iter().filter(current).count() >= 2);
}

#[test]
fn step_5_3_9_repeats_until_the_latest_version() {
    let mut repository = Repository::new();
    for label in ["root-2", "root-3", "root-4", "root-5"] {
        repository.rotate("root", Authority::one(label)).next_root();
    }
    let mut device = Device::new(&repository);
    assert_eq!(device.refresh(&repository.mirror).unwrap().root.version, 5);
    assert_eq!(device.stored("root.json"), repository.mirror.file("5.root.json"));
}

fn device_limit() -> u64 {
    tuf_verifier_core::Settings::default().root_max_length
}
