//! Which containerd runs, and which configuration it was given.

use super::checkup::Checkup;
use crate::containerd::Settings;
use crate::world::{Site, World};

/// The name of the test that needs one.
pub(super) const OLDER: &str = "row_18/finds_a_containerd_that_asks_nobody";

/// It has no plugin for verifiers, and pulls.
pub(super) fn older(site: &Site) {
    let program = match site.older_containerd() {
        Ok(program) => program,
        Err(reason) => return tuf_tests::skip(OLDER, &reason),
    };
    let world = World::with(site, "older", &Settings { program: Some(program), ..Settings::default() });
    let plugin = "io.containerd.image-verifier.v1.bindir is not in this containerd, or in disabled_plugins";
    Checkup::of(&world)
        .says("containerd-version", ": before 2.1 not every pull asks a verifier")
        .finds("open", "containerd-version", "")
        .finds("open", "verifier-plugin", plugin)
        .finds("open", "bin-dir", "containerd's configuration knows no folder of verifiers")
        .finds("open", "canary-ctr", "canary.invalid/canary-")
        .is_not_sound(6, 0, 0);
}

/// Go takes flags in many forms. With another configuration than its own, this containerd would look sound or missing.
pub(super) fn named(site: &Site) {
    for named in ["-c FILE", "-c=FILE", "--config=FILE", "-config FILE", "--config containerd.toml"] {
        let settings =
            Settings { named: Some(named), verifiers: "max_verifiers = 7".into(), ..Settings::default() };
        let world = World::with(site, "named", &settings);
        Checkup::of(&world).finds("ok", "max-verifiers", "7, 1 are there").is_sound();
    }
}
