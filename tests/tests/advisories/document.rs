//! `docs/advisories.md` and the tests name each other.

use std::collections::BTreeSet;
use std::process::Command;

#[test]
fn the_document_names_these_tests_and_no_others() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/advisories.md");
    let document = std::fs::read_to_string(path).expect("docs/advisories.md is there");
    let named: BTreeSet<String> = document
        .lines()
        .filter(|line| line.starts_with("| "))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(|name| name.contains("::"))
        .map(str::to_owned)
        .collect();
    assert_eq!(named, tests());
}

/// The tests of this program, by its own list, but for those of this file.
fn tests() -> BTreeSet<String> {
    let program = std::env::current_exe().expect("this program");
    let listed = Command::new(program).args(["--list", "--format", "terse"]).output().expect("it runs");
    let listed = String::from_utf8(listed.stdout).expect("names are text");
    let names = listed.lines().filter_map(|line| line.strip_suffix(": test"));
    names.filter(|name| !name.starts_with("document::")).map(str::to_owned).collect()
}
