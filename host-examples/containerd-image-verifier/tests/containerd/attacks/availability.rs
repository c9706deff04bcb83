//! A metadata server that is down, or sends too much, or nothing.

use tuf_tests::date_time;

use crate::metadata::now;
use crate::world::{Site, World};

/// Seconds in which a pull before the expiry must be possible on a busy machine.
const SHORTLY: i64 = 8;

const ENDLESS: &str = "endless-data: endless data attack: timestamp.json is longer than 16384 bytes, the limit of the \
                       setting timestamp-max-length; no metadata was accepted";

pub(super) fn endless_metadata(site: &Site) {
    let mut world = World::new(site, "endless");
    let v1 = site.image("v1");
    world.list(&v1, "app", "v1").release().push("v1", "app:v1");
    let endless = world.repository.mirror.clone().endlessly("timestamp.json");
    world.serve(&endless).refuses("app:v1", &v1.digest(), ENDLESS);
    world.publish().pulls("app:v1");
}

/// The verifier gives up before containerd's ten seconds are over: its reason is seen.
pub(super) fn stalled_metadata(site: &Site) {
    let mut world = World::new(site, "stalled");
    let v1 = site.image("v1");
    world.list(&v1, "app", "v1").release().push("v1", "app:v1");
    let server = world.server.as_ref().expect("a server");
    server.stall();
    let reason = format!("unreachable: {}/2.root.json: no answer within ", server.url());
    world.refuses("app:v1", &v1.digest(), &reason);
}

/// The cache answers, and says until when; when it has expired, nothing does.
pub(super) fn server_down(site: &Site) {
    let mut world = World::new(site, "down");
    let v1 = site.image("v1");
    world.push("v1", "app:v1");
    let expires = now() + SHORTLY;
    world.repository.timestamp.expires = expires;
    world.list(&v1, "app", "v1").release();
    world.pulls("app:v1");
    world.server = None;
    world.pulls("app:v1");
    let reason = world.last_reason();
    assert!(reason.contains("metadata valid for"), "{reason}");
    world.pull_until_expired("app:v1", expires);
    let reason = format!("freeze: freeze attack: timestamp version 2 expired at {}, ", date_time(expires));
    world.refuses("app:v1", &v1.digest(), &reason);
}

pub(super) fn server_down_denied(site: &Site) {
    let mut world = World::unreachable(site, "denied", "deny");
    let v1 = site.image("v1");
    world.list(&v1, "app", "v1").release().push("v1", "app:v1");
    world.pulls("app:v1");
    world.server = None;
    world.refuses("app:v1", &v1.digest(), "unreachable: cannot reach http://127.0.0.1:");
}

pub(super) fn server_down_at_first(site: &Site) {
    let mut world = World::new(site, "down-at-first");
    world.push("v1", "app:v1");
    world.server = None;
    world.refuses("app:v1", &site.image("v1").digest(), "unreachable: cannot reach http://127.0.0.1:");
}
