//! Names in the folder of targets, and damage in the folder of metadata.

use std::collections::BTreeSet;
use std::fs;

use tuf_tests::Repository;

use crate::program::{Program, Run};
use crate::world::{World, lasting};

fn offering(program: Program, paths: &[&str]) -> World {
    let mut repository: Repository = lasting();
    for path in paths {
        repository.add_target("targets", path, path.as_bytes());
    }
    repository.publish();
    World::of(program, repository)
}

fn one_file_for_each_target_path(program: Program) {
    let long = "x".repeat(200) + "/" + &"y".repeat(52);
    let longer = "x".repeat(200) + "/" + &"y".repeat(53);
    let escaped = ["éé"; 20].join("/");
    let paths = ["a/b", "a%2Fb", "a b", ".hidden", "-x", "é", &long, &longer, &escaped];
    let world = offering(program, &paths);
    assert_eq!(world.download(&paths), Run::success());
    let names = world.names("downloads");
    let content = |name: &String| fs::read_to_string(world.path("downloads").join(name)).expect("text");
    let contents: BTreeSet<String> = names.iter().map(content).collect();
    assert_eq!(contents, paths.iter().map(|path| (*path).to_owned()).collect());
    let flat = format!("{}%2F{}", "x".repeat(200), "y".repeat(52));
    for name in ["a%2Fb", "a%252Fb", "a%20b", "%2Ehidden", "-x", "%C3%A9", &flat] {
        assert!(names.iter().any(|found| found == name), "{name} in {names:?}");
    }
    assert_eq!(names.iter().filter(|name| name.starts_with("%sha256-")).count(), 2, "{names:?}");
}

fn no_target_path_leads_out_of_the_folder(program: Program) {
    let unsafe_paths = ["../outside", "/outside", "a/../../outside", "..", ".", "a\\..\\outside", ""];
    let world = offering(program, &[&unsafe_paths[..], &["%2e%2e/outside"]].concat());
    for path in unsafe_paths {
        let why = "relative, no empty, `.` or `..` segment, no backslash, no control character";
        let line = format!("misuse: {path:?} is no safe target path ({why})");
        assert_eq!(world.download(&[path]), Run::failure(&line));
    }
    assert_eq!(world.names("downloads"), Vec::<String>::new());
    assert_eq!(world.download(&["%2e%2e/outside"]), Run::success());
    assert_eq!(world.names("downloads"), ["%252e%252e%2Foutside"]);
}

fn recovers_from_a_damaged_store(program: Program) {
    let world = World::new(program);
    assert_eq!(world.refresh(), Run::success());
    for damaged in ["timestamp", "snapshot", "targets"] {
        for bytes in [&b""[..], b"{", b"\xff", b"[1, 2]"] {
            fs::write(world.path("metadata").join(format!("{damaged}.json")), bytes).expect("written");
            assert_eq!(world.refresh(), Run::success(), "{damaged}");
            assert_eq!(world.versions(), [1, 1, 1, 1], "{damaged}");
        }
    }
}

fn rejects_a_damaged_trusted_root(program: Program) {
    let world = World::new(program);
    fs::write(world.path("metadata/root.json"), b"{").expect("written");
    let run = world.refresh();
    assert_eq!(run.status, Some(1));
    assert!(run.stderr.starts_with("error: malformed"), "{run:?}");
    assert_eq!(world.requests(), Vec::<String>::new());
}

fn holds_the_unversioned_files_of_the_store_and_nothing_else(program: Program) {
    let world = World::new(program);
    assert_eq!(world.refresh(), Run::success());
    let names = world.names("metadata");
    let json: Vec<_> = names.iter().filter(|name| name.ends_with(".json")).collect();
    assert_eq!(json, ["root.json", "snapshot.json", "targets.json", "timestamp.json"]);
    assert!(names.iter().all(|name| !name.starts_with(".unfinished")), "{names:?}");
}

for_each_program! {
    one_file_for_each_target_path,
    no_target_path_leads_out_of_the_folder,
    recovers_from_a_damaged_store,
    rejects_a_damaged_trusted_root,
    holds_the_unversioned_files_of_the_store_and_nothing_else,
}
