//! The shared worlds (`docs/shared-worlds.md`), replayed in Wasmtime: by the component itself, every call of which must
//! answer what the core answered natively, and by a client, as far as a client takes the same course.

mod client;
mod component;
mod course;
mod files;
mod value;

use std::collections::BTreeMap;

use component::{Component, Replay};
use course::Course;
use files::{Bytes, Program, folder};
use serde_json::Value;

/// How many worlds that differ are shown.
const SHOWN: usize = 5;

/// Shows every world of a program to a function that finds differences, and says whether it could follow the world. Worlds
/// that it could not follow are counted by the call that they begin with.
fn each(program: &str, follow: impl Fn(&Value, &Bytes) -> Result<bool, String>) {
    let Some(program) = recorded(program) else { return };
    let (mut followed, mut left, mut differences) = (0, BTreeMap::new(), Vec::new());
    for world in program.worlds() {
        match follow(&world, &program.bytes) {
            Ok(true) => followed += 1,
            Ok(false) => *left.entry(world["calls"][0]["call"].to_string()).or_insert(0) += 1,
            Err(difference) => differences.push(format!("{}, {difference}", world["name"])),
        }
    }
    println!(
        "{}: {followed} of {} worlds; not followed, by their first call: {left:?}",
        program.name, program.count
    );
    assert!(
        differences.is_empty(),
        "{} of {} worlds differ. Worlds of other sources than the component's? `cargo xtask shared-worlds` records them.\n{}",
        differences.len(),
        program.count,
        differences[..differences.len().min(SHOWN)].join("\n")
    );
    let share = followed * 10 / program.count;
    assert!(share >= 9, "{followed} of {} worlds were compared", program.count);
}

/// The worlds of a program, where any were recorded.
fn recorded(program: &str) -> Option<Program> {
    let folder = folder();
    if !folder.is_dir() {
        let reason = "no worlds were recorded: run `cargo xtask shared-worlds`";
        tuf_tests::skip(&format!("the worlds of {program}"), reason);
        return None;
    }
    Some(Program::read(&folder, program))
}

fn by_the_component(program: &str) {
    let component = Component::load();
    each(program, |world, bytes| Replay::of(&component, bytes).world(world).map(|()| true));
}

fn by_a_client(program: &str) {
    each(program, |world, bytes| match Course::of(world, bytes) {
        Some(course) => client::follow(&course).map(|()| true),
        None => Ok(false),
    });
}

#[test]
fn the_component_repeats_workflow() {
    by_the_component("workflow");
}

#[test]
fn the_component_repeats_advisories() {
    by_the_component("advisories");
}

#[test]
fn the_component_repeats_verdicts() {
    by_the_component("verdicts");
}

#[test]
fn the_component_repeats_generated() {
    by_the_component("generated");
}

#[test]
fn a_client_follows_workflow() {
    by_a_client("workflow");
}

#[test]
fn a_client_follows_advisories() {
    by_a_client("advisories");
}

#[test]
fn a_client_follows_verdicts() {
    by_a_client("verdicts");
}

#[test]
fn a_client_follows_generated() {
    by_a_client("generated");
}

/// What would be the use of a comparison that finds nothing?
#[test]
fn notices_another_answer() {
    let Some(program) = recorded("workflow") else { return };
    let component = Component::load();
    for (pointer, another, is_followed) in [
        ("/gives/val/max-length", "7", true),
        ("/gives/val/name", "another", true),
        ("/gives/val/val/code", "another", true),
        ("/gives/val/val/target/role", "another", true),
        ("/gives/val/val/why/message", "another", true),
        ("/gives/val/id", "7000", false),
        ("/gives/err/message", "another", false),
    ] {
        let answered = |world: &Value| !answers(&mut world.clone(), pointer).is_empty();
        let is_it = |world: &Value| Course::of(world, &program.bytes).is_some() && answered(world);
        let mut world = program.worlds().find(is_it).unwrap_or_else(|| panic!("{pointer}"));
        assert_eq!(Replay::of(&component, &program.bytes).world(&world), Ok(()));
        answers(&mut world, pointer).into_iter().for_each(|answer| *answer = another.into());
        assert!(Replay::of(&component, &program.bytes).world(&world).is_err(), "{pointer}");
        if is_followed {
            let course = Course::of(&world, &program.bytes).expect("the world of a client");
            assert!(client::follow(&course).is_err(), "{pointer}, by a client");
        }
    }
}

/// Every value at this place of a call of a world.
fn answers<'a>(world: &'a mut Value, pointer: &str) -> Vec<&'a mut Value> {
    let calls = world["calls"].as_array_mut().expect("a world has calls");
    calls.iter_mut().filter_map(|call| call.pointer_mut(pointer)).collect()
}
