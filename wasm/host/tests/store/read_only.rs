//! Stores that are only read, and what the ordinary store says where it cannot write.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::sync::mpsc;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use tuf_tests::skip;
use tuf_verifier_host::store::ReadOnlyStore;
use tuf_verifier_host::{FolderStore, Store, StoreError};

use crate::{command, files, lock, open, store_of_child};

fn read_only(folder: &Path) -> ReadOnlyStore {
    FolderStore::read_only(folder).expect("a folder that can be read")
}

/// A folder with a store that has a timestamp and an old root.
fn stored() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    store.persist("timestamp.json", b"old").expect("written");
    store.persist("root_history/2.root.json", b"root").expect("written");
    folder
}

#[test]
fn keeps_what_is_written_in_memory() {
    let folder = stored();
    let before = files(folder.path());
    let store = read_only(folder.path());
    let guard = store.lock(&mut || panic!("nobody holds the lock")).expect("a lock");
    assert_eq!(store.load("timestamp.json").expect("read").as_deref(), Some(&b"old"[..]));
    store.persist("timestamp.json", b"new").expect("kept");
    store.persist("snapshot.json", b"first").expect("kept");
    store.forget("root_history/2.root.json").expect("kept");
    assert_eq!(store.load("timestamp.json").expect("read").as_deref(), Some(&b"new"[..]));
    assert_eq!(store.load("snapshot.json").expect("read").as_deref(), Some(&b"first"[..]));
    assert_eq!(store.load("root_history/2.root.json").expect("read"), None);
    drop(guard);
    assert_eq!(files(folder.path()), before, "not even a lock file was made");
    let again = read_only(folder.path());
    assert_eq!(again.load("timestamp.json").expect("read").as_deref(), Some(&b"old"[..]));
}

#[test]
fn judges_names_and_lengths_as_the_ordinary_store_does() {
    let folder = stored();
    let store = read_only(folder.path()).max_length(3);
    for name in ["../timestamp.json", "root_history/x.root.json", "a/b.json"] {
        assert!(matches!(store.load(name), Err(StoreError::Name { .. })), "{name}");
        assert!(matches!(store.persist(name, b""), Err(StoreError::Name { .. })), "{name}");
        assert!(matches!(store.forget(name), Err(StoreError::Name { .. })), "{name}");
    }
    let too_long = store.persist("snapshot.json", b"long").expect_err("longer than allowed");
    assert!(matches!(too_long, StoreError::TooLong { limit: 3, .. }), "{too_long}");
    let too_long = store.load("root_history/2.root.json").expect_err("longer than allowed");
    assert!(matches!(too_long, StoreError::TooLong { limit: 3, .. }), "{too_long}");
}

#[test]
fn rejects_what_is_no_folder() {
    let folder = stored();
    for name in ["absent", "timestamp.json"] {
        let path = folder.path().join(name);
        let error = FolderStore::read_only(&path).expect_err("no folder");
        assert_eq!(error.code(), "store-unusable");
        assert_eq!(error.to_string(), format!("cannot open the trusted store {}", path.display()));
        assert!(!path.is_dir());
    }
}

#[test]
fn waits_for_a_writer_and_shares_with_readers() {
    let folder = stored();
    let writer = open(folder.path());
    let writing = lock(&writer);
    let (told, waiting) = mpsc::channel();
    std::thread::scope(|scope| {
        let path = folder.path();
        let reader = scope.spawn(move || {
            let store = read_only(path);
            let _guard = store.lock(&mut || told.send(()).expect("heard")).expect("the lock became free");
            store.load("timestamp.json").expect("read")
        });
        waiting.recv().expect("it waits");
        writer.persist("timestamp.json", b"new").expect("written");
        drop(writing);
        assert_eq!(reader.join().expect("no panic").as_deref(), Some(&b"new"[..]));
    });
    let (one, other) = (read_only(folder.path()), read_only(folder.path()));
    let _first = one.lock(&mut || panic!("readers do not wait")).expect("a lock");
    let _second = other.lock(&mut || panic!("readers do not wait for each other")).expect("a lock");
}

#[test]
#[ignore = "a part of the test below, which runs it as another user"]
fn as_nobody() {
    let store = std::env::var_os("TUF_TEST_STORE").expect("run by another test");
    writes_are_refused_and_reads_work(Path::new(&store), "Permission denied");
}

#[test]
fn works_in_a_folder_without_write_permission() {
    let folder = stored();
    let allow = |mode| {
        for path in [folder.path().join("root_history"), folder.path().to_owned()] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("this is the owner");
        }
    };
    allow(0o555);
    let mut command = command("read_only::as_nobody", folder.path());
    if nix::unistd::geteuid().is_root() {
        // The superuser may write everywhere. The number is that of `nobody` on most systems.
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().expect("this program runs again");
    allow(0o755);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
#[ignore = "a part of the test below, which runs it in a process of its own"]
fn on_a_read_only_mount() {
    let store = std::env::var_os("TUF_TEST_STORE").expect("run by another test");
    let flags = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    let separate = unshare(CloneFlags::CLONE_NEWNS);
    let mounted =
        separate.and_then(|()| mount::<str, str, str, str>(None, "/", None, flags, None)).and_then(|()| {
            let store = Path::new(&store);
            mount::<Path, Path, str, str>(Some(store), store, None, MsFlags::MS_BIND, None)?;
            let read_only = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
            mount::<str, Path, str, str>(None, store, None, read_only, None)
        });
    match mounted {
        Ok(()) => writes_are_refused_and_reads_work(Path::new(&store), "Read-only file system"),
        Err(error) => {
            skip("works_on_a_read_only_file_system", &format!("this process may not mount: {error}"))
        }
    }
}

#[test]
fn works_on_a_read_only_file_system() {
    let folder = stored();
    let output =
        command("read_only::on_a_read_only_mount", folder.path()).output().expect("this program runs again");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
}

/// The ordinary store fails and says what to do; the read-only one works.
fn writes_are_refused_and_reads_work(folder: &Path, reason: &str) {
    let ordinary = store_of_child();
    let hint = "let yourself write there, choose another folder, or read the store without changing it (`FolderStore::read_only`)";
    let Err(error) = ordinary.lock(&mut || ()) else { panic!("a lock file was made") };
    let lock = folder.join(".lock");
    assert_eq!(error.to_string(), format!("cannot open the trusted store {}", lock.display()));
    assert_eq!(error.advice(), hint);
    let cause = std::error::Error::source(&error).expect("the system's error").to_string();
    assert!(cause.starts_with(reason), "{cause}");
    for error in [ordinary.persist("timestamp.json", b"new"), ordinary.forget("timestamp.json")] {
        let error = error.expect_err("nothing can be written");
        assert_eq!(error.code(), "store-unwritable");
        assert_eq!(error.advice(), hint);
    }
    let store = read_only(folder);
    let _guard = store.lock(&mut || panic!("there is no lock")).expect("nothing is locked");
    assert_eq!(store.load("timestamp.json").expect("read").as_deref(), Some(&b"old"[..]));
    store.persist("timestamp.json", b"new").expect("kept in memory");
    assert_eq!(store.load("timestamp.json").expect("read").as_deref(), Some(&b"new"[..]));
}
