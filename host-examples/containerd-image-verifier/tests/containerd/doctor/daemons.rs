//! Which containerd runs, and which configuration it was given.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::checkup::Checkup;
use super::cri;
use super::verifiers::{released, shell};
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
    let settings = Settings { program: Some(program), is_older: true, ..Settings::default() };
    let world = World::with(site, "older", &settings);
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
    let forms = [
        "-c FILE",
        "-c=FILE",
        "--config=FILE",
        "-config FILE",
        "--config containerd.toml",
        "-c none -c FILE",
    ];
    for named in forms {
        let settings =
            Settings { named: Some(named), verifiers: "max_verifiers = 7".into(), ..Settings::default() };
        let world = World::with(site, "named", &settings);
        Checkup::of(&world).finds("ok", "max-verifiers", "7, 1 are there").is_sound();
    }
}

/// A verifier runs where containerd runs, so that a relative policy is below that folder.
pub(super) fn relative_policy(site: &Site) {
    let settings = Settings { policy: Some("policy.toml"), ..Settings::default() };
    let world = released(site, "relative-policy", &settings);
    let words = format!("{}, 1 rules, enforced", world.path("policy.toml").display());
    Checkup::of(&world).finds("ok", "policy", &words).only_finds(&[]).is_sound();
}

/// What is relative is so to the folder that containerd runs in.
pub(super) fn relative(site: &Site) {
    let import =
        "version = 3\n[plugins.\"io.containerd.image-verifier.v1.bindir\"]\nbin_dir = \"verifiers\"\n";
    let world = released(site, "relative", &Settings { import: Some(import.into()), ..Settings::default() });
    let words = world.path("verifiers/tuf-image-verifier").display().to_string();
    Checkup::of(&world).finds("ok", "installed", &words).only_finds(&[]).is_sound();
}

/// An upgrade of its package replaces the program that runs: the one that runs is asked how it reads the configuration,
/// and not what its path names now.
pub(super) fn replaced(site: &Site) {
    let folder = TempDir::new().expect("a temporary folder");
    let program = folder.path().join("containerd");
    copy(&site.containerd(), &program);
    let settings = Settings { program: Some(program.clone()), ..Settings::default() };
    let world = released(site, "replaced", &settings);
    fs::remove_file(&program).expect("removed");
    Checkup::of(&world).only_finds(&[]).is_sound();
    let mark = folder.path().join("mark");
    shell(
        r#"printf '#!/bin/sh\ntouch %s\n' "$2" >"$1"; chmod 755 "$1""#,
        &[program.as_os_str(), mark.as_os_str()],
    );
    Checkup::of(&world).only_finds(&[]).is_sound();
    assert!(!mark.exists(), "what has its path now was run");
    shell(r#"chmod 777 "$1""#, &[program.as_os_str()]);
    let words = format!("{} can be written by everybody (mode 0777)", program.display());
    Checkup::of(&world).only_finds(&[("open", "permissions", &words)]).is_not_sound(1, 0, 0);
}

/// Its file was put right, and containerd runs on with what was in it: only the pulls show that.
pub(super) fn not_restarted(site: &Site) {
    let unasked = Settings { verifiers: "max_verifiers = 0".into(), ..cri::with_cri("stale", "") };
    let world = put_right(site, &unasked, "max_verifiers = 0");
    let found = [
        ("open", "canary-ctr", "canary.invalid/canary-"),
        ("open", "canary-ctr", "registry.acme.test/canary-"),
        ("open", "canary-cri", "127.0.0.1:"),
    ];
    Checkup::of(&world).only_finds(&found).is_not_sound(3, 0, 0);

    let local = "use_local_image_pull = true";
    let world = put_right(site, &cri::with_cri("stale", local), local);
    Checkup::of(&world).only_finds(&[("open", "canary-cri", "127.0.0.1:")]).is_not_sound(1, 0, 0);
}

fn put_right<'site>(site: &'site Site, settings: &Settings, line: &str) -> World<'site> {
    let world = cri::machine(site, "stale", settings);
    let path = world.path("containerd.toml");
    let text = fs::read_to_string(&path).expect("a configuration");
    assert!(text.contains(line));
    fs::write(&path, text.replace(line, "")).expect("written");
    world
}

fn copy(from: &Path, to: &Path) {
    shell(r#"cp "$1" "$2""#, &[from.as_os_str(), to.as_os_str()]);
}
