//! Several places of one repository.

use std::fs;

use crate::world::{Machine, Published, greeting_packages, run};

/// The user's file, with the machine's repository as the first place and a folder as the second.
fn configure(machine: &Machine, second: &Published) {
    second.write(&machine.path("second"));
    let text = format!(
        "metadata-url = '{}'\nmirrors = ['{}']\ntrusted-root = '{}'\n",
        machine.metadata_url(),
        machine.path("second/metadata").display(),
        machine.path("root.json").display(),
    );
    fs::write(machine.cargo_home().join("tuf.toml"), text).expect("a file");
}

#[test]
fn recovers_from_a_place_with_a_tampered_crate() {
    let mut published = Published::new(&greeting_packages());
    let machine = Machine::trusting(&published);
    configure(&machine, &published);
    for (path, bytes) in &mut published.repository.mirror.targets {
        if path.contains("words-1.0.0.crate") {
            bytes[20] ^= 1;
        }
    }
    machine.serve(&published);
    run(&mut machine.unconfigured_install(&["greet"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), Some("hello from greet\n"));
}

#[test]
fn recovers_from_a_place_without_files() {
    let published = Published::new(&greeting_packages());
    let machine = Machine::trusting(&published);
    configure(&machine, &published);
    fs::remove_dir_all(machine.path("published")).expect("a folder");
    run(&mut machine.unconfigured_install(&["greet"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), Some("hello from greet\n"));
}

#[test]
fn a_verdict_is_reported_where_no_place_has_the_bytes() {
    let mut published = Published::new(&greeting_packages());
    let machine = Machine::trusting(&published);
    for (path, bytes) in &mut published.repository.mirror.targets {
        if path.contains("words-1.0.0.crate") {
            bytes[20] ^= 1;
        }
    }
    configure(&machine, &published);
    published.repository.mirror.targets.clear();
    machine.serve(&published);
    run(&mut machine.unconfigured_install(&["greet"]))
        .ends_with(40)
        .once()
        .says("wrong software: target crates/words/words-1.0.0.crate", "nothing was built");
}
