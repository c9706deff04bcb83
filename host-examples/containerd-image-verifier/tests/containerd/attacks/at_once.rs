//! Pulls that run at the same time.

use std::thread;

use crate::world::{Site, World};

/// Four pulls of four tags, from a store that is empty at first: every one allowed, and one state left.
pub(super) fn four_pulls(site: &Site) {
    let mut world = World::new(site, "at-once");
    let names = ["v1", "v2", "app", "billing"];
    for name in names {
        let image = site.image(name);
        world.list(&image, name, "v1").push(name, &format!("{name}:v1"));
    }
    world.release();
    let pulls = names.map(|name| {
        let (ctr, reference) = (world.ctr.clone(), world.reference(&format!("{name}:v1")));
        thread::spawn(move || ctr.pull(&reference))
    });
    for pull in pulls {
        let pull = pull.join().expect("a pull that ends");
        assert!(pull.succeeded, "{}", pull.stderr);
    }
    assert_eq!(world.ctr.images().len(), names.len());
    let stored = world.stored();
    for name in names {
        world.pulls(&format!("{name}:v1"));
    }
    assert_eq!(world.stored(), stored, "a whole state was replaced");
}
