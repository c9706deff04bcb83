//! What is published is in Azure Blob Storage, as azurite speaks it.
#![cfg(feature = "object-store")]

use std::sync::Barrier;
use std::thread;

use crate::world::{Client, Found, NOW, World, copy_folder};
use tempfile::TempDir;
use tuf_repository::{Bucket, Periods, Repository, Site, examine};
use tuf_test_server::Azurite;

#[test]
fn publishers_of_one_container_lose_no_change() {
    const PUBLISHERS: usize = 4;
    let Some(azurite) = Azurite::start("publishers_of_one_container") else { return };
    azurite.make_container("updates");
    let bucket = &Bucket::open_with("az://updates/tuf", azurite.settings()).expect("usable settings");
    let examination = examine(bucket).expect("a sound store");
    assert_eq!((examination.properties.len(), examination.left.len()), (6, 0));
    let world = &World::without_repository(&[]);
    let site = Site::from(world.path()).with_bucket(bucket.clone());
    Repository::init(site, &world.state(), &world.setup(), world.ring(), Periods::default(), NOW)
        .expect("a new repository");
    let barrier = &Barrier::new(PUBLISHERS);
    thread::scope(|scope| {
        for publisher in 0..PUBLISHERS {
            scope.spawn(move || {
                let home = TempDir::new().expect("a temporary folder");
                copy_folder(world.home(), home.path());
                let site = Site::from(&home.path().join("repo")).with_bucket(bucket.clone());
                let state = home.path().join("state");
                let repository = Repository::open(site, &state, world.ring(), Periods::default())
                    .expect("a repository")
                    .on_contention(|_| thread::yield_now());
                let path = format!("{publisher}/a~b");
                repository.add_target("targets", &path, path.as_bytes()).expect("a staged target");
                barrier.wait();
                repository.publish(NOW).expect("a publish");
            });
        }
    });
    let served = |name: &str| azurite.get(&format!("updates/tuf/{name}"));
    let mut client = Client::default();
    for publisher in 0..PUBLISHERS {
        let found = client.find_in(&served, &format!("{publisher}/a~b"), NOW).expect("a whole repository").1;
        assert_eq!(found, Found::By("targets".to_owned()), "{publisher}");
    }
}
