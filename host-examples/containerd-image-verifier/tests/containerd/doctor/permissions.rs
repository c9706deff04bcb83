//! Who can change what decides.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
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
    let state = world.path("verifier-state");
    // The mark of /tmp guards what is in a folder of the state, and not what may be added.
    for (path, mode, kept) in [
        (state.clone(), 0o777, 0o700),
        (state.clone(), 0o1777, 0o700),
        (state.join("repositories"), 0o1777, 0o755),
        (policy.clone(), 0o1666, 0o644),
    ] {
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

/// A user who is not root.
const THIEF: u32 = 65_534;

/// Root's link leads to one of another user's, which leads to what root alone can change: in a folder of theirs, or in one
/// where everybody can make links.
pub(super) fn linked_by_others(site: &Site) {
    for (name, mode, owner) in [("theirs", 0o755, THIEF), ("open", 0o1777, 0)] {
        let world = released(site, "chain", &Settings::default());
        let folder = world.path(name);
        fs::create_dir(&folder).expect("a folder");
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).expect("a mode");
        chown(&folder, Some(owner), None).expect("an owner");
        Checkup::of(&world).is_sound();
        for named in ["verifiers/tuf-image-verifier", "root.json"] {
            let (path, kept) = (world.path(named), world.path("kept"));
            shell(r#"mv "$1" "$2""#, &[path.as_os_str(), kept.as_os_str()]);
            let theirs = folder.join("link");
            symlink(&kept, &theirs).expect("a link");
            // Root's own: the folder alone is what others can change then.
            let user = if owner == 0 { THIEF } else { 0 };
            lchown(&theirs, Some(user), None).expect("an owner");
            symlink(&theirs, &path).expect("a link");
            let changed = if owner == 0 { &theirs } else { &folder };
            let words = format!("{} belongs to user {THIEF}", changed.display());
            // Where the kernel follows no link of others' in such a folder, more is amiss.
            Checkup::of(&world).finds("open", "permissions", &words);
            fs::remove_file(&theirs).expect("removed");
            shell(r#"mv "$1" "$2""#, &[kept.as_os_str(), path.as_os_str()]);
        }
        Checkup::of(&world).is_sound();
    }
}

/// What is not there yet, where everybody can be the first to make it.
pub(super) fn missing(site: &Site) {
    let import = |path: &str| Settings {
        import: Some(format!("version = 3\nimports = [{path:?}]\n")),
        ..Settings::default()
    };
    let open = tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o1777)).tempdir();
    let open = open.expect("a folder");
    fs::set_permissions(open.path(), fs::Permissions::from_mode(0o1777)).expect("a mode");
    let words = format!("{} can be written by everybody (mode 1777)", open.path().display());
    // No file fits the pattern.
    let world = released(site, "missing", &import(&format!("{}/*.toml", open.path().display())));
    Checkup::of(&world).only_finds(&[("open", "permissions", &words)]).is_not_sound(1, 0, 0);
    // The folder of the state.
    let world = released(site, "missing", &Settings::default());
    let policy = world.path("policy.toml");
    let text = fs::read_to_string(&policy).expect("a policy");
    let state = |path: &Path| {
        let kept = format!("state_dir = {:?}", world.path("verifier-state"));
        fs::write(&policy, text.replace(&kept, &format!("state_dir = {path:?}"))).expect("written");
    };
    let link = world.path("link");
    symlink(open.path().join("missing"), &link).expect("a link");
    for path in [open.path(), &open.path().join("missing/state"), &link] {
        state(path);
        Checkup::of(&world).finds("open", "permissions", &words);
        // The checks after this one have made it.
        let made = open.path().join("missing");
        if made.exists() {
            fs::remove_dir_all(made).expect("removed");
        }
    }
    state(&world.path("verifier-state"));
    Checkup::of(&world).is_sound();
}

/// What is kept between pulls: a file, a folder, or a link of somebody else's anywhere in it.
pub(super) fn kept(site: &Site) {
    let world = released(site, "kept", &Settings::default());
    Checkup::of(&world).is_sound();
    let state = world.path("verifier-state/repositories/acme");
    for part in [
        "",
        "trusted",
        "trusted/floors",
        "trusted/root_history",
        "trusted/root.json",
        "trusted/floors/timestamp",
    ] {
        let path = state.join(part);
        assert!(path.exists(), "{part}");
        chown(&path, Some(THIEF), None).expect("an owner");
        let words = format!("{} belongs to user {THIEF}", path.display().to_string().trim_end_matches('/'));
        Checkup::of(&world).finds("open", "permissions", &words);
        chown(&path, Some(0), None).expect("an owner");
    }
    let authority = world.path("auth.json");
    fs::write(&authority, "{}").expect("a file");
    fs::set_permissions(&authority, fs::Permissions::from_mode(0o666)).expect("a mode");
    let policy = world.path("policy.toml");
    let text = fs::read_to_string(&policy).expect("a policy");
    let named = format!("[repositories.acme]\nauth_file = {authority:?}");
    fs::write(&policy, text.replace("[repositories.acme]", &named)).expect("written");
    let words = format!("{} can be written by everybody (mode 0666)", authority.display());
    let readable = format!("{} has a password, and others can read it: chmod 600", authority.display());
    Checkup::of(&world)
        .only_finds(&[("open", "permissions", &words), ("warning", "permissions", &readable)])
        .is_not_sound(1, 0, 0);
}

/// What is kept cannot be listed: nobody knows whose it is.
pub(super) fn unlisted(site: &Site) {
    let world = released(site, "unlisted", &Settings::default());
    Checkup::of(&world).is_sound();
    let state = world.path("verifier-state/repositories/acme");
    shell(r#"mv "$1" "$1.moved"; touch "$1""#, &[state.as_os_str()]);
    let words = format!("{} cannot be looked at: Not a directory", state.display());
    Checkup::of(&world).finds("open", "permissions", &words);
}

/// A password in a URL is read with the policy.
pub(super) fn password(site: &Site) {
    let world = released(site, "password", &Settings::default());
    let policy = world.path("policy.toml");
    let text = fs::read_to_string(&policy).expect("a policy");
    fs::write(&policy, text.replace("http://", "http://name:word@")).expect("written");
    let mode = |mode| fs::set_permissions(&policy, fs::Permissions::from_mode(mode)).expect("a mode");
    let words = format!("{} has a password, and others can read it: chmod 600", policy.display());
    for readable in [0o644, 0o640, 0o604] {
        mode(readable);
        Checkup::of(&world).finds("warning", "permissions", &words);
    }
    mode(0o600);
    Checkup::of(&world).says_not("permissions", "has a password");
}

/// Another user asks the registry of the canaries for content, while they are pulled.
pub(super) fn strangers(site: &Site) {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let program = folder.path().join("containerd");
    let containerd = site.containerd();
    let script = format!(
        r#"#!/bin/bash
while [ "$1" != --hosts-dir ]; do words+=("$1"); shift; done
port=$(sed -n 's/^server = .*:\([0-9]*\)"$/\1/p' "$2/_default/hosts.toml")
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /v2/a/blobs/sha256:0 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' >&3
cat <&3 >/dev/null
exec "{}" "${{words[@]}}" "$@"
"#,
        containerd.with_file_name("ctr").display()
    );
    let ctr = folder.path().join("ctr");
    shell(
        r#"cp "$1" "$2"; printf %s "$3" >"$4"; chmod 755 "$4""#,
        &[containerd.as_os_str(), program.as_os_str(), script.as_ref(), ctr.as_os_str()],
    );
    let settings = Settings { program: Some(program), ..Settings::default() };
    let world = released(site, "strangers", &settings);
    Checkup::of(&world).only_finds(&[]).is_sound();
}
