//! Whom containerd asks.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::checkup::Checkup;
use crate::containerd::Settings;
use crate::process::succeed;
use crate::world::{Site, World};

const ALLOWED: (&str, &str, &str) = ("open", "canary-ctr", "canary.invalid/canary-");
const NOT_ASKED: (&str, &str, &str) =
    ("open", "installed", "this program is not among the verifiers that containerd asks");

pub(super) fn folder(site: &Site) {
    let world = released(site, "folder", &Settings::default());
    let folder = world.path("verifiers");
    let rest = ("open", "canary-ctr", "registry.acme.test/canary-");
    let unusable = |name: &str, why: &str| {
        let words = format!("{}: {why}, so every pull is blocked; remove it", folder.join(name).display());
        let other = "canary.invalid/canary-";
        let rest = "registry.acme.test/canary-";
        let found = [
            ("blocked", "bin-dir", words.as_str()),
            ("untried", "canary-ctr", other),
            ("untried", "canary-ctr", rest),
        ];
        Checkup::of(&world).only_finds(&found).is_not_sound(0, 1, 2);
    };
    fs::write(folder.join("README"), "not a program").expect("a file");
    unusable("README", "it is not executable");
    fs::remove_file(folder.join("README")).expect("removed");
    fs::create_dir(folder.join("more")).expect("a folder");
    unusable("more", "it is no file");
    fs::remove_dir(folder.join("more")).expect("removed");
    symlink("/nowhere/at/all", folder.join("gone")).expect("a link");
    unusable("gone", "No such file or directory (os error 2)");
    fs::remove_file(folder.join("gone")).expect("removed");
    Checkup::of(&world).is_sound();

    fs::remove_file(folder.join("tuf-image-verifier")).expect("removed");
    let words = format!("{} is empty: every pull is allowed", folder.display());
    Checkup::of(&world)
        .only_finds(&[("open", "bin-dir", &words), NOT_ASKED, ALLOWED, rest])
        .is_not_sound(4, 0, 0);
    fs::remove_dir(&folder).expect("removed");
    let words = format!("{} is missing: every pull is allowed", folder.display());
    Checkup::of(&world)
        .only_finds(&[("open", "bin-dir", &words), NOT_ASKED, ALLOWED, rest])
        .is_not_sound(4, 0, 0);
}

/// A name that leads nowhere is as good as none; one that leads to a file blocks.
pub(super) fn elsewhere(site: &Site) {
    let named = |name: &str| {
        let import = format!(
            "version = 3\n[plugins.\"io.containerd.image-verifier.v1.bindir\"]\nbin_dir = {name:?}\n"
        );
        released(site, "elsewhere", &Settings { import: Some(import), ..Settings::default() })
    };
    let rest = ("open", "canary-ctr", "registry.acme.test/canary-");
    for name in ["", "BIN_DIR/../link"] {
        let world = named(name);
        symlink("nowhere", world.path("link")).expect("a link");
        let name = name.replace("BIN_DIR", &world.path("verifiers").display().to_string());
        let words = format!("{name} is missing: every pull is allowed");
        Checkup::of(&world)
            .only_finds(&[("open", "bin-dir", &words), NOT_ASKED, ALLOWED, rest])
            .is_not_sound(4, 0, 0);
    }
    let world = named("BIN_DIR/../policy.toml");
    let words =
        format!("{}/../policy.toml cannot be read: Not a directory ", world.path("verifiers").display());
    Checkup::of(&world).finds("blocked", "bin-dir", &words).is_not_sound(1, 1, 2);
}

/// containerd asks ten, by name, and passes over the rest without a word.
pub(super) fn too_many(site: &Site) {
    let world = released(site, "many", &Settings::default());
    for number in 0..10 {
        program(&world.path("verifiers").join(format!("{number}")), "exit 0");
    }
    let ours = world.path("verifiers/tuf-image-verifier");
    let words = format!("10, 11 are there: {} comes too late by its name and is never asked", ours.display());
    Checkup::of(&world)
        .finds("open", "max-verifiers", &words)
        .finds("open", "installed", NOT_ASKED.2)
        .finds("open", "canary-ctr", ALLOWED.2)
        .finds("warning", "other-verifiers", "")
        .is_not_sound(4, 0, 0);
    fs::remove_file(world.path("verifiers/0")).expect("removed");
    Checkup::of(&world).finds("ok", "max-verifiers", "10, 10 are there").is_sound();
    // What is not asked blocks nothing, whatever it is.
    let limit = ("warning", "max-verifiers", "10, 11 are there: the last ones are never asked");
    let others = ("warning", "other-verifiers", "");
    let found = [&[limit][..], &[others; 9]].concat();
    let last = world.path("verifiers/zz");
    fs::write(&last, "not a program").expect("a file");
    Checkup::of(&world).only_finds(&found).is_sound();
    program(&last, "exit 1");
    Checkup::of(&world).only_finds(&found).is_sound();
}

pub(super) fn none_asked(site: &Site) {
    let settings = Settings { verifiers: "max_verifiers = 0".into(), ..Settings::default() };
    let world = released(site, "none", &settings);
    Checkup::of(&world)
        .finds("open", "max-verifiers", "0, 1 are there: ")
        .finds("open", "canary-ctr", ALLOWED.2)
        .is_not_sound(4, 0, 0);
    let settings = Settings { verifiers: "max_verifiers = -1".into(), ..Settings::default() };
    Checkup::of(&released(site, "none", &settings)).is_sound();
}

/// One that allows takes nothing away; one that blocks hides whether this one would.
pub(super) fn others(site: &Site) {
    let world = released(site, "others", &Settings::default());
    let other = world.path("verifiers/another");
    program(&other, "exit 0");
    let words = format!("{} is asked too, and can block", other.display());
    Checkup::of(&world).only_finds(&[("warning", "other-verifiers", &words)]).is_sound();
    program(&other, "echo not today; exit 1");
    Checkup::of(&world).finds("untried", "canary-ctr", ALLOWED.2).is_not_sound(0, 0, 2);
}

/// It differs in one byte.
pub(super) fn another_version(site: &Site) {
    let world = released(site, "version", &Settings::default());
    let installed = world.path("verifiers/tuf-image-verifier");
    let copy = r#"cp -L "$1" "$1.new"; truncate -s -1 "$1.new"; printf '\377' >>"$1.new"; mv "$1.new" "$1""#;
    shell(copy, &[installed.as_os_str()]);
    let words = format!("{} is another version of this program: let that one look", installed.display());
    Checkup::of(&world).finds("untried", "installed", &words).is_not_sound(0, 0, 3);
    // One that cannot be run is none, whichever version it is.
    shell(r#"chmod 644 "$1""#, &[installed.as_os_str()]);
    let words = format!("{}: it is not executable, so every pull is blocked; remove it", installed.display());
    let blocked = |world: &World<'_>| {
        Checkup::of(world)
            .finds("blocked", "bin-dir", &words)
            .finds("open", NOT_ASKED.1, NOT_ASKED.2)
            .is_not_sound(1, 1, 2);
    };
    blocked(&world);
    let program = world.path("program");
    shell(
        r#"cp "$1" "$2"; chmod 644 "$2"; mv "$2" "$3""#,
        &[site.verifier().as_os_str(), program.as_os_str(), installed.as_os_str()],
    );
    blocked(&world);
}

pub(super) fn timeouts(site: &Site) {
    let timeout = |time: &str| Settings {
        verifiers: format!("per_verifier_timeout = {time:?}"),
        ..Settings::default()
    };
    let words = "per_verifier_timeout is 7.5 s and deadline is 8 s: containerd ends the program first, and its reason \
                 is lost";
    let world = released(site, "timeouts", &timeout("7s500ms"));
    Checkup::of(&world).only_finds(&[("warning", "verifier-timeout", words)]).is_sound();
    let world = released(site, "timeouts", &timeout("1h1m"));
    Checkup::of(&world).finds("ok", "verifier-timeout", "3660 s, ").is_sound();
    // The reason is lost where both end at once.
    let world = released(site, "timeouts", &timeout("8s"));
    let words = "per_verifier_timeout is 8 s and deadline is 8 s: ";
    Checkup::of(&world).only_finds(&[("warning", "verifier-timeout", words)]).is_sound();
    let world = released(site, "timeouts", &timeout("500ms"));
    Checkup::of(&world).finds("warning", "verifier-timeout", "per_verifier_timeout is 0.5 s and ");
    let world = released(site, "timeouts", &timeout("-1s"));
    let words = "per_verifier_timeout is no time that is understood";
    Checkup::of(&world).finds("untried", "verifier-timeout", words).is_not_sound(0, 0, 3);
    let world = released(site, "timeouts", &timeout("0s"));
    let words = "per_verifier_timeout is 0: no verifier has time, so every pull is blocked";
    Checkup::of(&world).finds("blocked", "verifier-timeout", words).is_not_sound(0, 1, 2);
}

/// Without it, this containerd does not pull for `ctr` at all, unless it is told to pull in the old way.
pub(super) fn plugin(site: &Site) {
    const PLUGIN: &str = "io.containerd.image-verifier.v1.bindir";
    let settings = Settings { disabled: vec![PLUGIN], ..Settings::default() };
    let world = released(site, "plugin", &settings);
    let words = format!("{PLUGIN} is not in this containerd, or in disabled_plugins");
    Checkup::of(&world)
        .finds("open", "verifier-plugin", &words)
        .finds("open", "verifier-plugin", &format!("disabled_plugins lists {PLUGIN}: "))
        .finds("untried", "canary-ctr", ALLOWED.2)
        .is_not_sound(2, 0, 2);
}

/// A machine whose repository can be asked.
pub(super) fn released<'site>(site: &'site Site, team: &str, settings: &Settings) -> World<'site> {
    let world = World::with(site, team, settings);
    world.publish();
    world
}

fn program(path: &Path, line: &str) {
    shell(r#"printf '#!/bin/sh\n%s\n' "$1" >"$2"; chmod 755 "$2""#, &[OsStr::new(line), path.as_os_str()]);
}

/// Programs are written by a shell: what this process has open for writing, a child that another thread starts has open
/// too, for a moment in which the program cannot be run.
pub(super) fn shell(line: &str, arguments: &[&OsStr]) {
    succeed(Command::new("sh").args(["-ec", line, "sh"]).args(arguments));
}
