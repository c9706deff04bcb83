//! A process that dies at any write of a refresh leaves a store that the next one uses or heals.

use std::fs;
use std::process::abort;
use std::sync::atomic::{AtomicUsize, Ordering};

use tuf_verifier_host::store::Guard;
use tuf_verifier_host::{FolderStore, Store, StoreError};

use crate::{World, files, store_of, update, world_of_child};

/// More writes than any refresh of these stories has.
const ENOUGH: usize = 40;

/// A store whose process dies instead of the write that follows so many others.
struct Mortal {
    store: FolderStore,
    left: AtomicUsize,
}

impl Mortal {
    fn live_or_die(&self) {
        match self.left.load(Ordering::SeqCst).checked_sub(1) {
            Some(left) => self.left.store(left, Ordering::SeqCst),
            None => abort(),
        }
    }
}

impl Store for Mortal {
    fn lock(&self, waiting: &mut dyn FnMut()) -> Result<Box<dyn Guard + '_>, StoreError> {
        self.store.lock(waiting)
    }

    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.load(name)
    }

    fn persist(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.live_or_die();
        self.store.persist(name, bytes)
    }

    fn forget(&self, name: &str) -> Result<(), StoreError> {
        self.live_or_die();
        self.store.forget(name)
    }
}

#[test]
#[ignore = "a part of the tests below, which run it in processes of its own"]
fn refreshes_until_it_dies() {
    let world = world_of_child();
    let left = std::env::var("TUF_TEST_WRITES").expect("run by another test").parse().expect("a number");
    update(&world, Mortal { store: store_of(&world), left: AtomicUsize::new(left) })
        .expect("an honest repository");
}

/// From what `prepare` leaves in the store: dies after 0, 1, 2, … writes, refreshes each time, and compares with a
/// refresh that nobody interrupted. Gives the number of deaths.
fn dies_at_every_write(prepare: impl Fn(&mut World)) -> usize {
    let mut world = World::new();
    prepare(&mut world);
    let store = world.path().join("store");
    let before = if store.exists() { files(&store) } else { Default::default() };
    let mut expected = None;
    for writes in 0..ENOUGH {
        let _ = fs::remove_dir_all(&store);
        for (name, bytes) in &before {
            let path = store.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, bytes).expect("a file");
        }
        let mut command = world.command("kill::refreshes_until_it_dies");
        let output = command.env("TUF_TEST_WRITES", writes.to_string()).output().expect("this program runs");
        let died = !output.status.success();
        assert!(output.status.code().is_none() == died, "{}", String::from_utf8_lossy(&output.stderr));
        let session = update(world.path(), store_of(world.path())).expect("the store is used or healed");
        assert_eq!(session.report().timestamp.version, world.repository.timestamp.version, "after {writes}");
        drop(session);
        let mut after = files(&store);
        after.retain(|name, _| name.ends_with(".json"));
        assert!(expected.get_or_insert_with(|| after.clone()) == &after, "after {writes} writes");
        if !died {
            return writes;
        }
    }
    panic!("more than {ENOUGH} writes");
}

#[test]
fn the_first_refresh_is_survived() {
    assert_eq!(dies_at_every_write(|_| {}), 9);
}

#[test]
fn an_update_with_new_timestamp_keys_is_survived() {
    let deaths = dies_at_every_write(|world| {
        update(world.path(), store_of(world.path())).expect("an honest repository is accepted");
        (0..5).for_each(|_| world.move_on());
    });
    assert_eq!(deaths, 13);
}
