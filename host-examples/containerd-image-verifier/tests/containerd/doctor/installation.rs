//! What `init` and `uninstall` do with a containerd that runs.

use std::fs;

use super::checkup::Checkup;
use crate::containerd::Settings;
use crate::world::{Site, World};

/// `init` finds the folder of verifiers and the policy that this containerd has; afterwards it is sound.
pub(super) fn init_and_uninstall(site: &Site) {
    let world = World::new(site, "installation");
    let (link, policy) = (world.path("verifiers/tuf-image-verifier"), world.path("policy.toml"));
    let policy = policy.to_str().expect("UTF-8");
    fs::remove_file(&link).expect("removed");
    Checkup::of(&world).is_not_sound(4, 0, 0);
    let words = format!(
        "policy-elsewhere: containerd's environment names the policy {policy}; name it with --policy"
    );
    assert_eq!(world.verifier(&["init", "--no-systemd"]), (vec![words], 1));
    assert!(!link.exists());
    let (lines, status) = world.verifier(&["init", "--no-systemd", "--policy", policy]);
    assert_eq!(status, 0, "{lines:?}");
    Checkup::of(&world).only_finds(&[]).is_sound();
    let arguments = ["uninstall", "--no-systemd", "--policy", policy, "--allow-unverified-pulls"];
    assert_eq!(world.verifier(&arguments).1, 0);
    Checkup::of(&world).is_not_sound(4, 0, 0);
}

/// The content was there for whoever looks into the store, though the image could not be unpacked.
pub(super) fn fetched(site: &Site) {
    let settings = Settings { verifiers: "max_verifiers = 0".into(), ..Settings::default() };
    let world = World::with(site, "fetched", &settings);
    // No layer can be unpacked where this is no folder.
    let snapshots = world.path("root/io.containerd.snapshotter.v1.overlayfs/snapshots");
    fs::remove_dir_all(&snapshots).expect("removed");
    fs::write(&snapshots, "").expect("a file");
    Checkup::of(&world)
        .finds("open", "canary-ctr", "canary.invalid/canary-")
        .says("canary-ctr", "was fetched, and must not be");
}
