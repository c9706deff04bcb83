//! An index that is not verified decides what is built.

use std::path::Path;

use crate::world::{Krate, Machine, PlainRegistry, Published, greeting_packages, run};

/// A package whose build script leaves a mark.
fn marker(mark: &Path) -> Krate {
    let script = format!("fn main() {{ std::fs::write({mark:?}, \"ran\").unwrap(); }}");
    Krate::library("marker", "1.0.0", "").with_file("build.rs", &script)
}

#[test]
fn an_added_dependency_is_built_by_plain_cargo_and_refused_here() {
    let packages = greeting_packages();
    let mut published = Published::new(&packages);
    let machine = Machine::trusting(&published);
    let mark = machine.path("mark");
    let marker = marker(&mark);

    // Every checksum in this index is right; one line of it has a dependency more.
    let tampered = packages[1].index_line_adding(&marker);
    let mut lines: Vec<(Krate, String)> = packages.iter().map(|p| (p.clone(), p.index_line())).collect();
    lines[1].1.clone_from(&tampered);
    lines.push((marker.clone(), marker.index_line()));
    let registry = PlainRegistry::serving_lines(lines);
    machine.write_cargo_config(&registry.as_default());
    run(&mut machine.plain_cargo(&["install", "greet"])).ends_with(0);
    assert!(mark.exists(), "plain cargo did not build the added dependency");
    std::fs::remove_file(&mark).expect("the mark");

    // The same index file on the server of the repository, which did not sign it.
    published.add(&marker);
    published.release();
    published.tamper_target("words", &(tampered + "\n"));
    machine.serve(&published);
    let ended = run(&mut machine.install(&["greet", "--unlocked", "--force"])).ends_with(40);
    ended.says("endless data attack: index/wo/rd/words is longer than", "do not go on");
    assert!(!mark.exists(), "the added dependency was built");

    let ended = run(&mut machine.install(&["greet", "--force"])).ends_with(40).once();
    ended.says("endless data attack: index/wo/rd/words is longer than", "do not go on");
}
