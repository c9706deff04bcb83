//! Trusted stores of one metadata URL: each line of roots has its own, whatever a project's configuration says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tuf_tests::{Authority, Key};

use crate::world::{Krate, Machine, Published, greeting_packages, run};

/// The stores of every repository, by name.
fn stores(machine: &Machine) -> BTreeMap<String, PathBuf> {
    let entries = fs::read_dir(machine.cargo_home().join("tuf/repositories")).expect("a folder");
    let entries = entries.map(|entry| entry.expect("an entry"));
    entries.map(|entry| (entry.file_name().into_string().expect("UTF-8"), entry.path())).collect()
}

/// Every file of a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let (folders, plain): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let plain = plain.into_iter().map(|path| (path.clone(), fs::read(&path).expect("a file")));
    plain.chain(folders.iter().flat_map(|folder| files(folder))).collect()
}

/// A project whose configuration names the victim's URL, a mirror of the attacker's and the attacker's root.
fn hostile_project(machine: &Machine, hostile: &Published, root: &[u8]) -> Command {
    hostile.write(&machine.path("mirror"));
    let project = machine.path("work/hostile");
    fs::create_dir_all(project.join(".cargo")).expect("a folder");
    fs::write(project.join("root.json"), root).expect("a file");
    let config = format!(
        "metadata-url = {:?}\nmirrors = [{:?}]\ntrusted-root = \"../root.json\"\n",
        machine.metadata_url(),
        machine.path("mirror/metadata").to_str().expect("UTF-8"),
    );
    fs::write(project.join(".cargo/tuf.toml"), config).expect("a file");
    let mut command = machine.command(env!("CARGO_BIN_EXE_cargo-tuf"));
    command.args(["tuf", "status"]).current_dir(project);
    command
}

/// Version 2 of the victim's repository and what it was before.
fn victim() -> (Published, Published) {
    let old = Published::new(&greeting_packages());
    let mut new = old.clone();
    new.release();
    (old, new)
}

#[test]
fn a_hostile_project_leaves_the_floors_of_other_projects_as_they_were() {
    let (old, new) = victim();
    let machine = Machine::trusting(&new);
    run(&mut machine.tuf(&["status"])).ends_with(0);
    let (name, store) = stores(&machine).pop_first().expect("a store");
    let before = files(&store);
    let hostile = Published::by_a_stranger(&[Krate::library("evil", "1.0.0", "")]);
    run(&mut hostile_project(&machine, &hostile, hostile.root())).ends_with(0);
    assert!(files(&store) == before, "{name} has changed");
    assert_eq!(stores(&machine).len(), 2);
    machine.serve(&old);
    let ended = run(&mut machine.tuf(&["status"])).ends_with(42).once();
    ended.says("rollback attack: timestamp version 1 was offered, version 2 is trusted", "older state");
}

/// Of the same root version as the victim's, and of one that nobody reaches.
#[test]
fn a_hostile_project_that_ran_first_does_not_stop_others() {
    for version in [1, 9_000_000] {
        let (old, new) = victim();
        let machine = Machine::trusting(&new);
        let mut hostile = Published::by_a_stranger(&[Krate::library("evil", "1.0.0", "")]);
        hostile.repository.root.version = version;
        hostile.repository.write_root();
        let root = hostile.repository.mirror.file(&format!("{version}.root.json")).to_vec();
        run(&mut hostile_project(&machine, &hostile, &root)).ends_with(0);
        run(&mut machine.tuf(&["status"])).ends_with(0);
        machine.serve(&old);
        run(&mut machine.tuf(&["status"])).ends_with(42).once().says("rollback attack: timestamp", "");
    }
}

/// The store that an earlier version left has the URL's name alone.
#[test]
fn a_store_of_an_earlier_version_is_taken_over_with_its_floors() {
    let (old, new) = victim();
    let machine = Machine::trusting(&new);
    run(&mut machine.tuf(&["status"])).ends_with(0);
    let (name, store) = stores(&machine).pop_first().expect("a store");
    let (earlier, _) = name.split_once('~').expect("the name of a line");
    fs::rename(&store, store.with_file_name(earlier)).expect("a store");
    for file in ["floors/root", "root_history/1.root.json"] {
        fs::remove_file(store.with_file_name(earlier).join(file)).expect("a file");
    }
    machine.serve(&old);
    run(&mut machine.tuf(&["status"])).ends_with(42).once().says("rollback attack: timestamp", "");
    machine.serve(&new);
    run(&mut machine.tuf(&["status"])).ends_with(0);
    assert_eq!(stores(&machine).into_keys().collect::<Vec<_>>(), [earlier, &*name]);
}

#[test]
fn a_newer_trusted_root_begins_with_the_floors_of_the_older_ones_store() {
    let (mut old, mut new) = victim();
    let machine = Machine::trusting(&new);
    run(&mut machine.tuf(&["status"])).ends_with(0);
    for published in [&mut old, &mut new] {
        published.repository.next_root();
    }
    fs::write(machine.path("root.json"), new.repository.mirror.file("2.root.json")).expect("a file");
    machine.serve(&old);
    run(&mut machine.tuf(&["status"])).ends_with(42).once().says("rollback attack: timestamp", "");
    machine.serve(&new);
    run(&mut machine.tuf(&["status"])).ends_with(0);
    assert_eq!(stores(&machine).len(), 2);
}

/// The victim's next root follows from the attacker's too, which lists the victim's key beside one of the attacker's.
#[test]
fn a_root_from_which_the_victims_next_root_follows_does_not_take_its_floors() {
    for hostile_first in [false, true] {
        let (mut old, mut new) = victim();
        let mut hostile = old.clone();
        let root_keys = [Key::new("mallory"), old.repository.authorities["root"].keys[0].clone()];
        hostile.repository.rotate("root", Authority { threshold: 1, keys: root_keys.to_vec() });
        for role in ["timestamp", "snapshot", "targets"] {
            hostile.repository.rotate(role, Authority::one(&format!("mallory's {role}")));
        }
        hostile.repository.mirror.metadata.clear();
        hostile.repository.sign_with("root", &[Key::new("mallory")]).write_root();
        hostile.repository.timestamp.version = 1_000_000;
        hostile.repository.publish();
        let machine = Machine::trusting(&new);
        let mut attack = hostile_project(&machine, &hostile, hostile.root());
        if hostile_first {
            run(&mut attack).ends_with(0);
        }
        run(&mut machine.tuf(&["status"])).ends_with(0);
        if !hostile_first {
            run(&mut attack).ends_with(0);
        }
        for published in [&mut old, &mut new] {
            published.repository.next_root();
        }
        fs::write(machine.path("root.json"), new.repository.mirror.file("2.root.json")).expect("a file");
        machine.serve(&old);
        let ended = run(&mut machine.tuf(&["status"])).ends_with(42).once();
        ended.says("rollback attack: timestamp version 1 was offered, version 2 is trusted", "");
    }
}
