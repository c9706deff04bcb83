//! A reason on every path: stalled servers, a standard input without end, signals.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tuf_test_server::{Answer, Server};

use crate::world::{Offer, World, allowed, blocked, flags, told};

const V1: &str = "h.example/team/app:v1";

/// A server that answers no request.
fn stalled() -> Server {
    Server::start(|_| {
        loop {
            std::thread::park();
        }
    })
    .expect("a port")
}

#[test]
fn the_deadline_ends_a_wait_for_input() {
    let world = World::new();
    world.policy("deadline = \"50ms\"", "");
    let mut child = world.start(&flags(V1, &Offer::of(b"one").digest));
    let input = child.stdin.take();
    let told = told(&child.wait_with_output().expect("it ends"));
    drop(input);
    blocked(&told, "deadline: there was no verdict within 0.05 seconds");
}

#[test]
fn the_deadline_blocks_nothing_in_audit_mode() {
    let world = World::new();
    world.policy("deadline = \"50ms\"\nmode = \"audit\"", "");
    let mut child = world.start(&flags(V1, &Offer::of(b"one").digest));
    let input = child.stdin.take();
    let told = told(&child.wait_with_output().expect("it ends"));
    drop(input);
    allowed(&told, "audit: this would be blocked: deadline: there was no verdict within 0.05 seconds");
}

#[test]
fn a_stalled_server_is_unreachable_before_the_deadline() {
    let world = World::new();
    world.policy("", "unreachable = \"cached-unexpired\"");
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    let server = stalled();
    world.policy_with(&server.url(), "deadline = \"3s\"", "unreachable = \"cached-unexpired\"", "");
    let told = world.pull(V1, &Offer::of(b"one"));
    assert!(told.allowed && told.reason.contains("; the repository is unreachable: http://"), "{told:?}");
    world.policy_with(&server.url(), "deadline = \"3s\"", "", "");
    let told = world.pull(V1, &Offer::of(b"one"));
    assert!(!told.allowed && told.reason.starts_with("unreachable: http://"), "{told:?}");
}

#[test]
fn slow_metadata_is_no_verdict() {
    let world = World::new();
    // A body that never comes.
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{".to_vec();
    let server = Server::start(move |_| Answer::Raw(head.clone())).expect("a port");
    world.policy_with(&server.url(), "", "", "");
    let told = world.pull(V1, &Offer::of(b"one"));
    assert!(!told.allowed && told.reason.starts_with("unreachable: "), "{told:?}");
}

#[test]
fn a_signal_ends_it_with_a_reason() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let world = World::new();
        let (asked, first) = std::sync::mpsc::channel();
        let server = Server::start(move |_| {
            let _ = asked.send(());
            loop {
                std::thread::park();
            }
        })
        .expect("a port");
        world.policy_with(&server.url(), "", "", "");
        let child = world.begin(V1, &Offer::of(b"one"));
        first.recv().expect("it asks the server");
        kill(Pid::from_raw(child.id().cast_signed()), signal).expect("sent");
        let told = told(&child.wait_with_output().expect("it ends"));
        blocked(&told, "terminated: the verifier was asked to end before it had a verdict");
    }
}
