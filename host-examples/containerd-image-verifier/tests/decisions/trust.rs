//! Metadata that is refused: under the verifier's codes, with nothing changed in the store.

use std::fs;

use tuf_tests::{Authority, DAY, Repository};

use crate::world::{FAR, Offer, World, allowed, blocked};

const V1: &str = "h.example/team/app:v1";

/// 2020-01-01T00:00:00Z.
const PAST: i64 = 1_577_836_800;

#[test]
fn rejects_older_metadata() {
    let mut world = World::new();
    let old = world.repository.mirror.clone();
    world.release();
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    let stored = world.stored();
    old.publish_to(&world.path("published")).expect("written");
    let told = world.pull(V1, &Offer::of(b"one"));
    blocked(&told, "rollback: rollback attack: timestamp version 1 was offered, version 2 is trusted");
    assert_eq!(told.metadata, "no metadata was accepted");
    assert_eq!(world.stored(), stored);
}

#[test]
fn rejects_expired_metadata_naming_the_role() {
    for role in ["timestamp", "snapshot", "targets", "team", "root"] {
        let mut world = World::new();
        match role {
            "timestamp" => world.repository.timestamp.expires = PAST + DAY,
            "snapshot" => world.repository.snapshot.expires = PAST + DAY,
            "root" => world.repository.root.expires = PAST + DAY,
            other => world.repository.role(other).header.expires = PAST + DAY,
        }
        if role == "root" {
            world.repository.next_root();
        }
        world.release();
        let told = world.pull(V1, &Offer::of(b"one"));
        let words = format!("freeze: freeze attack: {role} version 2 expired at 2020-01-02T00:00:00Z, ");
        assert!(!told.allowed && told.reason.starts_with(&words), "{told:?}");
    }
}

#[test]
fn rejects_a_stranger_at_first_contact_and_stores_nothing() {
    let world = World::new();
    let mut stranger = Repository::new();
    for role in ["root", "timestamp", "snapshot", "targets"] {
        stranger.rotate(role, Authority::one(&format!("stranger-{role}")));
    }
    stranger.root.expires = FAR;
    stranger.mirror.metadata.clear();
    stranger.write_root();
    fs::write(world.path("root.json"), stranger.mirror.file("1.root.json")).expect("written");
    let told = world.pull(V1, &Offer::of(b"one"));
    assert!(!told.allowed && told.reason.starts_with("arbitrary-software: "), "{told:?}");
    let names: Vec<_> = world.stored().into_iter().map(|(name, _)| name).collect();
    assert!(!names.iter().any(|name| name != "root.json"), "{names:?}");
}

/// The policy pins the root of a repository that was set up anew, under the old one's name.
#[test]
fn rejects_another_line_of_roots_until_a_person_replaces_it() {
    let mut world = World::new();
    world.policy("", "refresh_interval = \"0s\"");
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    let stored = world.stored();
    for role in ["root", "timestamp", "snapshot", "targets"] {
        world.repository.rotate(role, Authority::one(&format!("new {role}")));
    }
    world.repository.mirror.metadata.clear();
    world.repository.write_root().publish();
    world.publish();
    fs::write(world.path("root.json"), world.repository.mirror.file("1.root.json")).expect("written");
    let told = world.pull(V1, &Offer::of(b"one"));
    assert!(!told.allowed && told.reason.starts_with("other-root-line: another line of roots: "), "{told:?}");
    assert_eq!(world.stored(), stored);
    let (lines, status) = world.command(&["policy", "replace-root-line", "other"]);
    assert_eq!(status, 1, "{lines:?}");
    let (lines, status) = world.command(&["policy", "replace-root-line", "acme"]);
    let words = "repository acme: root version 1, expires 2100-01-01T00:00:00Z";
    assert_eq!((lines, status), (vec![words.to_owned()], 0));
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
}

#[test]
fn mends_a_damaged_store_without_forgetting_versions() {
    let mut world = World::new();
    let old = world.repository.mirror.clone();
    world.release();
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    let timestamp = world.path("state/repositories/acme/trusted/timestamp.json");
    fs::write(&timestamp, b"{").expect("written");
    old.publish_to(&world.path("published")).expect("written");
    let told = world.pull(V1, &Offer::of(b"one"));
    blocked(&told, "rollback: rollback attack: timestamp version 1 was offered, version 2 is trusted");
    world.publish();
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
}

#[test]
fn rejects_metadata_without_end() {
    let world = World::new();
    let endless = tuf_test_server::Server::start(|_| tuf_test_server::Answer::Endless).expect("a port");
    world.policy_with(&endless.url(), "", "", "");
    let told = world.pull(V1, &Offer::of(b"one"));
    assert!(!told.allowed && told.reason.starts_with("endless-data: "), "{told:?}");
}

#[test]
fn says_hours_where_there_is_less_than_a_day() {
    let mut world = World::new();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    world.repository.timestamp.expires = i64::try_from(now.as_secs()).expect("small") + DAY - 1_800;
    world.release();
    let told = world.pull(V1, &Offer::of(b"one"));
    allowed(&told, &format!("listed: {V1} is {} (role team, targets version 2)", Offer::of(b"one").digest));
    assert_eq!(told.metadata, "metadata valid for 23 hours (timestamp)");
}
