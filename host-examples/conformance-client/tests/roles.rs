//! Timestamp, snapshot and targets (5.4 to 5.6), seen from outside.

use tuf_tests::{Json, Key, Listing, Repository};

use crate::program::{Program, Run};
use crate::world::{PAST, World};

/// After a refresh, what the repository publishes next is refused in these words, and what is trusted is as told.
fn rejects(program: Program, change: impl FnOnce(&mut Repository), line: &str, trusted: [u64; 4]) {
    let mut world = World::new(program);
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

fn rejects_a_timestamp_signed_by_strangers(program: Program) {
    let line = "arbitrary software attack: timestamp has 0 valid signatures by distinct trusted keys, root version 1 demands 1\n";
    rejects(
        program,
        |repository| _ = repository.sign_with("timestamp", &[Key::new("stranger")]).release(),
        line,
        AS_BEFORE,
    );
}

fn rejects_an_older_timestamp(program: Program) {
    let change = |repository: &mut Repository| {
        repository.timestamp.version = 1;
        repository.write_timestamp();
    };
    rejects(
        program,
        change,
        "rollback attack: timestamp version 1 was offered, version 2 is trusted\n",
        AS_BEFORE,
    );
}

fn rejects_a_timestamp_that_lists_an_older_snapshot(program: Program) {
    let change = |repository: &mut Repository| {
        repository.snapshot.version = 1;
        repository.timestamp.version = 3;
        repository.write_timestamp();
    };
    let line = "rollback attack: timestamp lists snapshot version 1, version 2 is trusted\n";
    rejects(program, change, line, AS_BEFORE);
}

fn rejects_an_expired_timestamp(program: Program) {
    let change = |repository: &mut Repository| {
        repository.timestamp.expires = PAST;
        repository.release();
    };
    rejects(program, change, "freeze attack: timestamp version 3 expired at 2020-01-01T00:00:00Z", AS_BEFORE);
}

fn rejects_a_timestamp_without_end(program: Program) {
    let change = |repository: &mut Repository| {
        repository.release();
        let long = [repository.mirror.file("timestamp.json"), &vec![b' '; 20_000]].concat();
        repository.mirror.metadata.insert("timestamp.json".to_owned(), long);
    };
    rejects(
        program,
        change,
        "endless data attack: timestamp.json is longer than 16384 bytes, the limit of the setting timestamp-max-length\n",
        AS_BEFORE,
    );
}

fn rejects_a_snapshot_with_another_hash(program: Program) {
    let change = |repository: &mut Repository| {
        repository.listing = Listing::Everything;
        repository.release();
        let other = [repository.mirror.file("3.snapshot.json"), b" "].concat();
        repository.mirror.metadata.insert("3.snapshot.json".to_owned(), other[1..].to_vec());
    };
    rejects(
        program,
        change,
        "mix-and-match attack: snapshot metadata: the sha256 digest differs from the listed one\n",
        [1, 3, 2, 2],
    );
}

fn rejects_a_snapshot_of_another_version(program: Program) {
    let change = |repository: &mut Repository| {
        let old = repository.mirror.file("2.snapshot.json").to_vec();
        repository.release().mirror.metadata.insert("3.snapshot.json".to_owned(), old);
    };
    let line = "mix-and-match attack: snapshot metadata: version 2 was offered, version 3 is listed\n";
    rejects(program, change, line, [1, 3, 2, 2]);
}

fn rejects_a_snapshot_that_lists_older_targets(program: Program) {
    let change = |repository: &mut Repository| {
        repository.role("targets").header.version = 1;
        repository.snapshot.version = 3;
        repository.timestamp.version = 3;
        repository.publish();
    };
    rejects(
        program,
        change,
        "rollback attack: snapshot lists targets version 1, version 2 is trusted\n",
        [1, 3, 2, 2],
    );
}

fn rejects_an_expired_snapshot(program: Program) {
    let change = |repository: &mut Repository| {
        repository.snapshot.expires = PAST;
        repository.release();
    };
    rejects(
        program,
        change,
        "freeze attack: snapshot version 3 expired at 2020-01-01T00:00:00Z",
        [1, 3, 2, 2],
    );
}

fn rejects_a_snapshot_that_is_not_there(program: Program) {
    let change = |repository: &mut Repository| {
        repository.release().mirror.metadata.remove("3.snapshot.json");
    };
    rejects(program, change, "missing metadata: the repository has no 3.snapshot.json\n", [1, 3, 2, 2]);
}

fn rejects_targets_signed_by_strangers(program: Program) {
    let line = "arbitrary software attack: targets has 0 valid signatures by distinct trusted keys, root version 1 demands 1\n";
    let change = |repository: &mut Repository| {
        repository.sign_with("targets", &[Key::new("stranger")]).release();
    };
    rejects(program, change, line, [1, 3, 3, 2]);
}

fn rejects_expired_targets(program: Program) {
    let change = |repository: &mut Repository| {
        repository.role("targets").header.expires = PAST;
        repository.release();
    };
    rejects(
        program,
        change,
        "freeze attack: targets version 3 expired at 2020-01-01T00:00:00Z",
        [1, 3, 3, 2],
    );
}

fn rejects_metadata_of_another_type(program: Program) {
    let change = |repository: &mut Repository| {
        repository.edit("timestamp", |signed: &mut Json| _ = signed.set("_type", "snapshot")).release();
    };
    rejects(program, change, "malformed metadata: timestamp.json: ", AS_BEFORE);
}

fn fetches_no_snapshot_where_the_timestamp_did_not_change(program: Program) {
    let world = World::new(program);
    assert_eq!(world.refresh(), Run::success());
    world.requests();
    assert_eq!(world.refresh(), Run::success());
    assert_eq!(world.requests(), ["2.root.json", "timestamp.json"]);
}

fn finds_metadata_without_consistent_snapshots(program: Program) {
    let mut world = World::new(program);
    world.change(|repository| {
        repository.consistent_snapshot = Some(false);
        repository.next_root().release();
    });
    assert_eq!(world.refresh(), Run::success());
    let expected = ["2.root.json", "3.root.json", "timestamp.json", "snapshot.json", "targets.json"];
    assert_eq!(world.requests(), expected);
}

for_each_program! {
    rejects_a_timestamp_signed_by_strangers,
    rejects_an_older_timestamp,
    rejects_a_timestamp_that_lists_an_older_snapshot,
    rejects_an_expired_timestamp,
    rejects_a_timestamp_without_end,
    rejects_a_snapshot_with_another_hash,
    rejects_a_snapshot_of_another_version,
    rejects_a_snapshot_that_lists_older_targets,
    rejects_an_expired_snapshot,
    rejects_a_snapshot_that_is_not_there,
    rejects_targets_signed_by_strangers,
    rejects_expired_targets,
    rejects_metadata_of_another_type,
    fetches_no_snapshot_where_the_timestamp_did_not_change,
    finds_metadata_without_consistent_snapshots,
}
