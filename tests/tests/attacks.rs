//! The attacks of 1.5.2 that a client can stop, and the recovery where there is one.

use tuf_tests::expected::{
    arbitrary_software, digest, endless_data, freeze_at, mix_and_match, over_the_limit, rollback, version,
    wrong_software,
};
use tuf_tests::{Answer, Authority, DAY, Delegation, Device, Json, Key, Mirror, Repository, STRANGER};
use tuf_verifier_core::{Failure, NotFound};

const APP: &str = "app-1.0.tar.gz";
const TEAM_APP: &str = "team/app";

/// A repository with a delegated role `team` that lists [`TEAM_APP`].
fn with_team() -> Repository {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("team", &["team/*"]));
    repository.add_target("team", TEAM_APP, b"the team's application").publish();
    repository
}

/// Refreshes, searches, fetches the target from the mirror, and verifies its bytes.
fn install(device: &mut Device, mirror: &Mirror, path: &str) -> Result<Vec<u8>, Failure> {
    let mut drive = device.start()?;
    drive.refresh(mirror)?;
    let target = match drive.find(mirror, path)? {
        Answer::Found(target) => target,
        Answer::NotFound(reason) => panic!("{path}: {reason:?}"),
    };
    let bytes = mirror.targets[&target.fetch_path].clone();
    let mut check = drive.check()?;
    check.write(&bytes)?;
    check.finish()?;
    Ok(bytes)
}

/// Everything that the repository publishes next, renewed so that it is fresh for another year.
fn renewed(repository: &Repository) -> Repository {
    let mut renewed = repository.clone();
    for header in [&mut renewed.root, &mut renewed.timestamp, &mut renewed.snapshot] {
        header.expires += 365 * DAY;
    }
    let names: Vec<String> = renewed.targets.keys().cloned().collect();
    for name in names {
        renewed.role(&name).header.expires += 365 * DAY;
    }
    renewed.next_root().role("team").header.version += 1;
    renewed.release();
    renewed
}

#[test]
fn an_honest_repository_installs() {
    let repository = with_team();
    let mut device = Device::new(&repository);
    assert_eq!(install(&mut device, &repository.mirror, APP).unwrap(), b"the application");
    assert_eq!(install(&mut device, &repository.mirror, TEAM_APP).unwrap(), b"the team's application");
}

#[test]
fn arbitrary_installation_without_any_key_is_refused() {
    let repository = with_team();
    let mut forged = repository.with_stolen_keys_of(&[]);
    forged.add_target("targets", APP, b"malware").release();
    let failure = install(&mut Device::new(&repository), &forged.mirror, APP).unwrap_err();
    assert_eq!(failure, arbitrary_software("timestamp", ("root", 1), 1, 0));
    forged.next_root();
    let failure = install(&mut Device::new(&repository), &forged.mirror, APP).unwrap_err();
    assert_eq!(failure, arbitrary_software("root", ("root", 1), 1, 0));
}

#[test]
fn arbitrary_installation_of_other_bytes_is_refused() {
    let repository = with_team();
    let mut spoiled = repository.mirror.clone();
    spoiled.targets.values_mut().for_each(|content| content.reverse());
    for path in [APP, TEAM_APP] {
        let failure = install(&mut Device::new(&repository), &spoiled, path).unwrap_err();
        assert_eq!(failure, wrong_software(path, digest("sha256")));
    }
}

#[test]
fn endless_data_is_refused_for_every_file() {
    let repository = with_team();
    let settings = Device::new(&repository).settings;
    let mut next = repository.clone();
    next.next_root().release();
    for (file, limit) in [
        ("2.root.json", settings.root_max_length),
        ("timestamp.json", settings.timestamp_max_length),
        ("2.snapshot.json", settings.snapshot_max_length),
        ("2.targets.json", settings.targets_max_length),
        ("1.team.json", settings.targets_max_length),
    ] {
        let endless = next.mirror.clone().endlessly(file);
        let failure = install(&mut Device::new(&repository), &endless, TEAM_APP).unwrap_err();
        assert_eq!(failure, over_the_limit(file, limit));
    }
    let mut endless = next.mirror.clone();
    endless.targets.values_mut().for_each(|content| content.extend([0; 1_000]));
    let failure = install(&mut Device::new(&repository), &endless, APP).unwrap_err();
    assert_eq!(failure, endless_data(APP, 15));
}

#[test]
fn extraneous_dependencies_cannot_be_added_to_what_is_signed() {
    let mut repository = Repository::new();
    repository.add_target("targets", "index/app", br#"{"name":"app","deps":[]}"#);
    let listed = repository.role("targets").targets.last_mut().unwrap();
    listed.custom = Some(Json::object([("requires", Json::array(["libc"]))]));
    repository.publish();
    let custom = repository.mirror.clone().tampering("1.targets.json", "[\"libc\"]", "[\"libc\", \"evil\"]");
    let failure = install(&mut Device::new(&repository), &custom, "index/app").unwrap_err();
    assert_eq!(failure, arbitrary_software("targets", ("root", 1), 1, 0));
    let mut index = repository.mirror.clone();
    let longer: &[u8] = br#"{"name":"app","deps":["evil"]}"#;
    index.targets.values_mut().for_each(|content| *content = longer.to_vec());
    let failure = install(&mut Device::new(&repository), &index, "index/app").unwrap_err();
    assert_eq!(failure, endless_data("index/app", 24));
}

#[test]
fn fast_forward_is_recovered_from_by_new_keys() {
    for (stolen, recovered) in [(vec!["timestamp"], "timestamp"), (vec!["timestamp", "snapshot"], "snapshot")]
    {
        let mut repository = with_team();
        let mut thief = repository.with_stolen_keys_of(&stolen);
        thief.timestamp.version = u64::MAX;
        if stolen.contains(&"snapshot") {
            thief.snapshot.version = u64::MAX - 1;
            thief.edit("snapshot", |signed| {
                signed.at(&["meta", "team.json"]).set("version", u64::MAX);
            });
            thief.write_snapshot();
        }
        let mut device = Device::refreshed(&repository);
        let _ = device.refresh(&thief.write_timestamp().mirror);
        repository.release();
        let stuck = rollback("timestamp", "timestamp", u64::MAX, Some(2));
        assert_eq!(device.refresh(&repository.mirror).unwrap_err(), stuck);
        repository.rotate(recovered, Authority::one("recovered")).next_root().publish();
        assert!(install(&mut device, &repository.mirror, TEAM_APP).is_ok());
    }
}

#[test]
fn indefinite_freeze_is_noticed_at_every_role() {
    let repository = with_team();
    let renewed = renewed(&repository);
    let expiries = [
        ("timestamp", repository.timestamp.expires),
        ("snapshot", repository.snapshot.expires),
        ("targets", repository.targets["targets"].header.expires),
        ("team", repository.targets["team"].header.expires),
    ];
    for (role, expires) in expiries {
        let mut partly = renewed.clone();
        match role {
            "timestamp" => partly.timestamp.expires = expires,
            "snapshot" => partly.snapshot.expires = expires,
            other => partly.role(other).header.expires = expires,
        }
        let mut device = Device::refreshed(&repository);
        device.now = expires;
        let failure = install(&mut device, &partly.publish().mirror, TEAM_APP).unwrap_err();
        assert_eq!(failure, freeze_at(expires, role, 2, expires));
        assert!(install(&mut device, &renewed.mirror, TEAM_APP).is_ok(), "{role}: the freeze is over");
    }
}

#[test]
fn indefinite_freeze_by_withheld_roots_ends_when_the_last_root_expires() {
    let repository = with_team();
    let frozen = renewed(&repository).mirror.withholding("2.root.json");
    let mut device = Device::refreshed(&repository);
    device.now = repository.root.expires;
    let failure = freeze_at(device.now, "root", 1, device.now);
    assert_eq!(device.refresh(&frozen).unwrap_err(), failure);
}

#[test]
fn mix_and_match_of_two_times_is_refused() {
    let mut repository = with_team();
    repository.consistent_snapshot = Some(false);
    repository.next_root().publish();
    let old = repository.mirror.clone();
    repository.role("team").header.version = 2;
    let new = repository.release().mirror.clone();
    for (file, role) in [("snapshot.json", "snapshot"), ("targets.json", "targets"), ("team.json", "team")] {
        let mixed = new.clone().replaying(file, &old);
        let failure = install(&mut Device::new(&repository), &mixed, TEAM_APP).unwrap_err();
        assert_eq!(failure, mix_and_match(role, version(2, 1)));
        let mixed = old.clone().replaying(file, &new);
        let failure = install(&mut Device::new(&repository), &mixed, TEAM_APP).unwrap_err();
        assert_eq!(failure, mix_and_match(role, version(1, 2)));
    }
}

#[test]
fn rollback_of_everything_is_refused() {
    let mut repository = with_team();
    let old = repository.mirror.clone();
    repository.role("team").header.version = 2;
    let mut device = Device::refreshed(repository.release());
    assert_eq!(device.refresh(&old).unwrap_err(), rollback("timestamp", "timestamp", 2, Some(1)));
}

#[test]
fn rollback_with_stolen_online_keys_is_refused() {
    let mut repository = with_team();
    repository.role("team").header.version = 2;
    let mut device = Device::refreshed(repository.release());
    for role in ["targets", "team"] {
        let mut thief = repository.with_stolen_keys_of(&["timestamp", "snapshot"]);
        thief.role(role).header.version = 1;
        thief.timestamp.version += 1;
        thief.snapshot.version += 1;
        thief.write_snapshot().write_timestamp();
        let failure = rollback("snapshot", role, 2, Some(1));
        assert_eq!(device.refresh(&thief.mirror).unwrap_err(), failure);
        device.store.insert("timestamp.json".into(), repository.mirror.file("timestamp.json").to_vec());
    }
}

#[test]
fn key_compromise_of_the_online_roles_installs_nothing() {
    let repository = with_team();
    let mut thief = repository.with_stolen_keys_of(&["timestamp", "snapshot"]);
    thief.add_target("targets", APP, b"malware").release();
    let failure = install(&mut Device::new(&repository), &thief.mirror, APP).unwrap_err();
    assert_eq!(failure, arbitrary_software("targets", ("root", 1), 1, 0));
}

#[test]
fn key_compromise_below_the_threshold_changes_nothing() {
    for role in ["root", "timestamp", "snapshot", "targets"] {
        let mut repository = Repository::new();
        repository.rotate(role, Authority::of(3, &["a", "b", "c", "d"])).write_root().publish();
        let mut thief = repository.clone();
        thief.sign_with(role, &["a", "d", STRANGER].map(Key::new)).next_root().release();
        let mut device = Device::new(&repository);
        let failure = device.refresh(&thief.mirror).unwrap_err();
        let delegator_version = if role == "root" { 1 } else { 2 };
        assert_eq!(failure, arbitrary_software(role, ("root", delegator_version), 3, 2));
    }
}

#[test]
fn key_compromise_of_a_delegated_role_stays_within_its_paths() {
    let mut repository = with_team();
    repository.add_target("team", "other/app", b"malware").publish();
    let mut device = Device::new(&repository);
    let answer = device.find(&repository.mirror, "other/app").unwrap();
    assert_eq!(answer, Answer::NotFound(NotFound::Absent));
}

#[test]
fn key_compromise_ends_with_the_revocation_of_the_key() {
    let mut repository = with_team();
    let mut thief = repository.with_stolen_keys_of(&["timestamp", "snapshot", "targets"]);
    repository.rotate("targets", Authority::one("targets-2")).next_root().release();
    thief.add_target("targets", APP, b"malware").release();
    let mut mirror = thief.mirror.clone().replaying("2.root.json", &repository.mirror);
    mirror.targets.extend(thief.mirror.targets.clone());
    let failure = install(&mut Device::new(&repository), &mirror, APP).unwrap_err();
    assert_eq!(failure, arbitrary_software("targets", ("root", 2), 1, 0));
}

#[test]
fn wrong_software_of_the_same_repository_is_refused() {
    let mut repository = Repository::new();
    repository.add_target("targets", "a", b"bytes of a").add_target("targets", "b", b"bytes of b").publish();
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    drive.find(&repository.mirror, "a").unwrap();
    let mut check = drive.check().unwrap();
    check.write(b"bytes of b").unwrap();
    assert_eq!(check.finish().unwrap_err(), wrong_software("a", digest("sha256")));
}

#[test]
fn a_malicious_mirror_cannot_keep_a_good_one_from_updating() {
    let repository = with_team();
    let mut next = repository.clone();
    next.next_root().role("team").header.version = 2;
    next.release();
    for file in ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"] {
        for bytes in [&b""[..], b"{", b"\xff\xfe", b"<html>captive portal</html>", b"{}", b"[]", b"null"] {
            let spoiled = next.mirror.clone().replacing(file, bytes);
            let mut device = Device::refreshed(&repository);
            let mut drive = device.start().unwrap();
            assert!(
                matches!(drive.refresh(&spoiled), Err(Failure::Malformed(malformed)) if *malformed.name == *file)
            );
            let report = drive.refresh(&next.mirror).unwrap();
            assert_eq!((report.root.version, report.targets.version), (2, 2));
            assert!(matches!(drive.find(&next.mirror, TEAM_APP), Ok(Answer::Found(_))));
        }
    }
}
