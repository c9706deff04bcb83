//! Targets (5.6.7, 5.7), seen from outside.

use std::fs;

use tuf_tests::{Delegation, Repository};

use crate::program::{Program, Run};
use crate::world::{FAR, World, lasting};

const APP: &str = "app-1.0.tar.gz";
const CONTENT: &[u8] = b"the application";

/// Those requests that are not for metadata.
fn target_requests(world: &World) -> Vec<String> {
    world.requests().into_iter().filter(|path| path.starts_with("/targets/")).collect()
}

fn downloads_a_verified_target(program: Program) {
    let world = World::new(program);
    assert_eq!(world.download(&[APP]), Run::success());
    assert_eq!(fs::read(world.path("downloads").join(APP)).expect("downloaded"), CONTENT);
    assert_eq!(world.versions(), [1, 1, 1, 1]);
    assert_eq!(world.names("downloads"), [APP]);
}

fn does_not_fetch_a_target_again(program: Program) {
    let world = World::new(program);
    assert_eq!(world.download(&[APP]), Run::success());
    assert_eq!(target_requests(&world).len(), 1);
    assert_eq!(world.download(&[APP, APP]), Run::success());
    assert_eq!(target_requests(&world), Vec::<String>::new());
}

fn fetches_a_damaged_target_again(program: Program) {
    let world = World::new(program);
    assert_eq!(world.download(&[APP]), Run::success());
    fs::write(world.path("downloads").join(APP), b"the Application").expect("written");
    assert_eq!(world.download(&[APP]), Run::success());
    assert_eq!(fs::read(world.path("downloads").join(APP)).expect("downloaded"), CONTENT);
}

fn goes_on_where_a_transfer_broke_off(program: Program) {
    let world = World::new(program);
    world.answer("HTTP/1.1 200 OK\r\nContent-Length: 15\r\nETag: \"1\"\r\n\r\nthe app");
    world.answer(
        "HTTP/1.1 206 Partial Content\r\nContent-Length: 8\r\nContent-Range: bytes 7-14/15\r\nETag: \"1\"\r\n\r\nlication",
    );
    assert_eq!(world.download(&[APP]), Run::success());
    assert_eq!(fs::read(world.path("downloads").join(APP)).expect("downloaded"), CONTENT);
    assert_eq!(target_requests(&world).len(), 2);
    assert_eq!(world.names("downloads"), [APP]);
}

fn begins_anew_where_the_file_is_another_one(program: Program) {
    let world = World::new(program);
    world.answer("HTTP/1.1 200 OK\r\nContent-Length: 15\r\nETag: \"1\"\r\n\r\nan older");
    world.answer("HTTP/1.1 200 OK\r\nContent-Length: 15\r\nETag: \"2\"\r\n\r\nthe application");
    assert_eq!(world.download(&[APP]), Run::success());
    assert_eq!(fs::read(world.path("downloads").join(APP)).expect("downloaded"), CONTENT);
    assert_eq!(target_requests(&world).len(), 2);
}

fn replaces_a_target_that_has_changed(program: Program) {
    let mut world = World::new(program);
    assert_eq!(world.download(&[APP]), Run::success());
    world.change(|repository| _ = repository.add_target("targets", APP, b"the next application").release());
    assert_eq!(world.download(&[APP]), Run::success());
    assert_eq!(fs::read(world.path("downloads").join(APP)).expect("downloaded"), b"the next application");
    assert_eq!(world.names("downloads"), [APP]);
}

fn rejects_other_bytes_and_leaves_no_file(program: Program) {
    let mut world = World::new(program);
    world.change(|repository| {
        repository.mirror.targets.values_mut().for_each(|bytes| *bytes = b"an attacker's..".to_vec());
    });
    let line = "wrong software: target app-1.0.tar.gz: the sha256 digest differs from the listed one";
    assert_eq!(world.download(&[APP]), Run::failure(line));
    assert_eq!(world.names("downloads"), Vec::<String>::new());
}

fn downloads_in_order_and_stops_at_the_first_failure(program: Program) {
    let mut repository = lasting();
    for path in ["a", "b", "c"] {
        repository.add_target("targets", path, path.as_bytes());
    }
    repository.publish();
    let mut world = World::of(program, repository);
    world.change(|repository| repository.mirror.targets.retain(|path, _| !path.ends_with(".b")));
    let run = world.download(&["c", "a", "b", "app-1.0.tar.gz"]);
    assert_eq!(run.status, Some(1));
    let start = "error: the repository has no file ";
    assert!(
        run.stderr.starts_with(start) && run.stderr.ends_with(".b, though its metadata lists the target b\n"),
        "{run:?}"
    );
    assert_eq!(world.names("downloads"), ["a", "c"]);
    let names: Vec<_> =
        target_requests(&world).iter().map(|path| path[path.len() - 2..].to_owned()).collect();
    assert_eq!(names, [".c", ".a", ".b"]);
}

fn refreshes_once_for_all_targets(program: Program) {
    let world = World::new(program);
    assert_eq!(
        world.download(&[APP, "absent"]),
        Run::failure("no target \"absent\": no trusted role lists it")
    );
    let metadata: Vec<_> = world.requests().into_iter().filter(|path| path.ends_with(".json")).collect();
    assert_eq!(metadata, ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"]);
    assert_eq!(world.names("downloads"), [APP]);
}

fn downloads_nothing_where_the_refresh_fails(program: Program) {
    let mut world = World::new(program);
    world.change(|repository| _ = repository.mirror.metadata.remove("timestamp.json"));
    let line = "missing metadata: the repository has no timestamp.json";
    assert_eq!(world.download(&[APP]), Run::failure(line));
    assert_eq!(target_requests(&world), Vec::<String>::new());
    assert!(!world.path("downloads").exists());
}

/// `targets` delegates to `a`, `b` and `c`; `a` delegates to `d`.
fn delegations() -> Repository {
    let mut repository = lasting();
    repository.delegate("targets", Delegation::paths("a", &["*"]));
    repository.delegate("targets", Delegation::paths("b", &["*"]));
    repository.delegate("a", Delegation::paths("d", &["*"]));
    for role in ["a", "b", "d"] {
        repository.role(role).header.expires = FAR;
    }
    repository.add_target("b", "of-b", b"b").add_target("d", "of-d", b"d").publish();
    repository
}

fn asks_delegated_roles_in_their_order(program: Program) {
    let world = World::of(program, delegations());
    assert_eq!(world.download(&["of-b"]), Run::success());
    let asked: Vec<_> = world.requests().into_iter().filter(|path| path.starts_with("1.")).collect();
    assert_eq!(asked, ["1.snapshot.json", "1.targets.json", "1.a.json", "1.d.json", "1.b.json"]);
    let stored = world.names("metadata");
    for name in ["a.json", "b.json", "d.json"] {
        assert!(stored.iter().any(|stored| stored == name), "{name} in {stored:?}");
    }
}

fn a_terminating_delegation_ends_the_search(program: Program) {
    let mut repository = delegations();
    repository.role("targets").delegations[0].terminating = true;
    repository.publish();
    let world = World::of(program, repository);
    assert_eq!(world.download(&["of-d"]), Run::success());
    assert_eq!(world.download(&["of-b"]), Run::failure("no target \"of-b\": no trusted role lists it"));
}

fn ignores_targets_outside_of_what_was_delegated(program: Program) {
    let mut repository = lasting();
    repository.delegate("targets", Delegation::paths("a", &["a/*"]));
    repository.role("a").header.expires = FAR;
    repository.add_target("a", "b/tool", b"tool").add_target("a", "a/tool", b"tool").publish();
    let world = World::of(program, repository);
    let line = "no target \"b/tool\": no trusted role lists it";
    assert_eq!(world.download(&["a/tool", "b/tool"]), Run::failure(line));
    assert_eq!(world.names("downloads"), ["a%2Ftool"]);
}

for_each_program! {
    downloads_a_verified_target,
    does_not_fetch_a_target_again,
    fetches_a_damaged_target_again,
    goes_on_where_a_transfer_broke_off,
    begins_anew_where_the_file_is_another_one,
    replaces_a_target_that_has_changed,
    rejects_other_bytes_and_leaves_no_file,
    downloads_in_order_and_stops_at_the_first_failure,
    refreshes_once_for_all_targets,
    downloads_nothing_where_the_refresh_fails,
    asks_delegated_roles_in_their_order,
    a_terminating_delegation_ends_the_search,
    ignores_targets_outside_of_what_was_delegated,
}
