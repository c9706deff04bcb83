//! Other users of the machine, who can write somewhere on the way to what decides what is signed: settings, keys, state.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::Desk;
use crate::world::{copy_folder, files, skip};

const STRANGER: u32 = 65_534;

/// How each refusal goes on.
const DECIDES: &str = ", and it decides what is signed [others-can-write]";

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// A folder of the desk with a mode.
fn folder(desk: &Desk, name: &str, mode: u32) -> PathBuf {
    let path = desk.path().join(name);
    fs::create_dir_all(&path).expect("a folder");
    set_mode(&path, mode);
    path
}

/// Whether a second user can be played, whose files root alone can make.
fn has_strangers(desk: &Desk, test: &str) -> bool {
    let probe = desk.write("probe", "");
    let is_root = chown(&probe, Some(STRANGER), None).is_ok();
    if !is_root {
        skip(&format!("strangers::{test}"), "a second user is needed, whose files root alone can make");
    }
    is_root
}

/// Sees that commands that sign or stage are refused with a code and an advice, and that nothing changes.
fn refuses(desk: &Desk, code: &str, advice: &str) {
    desk.write("file.txt", "bytes");
    let before = files(&desk.repository().join("metadata"));
    for command in [&["refresh"][..], &["publish"], &["target", "add", "a", "file.txt"]] {
        let help = desk.refused(command, &format!("[{code}]"));
        assert!(help.contains(advice), "{command:?}: {help}");
    }
    assert!(files(&desk.repository().join("metadata")) == before);
}

const LONG: &str = "format = 1\n[expires]\ntimestamp = \"36500d\"\n";

#[test]
fn rejects_settings_that_are_gone() {
    let desk = Desk::with_repository();
    let settings = desk.repository().join("tufrepo.toml");
    let own = fs::read(&settings).expect("settings");
    fs::remove_file(&settings).expect("a removal");
    refuses(&desk, "settings-gone", "put it back");
    fs::write(&settings, own).expect("settings");
    desk.ok(&["refresh"]);
}

#[test]
fn rejects_a_folder_where_others_can_make_settings() {
    let desk = Desk::with_repository();
    fs::remove_file(desk.repository().join("tufrepo.toml")).expect("a removal");
    // As an earlier version left it, which did not remember that there were settings.
    fs::remove_file(desk.state().join("has-settings")).expect("a removal");
    set_mode(&desk.repository(), 0o777);
    refuses(&desk, "others-can-write", "the folder of tufrepo.toml decides what is signed");
    set_mode(&desk.repository(), 0o755);
    desk.ok(&["refresh"]);
}

#[test]
fn rejects_settings_through_a_link_that_others_can_make() {
    let desk = Desk::with_repository();
    // The publisher's own file, that says something else.
    let other = desk.write("other/tufrepo.toml", LONG);
    let settings = desk.repository().join("tufrepo.toml");
    fs::remove_file(&settings).expect("a removal");
    let open = folder(&desk, "open", 0o777);
    symlink(&other, open.join("link")).expect("a link");
    symlink(open.join("link"), &settings).expect("a link");
    refuses(&desk, "others-can-write", "make it yours alone");
    set_mode(&open, 0o755);
    desk.ok(&["refresh"]);
    set_mode(&desk.repository(), 0o777);
    refuses(&desk, "others-can-write", "make it yours alone");
    if has_strangers(&desk, "rejects_settings_through_a_link_that_others_can_make") {
        set_mode(&desk.repository(), 0o1777);
        lchown(&settings, Some(STRANGER), None).expect("a link of somebody else");
        refuses(&desk, "others-can-write", "make it yours alone");
    }
}

/// A user who copies files to the server.
#[test]
fn accepts_published_folders_that_others_can_write_to() {
    let desk = Desk::with_repository();
    for name in ["metadata", "targets"] {
        folder(&desk, &format!("repo/{name}"), 0o777);
    }
    desk.write("file.txt", "bytes");
    desk.ok(&["target", "add", "a", "file.txt"]);
    desk.ok(&["publish"]);
}

/// Each way to name a folder of keys, where somebody else puts the public key `bob`.
#[test]
fn rejects_keys_that_others_can_put_there() {
    let test = "rejects_keys_that_others_can_put_there";
    let delegate = ["delegate", "team", "--paths=team/*", "--key=bob"];
    for place in ["repo-keys", "repo/keys", "elsewhere", "--keys"] {
        let desk = Desk::with_repository();
        desk.ok(&["key", "new", "--out=bob.pem", "--unencrypted"]);
        let keys = match place {
            "repo-keys" => desk.path().join("repo-keys"),
            "--keys" => folder(&desk, "stick", 0o700),
            other => {
                // As an earlier version left it, and with a folder that somebody has named.
                let name = if other == "elsewhere" { "keys = \"../elsewhere\"\n" } else { "" };
                let settings = format!("format = 1\n{name}");
                desk.write("repo/tufrepo.toml", &settings);
                let made = folder(&desk, other, 0o700);
                let taken = tuf_repository::metadata::sha256_hex(settings.as_bytes());
                desk.ok(&["--settings-sha256", &taken, "status"]);
                made
            }
        };
        let name = keys.join("bob.json");
        fs::copy(desk.path().join("bob.json"), &name).expect("a copy");
        let args: Vec<&str> = match place {
            "--keys" => [&["--keys", "stick"][..], &delegate].concat(),
            _ => delegate.to_vec(),
        };
        set_mode(&keys, 0o777);
        let help = desk.refused(&args, &format!("can be written by everybody (mode 0777){DECIDES}"));
        assert!(help.contains("whoever can change a folder of keys"), "{place}: {help}");
        if has_strangers(&desk, test) {
            set_mode(&keys, 0o1777);
            chown(&name, Some(STRANGER), None).expect("a file of somebody else");
            let help = desk.refused(&args, &format!("belongs to user {STRANGER}{DECIDES}"));
            assert!(help.contains("compare its keyid"), "{place}: {help}");
            chown(&name, Some(0), None).expect("a file of root");
        }
        set_mode(&keys, 0o700);
        desk.ok(&args);
    }
}

#[test]
fn keeps_new_public_keys_from_groups_whatever_the_umask() {
    let desk = Desk::new();
    let mut shell = Command::new("sh");
    let line = r#"umask 002; exec "$0" -C repo key new --out=key.pem --unencrypted"#;
    shell.args(["-c", line, env!("CARGO_BIN_EXE_tufrepo")]).current_dir(desk.path());
    assert!(shell.output().expect("a shell").status.success());
    let mode = fs::metadata(desk.path().join("key.json")).expect("a public key").permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
}

#[test]
fn rejects_a_file_of_the_current_folder_as_the_name_of_a_key() {
    let desk = Desk::with_repository();
    desk.ok(&["key", "new", "--out=carol.pem", "--unencrypted"]);
    let with = |key: &'static str| ["delegate", "team", "--paths=team/*", "--key", key];
    let help = desk.refused(&with("carol"), "there is no key \"carol\"");
    assert!(help.contains("`./carol.json`"), "{help}");
    let rotate = ["rotate", "targets", "--new-key=carol"];
    desk.refused(&rotate, "there is no key \"carol\"");
    if has_strangers(&desk, "rejects_a_file_of_the_current_folder_as_the_name_of_a_key") {
        let public = desk.path().join("carol.json");
        chown(&public, Some(STRANGER), None).expect("a file of somebody else");
        desk.refused(&with("./carol"), &format!("belongs to user {STRANGER}{DECIDES}"));
        chown(&public, Some(0), None).expect("a file of root");
    }
    desk.refused(&with("./nobody"), "there is no key \"./nobody\"");
    for key in ["./carol", "carol.json", "carol.pem"] {
        desk.ok(&with(key));
        desk.ok(&["discard"]);
    }
}

/// What is remembered would be what somebody else has chosen among the publisher's own files, such as a backup.
#[test]
fn rejects_a_state_folder_through_a_link_that_others_can_make() {
    let mut desk = Desk::with_repository();
    let older = desk.path().join("backup");
    copy_folder(&desk.path().join("state"), &older);
    let open = folder(&desk, "open", 0o777);
    let link = open.join("state");
    symlink(&older, &link).expect("a link");
    desk.set("TUFREPO_STATE", link.to_str().expect("UTF-8"));
    refuses(&desk, "others-can-write", "make it yours alone");
    if has_strangers(&desk, "rejects_a_state_folder_through_a_link_that_others_can_make") {
        set_mode(&open, 0o1777);
        lchown(&link, Some(STRANGER), None).expect("a link of somebody else");
        refuses(&desk, "others-can-write", "make it yours alone");
        lchown(&link, Some(0), None).expect("a link of root");
    }
    set_mode(&open, 0o755);
    let one = fs::read_dir(&older).expect("states").map(|entry| entry.expect("an entry").path()).next();
    set_mode(&one.expect("a state"), 0o700);
    desk.ok(&["refresh"]);
}

/// A state folder that is not there yet could be made by somebody else first.
#[test]
fn rejects_a_new_state_folder_where_others_can_make_it() {
    let mut desk = Desk::with_repository();
    let open = folder(&desk, "open", 0o777);
    desk.set("TUFREPO_STATE", open.join("state").to_str().expect("UTF-8"));
    desk.refused(&["adopt"], &format!("can be written by everybody (mode 0777){DECIDES}"));
}

/// On Debian, `sync` is user 4, and group 4 is `adm`: the people who read the logs.
#[test]
fn rejects_a_group_with_the_number_of_the_user_and_other_members() {
    let test = "rejects_a_group_with_the_number_of_the_user_and_other_members";
    let desk = Desk::with_repository();
    let Some(number) = user_with_a_foreign_group() else {
        return skip(&format!("strangers::{test}"), "no user has the number of a group that is not theirs");
    };
    if !has_strangers(&desk, test) {
        return;
    }
    give(desk.path(), number);
    let refresh = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tufrepo"));
        command.current_dir(desk.path()).args(["-C", "repo", "refresh"]).uid(number).gid(number);
        command.env("TUFREPO_STATE", desk.path().join("state")).env_remove("SUDO_UID");
        let output = command.output().expect("tufrepo starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (status, words) = refresh();
    assert_eq!(status, Some(0), "{words}");
    for shared in [desk.repository(), desk.repository().join("tufrepo.toml"), desk.path().to_owned()] {
        let mode = fs::metadata(&shared).expect("it is there").permissions().mode();
        set_mode(&shared, mode | 0o020);
        let (status, words) = refresh();
        let by_group = format!("can be written by group {number} (mode ");
        assert!(status == Some(1) && words.contains(&by_group), "{}: {words}", shared.display());
        set_mode(&shared, mode);
    }
}

/// Number of a user whose main group is another one than the group of that number.
fn user_with_a_foreign_group() -> Option<u32> {
    let groups = fs::read_to_string("/etc/group").ok()?;
    let groups: Vec<&str> = groups.lines().filter_map(|line| line.split(':').nth(2)).collect();
    let users = fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let (user, group) = (fields.get(2)?, fields.get(3)?);
        if user == group || !groups.contains(user) { None } else { user.parse().ok() }
    })
}

/// Gives a folder and everything in it to a user and to the group of the same number.
fn give(path: &Path, number: u32) {
    lchown(path, Some(number), Some(number)).expect("root gives files away");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            give(&entry.expect("an entry").path(), number);
        }
    }
}
