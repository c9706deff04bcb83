//! A repository that does not answer: the trusted store serves while it is unexpired, and never in place of a verdict.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tuf_test_server::{Answer, Server};

use crate::world::{Offer, World, blocked_by};

const V1: &str = "h.example/team/app:v1";
/// 2020-01-01T00:00:00Z.
const PAST: i64 = 1_577_836_800;
const CACHED: &str = "unreachable = \"cached-unexpired\"";

#[test]
fn serves_from_the_store_and_says_so() {
    let mut world = World::new();
    world.policy("", CACHED);
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    world.server = None;
    let told = world.pull(V1, &Offer::of(b"one"));
    let words = format!("listed: {V1} is {} (role team, targets version 1); ", Offer::of(b"one").digest);
    let aside = told.reason.strip_prefix(&words).unwrap_or_else(|| panic!("{told:?}"));
    assert!(
        told.allowed && aside.starts_with("the repository is unreachable: cannot reach http://"),
        "{told:?}"
    );
    assert!(told.metadata.starts_with("metadata valid for "), "{told:?}");
    blocked_by(&world.pull(V1, &Offer::of(b"two")), "digest-differs");
    blocked_by(&world.pull("h.example/team/app:v2", &Offer::of(b"one")), "not-listed");
}

#[test]
fn rejects_where_the_policy_denies() {
    let mut world = World::new();
    for policy in ["", "unreachable = \"deny\""] {
        world.policy("", policy);
        if world.server.is_some() {
            assert!(world.pull(V1, &Offer::of(b"one")).allowed);
        }
        world.server = None;
        let told = world.pull(V1, &Offer::of(b"one"));
        blocked_by(&told, "unreachable");
        assert_eq!(told.metadata, "no metadata was accepted");
    }
}

#[test]
fn rejects_where_the_store_is_empty() {
    let mut world = World::new();
    world.policy("", CACHED);
    world.server = None;
    blocked_by(&world.pull(V1, &Offer::of(b"one")), "unreachable");
}

#[test]
fn rejects_where_the_store_has_expired() {
    let mut world = World::new();
    world.policy("", CACHED);
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    world.server = None;
    // What the store would have some days later: the same metadata, expired.
    world.repository.timestamp.expires = PAST;
    world.repository.write_timestamp();
    let store = world.path("state/repositories/acme/trusted");
    for name in ["timestamp.json", "floors/timestamp"] {
        std::fs::write(store.join(name), world.repository.mirror.file("timestamp.json")).expect("written");
    }
    let told = world.pull(V1, &Offer::of(b"one"));
    let words = "freeze: freeze attack: timestamp version 1 expired at 2020-01-01T00:00:00Z, ";
    let aside = "; the repository is unreachable: cannot reach http://";
    assert!(!told.allowed && told.reason.starts_with(words) && told.reason.contains(aside), "{told:?}");
}

#[test]
fn a_verdict_is_final() {
    let mut world = World::new();
    world.policy("", CACHED);
    let old = world.repository.mirror.clone();
    world.release();
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    old.publish_to(&world.path("published")).expect("written");
    blocked_by(&world.pull(V1, &Offer::of(b"one")), "rollback");
    std::fs::remove_file(world.path("published/metadata/timestamp.json")).expect("deleted");
    blocked_by(&world.pull(V1, &Offer::of(b"one")), "missing-metadata");
}

#[test]
fn a_setting_that_cannot_work_is_no_outage() {
    let world = World::new();
    world.policy("", CACHED);
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    world.policy("", &format!("{CACHED}\nca_file = \"/nowhere/ca.pem\""));
    blocked_by(&world.pull(V1, &Offer::of(b"one")), "source-unusable");
}

#[test]
fn asks_nobody_within_the_refresh_interval() {
    let world = World::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let (counter, folder) = (Arc::clone(&asked), world.path("published"));
    let server = Server::start(move |request| {
        counter.fetch_add(1, Ordering::SeqCst);
        tuf_test_server::from_folder(&folder, request)
    })
    .expect("a port");
    world.policy_with(&format!("{}/metadata", server.url()), "", "refresh_interval = \"1h\"", "");
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    let first = asked.load(Ordering::SeqCst);
    assert!(first > 0);
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    assert_eq!(asked.load(Ordering::SeqCst), first);
}

#[test]
fn leaves_a_server_alone_that_did_not_answer() {
    let world = World::new();
    world.policy("", CACHED);
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let server = Server::start(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        Answer::Status(503)
    })
    .expect("a port");
    world.policy_with(&server.url(), "", CACHED, "");
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    let told = world.pull(V1, &Offer::of(b"one"));
    assert!(told.allowed && told.reason.contains("it did not answer another pull a moment ago"), "{told:?}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
