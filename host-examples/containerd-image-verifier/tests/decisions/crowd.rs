//! Many pulls at once, one state.

use std::process::Child;

use crate::world::{Offer, World, told};

const V1: &str = "h.example/team/app:v1";

#[test]
fn fifty_processes_share_one_state() {
    for interval in ["refresh_interval = \"0s\"", "refresh_interval = \"1h\""] {
        let world = World::new();
        world.policy("deadline = \"120s\"", interval);
        let (one, two) = (Offer::of(b"one"), Offer::of(b"two"));
        let offers: Vec<&Offer> = (0..50).map(|number| if number % 5 == 0 { &two } else { &one }).collect();
        let children: Vec<Child> = offers.iter().map(|offer| world.begin(V1, offer)).collect();
        for (child, offer) in children.into_iter().zip(&offers) {
            let told = told(&child.wait_with_output().expect("it ends"));
            let code = if offer.digest == one.digest { "listed: " } else { "digest-differs: " };
            assert!(told.reason.starts_with(code), "{told:?}");
        }
        let names: Vec<String> = world.stored().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["root.json", "snapshot.json", "targets.json", "team.json", "timestamp.json"]);
    }
}

#[test]
fn fifty_processes_without_a_server_use_the_store() {
    let mut world = World::new();
    world.policy("deadline = \"120s\"", "unreachable = \"cached-unexpired\"");
    assert!(world.pull(V1, &Offer::of(b"one")).allowed);
    let stored = world.stored();
    world.server = None;
    let children: Vec<Child> = (0..50).map(|_| world.begin(V1, &Offer::of(b"one"))).collect();
    for child in children {
        let told = told(&child.wait_with_output().expect("it ends"));
        assert!(told.allowed && told.reason.contains("; the repository is unreachable: "), "{told:?}");
    }
    assert_eq!(world.stored(), stored);
}
