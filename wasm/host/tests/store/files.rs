//! The files of a store.

use std::fs;
use std::io;

use tuf_verifier_host::{FolderStore, MemoryStore, Store, StoreError};

use crate::{files, lock, open};

#[test]
fn keeps_the_layout() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("new/store"));
    let names =
        ["root.json", "root_history/2.root.json", "timestamp.json", "a%2Fb.json", "..%2Fc.json", ".json"];
    for name in names {
        store.persist(name, name.as_bytes()).expect("written");
        assert_eq!(store.load(name).expect("read").as_deref(), Some(name.as_bytes()));
    }
    let found = files(&folder.path().join("new/store"));
    let mut expected = names;
    expected.sort_unstable();
    assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), expected);
    assert!(found.iter().all(|(name, content)| name.as_bytes() == content));
}

#[test]
fn replaces_and_forgets() {
    let folder = tempfile::tempdir().expect("a folder");
    for store in [Box::new(open(folder.path())) as Box<dyn Store>, Box::new(MemoryStore::new())] {
        assert_eq!(store.load("snapshot.json").expect("read"), None);
        store.forget("snapshot.json").expect("what is not there is forgotten");
        store.persist("snapshot.json", b"longer").expect("written");
        store.persist("snapshot.json", b"new").expect("written");
        assert_eq!(store.load("snapshot.json").expect("read"), Some(b"new".to_vec()));
        store.forget("snapshot.json").expect("deleted");
        assert_eq!(store.load("snapshot.json").expect("read"), None);
    }
}

#[test]
fn keeps_bytes_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).chain(*b"\r\n\0").collect();
    store.persist("targets.json", &bytes).expect("written");
    assert_eq!(fs::read(folder.path().join("targets.json")).expect("a file"), bytes);
    store.persist("empty.json", b"").expect("written");
    assert_eq!(store.load("empty.json").expect("read"), Some(Vec::new()));
}

#[test]
fn clones_of_a_store_in_memory_share_it() {
    let store = MemoryStore::new();
    store.clone().persist("root.json", b"{}").expect("written");
    assert_eq!(store.names(), ["root.json"]);
}

#[test]
fn opens_a_store_again() {
    let folder = tempfile::tempdir().expect("a folder");
    open(folder.path()).persist("root_history/1.root.json", b"{}").expect("written");
    assert!(open(folder.path()).load("root_history/1.root.json").expect("read").is_some());
    fs::remove_dir_all(folder.path().join("root_history")).expect("deleted");
    let store = open(folder.path());
    assert_eq!(store.load("root_history/1.root.json").expect("read"), None);
    store.forget("root_history/1.root.json").expect("what is not there is forgotten");
    store.persist("root_history/1.root.json", b"{}").expect("the folder is made again");
}

#[test]
fn limits_the_length_of_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path()).max_length(10);
    store.persist("a.json", &[b'x'; 10]).expect("written");
    assert_eq!(store.load("a.json").expect("read").map(|bytes| bytes.len()), Some(10));
    assert!(matches!(store.persist("a.json", &[b'x'; 11]), Err(StoreError::TooLong { limit: 10, .. })));
    fs::write(folder.path().join("a.json"), [b'x'; 11]).expect("a file");
    let error = store.load("a.json").expect_err("too long");
    assert!(matches!(error, StoreError::TooLong { limit: 10, .. }), "{error:?}");
    assert_eq!(error.code(), "store-file-too-long");
}

#[test]
fn reports_what_is_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let path = folder.path().join("root.json");
    fs::create_dir(&path).expect("a folder");
    for result in
        [store.load("root.json").map(drop), store.persist("root.json", b"{}"), store.forget("root.json")]
    {
        let error = result.expect_err("a folder is no file");
        assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
        assert!(matches!(error, StoreError::Read { .. } | StoreError::Write { .. }), "{error:?}");
    }
    assert_eq!(files(folder.path()).len(), 0);
}

#[test]
fn reports_a_folder_that_cannot_be_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    for path in [file.clone(), file.join("below")] {
        let error = FolderStore::open(&path).expect_err("a file is no folder");
        assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
        assert!(error.to_string().contains(&*file.to_string_lossy()), "{error}");
        assert!(!error.advice().is_empty());
    }
    let store = open(&folder.path().join("store"));
    fs::remove_dir_all(folder.path().join("store")).expect("deleted");
    assert!(matches!(store.lock(&mut || {}), Err(StoreError::Open { .. })));
    match store.persist("root.json", b"{}") {
        Err(StoreError::Write { source, .. }) => assert_eq!(source.kind(), io::ErrorKind::NotFound),
        other => panic!("{other:?}"),
    }
}

#[test]
fn cleans_up_after_the_dead() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    for below in ["root_history", "rotate", "floors"] {
        fs::create_dir(folder.path().join(below)).expect("a folder");
    }
    for path in
        [".unfinished-1", "root_history/.unfinished-2", "rotate/.unfinished-3", "floors/.unfinished-4"]
    {
        fs::write(folder.path().join(path), "half").expect("a file");
    }
    fs::write(folder.path().join("notes.txt"), "mine").expect("a file");
    drop(lock(&store));
    assert_eq!(files(folder.path()).into_keys().collect::<Vec<_>>(), [".lock", "notes.txt"]);
}

#[test]
fn spares_the_unfinished_files_of_the_living() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let path = folder.path().join(".unfinished-1");
    let living = fs::File::create(&path).expect("a file");
    living.lock().expect("a lock");
    drop(lock(&store));
    assert!(path.exists());
    drop(living);
    drop(lock(&store));
    assert!(!path.exists());
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::process::CommandExt;
    use std::path::Path;

    use super::*;
    use crate::{command, store_of_child};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("metadata").permissions().mode() & 0o777
    }

    #[test]
    fn is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a/store");
        open(&path);
        assert_eq!(mode(&path) & 0o077, 0);
        // A folder that is there already stays as its owner made it.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
        open(&path);
        assert_eq!(mode(&path), 0o755);
    }

    #[test]
    fn replaces_a_link_and_not_what_it_leads_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open(folder.path());
        store.persist("root_history/1.root.json", b"one").expect("written");
        symlink("root_history/1.root.json", folder.path().join("root.json")).expect("a link");
        assert_eq!(store.load("root.json").expect("read"), Some(b"one".to_vec()));
        store.persist("root.json", b"two").expect("written");
        assert_eq!(store.load("root_history/1.root.json").expect("read"), Some(b"one".to_vec()));
        assert_eq!(store.load("root.json").expect("read"), Some(b"two".to_vec()));
    }

    #[test]
    fn reads_no_more_than_the_limit() {
        let folder = tempfile::tempdir().expect("a folder");
        let huge = fs::File::create(folder.path().join("root.json")).expect("a file");
        huge.set_len(1 << 40).expect("a file with a hole");
        assert!(matches!(
            open(folder.path()).max_length(10).load("root.json"),
            Err(StoreError::TooLong { .. })
        ));
    }

    #[test]
    fn waits_for_no_pipe() {
        let folder = tempfile::tempdir().expect("a folder");
        nix::unistd::mkfifo(&folder.path().join("root.json"), nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
        assert!(matches!(open(folder.path()).load("root.json"), Err(StoreError::Read { .. })));
    }

    #[test]
    #[ignore = "a part of the test below, which runs it as a user who is not the superuser"]
    fn meets_a_folder_that_may_not_be_written() {
        let store = store_of_child();
        let results =
            [store.lock(&mut || {}).map(drop), store.persist("root.json", b"[]"), store.forget("root.json")];
        let codes = results.map(|result| result.expect_err("the folder may not be written").code());
        assert_eq!(codes, ["store-unusable", "store-unwritable", "store-unwritable"]);
        assert_eq!(store.load("root.json").expect("reading is allowed"), Some(b"{}".to_vec()));
        let below = Path::new(&std::env::var_os("TUF_TEST_STORE").expect("run by another test")).join("new");
        let error = FolderStore::open(&below).expect_err("the folder may not be written");
        assert!(matches!(&error, StoreError::Open { path, .. } if *path == below), "{error:?}");
    }

    #[test]
    fn reports_a_store_that_may_not_be_written() {
        let folder = tempfile::tempdir().expect("a folder");
        open(folder.path()).persist("root.json", b"{}").expect("written");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).expect("permissions");
        let mut command = command("files::unix::meets_a_folder_that_may_not_be_written", folder.path());
        if nix::unistd::geteuid().is_root() {
            // The superuser may write everywhere. The number is that of `nobody` on most systems.
            command.uid(65534).gid(65534);
        }
        let output = command.output().expect("this program runs again");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("permissions");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

/// A folder by what is in it, and what is said of it; nothing where it is taken for a store.
type Case = (&'static [(&'static str, &'static str)], Option<&'static str>);

const FOLDERS: [Case; 15] = [
    (&[], None),
    (&[(".lock", ""), (".unfinished-1", "half"), (".DS_Store", "")], None),
    // As tuf-js leaves it, and a process of it that died.
    (&[("root.json", METADATA), ("timestamp.json", METADATA), ("a%2Fb.json", METADATA)], None),
    (&[("root.json", ""), ("timestamp.json", "half"), ("a.json", "")], None),
    (&[("root.json", METADATA), ("targets/file", "")], None),
    // As python-tuf leaves it.
    (&[("root.json", METADATA), ("root_history/1.root.json", METADATA), ("snapshot.json", METADATA)], None),
    // This library's own, whatever else a person has put there.
    (&[(".lock", ""), ("floors/timestamp", METADATA), ("notes.txt", "mine")], None),
    (&[("root_history/1.root.json", METADATA)], None),
    (&[("notes.txt", "mine")], Some("no store has \"notes.txt\"")),
    (&[(".lock", ""), ("notes.txt", "mine")], Some("no store has \"notes.txt\"")),
    // A published repository, a project with a pinned root, and one without.
    (&[("root.json", METADATA), ("1.root.json", METADATA)], Some("no store has \"1.root.json\"")),
    (&[("root.json", METADATA), ("src/lib.rs", "")], Some("no store has \"src\"")),
    (
        &[("root.json", METADATA), ("package.json", "{\"name\":\"x\"}")],
        Some("\"package.json\" is no metadata"),
    ),
    (&[("a.json", METADATA)], Some("it has neither root.json nor root_history")),
    (&[("root_history", "a file")], Some("no store has \"root_history\"")),
];

const METADATA: &str = " {\n \"signed\": {}, \"signatures\": []}";

#[test]
fn rejects_a_folder_that_is_no_store() {
    for (content, refused) in FOLDERS {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in content {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let before = files(folder.path());
        match (FolderStore::open(folder.path()), refused) {
            (Ok(_), None) => {}
            (Err(error @ StoreError::NotAStore { .. }), Some(evidence)) => {
                let folder = folder.path().display();
                assert_eq!(
                    error.to_string(),
                    format!("{folder} is not empty and is no trusted store: {evidence}")
                );
                assert_eq!(error.code(), "store-foreign-folder");
            }
            (other, _) => panic!("{content:?}: {other:?}"),
        }
        assert_eq!(files(folder.path()), before, "{content:?}");
    }
}

/// Who shares a store could have files written, replaced and deleted elsewhere.
#[cfg(unix)]
#[test]
fn rejects_a_store_with_a_linked_folder() {
    for name in ["floors", "root_history", "rotate"] {
        let (folder, elsewhere) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let store = FolderStore::open(folder.path()).expect("an empty folder");
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join(name)).expect("a link");
        fs::write(elsewhere.path().join(".unfinished-work"), "").expect("a file");
        let refused = [store.lock(&mut || {}).err(), FolderStore::open(folder.path()).err()];
        for refused in refused {
            assert_eq!(refused.expect("a link is refused").code(), "store-foreign-folder", "{name}");
        }
        assert!(elsewhere.path().join(".unfinished-work").exists(), "{name}");
    }
}
