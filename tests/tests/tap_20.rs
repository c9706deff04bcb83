//! TAP 20, self-revocation: a rotation to the null key ends the trust in a role.

use tuf_tests::expected::{arbitrary_software, defect_of, mix_and_match, revoked};
use tuf_tests::{
    Answer, Authority, Delegation, Device, Json, Key, Listing, Mirror, MultiRole, Repository, Rotation,
};
use tuf_verifier_core::{Access, Defect, Failure, Mismatch};

const PATH: &str = "x/app";
const FIRST: &str = "rotate/team.rotate.1";

/// `targets` delegates `x/*` to `team`, which lists [`PATH`] and is signed by the key `team`.
fn with_team() -> Repository {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("team", &["x/*"])).add_target("team", PATH, b"1");
    repository.publish();
    repository
}

/// The same after this one rotation.
fn rotated(rotation: Rotation) -> Repository {
    let mut repository = with_team();
    repository.add_rotation("team", rotation).publish();
    repository
}

fn find(mirror: &Mirror) -> Result<Answer, Failure> {
    Device::new_for(mirror).find(mirror, PATH)
}

fn is_found(answer: Result<Answer, Failure>) -> bool {
    matches!(answer, Ok(Answer::Found(_)))
}

#[test]
fn rejects_a_revoked_role_that_still_signs() {
    let repository = rotated(Rotation::to_null(&["team"]));
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    for _ in ["once", "again"] {
        assert_eq!(drive.find(&repository.mirror, PATH).unwrap_err(), revoked("team", 1));
    }
    assert!(is_found(drive.find(&repository.mirror, "app-1.0.tar.gz")));
    assert!(!drive.fetched().contains(&"1.team.json"), "nothing of a revoked role is fetched");
    assert!(drive.persisted().contains(&FIRST));
}

#[test]
fn rejects_a_role_revoked_by_a_null_key_of_any_form() {
    let null = || Json::object([("keytype", "null")]);
    let mut whole = null();
    whole.set("scheme", "null").set("keyval", Json::object([("public", "")]));
    let beside_a_key = Json::object([("null", null()), ("other", Key::new("team").public())]);
    for keys in
        [Json::Object(vec![]), Json::object([("null", null())]), Json::object([("0", whole)]), beside_a_key]
    {
        let rotation = Rotation { keys: Some(keys), ..Rotation::to(Authority::one("team"), &["team"]) };
        assert_eq!(find(&rotated(rotation).mirror).unwrap_err(), revoked("team", 1));
    }
}

#[test]
fn rejects_null_keys_that_are_none() {
    for keys in [Json::raw("null"), Json::Array(vec![]), Json::object([("null", Json::raw("null"))])] {
        let rotation = Rotation { keys: Some(keys), ..Rotation::to_null(&["team"]) };
        let defect = defect_of(FIRST, find(&rotated(rotation).mirror).unwrap_err());
        assert!(matches!(defect, Defect::Field { field: "keys", .. }), "{defect:?}");
    }
}

#[test]
fn rejects_a_revocation_that_the_current_keys_did_not_sign() {
    let failure = find(&rotated(Rotation::to_null(&["stranger"])).mirror).unwrap_err();
    assert_eq!(failure, arbitrary_software(FIRST, ("targets", 1), 1, 0));
    let mut repository = rotated(Rotation::to(Authority::one("new"), &["team"]));
    repository.add_rotation("team", Rotation::to_null(&["team"])).publish();
    let failure = find(&repository.mirror).unwrap_err();
    assert_eq!(failure, arbitrary_software("rotate/team.rotate.2", (FIRST, 1), 1, 0));
}

#[test]
fn rejects_a_role_that_was_revoked_after_it_was_rotated() {
    let mut repository = rotated(Rotation::to(Authority::one("new"), &["team"]));
    repository.sign_with("team", &[Key::new("new")]);
    repository.add_rotation("team", Rotation::to_null(&["new"])).publish();
    assert_eq!(find(&repository.mirror).unwrap_err(), revoked("team", 2));
}

#[test]
fn does_not_follow_rotate_files_after_a_revocation() {
    let mut repository = rotated(Rotation::to_null(&["team"]));
    repository.add_rotation("team", Rotation::to(Authority::one("thief"), &["team"]));
    repository.sign_with("team", &[Key::new("thief")]).publish();
    assert_eq!(find(&repository.mirror).unwrap_err(), revoked("team", 1));
}

/// The only way in which a rotate file may be replaced.
#[test]
fn accepts_a_revocation_in_the_place_of_a_rotate_file() {
    for listing in [Listing::Versions, Listing::Everything] {
        let mut repository = rotated(Rotation::to(Authority::one("new"), &["team"]));
        repository.listing = listing;
        let mut device = Device::new(repository.sign_with("team", &[Key::new("new")]).publish());
        assert!(is_found(device.find(&repository.mirror, PATH)));
        let before = repository.clone();
        repository.rotations.insert("team".into(), vec![Rotation::to_null(&["team"])]);
        repository.release();
        assert_eq!(device.find(&repository.mirror, PATH).unwrap_err(), revoked("team", 1));
        assert_eq!(device.stored(FIRST), repository.mirror.file(FIRST));

        let mut undone = before.clone();
        (undone.snapshot.version, undone.timestamp.version) = (2, 2);
        undone.release();
        let mut drive = device.start().unwrap();
        drive.refresh(&undone.mirror).unwrap();
        assert_eq!(drive.find(&undone.mirror, PATH).unwrap_err(), revoked("team", 1));
        assert!(!drive.fetched().contains(&FIRST), "a revocation is not asked for again");
    }
}

#[test]
fn rejects_anything_else_in_the_place_of_a_rotate_file() {
    let mut repository = rotated(Rotation::to(Authority::one("new"), &["team"]));
    let mut device = Device::new(repository.sign_with("team", &[Key::new("new")]).publish());
    assert!(is_found(device.find(&repository.mirror, PATH)));
    repository.rotations.insert("team".into(), vec![Rotation::to(Authority::one("other"), &["team"])]);
    repository.release();
    let failure = device.find(&repository.mirror, PATH).unwrap_err();
    assert_eq!(failure, mix_and_match(FIRST, Mismatch::Replaced));
}

#[test]
fn the_delegator_can_trust_the_role_again_under_other_keys() {
    let mut repository = rotated(Rotation::to_null(&["team"]));
    let mut device = Device::new(&repository);
    assert_eq!(device.find(&repository.mirror, PATH).unwrap_err(), revoked("team", 1));
    repository.role("targets").delegations[0].authority = Authority::one("team again");
    repository
        .rotations
        .insert("team".into(), vec![Rotation::to(Authority::one("team again-1"), &["team again"])]);
    repository.sign_with("team", &[Key::new("team again-1")]).release();
    assert!(is_found(device.find(&repository.mirror, PATH)));
}

#[test]
fn rejects_the_top_level_targets_role_that_was_revoked() {
    let mut repository = Repository::new();
    repository.add_rotation("targets", Rotation::to_null(&["targets-1"])).publish();
    let mut device = Device::new(&repository);
    for _ in ["from the repository", "from the store"] {
        let mut drive = device.start().unwrap();
        for _ in ["once", "again"] {
            assert_eq!(drive.refresh(&repository.mirror).unwrap_err(), revoked("targets", 1));
        }
        assert!(!drive.fetched().contains(&"1.targets.json"));
        assert_eq!(
            device.stored("rotate/targets.rotate.1"),
            repository.mirror.file("rotate/targets.rotate.1")
        );
    }
    device.settings.access = Access::Store;
    assert_eq!(device.refresh(&Mirror::default()).unwrap_err(), revoked("targets", 1));
}

#[test]
fn rejects_a_revoked_role_of_the_store_alone() {
    let repository = rotated(Rotation::to_null(&["team"]));
    let mut device = Device::new(&repository);
    assert_eq!(device.find(&repository.mirror, PATH).unwrap_err(), revoked("team", 1));
    device.settings.access = Access::Store;
    assert_eq!(device.find(&Mirror::default(), PATH).unwrap_err(), revoked("team", 1));
}

#[test]
fn a_revoked_role_of_a_multi_role_delegation_ends_the_search() {
    let mut repository = Repository::new();
    repository.delegate_to_roles("targets", MultiRole::new("release", 1, &["a", "b"], &["x/*"]));
    repository.add_target("a", PATH, b"1").add_target("b", PATH, b"1");
    repository.add_rotation("b", Rotation::to_null(&["b"])).publish();
    assert_eq!(find(&repository.mirror).unwrap_err(), revoked("b", 1));
}
