//! A repository that does not answer: the trusted store serves while it is unexpired, and never in place of a verdict.

use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
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

/// The file that says that a mirror did not answer is a link: what it leads to stays as it was.
#[test]
fn rejects_a_link_in_the_place_of_an_outage() {
    let mut world = World::new();
    world.policy("", CACHED);
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    world.server = None;
    let (victim, link) = (world.path("victim"), world.path("state/repositories/acme/outage-0"));
    std::fs::write(&victim, "kept").expect("written");
    symlink(&victim, &link).expect("a link");
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    assert_eq!(std::fs::read_to_string(&victim).expect("a file"), "kept");
    assert!(!link.is_symlink());
}

/// What says that a mirror did not answer a moment ago is a link to such a time, or a pipe that nobody writes to: it says
/// nothing, and the mirror is asked.
#[test]
fn rejects_an_outage_that_is_no_file() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs().to_string();
    for pipe in [false, true] {
        let world = World::new();
        world.policy("", CACHED);
        let state = world.path("state/repositories/acme");
        std::fs::create_dir_all(&state).expect("a folder");
        let outage = state.join("outage-0");
        match pipe {
            true => mkfifo(&outage, Mode::S_IRWXU).expect("a pipe"),
            false => {
                std::fs::write(world.path("time"), &now).expect("written");
                symlink(world.path("time"), &outage).expect("a link");
            }
        }
        let told = world.pull(V1, &Offer::of(b"one"));
        assert!(told.allowed && !told.reason.contains("unreachable"), "{told:?}");
        assert!(!outage.exists() && !outage.is_symlink(), "it has answered");
    }
}

/// A refresh ended after its timestamp; nobody has offered anything since.
#[test]
fn a_refresh_that_was_not_finished_is_no_attack() {
    let mut world = World::new();
    world.policy("", CACHED);
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    world.release();
    let store = world.path("state/repositories/acme/trusted");
    for name in ["timestamp.json", "floors/timestamp"] {
        std::fs::write(store.join(name), world.repository.mirror.file("timestamp.json")).expect("written");
    }
    world.server = None;
    let told = world.pull(V1, &Offer::of(b"one"));
    blocked_by(&told, "unreachable");
    assert!(told.reason.ends_with("not-in-store: the last refresh was not finished"), "{told:?}");
}

/// Each mirror has its part of the time: one that answers nothing leaves enough for the next.
#[test]
fn recovers_from_a_mirror_that_answers_nothing() {
    let world = World::new();
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let server = world.server.as_ref().expect("a server");
    // As many as use the whole time up, if each may use as much as one may that is alone.
    let slow = format!("http://{}/metadata", silent.local_addr().expect("an address"));
    let urls = [slow.as_str(); 3].join("\", \"");
    world.policy_with(&format!("{urls}\", \"{}/metadata", server.url()), "deadline = \"8s\"", "", "");
    let told = world.pull(V1, &Offer::of(b"one"));
    assert!(told.allowed, "{told:?}");
}
