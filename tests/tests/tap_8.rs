//! TAP 8, rotate files: a role goes on with other keys than its delegator lists.

use tuf_tests::expected::{arbitrary_software, digest, endless_data, missing, mix_and_match, over_the_limit};
use tuf_tests::{
    Answer, Authority, Delegation, Device, Key, Listing, Mirror, MultiRole, Repository, Rotation,
};
use tuf_verifier_core::{Access, Failure, Mismatch, Missing, Place};

const PATH: &str = "x/app";
const FIRST: &str = "rotate/team.rotate.1";
const SECOND: &str = "rotate/team.rotate.2";

/// `targets` delegates `x/*` to `team`, which lists [`PATH`] and has rotated so many times, from the key `team` to
/// `team-1`, `team-2` and so on. The last key alone signs.
fn rotated(times: usize) -> Repository {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("team", &["x/*"])).add_target("team", PATH, b"1");
    let label = |number: usize| if number == 0 { "team".to_owned() } else { format!("team-{number}") };
    for number in 1..=times {
        let rotation = Rotation::to(Authority::one(&label(number)), &[&label(number - 1)]);
        repository.add_rotation("team", rotation);
    }
    repository.sign_with("team", &[Key::new(&label(times))]).publish();
    repository
}

fn find(mirror: &Mirror) -> Result<Answer, Failure> {
    Device::new_for(mirror).find(mirror, PATH)
}

fn is_found(answer: Result<Answer, Failure>) -> bool {
    matches!(answer, Ok(Answer::Found(_)))
}

#[test]
fn accepts_metadata_signed_by_the_keys_of_the_last_rotation() {
    for times in 0..4 {
        let mirror = rotated(times).mirror;
        let mut device = Device::new_for(&mirror);
        let mut drive = device.start().unwrap();
        drive.refresh(&mirror).unwrap();
        let (fetched, persisted) = (drive.fetched().len(), drive.persisted().len());
        assert!(is_found(drive.find(&mirror, PATH)), "{times}");
        let rotations: Vec<String> =
            (1..=times).map(|version| format!("rotate/team.rotate.{version}")).collect();
        assert_eq!(drive.fetched()[fetched..], [rotations.clone(), vec!["1.team.json".into()]].concat());
        assert_eq!(drive.persisted()[persisted..], [rotations, vec!["team.json".into()]].concat());
    }
}

#[test]
fn accepts_a_rotation_back_to_earlier_keys() {
    let mut repository = rotated(1);
    repository.add_rotation("team", Rotation::to(Authority::one("team"), &["team-1"]));
    repository.sign_with("team", &[Key::new("team")]).publish();
    assert!(is_found(find(&repository.mirror)));
}

#[test]
fn rejects_a_rotated_away_key_that_still_signs() {
    let mut repository = rotated(2);
    for stale in ["team", "team-1"] {
        repository.sign_with("team", &[Key::new(stale)]).publish();
        let failure = find(&repository.mirror).unwrap_err();
        assert_eq!(failure, arbitrary_software("team", (SECOND, 2), 1, 0));
    }
}

#[test]
fn rejects_a_rotate_file_that_the_new_keys_alone_signed() {
    let mut repository = rotated(0);
    repository.add_rotation("team", Rotation::to(Authority::one("thief"), &["thief"]));
    repository.sign_with("team", &[Key::new("thief")]).publish();
    let failure = find(&repository.mirror).unwrap_err();
    assert_eq!(failure, arbitrary_software(FIRST, ("targets", 1), 1, 0));
}

#[test]
fn rejects_a_rotate_file_that_rotated_away_keys_signed() {
    let mut repository = rotated(1);
    repository.add_rotation("team", Rotation::to(Authority::one("thief"), &["team"])).publish();
    let failure = find(&repository.mirror).unwrap_err();
    assert_eq!(failure, arbitrary_software(SECOND, (FIRST, 1), 1, 0));
}

/// The example of the proposal: from A, B and C to A, D and E, with two signatures each time.
#[test]
fn accepts_thresholds_of_old_keys_for_rotate_files_and_of_new_keys_for_metadata() {
    let mut repository = rotated(0);
    repository.role("targets").delegations[0].authority = Authority::of(2, &["A", "B", "C"]);
    for (rotators, signers, failure) in [
        (&["A", "B"][..], &["D", "E"][..], None),
        (&["B", "C"], &["A", "D", "E"], None),
        (&["A"], &["D", "E"], Some(arbitrary_software(FIRST, ("targets", 1), 2, 1))),
        (&["A", "D", "E"], &["D", "E"], Some(arbitrary_software(FIRST, ("targets", 1), 2, 1))),
        (&["A", "B"], &["A", "B", "C"], Some(arbitrary_software("team", (FIRST, 1), 2, 1))),
    ] {
        repository.rotations.clear();
        repository.add_rotation("team", Rotation::to(Authority::of(2, &["A", "D", "E"]), rotators));
        let signers: Vec<Key> = signers.iter().map(|label| Key::new(label)).collect();
        let answer = find(&repository.sign_with("team", &signers).publish().mirror);
        match failure {
            Some(failure) => assert_eq!(answer.unwrap_err(), failure),
            None => assert!(is_found(answer)),
        }
    }
}

#[test]
fn recovers_from_a_withheld_rotate_file() {
    let honest = rotated(2);
    let mut device = Device::new(&honest);
    let mut drive = device.start().unwrap();
    drive.refresh(&honest.mirror).unwrap();
    for file in [FIRST, SECOND] {
        let withheld = honest.mirror.clone().withholding(file);
        let answer = if file == FIRST { drive.find(&withheld, PATH) } else { drive.search(&withheld) };
        assert_eq!(answer.unwrap_err(), missing(file));
    }
    assert!(is_found(drive.search(&honest.mirror)));
}

#[test]
fn rejects_a_rotate_file_that_is_not_what_the_snapshot_lists() {
    let mut honest = rotated(1);
    honest.listing = Listing::Everything;
    honest.publish();
    let length = honest.mirror.file(FIRST).len() as u64;
    let spoiled = honest.mirror.clone().tampering(FIRST, "\"threshold\": 1", "\"threshold\" :1");
    assert_eq!(find(&spoiled).unwrap_err(), mix_and_match(FIRST, digest("sha256")));
    let endless = honest.mirror.clone().endlessly(FIRST);
    assert_eq!(find(&endless).unwrap_err(), endless_data(FIRST, length));
}

#[test]
fn rejects_an_endless_rotate_file_whose_length_is_not_listed() {
    let endless = rotated(1).mirror.endlessly(FIRST);
    assert_eq!(find(&endless).unwrap_err(), over_the_limit(FIRST, 5_000_000));
}

/// Somebody who has the rotated-away key makes another rotate file of the same version.
#[test]
fn recovers_from_a_replaced_rotate_file() {
    for listing in [Listing::Versions, Listing::Everything] {
        let mut honest = rotated(1);
        honest.listing = listing;
        let mut device = Device::new(honest.publish());
        device.find(&honest.mirror, PATH).unwrap();
        let mut evil = honest.clone();
        evil.rotations.clear();
        evil.add_rotation("team", Rotation::to(Authority::one("thief"), &["team"]));
        evil.sign_with("team", &[Key::new("thief")]).release();
        assert!(is_found(find(&evil.mirror)), "who never saw the first one cannot tell");
        let mut drive = device.start().unwrap();
        drive.refresh(&evil.mirror).unwrap();
        let failure = drive.find(&evil.mirror, PATH).unwrap_err();
        assert_eq!(failure, mix_and_match(FIRST, Mismatch::Replaced));
    }
}

#[test]
fn fetches_a_stored_rotate_file_again_only_where_the_snapshot_lists_no_hash() {
    for (listing, again) in [(Listing::Versions, vec![FIRST]), (Listing::Everything, vec![])] {
        let mut repository = rotated(1);
        repository.listing = listing;
        let mut device = Device::new(repository.publish());
        device.find(&repository.mirror, PATH).unwrap();
        assert_eq!(device.stored(FIRST), repository.mirror.file(FIRST));
        let mut drive = device.start().unwrap();
        drive.refresh(&repository.mirror).unwrap();
        assert!(is_found(drive.find(&repository.mirror, PATH)));
        assert_eq!(drive.fetched(), [vec!["2.root.json", "timestamp.json"], again].concat());
    }
}

#[test]
fn replaces_a_stored_rotate_file_that_is_of_no_use() {
    let repository = rotated(1);
    for damaged in [b"".to_vec(), b"{}".to_vec(), repository.mirror.file("1.team.json").to_vec()] {
        let mut device = Device::refreshed(&repository);
        device.store.insert(FIRST.into(), damaged);
        assert!(is_found(device.find(&repository.mirror, PATH)));
        assert_eq!(device.stored(FIRST), repository.mirror.file(FIRST));
    }
}

/// Once the delegator lists other keys, the stored rotate file was not signed by any of them.
#[test]
fn accepts_another_rotate_file_after_the_delegator_has_listed_other_keys() {
    let mut repository = rotated(1);
    let mut device = Device::new(&repository);
    device.find(&repository.mirror, PATH).unwrap();
    repository.role("targets").delegations[0].authority = Authority::one("team again");
    repository.rotations.clear();
    repository.add_rotation("team", Rotation::to(Authority::one("team again-1"), &["team again"]));
    repository.sign_with("team", &[Key::new("team again-1")]).release();
    assert!(is_found(device.find(&repository.mirror, PATH)));
    assert_eq!(device.stored(FIRST), repository.mirror.file(FIRST));
}

#[test]
fn accepts_rotate_files_of_the_store_alone() {
    for listing in [Listing::Versions, Listing::Everything] {
        let mut repository = rotated(2);
        repository.rotations.insert("targets".into(), vec![]);
        repository.add_rotation("targets", Rotation::to(Authority::one("targets-2"), &["targets-1"]));
        repository.listing = listing;
        let mut device = Device::new(repository.publish());
        device.find(&repository.mirror, PATH).unwrap();
        device.settings.access = Access::Store;
        assert!(is_found(device.find(&Mirror::default(), PATH)));
        for file in [SECOND, "rotate/targets.rotate.1"] {
            let kept = device.store.remove(file).unwrap();
            let expected = Missing { name: file.into(), place: Place::Store };
            assert_eq!(device.find(&Mirror::default(), PATH).unwrap_err(), Failure::Missing(expected));
            device.store.insert(file.into(), kept);
        }
    }
}

#[test]
fn the_top_level_targets_role_rotates_too() {
    let mut repository = Repository::new();
    repository.add_rotation("targets", Rotation::to(Authority::one("targets-2"), &["targets-1"]));
    repository.sign_with("targets", &[Key::new("targets-2")]).publish();
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    let order =
        ["2.root.json", "timestamp.json", "1.snapshot.json", "rotate/targets.rotate.1", "1.targets.json"];
    assert_eq!(drive.fetched(), order);
    let mut stale = repository.clone();
    stale.sign_with("targets", &[Key::new("targets-1")]).publish();
    let failure = arbitrary_software("targets", ("rotate/targets.rotate.1", 1), 1, 0);
    let mut device = Device::new(&repository);
    device.refuses("1.targets.json", &stale.mirror, &failure, &repository.mirror);
    let withheld = repository.mirror.clone().withholding("rotate/targets.rotate.1");
    let failure = missing("rotate/targets.rotate.1");
    Device::new(&repository).refuses("rotate/targets.rotate.1", &withheld, &failure, &repository.mirror);
}

#[test]
fn a_role_of_a_multi_role_delegation_rotates_too() {
    let mut repository = Repository::new();
    repository.delegate_to_roles("targets", MultiRole::new("release", 2, &["a", "b"], &["x/*"]));
    repository.add_target("a", PATH, b"1").add_target("b", PATH, b"1");
    repository.add_rotation("b", Rotation::to(Authority::one("b-1"), &["b"]));
    assert!(is_found(find(&repository.sign_with("b", &[Key::new("b-1")]).publish().mirror)));
    let failure = find(&repository.sign_with("b", &[Key::new("b")]).publish().mirror).unwrap_err();
    assert_eq!(failure, arbitrary_software("b", ("rotate/b.rotate.1", 1), 1, 0));
}

/// Two parents list other keys for one role: the rotate file must be signed by those of the parent on the way.
#[test]
fn rotate_files_are_judged_under_the_keys_of_each_delegator() {
    let mut repository = Repository::new();
    for (parent, paths) in [("a", "a/*"), ("b", "b/*")] {
        repository.delegate("targets", Delegation::paths(parent, &[paths]));
        let shared =
            Delegation { authority: Authority::one(parent), ..Delegation::paths("shared", &[paths]) };
        repository.delegate(parent, shared);
    }
    repository.add_target("shared", "a/app", b"1").add_target("shared", "b/app", b"2");
    repository.sign_with("shared", &[Key::new("new")]);
    for (signers, b_is_found) in [(&["a", "b"][..], true), (&["a"], false)] {
        repository.rotations.clear();
        repository.add_rotation("shared", Rotation::to(Authority::one("new"), signers)).publish();
        let mut device = Device::new(&repository);
        for _ in ["with an empty store", "with a full one"] {
            let mut drive = device.start().unwrap();
            drive.refresh(&repository.mirror).unwrap();
            assert!(is_found(drive.find(&repository.mirror, "a/app")));
            match drive.find(&repository.mirror, "b/app") {
                Err(failure) if !b_is_found => {
                    assert_eq!(failure, arbitrary_software("rotate/shared.rotate.1", ("b", 1), 1, 0));
                }
                answer => assert!(b_is_found && is_found(answer)),
            }
        }
    }
}
