//! One store and many refreshes: at the same time, and after one that was cut off.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use tuf_tests::{Authority, Delegation, NOW, Repository};
use tuf_verifier_host::store::Guard;
use tuf_verifier_host::{Client, Error, FolderStore, MemoryStore, Store, StoreError, UnixTime};

use crate::world::{CONTENT, PATH, World, found, repository};

const PROCESSES: usize = 8;
const ROUNDS: usize = 6;

fn delegating() -> Repository {
    let mut repository = repository();
    repository.delegate("targets", Delegation::paths("team", &["team/*"]));
    repository.add_target("team", "team/tool", b"a tool").publish();
    repository
}

fn client(world: &World, store: impl Store + 'static) -> Client {
    let trusted_root = world.mirror.file("1.root.json").to_vec();
    Client::new(trusted_root, world.clone(), store).reference_time(UnixTime::from_seconds(NOW))
}

#[test]
#[ignore = "a part of the test below, which runs it in processes of its own"]
fn refreshes_again_and_again() {
    let folder = std::env::var_os("TUF_TEST_STORE").expect("run by another test");
    let folder = Path::new(&folder);
    let world = World::of(&delegating());
    for _ in 0..ROUNDS {
        let store = FolderStore::open(folder.join("store")).expect("the folder can be used");
        let session = client(&world, store).refresh().expect("refreshed");
        assert_eq!(session.report().notices, []);
        for (path, name) in [(PATH, "app"), ("team/tool", "tool")] {
            let target = found(&session, path);
            session.download(&target, &folder.join(name)).expect("downloaded");
        }
    }
}

#[test]
fn many_processes_refresh_one_store() {
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "shared_store::refreshes_again_and_again",
                "--ignored",
                "--nocapture",
                "--quiet",
            ])
            .env("TUF_TEST_STORE", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = std::iter::repeat_with(run).take(PROCESSES).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(std::fs::read(folder.path().join("app")).unwrap(), CONTENT);
}

/// A store whose process ends before a write.
struct CutOff {
    store: MemoryStore,
    writes_left: AtomicUsize,
}

impl CutOff {
    fn write(&self, write: impl FnOnce(&MemoryStore) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let Some(left) = self.writes_left.load(Ordering::SeqCst).checked_sub(1) else {
            return Err(StoreError::Write {
                path: "store".into(),
                source: io::ErrorKind::StorageFull.into(),
            });
        };
        self.writes_left.store(left, Ordering::SeqCst);
        write(&self.store)
    }
}

impl Store for CutOff {
    fn lock(&self, waiting: &mut dyn FnMut()) -> Result<Box<dyn Guard + '_>, StoreError> {
        self.store.lock(waiting)
    }

    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.load(name)
    }

    fn persist(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.write(|store| store.persist(name, bytes))
    }

    fn forget(&self, name: &str) -> Result<(), StoreError> {
        self.write(|store| store.forget(name))
    }
}

/// A store that has seen the repository before its keys of timestamp and snapshot rotated.
fn seasoned_store(repository: &Repository) -> MemoryStore {
    let store = MemoryStore::new();
    World::of(repository).client_with(store.clone()).refresh().unwrap();
    store
}

#[test]
fn a_refresh_cut_off_before_any_write_is_made_good_by_the_next() {
    let mut repository = delegating();
    let before = repository.clone();
    repository
        .rotate("timestamp", Authority::one("timestamp-2"))
        .rotate("snapshot", Authority::one("snapshot-2"));
    repository.next_root().release();
    let world = World::of(&repository);
    for writes in 0.. {
        let store = seasoned_store(&before);
        let cut_off = CutOff { store: store.clone(), writes_left: AtomicUsize::new(writes) };
        let ended = client(&world, cut_off).refresh();
        let session = client(&world, store).refresh().unwrap();
        assert_eq!((session.report().root.version, session.report().timestamp.version), (2, 2));
        match ended {
            Ok(_) => return assert!(writes > 5, "{writes} writes"),
            Err(error) => assert!(matches!(error, Error::Store(_)), "{error:?}"),
        }
    }
}
