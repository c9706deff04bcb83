//! Stores and downloads as files.

use std::fs;
use std::path::Path;
use std::sync::Barrier;

use tuf_tests::{NOW, Repository};
use tuf_verifier_host::bundle::{BundleSource, BundleWriter};
use tuf_verifier_host::records::{Basis, Waived};
use tuf_verifier_host::{
    Client, Downloaded, Error, FolderSource, FolderStore, MemoryStore, Session, Store, UnixTime,
};

use crate::RealParts;
use crate::site::{CONTENT, PATH, code, found, repository};

pub(crate) const TESTS: &[RealParts] = &[
    ("nothing-else-ends-in-json", nothing_else_ends_in_json),
    ("cached-target-is-not-fetched-again", cached_target_is_not_fetched_again),
    ("48-refreshes-of-one-store-at-once", refreshes_at_once),
    ("store-of-another-program", store_of_another_program),
    ("store-in-memory", store_in_memory),
    ("store-that-is-only-read", store_that_is_only_read),
    ("bundle-in-place-of-the-repository", bundle_in_place_of_the_repository),
    ("bundle-that-has-expired", bundle_that_has_expired),
    ("bundle-older-than-the-store", bundle_older_than_the_store),
];

/// A published repository and a store, below one folder.
struct World {
    repository: Repository,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { repository: repository(), folder: tempfile::tempdir().expect("a folder") };
        world.publish();
        world
    }

    fn publish(&self) {
        self.repository.mirror.publish_to(self.folder.path()).expect("the folder can be written");
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn store(&self) -> FolderStore {
        FolderStore::open(self.path().join("store")).expect("the folder can be used")
    }

    fn refresh(&self, store: impl Store + 'static) -> Result<Session, Error> {
        let source = FolderSource::new(self.path().join("metadata"), self.path().join("targets"));
        let root = self.repository.mirror.file("1.root.json").to_vec();
        Client::new(root, source, store).reference_time(UnixTime::from_seconds(NOW)).refresh()
    }
}

/// Every file below a folder, relative to it.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        match entry.path().is_dir() {
            true => found.extend(files(&entry.path()).into_iter().map(|below| format!("{name}/{below}"))),
            false => found.push(name),
        }
    }
    found.sort();
    found
}

fn nothing_else_ends_in_json() {
    let world = World::new();
    world.refresh(world.store()).expect("an honest repository");
    let mut stored = files(&world.path().join("store"));
    stored.retain(|name| name.ends_with(".json"));
    let metadata =
        ["root.json", "root_history/1.root.json", "snapshot.json", "targets.json", "timestamp.json"];
    assert_eq!(stored, metadata);
}

fn cached_target_is_not_fetched_again() {
    let world = World::new();
    let to = world.path().join("app");
    let session = world.refresh(world.store()).expect("an honest repository");
    let target = found(&session, PATH);
    assert_eq!(session.download(&target, &to).expect("the bytes that are listed"), Downloaded::Fetched);
    // Nothing is left to fetch it from.
    for name in files(&world.path().join("targets")) {
        fs::remove_file(world.path().join("targets").join(name)).expect("it was published");
    }
    assert_eq!(session.download(&target, &to).expect("it is there"), Downloaded::Unchanged);
    fs::write(&to, b"spoiled").expect("the folder can be written");
    assert_eq!(session.download(&target, &to).expect_err("it must be fetched").code(), "missing-target");
}

fn refreshes_at_once() {
    const COUNT: usize = 48;
    let world = World::new();
    let start = Barrier::new(COUNT);
    std::thread::scope(|scope| {
        let refreshes: Vec<_> = (0..COUNT)
            .map(|_| {
                let store = world.store();
                let source = FolderSource::new(world.path().join("metadata"), world.path().join("targets"));
                let root = world.repository.mirror.file("1.root.json").to_vec();
                let client = Client::new(root, source, store).reference_time(UnixTime::from_seconds(NOW));
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    let session = client.refresh().map_err(|error| error.to_string())?;
                    Ok::<_, String>((session.report().timestamp.version, session.report().notices.len()))
                })
            })
            .collect();
        for refresh in refreshes {
            assert_eq!(refresh.join().expect("no panic"), Ok((1, 0)));
        }
    });
}

fn store_of_another_program() {
    let mut world = World::new();
    world.refresh(world.store()).expect("an honest repository");
    world.repository.release();
    world.publish();
    let session = world.refresh(world.store()).expect("the store can be used");
    assert_eq!(session.report().timestamp.version, 2);
    assert!(session.report().notices.is_empty());
}

fn store_in_memory() {
    let world = World::new();
    let session = world.refresh(MemoryStore::new()).expect("an honest repository");
    let target = found(&session, PATH);
    assert_eq!(session.read(&target).expect("the bytes that are listed"), CONTENT);
    assert!(!world.path().join("store").exists());
}

fn store_that_is_only_read() {
    let mut world = World::new();
    world.refresh(world.store()).expect("an honest repository");
    world.repository.release();
    world.publish();
    let store = world.path().join("store");
    let bytes = || files(&store).into_iter().map(|name| (fs::read(store.join(&name)).expect("a file"), name));
    let before: Vec<_> = bytes().collect();
    let only_read = FolderStore::read_only(&store).expect("a folder that can be read");
    let session = world.refresh(only_read).expect("nothing need be written");
    assert_eq!(session.report().timestamp.version, 2);
    assert!(bytes().eq(before), "nothing was written");
}

impl World {
    /// A client of a bundle of everything that is published.
    fn client_of_bundle(&self, store: impl Store + 'static) -> Client {
        let path = self.path().join("bundle");
        let mut writer = BundleWriter::new(fs::File::create(&path).expect("the folder can be written"));
        let mirror = &self.repository.mirror;
        for (name, bytes) in &mirror.metadata {
            writer.metadata(name, bytes).expect("the file can be written");
        }
        for (path, bytes) in &mirror.targets {
            writer.target(path, bytes.len() as u64, bytes.as_slice()).expect("the file can be written");
        }
        writer.finish().expect("the file can be written");
        let source = BundleSource::open(&path).expect("it was just written");
        let client = Client::new(mirror.file("1.root.json").to_vec(), source, store);
        client.reference_time(UnixTime::from_seconds(NOW))
    }
}

fn bundle_in_place_of_the_repository() {
    let session = World::new().client_of_bundle(MemoryStore::new()).refresh().expect("an honest bundle");
    let target = found(&session, PATH);
    assert_eq!(session.read(&target).expect("the bytes that are listed"), CONTENT);
    let waived: Vec<_> =
        session.report().waived.iter().map(|waiver| (waiver.check.clone(), waiver.why)).collect();
    assert_eq!(waived, [(Waived::NewerRoot, Basis::Bundle), (Waived::NewerTimestamp, Basis::Bundle)]);
}

fn bundle_that_has_expired() {
    let world = World::new();
    let client = world.client_of_bundle(MemoryStore::new());
    let expires = UnixTime::from_seconds(world.repository.timestamp.expires);
    assert_eq!(code(client.reference_time(expires).refresh()), "freeze");
}

fn bundle_older_than_the_store() {
    let mut world = World::new();
    let bundle = world.client_of_bundle(world.store());
    world.repository.release();
    world.publish();
    world.refresh(world.store()).expect("an honest repository");
    assert_eq!(code(bundle.refresh()), "rollback");
}
