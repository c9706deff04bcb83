//! What an adoption may not forget: newer metadata that is remembered, and what was copied to registries.

use std::fs;
use std::path::PathBuf;

use crate::command::Desk;
use crate::world::copy_folder;
use serde_json::{Value, json};
use tuf_repository::metadata::sha256_hex;

fn memory(desk: &Desk) -> PathBuf {
    desk.state().join("repository.json")
}

fn digest(desk: &Desk, version: u32) -> String {
    let path = desk.repository().join(format!("metadata/{version}.root.json"));
    sha256_hex(&fs::read(path).expect("root metadata"))
}

/// A repository with root version 2 and timestamp version 2, and its folder as it was at version 1 of both.
fn with_backup() -> Desk {
    let desk = Desk::with_repository();
    copy_folder(&desk.repository(), &desk.path().join("backup"));
    desk.ok(&["key", "new", "second", "--unencrypted"]);
    desk.ok(&["rotate", "root", "--new-key=second"]);
    desk.ok(&["refresh", "timestamp"]);
    desk.ok(&["publish"]);
    desk
}

fn put_back(desk: &Desk) {
    fs::remove_dir_all(desk.repository()).expect("a removal");
    copy_folder(&desk.path().join("backup"), &desk.repository());
}

#[test]
fn rejects_an_adoption_of_an_older_state_that_is_not_named() {
    let desk = with_backup();
    put_back(&desk);
    let first = digest(&desk, 1);
    let remembered = fs::read(memory(&desk)).expect("what is remembered");
    let refused = |more: &[&str]| {
        let run = desk.run(&[&["adopt", "--root-sha256", &first][..], more].concat());
        assert_eq!(run.status, Some(1), "{}", run.stderr);
        assert!(run.stderr.contains("note: root version 2 and timestamp version "), "{}", run.stderr);
        assert!(run.stderr.contains("is older, or another one [would-go-back]"), "{}", run.stderr);
        assert!(fs::read(memory(&desk)).expect("what is remembered") == remembered);
        let (_, option) = run.stderr.split_once("`--go-back-from ").expect("an advice");
        option.split('`').next().expect("versions").to_owned()
    };
    let versions = refused(&[]);
    assert!(versions.starts_with("2:"), "{versions}");
    refused(&["--go-back-from", "1:1"]);
    assert_eq!(desk.run(&["adopt", "--go-back-from", "2"]).status, Some(2));
    desk.ok(&["adopt", "--root-sha256", &first, "--go-back-from", &versions]);
    desk.ok(&["refresh"]);
}

/// The same versions from the same first root, signed again: by another publisher, after the one that is remembered.
#[test]
fn rejects_an_adoption_of_another_state_of_the_same_versions() {
    let mut desk = Desk::with_repository();
    copy_folder(&desk.repository(), &desk.path().join("backup"));
    desk.ok(&["refresh", "timestamp"]);
    let first = digest(&desk, 1);
    let ours = desk.state().parent().expect("the state of all").to_owned();
    put_back(&desk);
    desk.set("TUFREPO_STATE", desk.path().join("another").to_str().expect("UTF-8"));
    desk.ok(&["adopt", "--root-sha256", &first]);
    desk.write("repo/tufrepo.toml", "format = 1\n[expires]\ntimestamp = \"2d\"\n");
    desk.ok(&["refresh", "timestamp"]);
    desk.set("TUFREPO_STATE", ours.to_str().expect("UTF-8"));
    let run = desk.run(&["adopt", "--root-sha256", &first]);
    assert!(run.status == Some(1) && run.stderr.contains("[would-go-back]"), "{}", run.stderr);
}

#[test]
fn accepts_an_adoption_of_what_another_publisher_has_gone_on_to() {
    let mut desk = Desk::with_repository();
    let first = digest(&desk, 1);
    desk.set("TUFREPO_STATE", desk.path().join("another").to_str().expect("UTF-8"));
    desk.ok(&["adopt", "--root-sha256", &first]);
    desk.ok(&["refresh"]);
    desk.set("TUFREPO_STATE", desk.path().join("state").to_str().expect("UTF-8"));
    desk.ok(&["adopt", "--root-sha256", &first]);
    desk.ok(&["adopt", "--root-sha256", &first]);
}

/// A registry whose older state was put back would be copied to without a word.
#[test]
fn keeps_what_is_remembered_of_copies_through_an_adoption() {
    let desk = Desk::with_repository();
    let copies = json!({"oci://registry.example/team/tuf": {"version": 7, "sha256": "00".repeat(32)}});
    let text = fs::read_to_string(memory(&desk)).expect("what is remembered");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    value["copies"] = copies.clone();
    fs::write(memory(&desk), value.to_string()).expect("written");
    desk.ok(&["adopt", "--root-sha256", &digest(&desk, 1)]);
    desk.ok(&["refresh"]);
    let after: Value =
        serde_json::from_slice(&fs::read(memory(&desk)).expect("what is remembered")).expect("JSON");
    assert_eq!(after["copies"], copies);
}
