//! New keys for old roles.

use crate::world::{Client, Found, NOW, World};
use tuf_repository::metadata::Scope;
use tuf_repository::{Delegation, Error, Handover, Repository, RoleKeys, UnixTime};

fn set_keys(repository: &Repository, role: &str, keys: &RoleKeys, handover: Handover) {
    let mut staged = repository.stage().expect("a set of changes");
    staged.set_keys(role, keys, handover).expect("new keys");
    staged.save().expect("saved changes");
}

#[test]
fn every_top_level_role_rotates_twice() {
    for role in ["root", "timestamp", "snapshot", "targets"] {
        let world = World::with_keys(&["second", "third"]);
        let repository = world.open();
        let mut device = Client::default();
        device.update(world.path(), NOW).expect("an update");
        for (version, key) in [(2, "second"), (3, "third")] {
            set_keys(&repository, role, &world.role_keys(&[key]), Handover::Overlapping);
            let published = repository.publish(NOW).expect("a publish");
            assert_eq!(published.metadata.last(), Some(&("root".to_owned(), version)), "{role}");
            for client in [&mut device, &mut Client::default()] {
                assert_eq!(
                    client.update(world.path(), NOW).expect("an update").root.version,
                    version,
                    "{role}"
                );
            }
        }
        let keyids = repository.status().expect("a status").roles;
        let keyids = &keyids.iter().find(|status| status.role == role).expect("the role").keyids;
        assert_eq!(keyids, &[world.keys["third"].keyid()]);
    }
}

#[test]
fn root_thresholds_change_under_both_roots() {
    let world = World::with_keys(&["second", "third"]);
    let repository = world.open();
    let both = world.role_keys(&["second", "third"]);
    set_keys(&repository, "root", &both, Handover::Overlapping);
    repository.publish(NOW).expect("a publish");
    set_keys(&repository, "root", &world.role_keys(&["root"]), Handover::Overlapping);
    match world.open_with(world.home(), world.ring_without("third")).publish(NOW) {
        Err(Error::MissingKeys { role, needed: 2, available: 1, .. }) => assert_eq!(role, "root"),
        other => panic!("{other:?}"),
    }
    repository.publish(NOW).expect("a publish");
    assert_eq!(Client::default().update(world.path(), NOW).expect("an update").root.version, 3);
}

#[test]
fn a_stolen_timestamp_key_signs_nothing_any_more() {
    let world = World::with_keys(&["second"]);
    let mut device = Client::default();
    device.update(world.path(), NOW).expect("an update");
    let repository = world.open_with(world.home(), world.ring_without("timestamp"));
    let keys = world.role_keys(&["second"]);
    set_keys(&repository, "timestamp", &keys, Handover::Overlapping);
    let refused = repository.publish(NOW);
    assert!(matches!(refused, Err(Error::MissingKeys { .. })), "{refused:?}");
    set_keys(&repository, "timestamp", &keys, Handover::Abrupt);
    repository.publish(NOW).expect("a publish");
    for client in [&mut device, &mut Client::default()] {
        let report = client.update(world.path(), NOW).expect("an update");
        assert_eq!((report.root.version, report.timestamp.version), (2, 2));
    }
    let timestamp = std::fs::read_to_string(world.path().join("metadata/timestamp.json")).expect("a file");
    assert!(!timestamp.contains(world.keys["timestamp"].keyid()));
}

#[test]
fn a_delegated_role_rotates_with_its_delegator() {
    let world = World::with_keys(&["delegate", "second"]);
    let repository = world.open();
    let delegation = Delegation::Role {
        name: "role".to_owned(),
        keys: world.role_keys(&["delegate"]),
        scope: Scope::Paths(vec!["a/*".to_owned()]),
        terminating: true,
    };
    repository.delegate("targets", delegation).expect("a delegation");
    repository.add_target("role", "a/b", b"bytes").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    set_keys(&repository, "role", &world.role_keys(&["second"]), Handover::Overlapping);
    let published = repository.publish(NOW).expect("a publish");
    let roles: Vec<_> = published.metadata.iter().map(|(role, _)| role.as_str()).collect();
    assert_eq!(roles, ["role", "targets", "snapshot", "timestamp"]);
    let found = Client::default().find(world.path(), "a/b", NOW).expect("an update").1;
    assert_eq!(found, Found::By("role".to_owned()));
    let unknown = repository.stage().expect("changes").set_keys(
        "nobody",
        &world.role_keys(&["second"]),
        Handover::Abrupt,
    );
    assert!(matches!(unknown, Err(Error::NoSuchRole(_))), "{unknown:?}");
}

#[test]
fn expired_root_metadata_is_renewed() {
    let world = World::with_keys(&[]);
    let repository = world.open();
    let later = UnixTime(NOW.0 + 400 * 86_400);
    repository.refresh(&["root", "targets", "snapshot", "timestamp"], later).expect("a refresh");
    assert_eq!(Client::default().update(world.path(), later).expect("an update").root.version, 2);
}

#[test]
fn refuses_thresholds_that_cannot_be_met() {
    let world = World::with_keys(&["second"]);
    let repository = world.open();
    let mut keys = world.role_keys(&["second", "root"]);
    for threshold in [0, 3] {
        keys.threshold = threshold;
        let refused = repository.stage().expect("changes").set_keys("root", &keys, Handover::Overlapping);
        assert!(matches!(refused, Err(Error::BadThreshold { .. })), "{refused:?}");
    }
    // One key twice is one key.
    let twice = world.role_keys(&["second", "second"]);
    let refused = repository.stage().expect("changes").set_keys("root", &twice, Handover::Overlapping);
    assert!(matches!(refused, Err(Error::BadThreshold { keys: 1, .. })), "{refused:?}");
    // So is one in two spellings, with two keyids.
    let mut spelt = world.role_keys(&["second", "second"]);
    spelt.keys[1].keyval.public.make_ascii_uppercase();
    let refused = repository.stage().expect("changes").set_keys("root", &spelt, Handover::Overlapping);
    assert!(matches!(refused, Err(Error::BadThreshold { keys: 1, .. })), "{refused:?}");
}
