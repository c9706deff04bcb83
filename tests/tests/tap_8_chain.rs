//! TAP 8, which rotate files belong to a role, and what they must say.

use tuf_tests::expected::{
    arbitrary_software, defect_of, endless_rotation, mix_and_match, rollback, signed_twice, version,
};
use tuf_tests::{Answer, Authority, Delegation, Device, Json, Key, Mirror, Repository, Rotation};
use tuf_verifier_core::{Defect, Failure, Mismatch};

const PATH: &str = "x/app";
const FIRST: &str = "rotate/team.rotate.1";

/// `targets` delegates `x/*` to a role, which lists [`PATH`].
fn delegated(role: &str) -> Repository {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths(role, &["x/*"])).add_target(role, PATH, b"1");
    repository
}

/// The same, with one rotation to the key `new`, which alone signs the role.
fn rotated(role: &str) -> Repository {
    let mut repository = delegated(role);
    repository.add_rotation(role, Rotation::to(Authority::one("new"), &[role]));
    repository.sign_with(role, &[Key::new("new")]);
    repository
}

fn find(mirror: &Mirror) -> Result<Answer, Failure> {
    Device::new_for(mirror).find(mirror, PATH)
}

/// Lists a rotate file in the snapshot, or does not.
fn list(snapshot: &mut Json, name: &str, listed: bool) {
    let meta = snapshot.at(&["meta"]);
    match listed {
        true => meta.set(name, Json::object([("version", 1_u64)])),
        false => meta.remove(name),
    };
}

/// The search fails this way, and other searches go on.
fn fails(repository: &mut Repository, failure: &Failure) {
    let mut device = Device::new(repository.publish());
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    for _ in ["once", "again"] {
        assert_eq!(&drive.find(&repository.mirror, PATH).unwrap_err(), failure);
    }
    assert!(matches!(drive.find(&repository.mirror, "app-1.0.tar.gz"), Ok(Answer::Found(_))));
}

#[test]
fn rejects_a_gap_between_rotate_files() {
    for (listed, unlisted) in [(&[1, 3][..], 2), (&[2], 1), (&[0], 1), (&[0, 1], 2), (&[1, 2, 4, 5], 3)] {
        let mut repository = delegated("team");
        repository.edit("snapshot", move |snapshot| {
            for version in listed {
                list(snapshot, &format!("rotate/team.rotate.{version}"), true);
            }
        });
        let unlisted = format!("rotate/team.rotate.{unlisted}");
        fails(&mut repository, &mix_and_match(&unlisted, Mismatch::Unlisted));
    }
}

#[test]
fn rejects_versions_that_are_not_written_as_numbers_are() {
    for name in ["rotate/team.rotate.01", "rotate/team.rotate.18446744073709551617"] {
        let mut repository = delegated("team");
        repository.edit("snapshot", move |snapshot| list(snapshot, name, true));
        fails(&mut repository, &mix_and_match(FIRST, Mismatch::Unlisted));
    }
}

#[test]
fn ignores_what_is_no_rotate_file_of_the_role() {
    let mut repository = delegated("team");
    repository.edit("snapshot", |snapshot| {
        for name in [
            "rotate/team.rotate.",
            "rotate/team.rotate.x",
            "rotate/team.rotate.-1",
            "rotate/team.rotate.1.rotate.1",
            "rotate/team.rotate.1.json",
            "rotate/tea.rotate.1",
            "rotate/teams.rotate.1",
            "rotate/TEAM.rotate.1",
            "team.rotate.1",
            "rotate/root.rotate.1",
            "rotate/timestamp.rotate.1",
            "rotate/snapshot.rotate.1",
        ] {
            list(snapshot, name, true);
        }
    });
    assert!(matches!(find(&repository.publish().mirror), Ok(Answer::Found(_))));
}

#[test]
fn rejects_a_gap_between_rotate_files_of_the_top_level_targets_role() {
    let honest = Repository::new();
    let mut spoiled = honest.clone();
    spoiled.edit("snapshot", |snapshot| list(snapshot, "rotate/targets.rotate.2", true)).publish();
    let failure = mix_and_match("rotate/targets.rotate.1", Mismatch::Unlisted);
    Device::new(&honest).refuses("1.snapshot.json", &spoiled.mirror, &failure, &honest.mirror);
}

/// 5.5.5: what a snapshot has listed it lists for ever, or the man in the middle could undo a rotation.
#[test]
fn rejects_a_snapshot_that_no_longer_lists_a_rotate_file() {
    let mut repository = rotated("team");
    let mut device = Device::refreshed(repository.publish());
    repository.rotations.clear();
    let failure = device.refresh(&repository.release().mirror).unwrap_err();
    assert_eq!(failure, rollback("snapshot", FIRST, 1, None));
}

#[test]
fn rejects_more_rotate_files_than_the_settings_allow() {
    let mut repository = delegated("team");
    let label = |number: u64| format!("key {number}");
    repository.role("targets").delegations[0].authority = Authority::one(&label(0));
    for number in 0..33 {
        repository.add_rotation("team", Rotation::to(Authority::one(&label(number + 1)), &[&label(number)]));
    }
    fails(&mut repository, &endless_rotation("team", 32));
    repository.rotations.get_mut("team").unwrap().truncate(32);
    repository.sign_with("team", &[Key::new("key 32")]);
    assert!(matches!(find(&repository.publish().mirror), Ok(Answer::Found(_))));
    let mut device = Device::new(&repository);
    device.settings.max_rotations = 31;
    assert_eq!(device.find(&repository.mirror, PATH).unwrap_err(), endless_rotation("team", 31));
}

#[test]
fn rejects_more_rotate_files_of_the_top_level_targets_role_than_the_settings_allow() {
    let mut repository = Repository::new();
    repository.add_rotation("targets", Rotation::to(Authority::one("targets-2"), &["targets-1"]));
    let mut device = Device::new(repository.publish());
    device.settings.max_rotations = 0;
    assert_eq!(device.refresh(&repository.mirror).unwrap_err(), endless_rotation("targets", 0));
}

/// Two roles have the same keys. A rotation of the one must not rotate the other.
#[test]
fn rejects_a_rotate_file_of_another_role() {
    let mut repository = rotated("team");
    let mut other = Delegation::paths("other", &["y/*"]);
    other.authority = Authority::one("team");
    repository.delegate("targets", other);
    repository.add_rotation("other", Rotation::to(Authority::one("other-1"), &["team"])).publish();
    let replayed = repository.mirror.clone().passing_off("rotate/other.rotate.1", FIRST);
    let defect = defect_of(FIRST, find(&replayed).unwrap_err());
    assert!(matches!(defect, Defect::Field { field: "role", .. }), "{defect:?}");
}

#[test]
fn rejects_a_rotate_file_of_another_version() {
    let mut repository = rotated("team");
    repository.rotations.get_mut("team").unwrap()[0].version = Some(2);
    let failure = find(&repository.publish().mirror).unwrap_err();
    assert_eq!(failure, mix_and_match(FIRST, version(1, 2)));
    let mut repository = rotated("team");
    repository.edit("snapshot", |snapshot| {
        snapshot.at(&["meta", FIRST]).set("version", 2_u64);
    });
    let failure = find(&repository.publish().mirror).unwrap_err();
    assert_eq!(failure, mix_and_match(FIRST, version(2, 1)));
    repository.rotations.get_mut("team").unwrap()[0].version = Some(2);
    let failure = find(&repository.publish().mirror).unwrap_err();
    assert_eq!(failure, mix_and_match(FIRST, version(1, 2)), "the name says 1");
}

/// A cycle of keys: each rotation is signed by the keys of the one before, so that none can stand in another's place.
#[test]
fn rejects_a_rotate_file_in_the_place_of_another_version() {
    let mut repository = rotated("team");
    repository.add_rotation("team", Rotation::to(Authority::one("team"), &["new"]));
    repository.add_rotation("team", Rotation::to(Authority::one("last"), &["team"]));
    repository.sign_with("team", &[Key::new("last")]).publish();
    assert!(matches!(find(&repository.mirror), Ok(Answer::Found(_))));
    let skipped = repository.mirror.clone().passing_off("rotate/team.rotate.3", FIRST);
    assert_eq!(find(&skipped).unwrap_err(), mix_and_match(FIRST, version(1, 3)));
    let doubled = repository.mirror.clone().passing_off(FIRST, "rotate/team.rotate.2");
    let failure = arbitrary_software("rotate/team.rotate.2", (FIRST, 1), 1, 0);
    assert_eq!(find(&doubled).unwrap_err(), failure);
}

#[test]
fn accepts_roles_of_any_name() {
    for (role, file) in [
        ("../../etc/passwd", "rotate/..%2F..%2Fetc%2Fpasswd.rotate.1"),
        ("..", "rotate/...rotate.1"),
        ("team.rotate.1", "rotate/team.rotate.1.rotate.1"),
        ("ü \"\\", "rotate/%C3%BC%20%22%5C.rotate.1"),
    ] {
        let mut repository = rotated(role);
        let mut device = Device::new(repository.publish());
        let mut drive = device.start().unwrap();
        drive.refresh(&repository.mirror).unwrap();
        assert!(matches!(drive.find(&repository.mirror, PATH), Ok(Answer::Found(_))), "{role}");
        assert!(drive.fetched().contains(&file) && drive.persisted().contains(&file), "{role}");
    }
}

/// What is malformed about a rotate file after this edit, which its signature covers.
fn malformed(from: &str, to: &str) -> Defect {
    let mut repository = rotated("team");
    let spoiled = repository.publish().mirror.clone().tampering(FIRST, from, to);
    defect_of(FIRST, find(&spoiled).unwrap_err())
}

#[test]
fn rejects_rotate_files_without_what_they_need() {
    for member in ["_type", "version", "role", "keys", "threshold"] {
        let defect = malformed(&format!("\"{member}\""), "\"x\"");
        assert_eq!(defect, Defect::MissingField(member));
    }
}

#[test]
fn rejects_rotate_files_of_another_form() {
    assert_eq!(malformed("\"rotate\"", "\"targets\""), Defect::WrongType { expected: "rotate" });
    for (from, to, field) in [
        ("\"_type\": \"rotate\"", "\"_type\": 1", "_type"),
        ("\"version\": 1", "\"version\": 0", "version"),
        ("\"threshold\": 1", "\"threshold\": 0", "threshold"),
        ("\"threshold\": 1", "\"threshold\": -1", "threshold"),
        ("\"role\": \"team\"", "\"role\": [\"team\"]", "role"),
        ("\"role\": \"team\"", "\"role\": \"teams\"", "role"),
        ("\"keyval\": {\"public\"", "\"keyval\": [], \"x\": {\"public\"", "keyval"),
        ("\"keytype\": \"ed25519\"", "\"keytype\": null", "keytype"),
    ] {
        match malformed(from, to) {
            Defect::Field { field: found, .. } => assert_eq!(found, field, "{to}"),
            other => panic!("{to}: {other:?}"),
        }
    }
}

#[test]
fn rejects_a_rotate_file_with_two_signatures_of_one_keyid() {
    let mut repository = rotated("team");
    repository.rotations.get_mut("team").unwrap()[0].signers = vec![Key::new("team"), Key::new("team")];
    assert_eq!(find(&repository.publish().mirror).unwrap_err(), signed_twice(FIRST));
}
