//! `cargo tuf-install` from end to end.

use crate::world::{Krate, Machine, Published, greeting_packages, run};

#[test]
fn installs_a_package_and_its_dependencies() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let ended = run(&mut machine.install(&["greet"])).ends_with(0);
    eprintln!("{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    assert!(
        ended.stderr.contains("    Verified greet v1.0.0, signed by the role crates\n"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("    Verified 2 packages of its Cargo.lock\n"), "{}", ended.stderr);
    assert_eq!(machine.installed("greet").as_deref(), Some("hello from greet\n"));
}
