//! Names of files in a store: none leads out of it, and no two share a file.

use tuf_verifier_host::{MemoryStore, Store, StoreError};

use crate::{files, open};

#[test]
fn refuses_names_of_no_file_of_a_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores = [Box::new(open(folder.path())) as Box<dyn Store>, Box::new(MemoryStore::new())];
    for name in [
        "",
        "root",
        "../root.json",
        "/root.json",
        "a/b.json",
        "a\\b.json",
        "root_history",
        "root_history/",
        "root_history/root.json",
        "root_history/01.root.json",
        "root_history/-1.root.json",
        "root_history/1.root.json.json",
        "root_history/..%2F1.root.json",
        "root_history/../1.root.json",
        "root_history/123456789012345678901.root.json",
        "root_history/1.targets.json",
        "rotate",
        "rotate/alice",
        "rotate/alice.rotate.",
        "rotate/alice.rotate.0",
        "rotate/alice.rotate.1.json",
        "rotate/../alice.rotate.1",
        "rotate/a/b.rotate.1",
        "floors/targets",
        "floors/timestamp.json",
        "floors/../timestamp",
        "refreshed/1",
        "a b.json",
        "a:b.json",
        "ä.json",
        "a\0.json",
        "%.json",
        "%2.json",
        "%2g.json",
        "%sha256-00.json",
        ".lock",
        ".unfinished-1",
        "timestamp.json.tmp",
        "timestamp.JSON",
    ] {
        for store in &stores {
            let results = [store.load(name).map(drop), store.persist(name, b"x"), store.forget(name)];
            assert!(results.iter().all(|result| matches!(result, Err(StoreError::Name { .. }))), "{name:?}");
        }
    }
    assert!(files(folder.path()).is_empty());
}

#[test]
fn holds_names_that_are_too_long_for_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let names: Vec<String> =
        [249, 250, 251, 252, 5_000].map(|length| format!("{}.json", "a".repeat(length))).to_vec();
    let others: Vec<String> = names.iter().map(|name| name.replacen('a', "b", 1)).collect();
    let all: Vec<&String> = names.iter().chain(&others).collect();
    for name in &all {
        store.persist(name, name.as_bytes()).expect("written");
    }
    for name in &all {
        assert_eq!(store.load(name).expect("read").as_deref(), Some(name.as_bytes()));
    }
    let found = files(folder.path());
    assert_eq!(found.len(), all.len());
    assert!(found.keys().all(|file| file.len() <= 255 && file.ends_with(".json")));
    // As it is, for as long as that is possible.
    assert!(found.contains_key(&names[1]) && !found.contains_key(&names[2]));
    store.forget(&names[4]).expect("deleted");
    assert_eq!(store.load(&names[4]).expect("read"), None);
}

#[test]
fn holds_rotate_files_floors_and_the_time_of_the_last_refresh() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let long = format!("rotate/{}.rotate.1", "a".repeat(5_000));
    let names = [
        "rotate/alice.rotate.1",
        "rotate/..%2Fbob.rotate.12",
        "floors/root",
        "floors/timestamp",
        "floors/snapshot",
        "refreshed",
        &long,
    ];
    for name in names {
        store.persist(name, name.as_bytes()).expect("written");
    }
    for name in names {
        assert_eq!(store.load(name).expect("read").as_deref(), Some(name.as_bytes()));
    }
    assert!(files(folder.path()).keys().all(|file| !file.ends_with(".json")));
    assert!(folder.path().join("rotate/..%2Fbob.rotate.12").is_file());
}

/// On a file system that ignores case, a delegated role `Timestamp` would replace the file of `timestamp`, and the
/// version below which no timestamp is trusted would be lost. `nul.json` is a device on some systems.
#[test]
fn sets_names_apart_that_a_file_system_could_confuse() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let names = [
        "Timestamp.json",
        "ROOT.json",
        "snapshoT.json",
        "Targets.json",
        "nul.json",
        "Con.json",
        "aux.x.json",
    ];
    for name in names.into_iter().chain(["timestamp.json", "com1.json", "Lpt9.json"]) {
        store.persist(name, name.as_bytes()).expect("written");
    }
    let found = files(folder.path());
    assert_eq!(found["timestamp.json"], b"timestamp.json");
    assert_eq!(found.keys().filter(|file| file.starts_with("%sha256-")).count(), 9);
    for name in names {
        assert_eq!(store.load(name).expect("read").as_deref(), Some(name.as_bytes()));
    }
}
