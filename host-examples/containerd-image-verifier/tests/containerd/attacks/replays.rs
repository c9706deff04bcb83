//! Metadata that was honest once, or for another machine.

use tuf_tests::{Authority, DAY, date_time};

use crate::metadata::{self, now};
use crate::world::{Site, World};

/// Seconds in which a pull before the expiry must be possible on a busy machine.
const SHORTLY: i64 = 8;

const ROLLBACK: &str = "rollback: rollback attack: timestamp version 2 was offered, version 3 is trusted; no metadata was accepted";

const MIX: &str = "mix-and-match: mix-and-match attack: targets metadata: version 2 was offered, version 3 is listed; \
                   no metadata was accepted";

/// A mirror goes back to metadata that lists the old image.
pub(super) fn older_metadata(site: &Site) {
    let mut world = World::new(site, "replay");
    let (v1, v2) = (site.image("v1"), site.image("v2"));
    world.list(&v1, "app", "stable").release();
    world.push("v1", "app:stable").pulls("app:stable");
    let older = world.repository.mirror.clone();
    world.list(&v2, "app", "stable").release();
    world.push("v2", "app:stable").pulls("app:stable");
    let stored = world.stored();
    world.serve(&older).push("v1", "app:stable");
    world.refuses("app:stable", &v1.digest(), ROLLBACK);
    assert_eq!(world.stored(), stored, "the stored versions changed");
    world.publish().push("v2", "app:stable").pulls("app:stable");
}

/// The same timestamp is served for ever: pulls are allowed until it expires.
pub(super) fn freeze(site: &Site) {
    let mut world = World::new(site, "freeze");
    world.push("v1", "app:v1");
    let expires = now() + SHORTLY;
    world.repository.timestamp.expires = expires;
    let v1 = site.image("v1");
    world.list(&v1, "app", "v1").release();
    world.pulls("app:v1");
    world.pull_until_expired("app:v1", expires);
    world.refuses("app:v1", &v1.digest(), &expired("timestamp", 2, expires));
}

/// Each role in turn has expired when it comes.
pub(super) fn expired_roles(site: &Site) {
    let mut world = World::new(site, "expired");
    let v1 = site.image("v1");
    world.list(&v1, "app", "v1").release().push("v1", "app:v1");

    let past = now() - 1;
    world.repository.role("targets").header.expires = past;
    world.release().refuses("app:v1", &v1.digest(), &expired("targets", 3, past));
    world.repository.role("targets").header.expires = now() + DAY;
    world.release().pulls("app:v1");

    let past = now() - 1;
    world.repository.snapshot.expires = past;
    world.release().refuses("app:v1", &v1.digest(), &expired("snapshot", 5, past));
    world.repository.snapshot.expires = now() + DAY;
    world.release().pulls("app:v1");

    let past = now() - 1;
    world.repository.root.expires = past;
    world.repository.next_root();
    world.publish().refuses("app:v1", &v1.digest(), &expired("root", 2, past));
    world.repository.root.expires = now() + DAY;
    world.repository.next_root();
    world.publish().pulls("app:v1");
}

/// The targets file of an older snapshot stands where the newer snapshot's should.
pub(super) fn mixed_targets(site: &Site) {
    let mut world = World::new(site, "mixed");
    let (v1, v2) = (site.image("v1"), site.image("v2"));
    world.list(&v1, "app", "stable").release();
    world.push("v1", "app:stable").pulls("app:stable");
    world.list(&v2, "app", "stable").release();
    let mixed = world.repository.mirror.clone().passing_off("2.targets.json", "3.targets.json");
    world.serve(&mixed).refuses("app:stable", &v1.digest(), MIX);
    world.publish().push("v2", "app:stable").pulls("app:stable");
}

/// The machine was given the root of another repository.
pub(super) fn wrong_root(site: &Site) {
    let mut other = metadata::empty();
    for role in ["root", "timestamp", "snapshot", "targets"] {
        other.rotate(role, Authority::one(&format!("another {role}")));
    }
    other.write_root();
    let other = other.mirror.file("1.root.json").to_vec();
    let mut world = World::trusting(site, "wrong-root", &other);
    let v1 = site.image("v1");
    world.list(&v1, "app", "v1").release().push("v1", "app:v1");
    world.refuses("app:v1", &v1.digest(), UNSIGNED);
    let stored = world.stored();
    assert!(stored.values().all(|bytes| *bytes == other), "stored: {:?}", stored.keys());
}

const UNSIGNED: &str = "arbitrary-software: arbitrary software attack: timestamp has 0 valid signatures by distinct \
                        trusted keys, root version 1 demands 1; no metadata was accepted";

fn expired(role: &str, version: u64, at: i64) -> String {
    format!(
        "freeze: freeze attack: {role} version {version} expired at {}, the update started at ",
        date_time(at)
    )
}
