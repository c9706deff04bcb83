//! Metadata that is signed by stolen keys.

use tuf_tests::{Authority, Key, Repository};

use crate::world::{Site, World};

/// The world of a thief's victim: `app:stable` was the first image and is the second, pulled.
fn victim<'site>(site: &'site Site, team: &str) -> World<'site> {
    let mut world = World::new(site, team);
    let (v1, v2) = (site.image("v1"), site.image("v2"));
    world.list(&v1, "app", "stable").release();
    world.list(&v2, "app", "stable").release();
    world.push("v2", "app:stable").pulls("app:stable").push("v1", "app:stable");
    world
}

/// A fork of the repository that lists the first image again, as far as the stolen keys go.
fn forged(world: &mut World<'_>, site: &Site, stolen: &[&str]) -> Repository {
    let honest = world.repository.clone();
    world.repository = honest.with_stolen_keys_of(stolen);
    world.list(&site.image("v1"), "app", "stable");
    world.repository.release();
    std::mem::replace(&mut world.repository, honest)
}

/// A fork in the hands of somebody who has the key of timestamp, and of snapshot where it is written again: with
/// this version of both, above every version that a client has seen.
fn fork_at(world: &World<'_>, version: u64, targets: u64) -> Repository {
    let mut fork = world.repository.clone();
    fork.role("targets").header.version = targets;
    fork.snapshot.version = version;
    fork.timestamp.version = version;
    fork
}

pub(super) fn timestamp(site: &Site) {
    let mut world = victim(site, "timestamp-key");
    let digest = site.image("v1").digest();
    let fork = forged(&mut world, site, &["timestamp"]);
    world.serve(&fork.mirror).refuses("app:stable", &digest, &unsigned("snapshot", 1));

    // An older snapshot, as it was signed, under a newer timestamp.
    let mut fork = fork_at(&world, 2, 2);
    fork.timestamp.version = 5;
    fork.write_timestamp();
    world.serve(&fork.mirror).refuses("app:stable", &digest, &rollback("timestamp lists snapshot"));

    recovery(&mut world, &digest);
}

pub(super) fn timestamp_and_snapshot(site: &Site) {
    let mut world = victim(site, "online-keys");
    let digest = site.image("v1").digest();

    // Targets of the thief's own.
    let fork = forged(&mut world, site, &["timestamp", "snapshot"]);
    world.serve(&fork.mirror).refuses("app:stable", &digest, &unsigned("targets", 1));

    // The older targets, as they were signed.
    let mut fork = fork_at(&world, 5, 2);
    fork.write_snapshot().write_timestamp();
    world.serve(&fork.mirror).refuses("app:stable", &digest, &rollback("snapshot lists targets"));

    // The older targets, listed as newer ones.
    let mut fork = fork_at(&world, 6, 5);
    fork.publish();
    let mixed = fork.mirror.passing_off("2.targets.json", "5.targets.json");
    world.serve(&mixed).refuses("app:stable", &digest, MIX);

    recovery(&mut world, &digest);
}

/// The root lists new keys: the honest repository is trusted again, and the stolen keys no longer.
fn recovery(world: &mut World<'_>, digest: &str) {
    world.repository.rotate("timestamp", Authority::one("timestamp-2"));
    world.repository.rotate("snapshot", Authority::one("snapshot-2"));
    world.repository.next_root();
    world.release().push("v2", "app:stable").pulls("app:stable");

    let mut fork = world.repository.clone();
    fork.sign_with("timestamp", &[Key::new("timestamp-1")]);
    fork.sign_with("snapshot", &[Key::new("snapshot-1")]);
    fork.release();
    world.serve(&fork.mirror).push("v1", "app:stable");
    world.refuses("app:stable", digest, &unsigned("timestamp", 2));
    world.release().push("v2", "app:stable").pulls("app:stable");
}

const MIX: &str = "mix-and-match: mix-and-match attack: targets metadata: version 2 was offered, version 5 is listed; \
                   no metadata was accepted";

fn rollback(what: &str) -> String {
    format!("rollback: rollback attack: {what} version 2, version 4 is trusted; no metadata was accepted")
}

fn unsigned(role: &str, root: u64) -> String {
    format!(
        "arbitrary-software: arbitrary software attack: {role} has 0 valid signatures by distinct trusted keys, root \
         version {root} demands 1; no metadata was accepted"
    )
}
