//! What the policy lets pass, and what it cannot.

use std::fs;

use tuf_tests::{DAY, date_time};

use super::checkup::Checkup;
use crate::metadata::now;
use crate::world::{Site, World};

pub(super) fn open(site: &Site) {
    let world = World::new(site, "open");
    let path = world.path("policy.toml");
    let text = fs::read_to_string(&path).expect("a policy");
    let write = |text: &str| fs::write(&path, text).expect("a policy");

    write(&text.replace("version = 1", "version = 1\nmode = \"audit\""));
    let words = format!("{}: mode = \"audit\" blocks nothing", path.display());
    Checkup::of(&world)
        .finds("open", "policy", &words)
        .finds("open", "canary-ctr", "canary.invalid/canary-")
        .is_not_sound(3, 0, 0);

    write(&text.replace("\"reject\"", "\"allow\""));
    let words = format!("{}: default = \"allow\" lets every image pass that no rule names", path.display());
    Checkup::of(&world)
        .finds("open", "policy", &words)
        .finds("untried", "canary-ctr", "the policy allows canary.invalid/canary-")
        .is_not_sound(1, 0, 1);

    write(&format!("{text}\n[[rule]]\nprefix = \"free.example/all\"\naction = \"allow\"\n"));
    let words = "a rule allows free.example/all unverified";
    Checkup::of(&world).only_finds(&[("warning", "policy", words)]).is_sound();
}

/// Every pull is blocked then: that is safe, and no sound installation.
pub(super) fn blocked(site: &Site) {
    let world = World::new(site, "blocked");
    let (policy, root) = (world.path("policy.toml"), world.path("root.json"));
    let text = fs::read_to_string(&policy).expect("a policy");
    fs::write(&policy, format!("{text}\ncolour = \"red\"\n")).expect("written");
    let words = format!("{}: line ", policy.display());
    Checkup::of(&world).only_finds(&[("blocked", "policy", &words)]).is_not_sound(0, 1, 0);
    fs::remove_file(&policy).expect("removed");
    let words = format!("cannot read {}: ", policy.display());
    Checkup::of(&world).only_finds(&[("blocked", "policy", &words)]).is_not_sound(0, 1, 0);
    fs::write(&policy, text).expect("written");
    fs::write(&root, "{}").expect("written");
    let words = format!("repositories.acme.root, {}: ", root.display());
    let found =
        [("blocked", "policy", words.as_str()), ("blocked", "metadata", "acme: malformed-metadata: ")];
    Checkup::of(&world).only_finds(&found).is_not_sound(0, 2, 0);
}

pub(super) fn metadata(site: &Site) {
    let mut world = World::new(site, "metadata");
    let url = world.server.as_ref().expect("a server").url();
    let words = "acme: root 1, timestamp 1, snapshot 1, targets 1; metadata valid for ";
    Checkup::of(&world).finds("ok", "metadata", words).is_sound();
    world.server = None;
    let unreachable = format!("; the repository is unreachable: cannot reach {url}");
    Checkup::of(&world)
        .only_finds(&[("warning", "metadata", words)])
        .says("metadata", &unreachable)
        .is_sound();
    fs::remove_dir_all(world.path("verifier-state")).expect("removed");
    Checkup::of(&world)
        .only_finds(&[("blocked", "metadata", "acme: unreachable: cannot reach ")])
        .is_not_sound(0, 1, 0);
}

/// People sign root and targets: they are told in time.
pub(super) fn expiring(site: &Site) {
    let mut world = World::new(site, "expiring");
    let soon = now() + 13 * DAY;
    world.repository.role("targets").header.expires = soon;
    world.release();
    let words = format!("acme: targets expires {}: its publisher must sign it anew", date_time(soon));
    Checkup::of(&world).only_finds(&[("warning", "metadata", &words)]).is_sound();
    world.repository.root.expires = soon + 1;
    world.repository.next_root();
    world.release();
    let root = format!("acme: root expires {}: its publisher must sign it anew", date_time(soon + 1));
    Checkup::of(&world)
        .only_finds(&[("warning", "metadata", &root), ("warning", "metadata", &words)])
        .is_sound();
    world.repository.timestamp.expires = now() - DAY;
    world.release();
    Checkup::of(&world)
        .finds("blocked", "metadata", "acme: freeze: freeze attack: timestamp ")
        .is_not_sound(0, 1, 0);
}
