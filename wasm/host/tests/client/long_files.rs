//! Metadata that is too long to be held in memory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tuf_tests::{Delegation, NOW};
use tuf_verifier_host::store::{Guard, Stored};
use tuf_verifier_host::{
    Client, FolderStore, MemoryStore, Settings, Source, SourceError, Store, StoreError, UnixTime,
};

use crate::world::{CONTENT, PATH, World, found, repository, verdict};

/// A store in a folder that tells which files it was asked for.
struct Watched {
    store: FolderStore,
    scratch: Arc<Scratch>,
}

#[derive(Default)]
struct Scratch {
    /// Files without a name that were asked for.
    asked: AtomicUsize,
    /// Whether they cannot be written.
    is_full: bool,
    /// Whether the disk has no room for a second copy of one.
    is_narrow: bool,
    /// A file of the store that cannot be read.
    damaged: Option<&'static str>,
    /// Files that were loaded.
    loaded: AtomicUsize,
}

impl Store for Watched {
    fn lock(&self, waiting: &mut dyn FnMut()) -> Result<Box<dyn Guard + '_>, StoreError> {
        self.store.lock(waiting)
    }

    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.load(name)
    }

    fn load_file(&self, name: &str) -> Result<Option<Stored>, StoreError> {
        self.scratch.loaded.fetch_add(1, Ordering::SeqCst);
        match self.scratch.damaged == Some(name) {
            // A folder can be opened, and not read.
            true => Ok(Some(Stored::File(File::open("/").unwrap()))),
            false => self.store.load_file(name),
        }
    }

    fn persist(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.store.persist(name, bytes)
    }

    fn persist_file(&self, name: &str, file: &mut File) -> Result<(), StoreError> {
        match self.scratch.is_narrow && file.metadata().unwrap().len() > 0 {
            true => Err(StoreError::Write { path: name.into(), source: io::ErrorKind::StorageFull.into() }),
            false => self.store.persist_file(name, file),
        }
    }

    fn scratch_file(&self) -> Option<File> {
        self.scratch.asked.fetch_add(1, Ordering::SeqCst);
        match self.scratch.is_full {
            true => OpenOptions::new().read(true).write(true).open("/dev/full").ok(),
            false => self.store.scratch_file(),
        }
    }

    fn forget(&self, name: &str) -> Result<(), StoreError> {
        self.store.forget(name)
    }
}

/// A repository whose targets metadata has three parts and some bytes.
fn long() -> World {
    let mut repository = repository();
    repository.edit("targets", |signed| {
        signed.set("x-long", "x".repeat(3_300_000));
    });
    World::of(repository.release())
}

fn client(world: &World, store: impl Store + 'static) -> Client {
    let trusted_root = world.mirror.file("1.root.json").to_vec();
    Client::new(trusted_root, world.clone(), store).reference_time(UnixTime::from_seconds(NOW))
}

fn read(client: Client) -> Vec<u8> {
    let session = client.refresh().expect("refreshed");
    assert_eq!(session.report().notices, []);
    let target = found(&session, PATH);
    session.read(&target).expect("read")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn is_kept_as_it_was_served() {
    let (world, folder) = (long(), tempfile::tempdir().unwrap());
    for (is_full, is_narrow) in [(false, false), (true, false), (false, true)] {
        let folder = folder.path().join(format!("{is_full}-{is_narrow}"));
        let scratch = Arc::new(Scratch { is_full, is_narrow, ..Scratch::default() });
        let store = |scratch: &Arc<Scratch>| Watched {
            store: FolderStore::open(&folder).unwrap(),
            scratch: Arc::clone(scratch),
        };
        assert_eq!(read(client(&world, store(&scratch))), CONTENT);
        assert_eq!(scratch.asked.load(Ordering::SeqCst), 1, "one file is long");
        assert!(fs::read(folder.join("targets.json")).unwrap() == world.mirror.file("2.targets.json"));
        let left: Vec<_> = names(&folder);
        assert!(
            left.iter().all(|name| !name.starts_with(".tmp") && !name.starts_with(".unfinished")),
            "{left:?}"
        );
        // Again, from the store.
        world.requests();
        assert_eq!(read(client(&world, store(&scratch))), CONTENT);
        assert!(!world.requests().iter().any(|name| name.ends_with("targets.json")));
        assert_eq!(scratch.asked.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn is_handed_out_of_the_store_as_a_file() {
    let (world, folder) = (long(), tempfile::tempdir().unwrap());
    let open = || FolderStore::open(folder.path()).unwrap();
    read(client(&world, open()));
    for store in
        [Box::new(open()) as Box<dyn Store>, Box::new(FolderStore::read_only(folder.path()).unwrap())]
    {
        assert!(matches!(store.load_file("targets.json"), Ok(Some(Stored::File(_)))));
        assert!(matches!(store.load_file("timestamp.json"), Ok(Some(Stored::Bytes(_)))));
        assert!(matches!(store.load_file("other.json"), Ok(None)));
    }
    let short = open().max_length(1 << 20);
    assert!(matches!(short.load_file("targets.json"), Err(StoreError::TooLong { .. })));
    let mut file = File::open(folder.path().join("targets.json")).unwrap();
    assert!(matches!(short.persist_file("other.json", &mut file), Err(StoreError::TooLong { .. })));
    assert_eq!(read(client(&world, FolderStore::read_only(folder.path()).unwrap())), CONTENT);
}

#[test]
fn is_held_in_memory_where_a_store_has_no_place() {
    let (world, store) = (long(), MemoryStore::new());
    assert_eq!(read(client(&world, store.clone())), CONTENT);
    assert!(store.load("targets.json").unwrap().unwrap() == world.mirror.file("2.targets.json"));
    let folder = tempfile::tempdir().unwrap();
    let mut file = tempfile::tempfile_in(folder.path()).unwrap();
    io::Write::write_all(&mut file, b"{}").unwrap();
    store.persist_file("other.json", &mut file).unwrap();
    assert_eq!(store.load("other.json").unwrap().unwrap(), b"{}");
}

#[test]
fn of_the_store_that_cannot_be_read_fails_its_own_search_alone() {
    let mut repository = repository();
    repository.delegate("targets", Delegation::paths("team", &["team/*"]));
    repository.add_target("team", "team/app", b"theirs").publish();
    let world = World::of(&repository);
    let folder = tempfile::tempdir().unwrap();
    let scratch = Arc::new(Scratch { damaged: Some("team.json"), ..Scratch::default() });
    let store = Watched { store: FolderStore::open(folder.path()).unwrap(), scratch: Arc::clone(&scratch) };
    let session = client(&world, store).refresh().unwrap();
    let error = session.find("team/app").unwrap_err();
    assert_eq!(error.code(), "store-unreadable");
    assert!(error.to_string().contains("team.json"), "{error}");
    let loaded = scratch.loaded.load(Ordering::SeqCst);
    assert_eq!(session.read(&found(&session, PATH)).unwrap(), CONTENT);
    assert_eq!(scratch.loaded.load(Ordering::SeqCst), loaded, "the session did not begin again");
}

/// A mirror whose targets metadata never ends.
struct Endless(World, Arc<AtomicUsize>);

/// Counts what is read of it.
struct Spaces(Arc<AtomicUsize>);

impl Read for Spaces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(b' ');
        self.0.fetch_add(buffer.len(), Ordering::SeqCst);
        Ok(buffer.len())
    }
}

impl Source for Endless {
    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        self.0.metadata(name, max_length)
    }

    fn metadata_stream(
        &self,
        name: &str,
        max_length: u64,
    ) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        match name {
            "2.targets.json" => Ok(Some(Box::new(Spaces(Arc::clone(&self.1))))),
            _ => self.0.metadata_stream(name, max_length),
        }
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        self.0.target(fetch_path)
    }
}

#[test]
fn is_endless_data_one_byte_after_the_limit() {
    let (world, folder, read) = (long(), tempfile::tempdir().unwrap(), Arc::default());
    let trusted_root = world.mirror.file("1.root.json").to_vec();
    let limit = 2_500_000;
    let settings = Settings { targets_max_length: limit, ..Settings::default() };
    let source = Endless(world, Arc::clone(&read));
    let client = Client::new(trusted_root, source, FolderStore::open(folder.path()).unwrap())
        .settings(settings)
        .reference_time(UnixTime::from_seconds(NOW));
    assert_eq!(verdict(client.refresh()), "endless-data");
    assert_eq!(read.load(Ordering::SeqCst) as u64, limit + 1);
    assert!(!folder.path().join("targets.json").exists());
}
