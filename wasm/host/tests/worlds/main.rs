//! The shared worlds (`docs/shared-worlds.md`), replayed by the component in Wasmtime: every call must answer what the core
//! answered natively.

mod component;
mod files;
mod value;

use component::{Component, Replay};
use files::{Program, folder};
use serde_json::Value;

/// How many worlds that differ are shown.
const SHOWN: usize = 5;

/// Replays every world that a program has recorded.
fn replay(program: &str) {
    let Some(program) = recorded(program) else { return };
    let component = Component::load();
    let differences: Vec<String> = program
        .worlds()
        .filter_map(|world| Replay::of(&component, &program.bytes).world(&world).err())
        .collect();
    println!("{}: {} worlds", program.name, program.count);
    assert!(
        differences.is_empty(),
        "{} of {} worlds differ. Worlds of other sources than the component's? `cargo xtask shared-worlds` records them.\n{}",
        differences.len(),
        program.count,
        differences[..differences.len().min(SHOWN)].join("\n")
    );
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

#[test]
fn workflow() {
    replay("workflow");
}

#[test]
fn advisories() {
    replay("advisories");
}

#[test]
fn verdicts() {
    replay("verdicts");
}

#[test]
fn generated() {
    replay("generated");
}

/// What would be the use of a comparison that finds nothing?
#[test]
fn notices_another_answer() {
    let Some(program) = recorded("advisories") else { return };
    let component = Component::load();
    let refused = |world: &Value| !answer(&mut world.clone(), "/gives/err/code").is_empty();
    let world = program.worlds().find(refused).expect("a world in which something is refused");
    for pointer in ["/gives/err/code", "/gives/err/message", "/gives/val/max-length", "/gives/val/name"] {
        let mut changed = world.clone();
        let answers = answer(&mut changed, pointer);
        assert!(!answers.is_empty(), "{pointer}");
        answers.into_iter().for_each(|answer| *answer = "another".into());
        let difference = Replay::of(&component, &program.bytes).world(&changed);
        assert!(difference.is_err(), "{pointer}");
    }
    assert_eq!(Replay::of(&component, &program.bytes).world(&world), Ok(()));
}

/// Every value at this place of a call of a world.
fn answer<'a>(world: &'a mut Value, pointer: &str) -> Vec<&'a mut Value> {
    let calls = world["calls"].as_array_mut().expect("a world has calls");
    calls.iter_mut().filter_map(|call| call.pointer_mut(pointer)).collect()
}
