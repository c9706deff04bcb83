//! Servers that give no answer: no verdict comes of it.

use std::net::TcpListener;

use crate::program::{Program, Run};
use crate::world::World;

fn asks_a_failing_server_three_times(program: Program) {
    let mut world = World::new(program);
    assert_eq!(world.refresh(), Run::success());
    world.requests();
    world.change(|repository| _ = repository.release());
    world.fail("timestamp.json", 503);
    let line = format!("the server answered 503 for {}", world.url("metadata/timestamp.json"));
    assert_eq!(world.refresh(), Run::failure(&line));
    assert_eq!(world.requests(), ["2.root.json", "timestamp.json", "timestamp.json", "timestamp.json"]);
    assert_eq!(world.versions(), [1, 1, 1, 1]);
}

fn takes_a_refusal_to_answer_for_no_answer(program: Program) {
    let world = World::new(program);
    world.fail("timestamp.json", 401);
    let line = format!("the server answered 401 for {}", world.url("metadata/timestamp.json"));
    assert_eq!(world.refresh(), Run::failure(&line));
    assert_eq!(world.requests(), ["2.root.json", "timestamp.json"]);
}

fn takes_what_a_store_of_objects_forbids_for_absent(program: Program) {
    let world = World::new(program);
    world.fail("2.root.json", 403);
    assert_eq!(world.refresh(), Run::success());
    world.fail("timestamp.json", 410);
    let line = "missing metadata: the repository has no timestamp.json";
    assert_eq!(world.refresh(), Run::failure(line));
}

fn says_that_no_server_is_there(program: Program) {
    let world = World::new(program);
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
    let mut arguments = world.refreshing();
    arguments[3] = format!("http://127.0.0.1:{port}/metadata").into();
    let run = world.run(&arguments);
    assert_eq!(run.status, Some(1));
    let start = format!("error: cannot reach http://127.0.0.1:{port}/metadata/2.root.json");
    assert!(run.stderr.starts_with(&start) && run.stderr.lines().count() == 1, "{run:?}");
    assert_eq!(world.versions(), [1, 0, 0, 0]);
}

for_each_program! {
    asks_a_failing_server_three_times,
    takes_a_refusal_to_answer_for_no_answer,
    takes_what_a_store_of_objects_forbids_for_absent,
    says_that_no_server_is_there,
}
