//! Folders whose content cargo never checks again.

use std::fs;
use std::path::{Path, PathBuf};

use crate::world::{
    Machine, PlainRegistry, Published, Run, evil_packages, evil_words, greeting_packages, run,
};

const HONEST: Option<&str> = Some("hello from greet\n");
const EVIL: Option<&str> = Some("owned from greet\n");

/// The one entry below `folder/*/` of this name.
fn below(folder: &Path, name: &str) -> PathBuf {
    let sources =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path().join(name));
    sources
        .into_iter()
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("no {name} below {}", folder.display()))
}

/// A machine on which plain cargo installed the honest packages, so that its caches are warm.
fn warm() -> (Machine, PlainRegistry) {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let registry = PlainRegistry::serving(&greeting_packages());
    machine.write_cargo_config(&registry.as_default());
    reinstall(&machine);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
    (machine, registry)
}

/// Plain cargo, once more.
fn reinstall(machine: &Machine) -> Run {
    run(&mut machine.plain_cargo(&["install", "greet", "--locked", "--force"])).ends_with(0)
}

#[test]
fn poisoned_sources_are_built_by_plain_cargo_and_not_looked_at_here() {
    let (machine, _registry) = warm();
    let source = below(&machine.cargo_home().join("registry/src"), "words-1.0.0/src/lib.rs");
    fs::write(&source, "pub fn word() -> String { String::from(\"owned\") }").expect("a file");
    reinstall(&machine);
    assert_eq!(machine.installed("greet").as_deref(), EVIL);

    run(&mut machine.install(&["greet"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
}

#[test]
fn a_poisoned_crate_file_is_built_by_plain_cargo_and_not_looked_at_here() {
    let (machine, _registry) = warm();
    let registry = machine.cargo_home().join("registry");
    let file = below(&registry.join("cache"), "words-1.0.0.crate");
    fs::write(&file, evil_words().bytes()).expect("a file");
    fs::remove_dir_all(registry.join("src")).expect("the sources");
    reinstall(&machine);
    assert_eq!(machine.installed("greet").as_deref(), EVIL);

    run(&mut machine.install(&["greet"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
}

#[test]
fn a_target_folder_of_an_unverified_build_is_reused_by_plain_cargo_and_not_here() {
    let (machine, _registry) = warm();
    let target = machine.path("target");
    let naive = ["install", "greet", "--locked", "--force"];
    let source = below(&machine.cargo_home().join("registry/src"), "words-1.0.0/src/lib.rs");
    fs::write(&source, "pub fn word() -> String { String::from(\"owned\") }").expect("a file");
    run(machine.plain_cargo(&naive).env("CARGO_TARGET_DIR", &target)).ends_with(0);

    // Now cargo has honest sources again, and the old target folder.
    fs::remove_dir_all(machine.cargo_home().join("registry")).expect("the caches");
    run(machine.plain_cargo(&naive).env("CARGO_TARGET_DIR", &target)).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), EVIL);

    for name in ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"] {
        run(machine.install(&["greet", "--force"]).env(name, &target)).ends_with(0);
        assert_eq!(machine.installed("greet").as_deref(), HONEST, "{name}");
    }
    for key in ["target-dir", "build-dir"] {
        machine.write_cargo_config(&format!("build.{key} = {target:?}"));
        run(&mut machine.install(&["greet", "--force"])).ends_with(0);
        assert_eq!(machine.installed("greet").as_deref(), HONEST, "{key}");
    }
}

#[test]
fn a_binary_that_plain_cargo_installed_is_replaced() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let evil = PlainRegistry::serving(&evil_packages());
    machine.write_cargo_config(&evil.as_default());
    run(&mut machine.plain_cargo(&["install", "greet", "--locked"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), EVIL);

    let ended = run(&mut machine.install(&["greet"])).ends_with(0);
    assert!(
        ended.stderr.contains("   Replacing greet v1.0.0, installed without verification\n"),
        "{}",
        ended.stderr
    );
    assert_eq!(machine.installed("greet").as_deref(), HONEST);

    // The next time it is known, and left as it is.
    let ended = run(&mut machine.install(&["greet"])).ends_with(0);
    assert!(ended.stderr.contains("is already installed"), "{}", ended.stderr);

    // A binary that changed since is not.
    fs::write(machine.cargo_home().join("bin/greet"), "other bytes").expect("a file");
    run(&mut machine.install(&["greet"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
}

#[test]
fn a_damaged_file_of_our_own_cache_is_fetched_again() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    run(&mut machine.install(&["greet"])).ends_with(0);
    let cache = machine.cargo_home().join("tuf/cache/sha256");
    let words = greeting_packages()[1].checksum();
    let file = cache.join(&words[..2]).join(&words);
    fs::write(&file, evil_words().bytes()).expect("a file");
    run(&mut machine.install(&["greet", "--force"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
    assert_eq!(fs::read(&file).expect("a file"), greeting_packages()[1].bytes());
}
