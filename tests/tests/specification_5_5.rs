//! 5.5, update the snapshot role.

use tuf_tests::expected::{
    arbitrary_software, digest, endless_data, freeze, length, missing, mix_and_match, over_the_limit,
    rollback, signed_twice, version,
};
use tuf_tests::{Authority, Delegation, Device, Event, Json, Key, Listing, NOW, Repository, sha512};
use tuf_verifier_core::Mismatch;

const SNAPSHOT: &str = "1.snapshot.json";

/// A repository whose timestamp lists the length and the hashes of the snapshot.
fn listing_everything() -> Repository {
    let mut repository = Repository::new();
    repository.listing = Listing::Everything;
    repository.publish();
    repository
}

/// A repository with a delegated role `team`, at version 3 of everything.
fn at_version_3() -> Repository {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("team", &["team/*"]));
    repository.role("team").header.version = 3;
    repository.release().release();
    repository
}

/// The second release of `repository`, spoiled by the function before it is published.
fn next_release(repository: &Repository, spoil: impl Fn(&mut Repository)) -> Repository {
    let mut next = repository.clone();
    spoil(&mut next);
    next.release();
    next
}

#[test]
fn step_5_5_1_asks_for_no_more_than_the_limit_where_no_length_is_listed() {
    let repository = Repository::new();
    let mut device = Device::new(&repository);
    device.settings.snapshot_max_length = 7_777;
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert!(drive.transcript.contains(&Event::Fetch(SNAPSHOT.into(), 7_777)));
}

#[test]
fn step_5_5_1_refuses_more_bytes_than_the_limit() {
    let repository = Repository::new();
    let mut device = Device::new(&repository);
    let limit = device.settings.snapshot_max_length;
    let endless = repository.mirror.clone().endlessly(SNAPSHOT);
    device.refuses(SNAPSHOT, &endless, &over_the_limit(SNAPSHOT, limit), &repository.mirror);
}

#[test]
fn step_5_5_1_lets_the_listed_length_govern() {
    let repository = listing_everything();
    let listed = repository.mirror.file(SNAPSHOT).len() as u64;
    let mut device = Device::new(&repository);
    device.settings.snapshot_max_length = 1;
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert!(drive.transcript.contains(&Event::Fetch(SNAPSHOT.into(), listed)));
}

#[test]
fn step_5_5_1_refuses_more_bytes_than_listed() {
    let repository = listing_everything();
    let listed = repository.mirror.file(SNAPSHOT).len() as u64;
    let endless = repository.mirror.clone().endlessly(SNAPSHOT);
    let failure = endless_data(SNAPSHOT, listed);
    Device::new(&repository).refuses(SNAPSHOT, &endless, &failure, &repository.mirror);
}

#[test]
fn step_5_5_1_refuses_fewer_bytes_than_listed() {
    let repository = listing_everything();
    let bytes = repository.mirror.file(SNAPSHOT);
    let listed = bytes.len() as u64;
    let cut = repository.mirror.clone().replacing(SNAPSHOT, &bytes[..bytes.len() - 1]);
    let failure = mix_and_match("snapshot", length(listed, listed - 1));
    Device::new(&repository).refuses(SNAPSHOT, &cut, &failure, &repository.mirror);
}

#[test]
fn step_5_5_1_names_the_file_by_its_version_where_snapshots_are_consistent() {
    for (consistent, name) in [(Some(true), "2.snapshot.json"), (Some(false), "snapshot.json")] {
        let mut repository = Repository::new();
        repository.consistent_snapshot = consistent;
        repository.next_root().release();
        let mut device = Device::new(&repository);
        let mut drive = device.start().unwrap();
        drive.refresh(&repository.mirror).unwrap();
        assert_eq!(drive.fetched()[3], name);
    }
}

#[test]
fn step_5_5_1_reports_a_snapshot_that_is_not_there() {
    let repository = Repository::new();
    let withheld = repository.mirror.clone().withholding(SNAPSHOT);
    Device::new(&repository).refuses(SNAPSHOT, &withheld, &missing(SNAPSHOT), &repository.mirror);
}

#[test]
fn step_5_5_2_compares_the_hash_before_the_signature() {
    let repository = listing_everything();
    let spoiled = repository.mirror.clone().tampering(SNAPSHOT, "\"sig\": \"", "\"sig\":\"0");
    let failure = mix_and_match("snapshot", digest("sha256"));
    Device::new(&repository).refuses(SNAPSHOT, &spoiled, &failure, &repository.mirror);
}

#[test]
fn step_5_5_2_refuses_a_well_signed_snapshot_that_is_not_the_listed_one() {
    let repository = listing_everything();
    let mut other = repository.clone();
    other.edit("snapshot", |signed| {
        signed.set("expires", "2027-01-22T08:00:01Z");
    });
    let spoiled = repository.mirror.clone().replaying(SNAPSHOT, &other.write_snapshot().mirror);
    let failure = mix_and_match("snapshot", digest("sha256"));
    Device::new(&repository).refuses(SNAPSHOT, &spoiled, &failure, &repository.mirror);
}

#[test]
fn step_5_5_2_compares_every_listed_hash() {
    let mut repository = listing_everything();
    let right = sha512(repository.mirror.file(SNAPSHOT));
    repository.edit("timestamp", move |signed| {
        signed.at(&["meta", "snapshot.json", "hashes"]).set("sha512", right.as_str());
    });
    let mut wrong = repository.clone();
    wrong.edit("timestamp", |signed| {
        signed.at(&["meta", "snapshot.json", "hashes"]).set("sha512", "00".repeat(64));
    });
    let failure = mix_and_match("snapshot", digest("sha512"));
    assert_eq!(Device::new(&wrong).refresh(&wrong.write_timestamp().mirror).unwrap_err(), failure);
    assert!(Device::new(&repository).refresh(&repository.write_timestamp().mirror).is_ok());
}

#[test]
fn step_5_5_2_refuses_a_listing_of_which_no_hash_can_be_compared() {
    let mut repository = listing_everything();
    repository.edit("timestamp", |signed| {
        signed.at(&["meta", "snapshot.json"]).set("hashes", Json::object([("md5", "00".repeat(16))]));
    });
    let failure = Device::new(&repository).refresh(&repository.write_timestamp().mirror).unwrap_err();
    assert_eq!(failure.code(), "no-supported-hash");
}

#[test]
fn step_5_5_3_refuses_a_key_that_root_does_not_list() {
    let repository = Repository::new();
    let mut forged = repository.with_stolen_keys_of(&["timestamp", "targets"]);
    let failure = arbitrary_software("snapshot", ("root", 1), 1, 0);
    Device::new(&repository).refuses(SNAPSHOT, &forged.publish().mirror, &failure, &repository.mirror);
}

#[test]
fn step_5_5_3_demands_the_threshold() {
    let mut repository = Repository::new();
    repository.rotate("snapshot", Authority::of(2, &["a", "b", "c"])).write_root().publish();
    let failure = arbitrary_software("snapshot", ("root", 1), 2, 1);
    let a = Key::new("a");
    for signers in [vec![a.clone()], vec![a.clone(), Key::new("timestamp-1")]] {
        let mut spoiled = repository.clone();
        spoiled.sign_with("snapshot", &signers).publish();
        Device::new(&repository).refuses(SNAPSHOT, &spoiled.mirror, &failure, &repository.mirror);
    }
    let mut spoiled = repository.clone();
    spoiled.sign_with("snapshot", &[a.clone(), a.clone()]).publish();
    Device::new(&repository).refuses(SNAPSHOT, &spoiled.mirror, &signed_twice(SNAPSHOT), &repository.mirror);
}

#[test]
fn step_5_5_4_refuses_another_version_than_the_listed_one() {
    let repository = Repository::new();
    let mut newer = repository.clone();
    newer.release();
    let spoiled = newer.mirror.clone().passing_off("1.snapshot.json", "2.snapshot.json");
    let failure = mix_and_match("snapshot", version(2, 1));
    Device::new(&repository).refuses("2.snapshot.json", &spoiled, &failure, &newer.mirror);
    let spoiled = repository.mirror.clone().replaying(SNAPSHOT, &newer.mirror);
    let spoiled = spoiled.replacing(SNAPSHOT, newer.mirror.file("2.snapshot.json"));
    let failure = mix_and_match("snapshot", version(1, 2));
    Device::new(&repository).refuses(SNAPSHOT, &spoiled, &failure, &repository.mirror);
}

#[test]
fn step_5_5_4_refuses_a_snapshot_that_does_not_list_the_targets_metadata() {
    let honest = Repository::new();
    let mut spoiled = honest.clone();
    spoiled.edit("snapshot", |signed| {
        signed.at(&["meta"]).remove("targets.json");
    });
    let failure = mix_and_match("targets", Mismatch::Unlisted);
    Device::new(&honest).refuses(SNAPSHOT, &spoiled.publish().mirror, &failure, &honest.mirror);
}

#[test]
fn step_5_5_5_refuses_a_lower_version_of_targets() {
    let repository = at_version_3();
    let spoiled = next_release(&repository, |next| next.role("targets").header.version = 1);
    let honest = next_release(&repository, |_| {});
    let failure = rollback("snapshot", "targets", 3, Some(2));
    Device::refreshed(&repository).refuses("4.snapshot.json", &spoiled.mirror, &failure, &honest.mirror);
}

#[test]
fn step_5_5_5_refuses_a_lower_version_of_a_delegated_role() {
    let repository = at_version_3();
    let spoiled = next_release(&repository, |next| next.role("team").header.version = 2);
    let honest = next_release(&repository, |_| {});
    let failure = rollback("snapshot", "team", 3, Some(2));
    Device::refreshed(&repository).refuses("4.snapshot.json", &spoiled.mirror, &failure, &honest.mirror);
}

#[test]
fn step_5_5_5_refuses_to_lose_a_listed_file() {
    let repository = at_version_3();
    let honest = next_release(&repository, |_| {});
    for (role, trusted) in [("targets", 3), ("team", 3)] {
        let spoiled = next_release(&repository, |next| {
            next.edit("snapshot", move |signed: &mut Json| {
                signed.at(&["meta"]).remove(&format!("{role}.json"));
            });
        });
        let failure = rollback("snapshot", role, trusted, None);
        Device::refreshed(&repository).refuses("4.snapshot.json", &spoiled.mirror, &failure, &honest.mirror);
    }
}

/// Snapshots of old tools list them too. Neither is targets metadata.
#[test]
fn step_5_5_5_accepts_to_lose_root_and_mirrors() {
    let mut repository = Repository::new();
    repository.edit("snapshot", |signed: &mut Json| {
        for file in ["root.json", "mirrors.json"] {
            signed.at(&["meta"]).set(file, Json::object([("version", Json::from(7_u64))]));
        }
    });
    let mut device = Device::refreshed(repository.publish());
    let next = next_release(&repository, |next| _ = next.edit("snapshot", |_| {}));
    assert_eq!(device.refresh(&next.mirror).unwrap().snapshot.version, 2);
}

#[test]
fn step_5_5_5_judges_by_the_stored_snapshot_even_after_it_has_expired() {
    let repository = at_version_3();
    let mut device = Device::refreshed(&repository);
    device.now = repository.snapshot.expires + 1;
    let later = |next: &mut Repository| {
        next.timestamp.expires = repository.snapshot.expires + 1_000;
        next.snapshot.expires = repository.snapshot.expires + 1_000;
    };
    let honest = next_release(&repository, later);
    let spoiled = next_release(&honest, |next| {
        next.timestamp.version = 3;
        next.snapshot.version = 3;
        next.role("team").header.version = 1;
    });
    let failure = rollback("snapshot", "team", 3, Some(1));
    device.refuses("4.snapshot.json", &spoiled.mirror, &failure, &honest.mirror);
}

#[test]
fn step_5_5_5_accepts_equal_and_added_versions() {
    let repository = at_version_3();
    let mut device = Device::refreshed(&repository);
    let honest = next_release(&repository, |next| {
        next.role("targets").header.version = 2;
        next.delegate("targets", Delegation::paths("another", &["another/*"]));
    });
    assert_eq!(device.refresh(&honest.mirror).unwrap().targets.version, 3);
}

#[test]
fn step_5_5_6_refuses_an_expired_snapshot() {
    let repository = Repository::new();
    let spoiled = next_release(&repository, |next| next.snapshot.expires = NOW - 1);
    let honest = next_release(&repository, |_| {});
    let failure = freeze("snapshot", 2, NOW - 1);
    Device::refreshed(&repository).refuses("2.snapshot.json", &spoiled.mirror, &failure, &honest.mirror);
}

#[test]
fn step_5_5_6_demands_an_expiry_higher_than_the_start_time() {
    let repository = Repository::new();
    let last_second = next_release(&repository, |next| next.snapshot.expires = NOW + 1);
    assert!(Device::new(&repository).refresh(&last_second.mirror).is_ok());
    let too_late = next_release(&repository, |next| next.snapshot.expires = NOW);
    assert_eq!(Device::new(&repository).refresh(&too_late.mirror).unwrap_err(), freeze("snapshot", 2, NOW));
}

#[test]
fn step_5_5_7_persists_the_bytes_as_they_were_served() {
    let repository = at_version_3();
    let device = Device::refreshed(&repository);
    assert_eq!(device.stored("snapshot.json"), repository.mirror.file("3.snapshot.json"));
}
