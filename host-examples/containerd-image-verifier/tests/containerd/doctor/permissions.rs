//! Who can change what decides.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};

use super::checkup::Checkup;
use super::verifiers::{released, shell};
use crate::containerd::Settings;
use crate::world::Site;

/// A file, a folder, or a folder above of them that others can write to; one that belongs to somebody.
pub(super) fn direct(site: &Site) {
    let world = released(site, "permissions", &Settings::default());
    let mode = |name: &str, mode: u32| {
        let path = world.path(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
        path.display().to_string()
    };
    for (name, kept) in [
        ("policy.toml", 0o644),
        ("verifiers", 0o755),
        ("root.json", 0o644),
        ("", 0o700),
        ("containerd.toml", 0o644),
    ] {
        let path = mode(name, 0o777);
        let words = format!("{}: everybody can write to it (mode 777)", path.trim_end_matches('/'));
        Checkup::of(&world).only_finds(&[("open", "permissions", &words)]).is_not_sound(1, 0, 0);
        mode(name, kept);
    }
    let policy = world.path("policy.toml");
    chown(&policy, Some(0), Some(1000)).expect("another group");
    mode("policy.toml", 0o664);
    let words = format!("{}: group 1000 can write to it (mode 664)", policy.display());
    Checkup::of(&world).only_finds(&[("open", "permissions", &words)]).is_not_sound(1, 0, 0);
    mode("policy.toml", 0o644);
    chown(&policy, Some(1000), Some(0)).expect("another owner");
    let words = format!("{}: it belongs to user 1000, not to root", policy.display());
    Checkup::of(&world).only_finds(&[("open", "permissions", &words)]).is_not_sound(1, 0, 0);
    chown(&policy, Some(0), None).expect("its owner");
    Checkup::of(&world).is_sound();
}

/// The folder of verifiers is root's alone, and what a link in it leads to is not.
pub(super) fn linked(site: &Site) {
    let world = released(site, "linked", &Settings::default());
    let (loose, link) = (world.path("loose"), world.path("verifiers/tuf-image-verifier"));
    fs::create_dir(&loose).expect("a folder");
    fs::set_permissions(&loose, fs::Permissions::from_mode(0o777)).expect("a mode");
    let program = loose.join("program");
    shell(r#"cp -L "$1" "$2"; ln -sf "$2" "$1""#, &[link.as_os_str(), program.as_os_str()]);
    let words = format!("{}: everybody can write to it (mode 777)", loose.display());
    Checkup::of(&world).only_finds(&[("open", "permissions", &words)]).is_not_sound(1, 0, 0);
}
