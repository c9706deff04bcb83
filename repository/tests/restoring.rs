//! What somebody takes away from the published metadata, or puts in its place, is put back from verified copies.

use std::fs;
use std::path::Path;

use crate::command::Desk;
use crate::world::{Client, CrashAt, NOW, World, copy_folder, files};
use tempfile::TempDir;
use tuf_repository::metadata::Scope;
use tuf_repository::{Delegation, Error, Handover, KeyRing, Restored};

/// Three published versions, with a delegated role, and another root metadata file in the last one.
fn published() -> World {
    let world = World::with_keys(&["team", "timestamp-2"]);
    let repository = world.open();
    let (keys, scope) = (world.role_keys(&["team"]), Scope::Paths(vec!["team/*".to_owned()]));
    let team = Delegation::Role { name: "team".to_owned(), keys, scope, terminating: true };
    repository.delegate("targets", team).expect("a delegation");
    repository.add_target("team", "team/app", b"bytes").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    copy_folder(&world.path().join("metadata"), &world.home().join("older"));
    let mut staged = repository.stage().expect("a set of changes");
    staged
        .set_keys("timestamp", &world.role_keys(&["timestamp-2"]), Handover::Overlapping)
        .expect("new keys");
    staged.save().expect("saved changes");
    repository.publish(NOW).expect("a publish");
    world
}

/// Damages what is published: nothing is signed over it. Then restores it without any key, and gives what was done.
fn restores(world: &World, what: &str, damage: impl FnOnce(&Path)) -> Restored {
    let metadata = world.path().join("metadata");
    let before = files(&metadata);
    damage(&metadata);
    world.open().refresh(&["timestamp"], NOW).expect_err(what);
    let keyless = || world.open_with(world.home(), KeyRing::default());
    let restored = keyless().restore().expect(what);
    for (path, bytes) in &before {
        let is_needed = restored.missing.iter().any(|name| Path::new(name) == path);
        match fs::read(metadata.join(path)) {
            Ok(found) => assert!(found == *bytes, "{what}: {}", path.display()),
            Err(_) => assert!(!is_needed, "{what}: {}", path.display()),
        }
    }
    let again = keyless().restore().expect(what);
    assert_eq!(again, Restored { timestamp: restored.timestamp, ..Restored::default() }, "{what}");
    Client::default().find(world.path(), "team/app", NOW).expect("an update");
    restored
}

#[test]
fn recovers_from_metadata_that_is_gone_or_changed() {
    let world = published();
    let untouched = world.open().restore().expect("whole");
    assert_eq!(untouched, Restored { timestamp: 3, ..Restored::default() });
    let needed =
        ["1.root.json", "2.root.json", "1.team.json", "2.targets.json", "2.snapshot.json", "timestamp.json"];
    for name in needed {
        let done =
            restores(&world, name, |metadata| fs::remove_file(metadata.join(name)).expect("a removal"));
        assert_eq!(done, Restored { missing: vec![name.to_owned()], timestamp: 3, ..Restored::default() });
        for evil in [b"{}".to_vec(), vec![b' '; 3 << 20]] {
            let done =
                restores(&world, name, |metadata| fs::write(metadata.join(name), evil).expect("a write"));
            assert_eq!(
                done,
                Restored { changed: vec![name.to_owned()], timestamp: 3, ..Restored::default() }
            );
        }
        let done = restores(&world, name, |metadata| {
            fs::remove_file(metadata.join(name)).expect("a removal");
            fs::create_dir_all(metadata.join(name).join("kept")).expect("a folder");
        });
        assert_eq!(done.changed, [name]);
        #[cfg(unix)]
        {
            let elsewhere = world.home().join("elsewhere");
            fs::write(&elsewhere, b"of somebody else").expect("a file");
            let done = restores(&world, name, |metadata| {
                fs::remove_file(metadata.join(name)).expect("a removal");
                std::os::unix::fs::symlink(&elsewhere, metadata.join(name)).expect("a link");
            });
            assert_eq!(done.changed, [name]);
            assert_eq!(fs::read(&elsewhere).expect("a file"), b"of somebody else");
        }
    }
    let done = restores(&world, "all of it", |metadata| fs::remove_dir_all(metadata).expect("a removal"));
    assert_eq!(done.missing.len(), needed.len());
    // An older state, signed once.
    let done = restores(&world, "an older state", |metadata| {
        fs::remove_dir_all(metadata).expect("a removal");
        copy_folder(&world.home().join("older"), metadata);
    });
    assert_eq!((done.missing, done.changed), (vec!["2.root.json".into()], vec!["timestamp.json".into()]));
    // Nobody's root metadata after the last one, which stops every client.
    let done = restores(&world, "a next root", |metadata| {
        fs::write(metadata.join("3.root.json"), b"{}").expect("a write")
    });
    assert_eq!(done, Restored { foreign: vec!["3.root.json".into()], timestamp: 3, ..Restored::default() });
    world.open().refresh(&["timestamp"], NOW).expect("a publish");
    assert_eq!(world.open().restore().expect("whole").timestamp, 4);
}

/// What is kept is judged as what is published is, and what is damaged stays for somebody to look at.
#[test]
fn keeps_root_metadata_that_was_published_alone() {
    let world = published();
    let repository = world.open();
    let mut staged = repository.stage().expect("a set of changes");
    staged.set_keys("root", &world.role_keys(&["root", "team"]), Handover::Overlapping).expect("new keys");
    staged.save().expect("saved changes");
    assert_eq!(repository.publish(NOW).expect("a publish").metadata, [("root".to_owned(), 3)]);
    fs::remove_file(world.path().join("metadata/3.root.json")).expect("a removal");
    let restored = world.open_with(world.home(), KeyRing::default()).restore().expect("a restoration");
    assert_eq!(restored.missing, ["3.root.json"]);
}

#[test]
fn rejects_copies_that_are_not_what_is_remembered() {
    let world = published();
    let (kept, older) = (world.state().join("kept"), world.home().join("kept-before"));
    copy_folder(&kept, &older);
    world.open().refresh(&["timestamp"], NOW).expect("a publish");
    fs::remove_file(world.path().join("metadata/timestamp.json")).expect("a removal");
    let before = files(&world.path().join("metadata"));
    let refused = |code: &str| {
        let refused = world.open().restore().expect_err(code);
        assert_eq!(refused.code(), code, "{refused}");
        assert!(files(&world.path().join("metadata")) == before);
    };
    for (name, genuine) in files(&kept) {
        if name != Path::new("index.json") {
            fs::write(kept.join(&name), b"{}").expect("a write");
            refused("unreadable");
            fs::remove_file(kept.join(&name)).expect("a removal");
            refused("unreadable");
            fs::write(kept.join(&name), genuine).expect("a write");
        }
    }
    // Whole, and older than what is remembered.
    fs::remove_dir_all(&kept).expect("a removal");
    copy_folder(&older, &kept);
    refused("unreadable");
    fs::rename(kept.join("index.json"), world.home().join("index.json")).expect("a move");
    refused("nothing-kept");
}

#[test]
fn rejects_to_take_another_publisher_back() {
    let world = published();
    let other = TempDir::new().expect("a folder");
    copy_folder(world.home(), other.path());
    let publisher = world.open_at(other.path());
    publisher.refresh(&["timestamp"], NOW).expect("a publish");
    let copy = || {
        fs::remove_dir_all(world.path()).expect("a removal");
        copy_folder(&other.path().join("repo"), world.path());
    };
    copy();
    assert_eq!(world.open().restore().expect("whole").timestamp, 4);
    fs::remove_file(world.path().join("metadata/1.team.json")).expect("a removal");
    let refused = world.open().restore().expect_err("refused");
    assert!(
        matches!(&refused, Error::KeptIsOlder { path, kept: 3 } if path.ends_with("timestamp.json")),
        "{refused:?}"
    );
    // A new root alone.
    let keys = world.role_keys(&["timestamp"]);
    let mut staged = publisher.stage().expect("a set of changes");
    staged.set_keys("timestamp", &keys, Handover::Overlapping).expect("new keys");
    staged.save().expect("saved changes");
    publisher.publish(NOW).expect("a publish");
    copy();
    fs::remove_file(world.path().join("metadata/timestamp.json")).expect("a removal");
    let refused = world.open().restore().expect_err("refused");
    assert!(
        matches!(&refused, Error::KeptIsOlder { path, .. } if path.ends_with("3.root.json")),
        "{refused:?}"
    );
}

#[test]
fn recovers_while_a_publish_is_interrupted() {
    let world = published();
    let repository = world.open();
    repository.add_target("targets", "a", b"bytes").expect("a staged target");
    let mut changes = repository.stage().expect("a set of changes");
    changes.set_keys("timestamp", &world.role_keys(&["timestamp"]), Handover::Overlapping).expect("new keys");
    changes.save().expect("saved changes");
    for name in ["timestamp.json", "1.team.json"] {
        for crash in 0.. {
            let copy = TempDir::new().expect("a folder");
            copy_folder(world.home(), copy.path());
            let observer = CrashAt::write(crash);
            if world.open_at(copy.path()).observe_writes(observer).publish(NOW).is_ok() {
                assert!(crash > 20, "there are writes to crash at");
                break;
            }
            fs::remove_file(copy.path().join("repo/metadata").join(name)).expect("a removal");
            let done = world
                .open_at(copy.path())
                .restore()
                .unwrap_or_else(|error| panic!("{name}, write {crash}: {error}"));
            // A publish that was interrupted before its timestamp has one to put in its place.
            assert!(done.missing == [name] || name == "timestamp.json", "{name}, write {crash}: {done:?}");
            world
                .open_at(copy.path())
                .publish(NOW)
                .unwrap_or_else(|error| panic!("{name}, write {crash}: {error}"));
            Client::default().find(&copy.path().join("repo"), "team/app", NOW).expect("an update");
            assert_eq!(world.open_at(copy.path()).restore().expect("whole").timestamp, 4);
        }
    }
}

#[test]
fn the_command_says_what_it_has_put_back() {
    let desk = Desk::with_repository();
    assert_eq!(desk.ok(&["restore"]), "");
    let metadata = desk.repository().join("metadata");
    fs::remove_file(metadata.join("timestamp.json")).expect("a removal");
    fs::write(metadata.join("1.snapshot.json"), b"{}").expect("a write");
    fs::write(metadata.join("2.root.json"), b"{}").expect("a write");
    let help = desk.refused(&["publish"], "[published-changed]");
    assert!(help.contains("`tufrepo restore`"), "{help}");
    let done = desk.ok(&["restore"]);
    assert_eq!(done, "timestamp.json\tmissing\n1.snapshot.json\tchanged\n2.root.json\tforeign\n");
    desk.ok(&["refresh"]);
}

#[test]
fn recovers_target_files_that_are_gone_and_staged_again() {
    let world = published();
    let targets = world.path().join("targets");
    let before = files(&targets);
    before.keys().for_each(|path| fs::remove_file(targets.join(path)).expect("a published file"));
    let repository = world.open();
    repository.add_target("team", "team/app", b"bytes").expect("a staged target");
    assert_eq!(repository.publish(NOW).expect("a publish").targets, 1);
    assert!(files(&targets) == before);
}
