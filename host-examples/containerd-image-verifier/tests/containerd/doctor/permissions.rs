//! Who can change what decides.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

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
        let words = format!("{} can be written by everybody (mode 0777)", path.trim_end_matches('/'));
        Checkup::of(&world).only_finds(&[("open", "permissions", &words)]).is_not_sound(1, 0, 0);
        mode(name, kept);
    }
    // Where the mark of /tmp guards a folder, nobody changes what is root's in it.
    chown(world.path(""), Some(0), Some(1000)).expect("another group");
    mode("", 0o1775);
    Checkup::of(&world).only_finds(&[]).is_sound();
    mode("", 0o700);
    let policy = world.path("policy.toml");
    // An access list shows as what root's group may do.
    for group in [1000, 0] {
        chown(&policy, Some(0), Some(group)).expect("another group");
        mode("policy.toml", 0o664);
        let words = format!("{} can be written by group {group} (mode 0664)", policy.display());
        Checkup::of(&world).only_finds(&[("open", "permissions", &words)]).is_not_sound(1, 0, 0);
    }
    mode("policy.toml", 0o644);
    chown(&policy, Some(1000), Some(0)).expect("another owner");
    let words = format!("{} belongs to user 1000", policy.display());
    Checkup::of(&world).only_finds(&[("open", "permissions", &words)]).is_not_sound(1, 0, 0);
    chown(&policy, Some(0), None).expect("its owner");
    Checkup::of(&world).is_sound();
}

/// What a policy names; a mark that guards what is in a folder guards no file.
pub(super) fn named(site: &Site) {
    let world = released(site, "trusted", &Settings::default());
    let policy = world.path("policy.toml");
    let writable = |path: &Path, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
        format!("{} can be written by everybody (mode {mode:04o})", path.display())
    };
    Checkup::of(&world).is_sound();
    for (path, mode, kept) in [(world.path("verifier-state"), 0o777, 0o700), (policy.clone(), 0o1666, 0o644)]
    {
        let words = writable(&path, mode);
        Checkup::of(&world).only_finds(&[("open", "permissions", &words)]).is_not_sound(1, 0, 0);
        writable(&path, kept);
    }
    // There is no certificate in it, so that no metadata is to be had either.
    let authority = world.path("authority.pem");
    fs::write(&authority, "").expect("a file");
    let text = fs::read_to_string(&policy).expect("a policy");
    let named = format!("[repositories.acme]\nca_file = {authority:?}");
    fs::write(&policy, text.replace("[repositories.acme]", &named)).expect("written");
    let words = writable(&authority, 0o666);
    let found = [("open", "permissions", words.as_str()), ("blocked", "metadata", "acme: source-unusable: ")];
    Checkup::of(&world).only_finds(&found).is_not_sound(1, 1, 0);
}

/// Whoever may write to the folder is the first to put something in.
pub(super) fn empty(site: &Site) {
    let world = released(site, "vacant", &Settings::default());
    let folder = world.path("verifiers");
    fs::remove_file(folder.join("tuf-image-verifier")).expect("removed");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).expect("a mode");
    let words = format!("{} can be written by everybody (mode 0777)", folder.display());
    Checkup::of(&world).finds("open", "permissions", &words).is_not_sound(5, 0, 0);
}

/// Files that a configuration imports: by a pattern, below its own folder, and what these import in turn.
pub(super) fn imported(site: &Site) {
    let import = Some("version = 3\nimports = [\"conf.d/*.toml\"]\n".into());
    let world = released(site, "imported", &Settings { import, ..Settings::default() });
    fs::create_dir(world.path("conf.d")).expect("a folder");
    fs::write(world.path("conf.d/a.toml"), "version = 3\nimports = [\"more.cfg\"]\n").expect("a file");
    for name in ["conf.d/more.cfg", "conf.d/a.json"] {
        fs::write(world.path(name), "version = 3\n").expect("a file");
    }
    // The pattern is not for this one.
    fs::set_permissions(world.path("conf.d/a.json"), fs::Permissions::from_mode(0o666)).expect("a mode");
    Checkup::of(&world).only_finds(&[]).is_sound();
    for (name, mode, kept) in [
        ("imported.toml", 0o666, 0o644),
        ("conf.d/a.toml", 0o666, 0o644),
        ("conf.d/more.cfg", 0o666, 0o644),
        ("conf.d", 0o777, 0o755),
    ] {
        let words = format!("{} can be written by everybody (mode {mode:04o})", world.path(name).display());
        fs::set_permissions(world.path(name), fs::Permissions::from_mode(mode)).expect("a mode");
        Checkup::of(&world).only_finds(&[("open", "permissions", &words)]).is_not_sound(1, 0, 0);
        fs::set_permissions(world.path(name), fs::Permissions::from_mode(kept)).expect("a mode");
    }
}

/// The folder of verifiers is root's alone, and what a link in it leads to is not.
pub(super) fn linked(site: &Site) {
    let world = released(site, "linked", &Settings::default());
    let (loose, link) = (world.path("loose"), world.path("verifiers/tuf-image-verifier"));
    fs::create_dir(&loose).expect("a folder");
    fs::set_permissions(&loose, fs::Permissions::from_mode(0o777)).expect("a mode");
    let program = loose.join("program");
    shell(r#"cp -L "$1" "$2"; ln -sf "$2" "$1""#, &[link.as_os_str(), program.as_os_str()]);
    let words = format!("{} can be written by everybody (mode 0777)", loose.display());
    Checkup::of(&world).only_finds(&[("open", "permissions", &words)]).is_not_sound(1, 0, 0);
}
