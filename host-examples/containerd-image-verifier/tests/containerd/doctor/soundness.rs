//! Installations that are as they should be.

use super::checkup::Checkup;
use super::cri::with_cri as settings_with_cri;
use crate::world::{Site, World};

const CHECKS: [&str; 13] = [
    "containerd-version",
    "verifier-plugin",
    "bin-dir",
    "max-verifiers",
    "installed",
    "verifier-timeout",
    "permissions",
    "policy",
    "metadata",
    "cri-pull",
    "canary-ctr",
    "canary-cri",
    "stored-images",
];

/// Nothing of the trial is left: no image, no namespace, no content.
pub(super) fn without_cri(site: &Site) {
    let mut world = World::new(site, "sound");
    let v1 = site.image("v1");
    world.list(&v1, "app", "v1").release().push("v1", "app:v1").pulls("app:v1");
    let before = world.ctr.store();
    let checkup = Checkup::of(&world);
    checkup.only_finds(&[]).is_sound();
    let mut checks = checkup.checks();
    checks.dedup();
    assert_eq!(checks, CHECKS);
    checkup.finds("ok", "canary-ctr", "canary.invalid/canary-").finds("ok", "canary-cri", "there is no CRI");
    let canary = "registry.acme.test/canary-";
    checkup.finds("ok", "canary-ctr", canary);
    checkup.finds("ok", "stored-images", "the policy would allow all 1");
    assert_eq!(world.ctr.store(), before);
}

pub(super) fn with_cri(site: &Site) {
    let mut world = World::with(site, "sound-cri", &settings_with_cri("sound-cri", ""));
    world.list(&site.image("v1"), "pause", "1").release();
    let before = world.ctr.store();
    let checkup = Checkup::of(&world);
    checkup.only_finds(&[]).is_sound();
    checkup.finds("ok", "pause-image", "registry.acme.test/sound-cri/pause:1");
    checkup.finds("ok", "canary-cri", "127.0.0.1:");
    assert_eq!(world.ctr.store(), before);
}

pub(super) fn nobody(site: &Site) {
    let mut world = World::new(site, "nobody");
    world.stop();
    let words = "containerd does not answer at ";
    Checkup::of(&world).only_finds(&[("untried", "containerd", words)]).is_not_sound(0, 0, 1);
}
