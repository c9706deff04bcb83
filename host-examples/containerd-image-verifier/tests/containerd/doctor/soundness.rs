//! Installations that are as they should be.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::checkup::Checkup;
use super::cri::with_cri as settings_with_cri;
use crate::containerd::Settings;
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

/// The configuration that the package brings, imported. It takes back what another file sets.
pub(super) fn packaged(site: &Site) {
    let packaged = include_str!("../../../packaging/containerd.toml");
    let settings = Settings {
        import: Some(packaged.replace("/opt/containerd/image-verifier/bin", "BIN_DIR")),
        verifiers: "max_verifiers = 0".into(),
        ..settings_with_cri("packaged", "discard_unpacked_layers = true")
    };
    let mut world = World::with(site, "packaged", &settings);
    world.list(&site.image("v1"), "pause", "1").release();
    Checkup::of(&world).only_finds(&[]).is_sound();
    let imported = world.path("imported.toml");
    fs::set_permissions(&imported, fs::Permissions::from_mode(0o666)).expect("a mode");
    let words = format!("{} can be written by everybody (mode 0666)", imported.display());
    Checkup::of(&world).only_finds(&[("open", "permissions", &words)]).is_not_sound(1, 0, 0);
}

pub(super) fn nobody(site: &Site) {
    let mut world = World::new(site, "nobody");
    world.stop();
    let words = "containerd does not answer at ";
    Checkup::of(&world).only_finds(&[("untried", "containerd", words)]).is_not_sound(0, 0, 1);
}
