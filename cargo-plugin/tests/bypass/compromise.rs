//! What stays on a machine after a repository was compromised, or another one was used.

use std::fs;

use crate::world::{Krate, Machine, Published, greeting_packages, run};

const HONEST: Option<&str> = Some("hello from greet\n");
const EVIL: Option<&str> = Some("owned\n");

fn evil_greet() -> Krate {
    Krate::binary("greet", "1.0.0", "fn main() { println!(\"owned\"); }")
}

/// The publisher signs the version again, with honest bytes, after somebody had signed evil ones.
#[test]
fn recovers_from_a_version_that_was_signed_with_other_bytes() {
    let machine = Machine::trusting(&Published::new(&[evil_greet()]));
    run(&mut machine.install(&["greet"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), EVIL);

    let mut mended = Published::new(&greeting_packages());
    mended.release();
    machine.serve(&mended);
    let ended = run(&mut machine.install(&["greet"])).ends_with(0);
    let line =
        "   Replacing greet v1.0.0, installed from other files or another repository than verified now\n";
    assert!(ended.stderr.contains(line), "{}", ended.stderr);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
    let ended = run(&mut machine.install(&["greet"])).ends_with(0);
    assert!(ended.stderr.contains("is already installed"), "{}", ended.stderr);
}

/// The same bytes, but nobody says that the repository and the root behind them are trusted here.
#[test]
fn recovers_from_another_repository_that_was_used_before() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let folder = machine.path("other");
    let other = Published::by_a_stranger(&greeting_packages());
    other.write(&folder);
    fs::write(machine.path("other.json"), other.root()).expect("a file");
    let mut command = machine.unconfigured_install(&["greet"]);
    command.arg("--metadata-url").arg(folder.join("metadata"));
    command.arg("--trusted-root").arg(machine.path("other.json"));
    run(&mut command).ends_with(0);

    let ended = run(&mut machine.install(&["greet"])).ends_with(0);
    assert!(ended.stderr.contains("   Replacing greet v1.0.0, installed from other"), "{}", ended.stderr);
}

/// Dependencies that cargo chose are on no list that could be compared.
#[test]
fn recovers_from_dependencies_that_were_not_locked() {
    let mut evil = greeting_packages();
    evil[0] = Krate::library("letters", "1.0.0", "pub fn letter() -> &'static str { \"EVIL h\" }");
    let machine = Machine::trusting(&Published::new(&evil));
    run(&mut machine.install(&["greet", "--unlocked"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), Some("EVIL hello from greet\n"));

    let mut mended = Published::new(&greeting_packages());
    mended.release();
    machine.serve(&mended);
    let ended = run(&mut machine.install(&["greet", "--unlocked"])).ends_with(0);
    let line = "   Replacing greet v1.0.0, whose dependencies are not locked\n";
    assert!(ended.stderr.contains(line), "{}", ended.stderr);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
    let ended = run(&mut machine.install(&["greet"])).ends_with(0);
    assert!(ended.stderr.contains("   Replacing greet v1.0.0, installed from other"), "{}", ended.stderr);
}

#[cfg(unix)]
#[test]
fn rejects_a_cargo_that_installs_nothing() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let ended = run(machine.install(&["greet"]).env("CARGO", "/bin/true")).ends_with(101).once();
    ended.says("cargo ended without an error, but greet v1.0.0 is not installed", "a real cargo");
}
