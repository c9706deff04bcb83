//! A crash at any write leaves the old or the new repository whole, and the next publish finishes.

use std::path::Path;

use crate::world::{Client, CrashAt, Found, NOW, World, copy_folder};
use tempfile::TempDir;
use tuf_repository::metadata::Scope;
use tuf_repository::{Delegation, Difference, Error, Handover};

/// Publishes copies of a world, each crashing one write later than the one before. `whole` judges what clients see
/// after the crash, and what they see once the publish has been finished (`true`).
fn crash_everywhere(world: &World, whole: impl Fn(&Path, bool)) {
    for crash in 0.. {
        let copy = TempDir::new().expect("a temporary folder");
        copy_folder(world.home(), copy.path());
        let observer = CrashAt::write(crash);
        match world.open_at(copy.path()).observe_writes(observer).publish(NOW) {
            Ok(_) => {
                assert!(crash > 8, "there are writes to crash at");
                return;
            }
            Err(Error::Io { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
        whole(&copy.path().join("repo"), false);
        world.open_at(copy.path()).publish(NOW).expect("the next publish");
        whole(&copy.path().join("repo"), true);
        let again = world.open_at(copy.path()).publish(NOW).expect("a publish without changes");
        assert!(again.metadata.is_empty(), "crash at write {crash}: {again:?}");
    }
}

#[test]
fn leaves_old_or_new_targets_whole() {
    let world = World::with_keys(&["delegate"]);
    let mut client = Client::default();
    client.update(world.path(), NOW).expect("an update");
    let repository = world.open();
    let delegation = Delegation::Role {
        name: "role".to_owned(),
        keys: world.role_keys(&["delegate"]),
        scope: Scope::Paths(vec!["a/*".to_owned()]),
        terminating: true,
    };
    repository.delegate("targets", delegation).expect("a delegation");
    repository.add_target("role", "a/b", b"bytes").expect("a staged target");
    crash_everywhere(&world, |folder, finished| {
        for client in [Client::default(), client.clone()] {
            let (report, found) = client.clone().find(folder, "a/b", NOW).expect("a whole repository");
            let expected = if report.timestamp.version == 2 {
                Found::By("role".to_owned())
            } else {
                assert!(!finished);
                Found::Nothing
            };
            assert_eq!(found, expected);
        }
    });
}

#[test]
fn leaves_old_or_new_keys_whole() {
    let world = World::with_keys(&["root-2", "targets-2", "snapshot-2", "timestamp-2"]);
    let mut client = Client::default();
    client.update(world.path(), NOW).expect("an update");
    let repository = world.open();
    let mut staged = repository.stage().expect("a set of changes");
    for role in ["root", "targets", "snapshot", "timestamp"] {
        let keys = world.role_keys(&[&format!("{role}-2")]);
        staged.set_keys(role, &keys, Handover::Overlapping).expect("new keys");
    }
    staged.save().expect("saved changes");
    crash_everywhere(&world, |folder, finished| {
        for client in [Client::default(), client.clone()] {
            let report = client.clone().update(folder, NOW).expect("a whole repository");
            assert!(!finished || (report.root.version, report.timestamp.version) == (2, 2));
        }
    });
}

#[test]
fn finishes_an_interrupted_init() {
    for crash in 0.. {
        let world = World::without_repository(&[]);
        // `init` has no observer: what it would have left is made of a whole repository by taking files away.
        world.init().expect("a new repository");
        std::fs::remove_file(world.state().join("repository.json")).expect("nothing is remembered yet");
        let order = ["1.targets.json", "1.snapshot.json", "1.root.json", "timestamp.json"];
        let Some(missing) = order.get(crash..) else { return };
        let record = world.state().join("pending");
        std::fs::create_dir_all(&record).expect("a folder");
        for name in order {
            std::fs::copy(world.path().join("metadata").join(name), record.join(name)).expect("a copy");
        }
        for name in missing {
            std::fs::remove_file(world.path().join("metadata").join(name)).expect("a removal");
        }
        let text = r#"{"base":null,"targets":[],"metadata":[["targets",1],["snapshot",1],["root",1],["timestamp",1]],"drafts":[]}"#;
        std::fs::write(record.join("publish.json"), text).expect("a record");
        let stage = world.open().stage().map(|_| ());
        assert!(matches!(stage, Err(Error::Interrupted)), "{stage:?}");
        let published = world.open().publish(NOW).expect("the next publish");
        assert!(published.finished_interrupted);
        Client::default().update(world.path(), NOW).expect("a whole repository");
        assert!(!record.exists());
    }
}

#[test]
fn a_foreign_timestamp_stops_the_interrupted_publish() {
    let world = World::with_keys(&[]);
    world.open().add_target("targets", "a", b"bytes").expect("a staged target");
    // The plan is on the disk after 4 metadata files and records; the next writes are the published ones.
    let observer = CrashAt::write(6);
    let crashed = world.open().observe_writes(observer).publish(NOW);
    assert!(matches!(crashed, Err(Error::Io { .. })), "{crashed:?}");
    let timestamp = world.path().join("metadata/timestamp.json");
    std::fs::write(&timestamp, b"{}").expect("a write");
    let refused = world.open().publish(NOW);
    let is_named = |path: &Path| path == timestamp;
    assert!(
        matches!(&refused, Err(Error::Changed { path, difference: Difference::Bytes }) if is_named(path)),
        "{refused:?}"
    );
    assert_eq!(std::fs::read(&timestamp).expect("the timestamp"), b"{}");
    world.open().discard().expect("discarded changes");
}
