//! Timestamp, snapshot and targets (5.4 to 5.6), seen from outside.

use tuf_tests::{Json, Key, Listing, Repository};

use crate::world::{PAST, Run, World};

/// After a refresh, what the repository publishes next is refused in these words, and what is trusted is as told.
fn rejects(change: impl FnOnce(&mut Repository), line: &str, trusted: [u64; 4]) {
    let mut world = World::new();
    world.change(|repository| _ = repository.release());
    assert_eq!(world.refresh(), Run::success());
    assert_eq!(world.versions(), [1, 2, 2, 2]);
    world.change(change);
    let run = world.refresh();
    assert_eq!(run.status, Some(1), "{run:?}");
    assert!(run.stderr.starts_with(&format!("error: {line}")), "{run:?}");
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    assert_eq!(world.versions(), trusted);
}

const AS_BEFORE: [u64; 4] = [1, 2, 2, 2];

#[test]
fn rejects_a_timestamp_signed_by_strangers() {
    let line = "arbitrary software attack: timestamp has 0 valid signatures by distinct trusted keys, root version 1 demands 1\n";
    rejects(
        |repository| _ = repository.sign_with("timestamp", &[Key::new("stranger")]).release(),
        line,
        AS_BEFORE,
    );
}

#[test]
fn rejects_an_older_timestamp() {
    let change = |repository: &mut Repository| {
        repository.timestamp.version = 1;
        repository.write_timestamp();
    };
    rejects(change, "rollback attack: timestamp version 1 was offered, version 2 is trusted\n", AS_BEFORE);
}

#[test]
fn rejects_a_timestamp_that_lists_an_older_snapshot() {
    let change = |repository: &mut Repository| {
        repository.snapshot.version = 1;
        repository.timestamp.version = 3;
        repository.write_timestamp();
    };
    let line = "rollback attack: timestamp lists snapshot version 1, version 2 is trusted\n";
    rejects(change, line, AS_BEFORE);
}

#[test]
fn rejects_an_expired_timestamp() {
    let change = |repository: &mut Repository| {
        repository.timestamp.expires = PAST;
        repository.release();
    };
    rejects(change, "freeze attack: timestamp version 3 expired at 2020-01-01T00:00:00Z", AS_BEFORE);
}

#[test]
fn rejects_a_timestamp_without_end() {
    let change = |repository: &mut Repository| {
        repository.release();
        let long = [repository.mirror.file("timestamp.json"), &vec![b' '; 20_000]].concat();
        repository.mirror.metadata.insert("timestamp.json".to_owned(), long);
    };
    rejects(change, "endless data attack: timestamp.json is longer than 16384 bytes\n", AS_BEFORE);
}

#[test]
fn rejects_a_snapshot_with_another_hash() {
    let change = |repository: &mut Repository| {
        repository.listing = Listing::Everything;
        repository.release();
        let other = [repository.mirror.file("3.snapshot.json"), b" "].concat();
        repository.mirror.metadata.insert("3.snapshot.json".to_owned(), other[1..].to_vec());
    };
    rejects(
        change,
        "mix-and-match attack: snapshot metadata: the sha256 digest differs from the listed one\n",
        [1, 3, 2, 2],
    );
}

#[test]
fn rejects_a_snapshot_of_another_version() {
    let change = |repository: &mut Repository| {
        let old = repository.mirror.file("2.snapshot.json").to_vec();
        repository.release().mirror.metadata.insert("3.snapshot.json".to_owned(), old);
    };
    let line = "mix-and-match attack: snapshot metadata: version 2 was offered, version 3 is listed\n";
    rejects(change, line, [1, 3, 2, 2]);
}

#[test]
fn rejects_a_snapshot_that_lists_older_targets() {
    let change = |repository: &mut Repository| {
        repository.role("targets").header.version = 1;
        repository.snapshot.version = 3;
        repository.timestamp.version = 3;
        repository.publish();
    };
    rejects(
        change,
        "rollback attack: snapshot lists targets version 1, version 2 is trusted\n",
        [1, 3, 2, 2],
    );
}

#[test]
fn rejects_an_expired_snapshot() {
    let change = |repository: &mut Repository| {
        repository.snapshot.expires = PAST;
        repository.release();
    };
    rejects(change, "freeze attack: snapshot version 3 expired at 2020-01-01T00:00:00Z", [1, 3, 2, 2]);
}

#[test]
fn rejects_a_snapshot_that_is_not_there() {
    let change = |repository: &mut Repository| {
        repository.release().mirror.metadata.remove("3.snapshot.json");
    };
    rejects(change, "missing metadata: the repository has no 3.snapshot.json\n", [1, 3, 2, 2]);
}

#[test]
fn rejects_targets_signed_by_strangers() {
    let line = "arbitrary software attack: targets has 0 valid signatures by distinct trusted keys, root version 1 demands 1\n";
    let change = |repository: &mut Repository| {
        repository.sign_with("targets", &[Key::new("stranger")]).release();
    };
    rejects(change, line, [1, 3, 3, 2]);
}

#[test]
fn rejects_expired_targets() {
    let change = |repository: &mut Repository| {
        repository.role("targets").header.expires = PAST;
        repository.release();
    };
    rejects(change, "freeze attack: targets version 3 expired at 2020-01-01T00:00:00Z", [1, 3, 3, 2]);
}

#[test]
fn rejects_metadata_of_another_type() {
    let change = |repository: &mut Repository| {
        repository.edit("timestamp", |signed: &mut Json| _ = signed.set("_type", "snapshot")).release();
    };
    rejects(change, "malformed metadata: timestamp.json: ", AS_BEFORE);
}

#[test]
fn fetches_no_snapshot_where_the_timestamp_did_not_change() {
    let world = World::new();
    assert_eq!(world.refresh(), Run::success());
    world.requests();
    assert_eq!(world.refresh(), Run::success());
    assert_eq!(world.requests(), ["2.root.json", "timestamp.json"]);
}

#[test]
fn finds_metadata_without_consistent_snapshots() {
    let mut world = World::new();
    world.change(|repository| {
        repository.consistent_snapshot = Some(false);
        repository.next_root().release();
    });
    assert_eq!(world.refresh(), Run::success());
    let expected = ["2.root.json", "3.root.json", "timestamp.json", "snapshot.json", "targets.json"];
    assert_eq!(world.requests(), expected);
}
