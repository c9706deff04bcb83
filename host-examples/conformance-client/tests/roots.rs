//! The root role (5.3), seen from outside.

use tuf_tests::{Authority, Key};

use crate::program::{Program, Run};
use crate::world::{FAR, PAST, World};

fn follows_the_chain_to_its_end(program: Program) {
    let mut world = World::new(program);
    world.change(|repository| _ = repository.next_root().next_root());
    assert_eq!(world.refresh(), Run::success());
    assert_eq!(world.versions(), [3, 1, 1, 1]);
    assert_eq!(world.names("metadata/root_history"), ["2.root.json", "3.root.json"]);
    assert_eq!(world.requests()[..3], ["2.root.json", "3.root.json", "4.root.json"]);
}

fn goes_on_from_the_root_that_it_reached(program: Program) {
    let mut world = World::new(program);
    world.change(|repository| _ = repository.next_root());
    assert_eq!(world.refresh(), Run::success());
    world.requests();
    world.change(|repository| _ = repository.next_root());
    assert_eq!(world.refresh(), Run::success());
    assert_eq!(world.requests()[..2], ["3.root.json", "4.root.json"]);
    assert_eq!(world.version("root"), Some(3));
}

fn follows_a_rotation_of_the_root_keys(program: Program) {
    let mut world = World::new(program);
    world.change(|repository| _ = repository.rotate("root", Authority::one("root-2")).next_root());
    world.change(|repository| _ = repository.rotate("root", Authority::one("root-3")).next_root());
    assert_eq!(world.refresh(), Run::success());
    assert_eq!(world.version("root"), Some(3));
}

fn rejects_a_root_that_the_last_one_did_not_sign(program: Program) {
    let mut world = World::new(program);
    world.change(|repository| {
        repository
            .rotate("root", Authority::one("root-2"))
            .sign_with("root", &[Key::new("root-2")])
            .next_root();
    });
    let line = "arbitrary software attack: root has 0 valid signatures by distinct trusted keys, root version 1 demands 1";
    assert_eq!(world.refresh(), Run::failure(line));
    assert_eq!(world.versions(), [1, 0, 0, 0]);
}

fn rejects_a_root_that_its_own_keys_did_not_sign(program: Program) {
    let mut world = World::new(program);
    world.change(|repository| {
        repository
            .rotate("root", Authority::one("root-2"))
            .sign_with("root", &[Key::new("root-1")])
            .next_root();
    });
    let line = "arbitrary software attack: root has 0 valid signatures by distinct trusted keys, root version 2 demands 1";
    assert_eq!(world.refresh(), Run::failure(line));
    assert_eq!(world.versions(), [1, 0, 0, 0]);
}

fn rejects_a_root_that_skips_a_version(program: Program) {
    let mut world = World::new(program);
    world.change(|repository| {
        repository.root.version = 3;
        repository.write_root();
        let skipped = repository.mirror.file("3.root.json").to_vec();
        repository.mirror.metadata.insert("2.root.json".to_owned(), skipped);
    });
    let line = "rollback attack: root version 3 was offered, version 1 is trusted";
    assert_eq!(world.refresh(), Run::failure(line));
    assert_eq!(world.version("root"), Some(1));
}

fn accepts_an_expired_root_on_the_way_to_a_current_one(program: Program) {
    let mut world = World::new(program);
    world.change(|repository| {
        repository.root.expires = PAST;
        repository.next_root();
        repository.root.expires = FAR;
        repository.next_root();
    });
    assert_eq!(world.refresh(), Run::success());
    assert_eq!(world.version("root"), Some(3));
}

fn rejects_an_expired_last_root(program: Program) {
    let mut world = World::new(program);
    world.change(|repository| {
        repository.root.expires = PAST;
        repository.next_root();
    });
    let run = world.refresh();
    assert_eq!(run.status, Some(1));
    let start =
        "error: freeze attack: root version 2 expired at 2020-01-01T00:00:00Z, the update started at ";
    assert!(run.stderr.starts_with(start), "{run:?}");
    assert_eq!(world.versions(), [2, 0, 0, 0]);
}

fn recovers_from_a_fast_forward_by_a_rotation(program: Program) {
    let mut world = World::new(program);
    world.change(|repository| {
        repository.timestamp.version = 99;
        repository.snapshot.version = 99;
        repository.publish();
    });
    assert_eq!(world.refresh(), Run::success());
    world.change(|repository| {
        repository.timestamp.version = 2;
        repository.snapshot.version = 2;
        let (timestamp, snapshot) = (Authority::one("timestamp-2"), Authority::one("snapshot-2"));
        repository.rotate("timestamp", timestamp).rotate("snapshot", snapshot).next_root().publish();
    });
    assert_eq!(world.refresh(), Run::success());
    assert_eq!(world.versions(), [2, 2, 2, 1]);
}

for_each_program! {
    follows_the_chain_to_its_end,
    goes_on_from_the_root_that_it_reached,
    follows_a_rotation_of_the_root_keys,
    rejects_a_root_that_the_last_one_did_not_sign,
    rejects_a_root_that_its_own_keys_did_not_sign,
    rejects_a_root_that_skips_a_version,
    accepts_an_expired_root_on_the_way_to_a_current_one,
    rejects_an_expired_last_root,
    recovers_from_a_fast_forward_by_a_rotation,
}
