//! Audit mode: nothing is blocked, and what would be is said.

use std::os::unix::net::UnixDatagram;

use crate::world::{Offer, World, allowed, blocked_by, flags};

const V1: &str = "h.example/team/app:v1";

#[test]
fn blocks_nothing_and_says_what_it_would() {
    let world = World::new();
    world.policy("mode = \"audit\"", "");
    let offer = Offer::of(b"one");
    allowed(
        &world.pull(V1, &offer),
        &format!("listed: {V1} is {} (role team, targets version 1)", offer.digest),
    );
    allowed(
        &world.pull("h.example/team/app:v2", &offer),
        "audit: this would be blocked: not-listed: oci/h.example/team/app/_tags/v2: no trusted role lists it",
    );
    allowed(
        &world.call(&flags("h.example/app", &offer.digest), &offer.json()),
        "audit: this would be blocked: bad-reference: neither a tag nor a digest is named",
    );
    let told = world.call(&["-operation", "pull"], "");
    assert!(
        told.allowed && told.reason.starts_with("audit: this would be blocked: unknown-flag: "),
        "{told:?}"
    );
}

#[test]
fn a_policy_that_cannot_be_read_is_none_of_audit() {
    let world = World::new();
    world.policy("mode = \"audit\"\nfoo = 1", "");
    blocked_by(&world.pull(V1, &Offer::of(b"one")), "policy-unusable");
}

#[test]
fn refusals_reach_the_log_in_both_modes() {
    for (mode, words) in [("enforce", ""), ("audit", "audit: this would be blocked: ")] {
        let world = World::new();
        let socket = world.path("log");
        let log = UnixDatagram::bind(&socket).expect("a socket");
        log.set_nonblocking(true).expect("set");
        world.policy(&format!("mode = {mode:?}\nlog = {socket:?}"), "");
        let offer = Offer::of(b"two");
        assert!(world.pull(V1, &Offer::of(b"one")).allowed);
        world.pull(V1, &offer);
        let mut buffer = [0; 4_096];
        let length = log.recv(&mut buffer).expect("a line");
        let line = str::from_utf8(&buffer[..length]).expect("UTF-8");
        let (head, line) = line.split_once("]: ").expect("a head");
        assert!(head.starts_with("<84>tuf-image-verifier["), "{head}");
        let begins = format!("{V1} {}: {words}digest-differs: ", offer.digest);
        assert!(line.starts_with(&begins), "{line}");
        assert!(log.recv(&mut buffer).is_err(), "one line, for the refusal alone");
    }
}
