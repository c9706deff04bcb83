//! Where private keys are, and who can read them.
#![cfg(unix)]

use crate::world;

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use crate::command::Desk;
use crate::world::skip;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// A target to be signed.
fn stage(desk: &Desk, name: &str) {
    desk.write("file.txt", name);
    desk.ok(&["target", "add", name, "file.txt"]);
}

/// What `status` warns of.
fn warnings(desk: &Desk) -> Vec<String> {
    let run = desk.run(&["status"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    run.stderr.lines().filter_map(|line| line.strip_prefix("warning: ")).map(str::to_owned).collect()
}

/// The repository's folder may be served as a whole.
#[test]
fn keeps_new_keys_out_of_the_folder_of_the_repository() {
    let desk = Desk::with_repository();
    let keys = desk.path().join("repo-keys");
    assert_eq!((mode(&keys), mode(&keys.join("root.pem"))), (0o700, 0o600));
    let served: Vec<_> = world::files(&desk.repository()).into_keys().collect();
    let is_key = |path: &&std::path::PathBuf| path.extension().is_some_and(|ending| ending == "pem");
    assert_eq!(served.iter().find(is_key), None, "{served:?}");
    let settings = fs::read_to_string(desk.repository().join("tufrepo.toml")).expect("settings");
    assert!(settings.contains("\nkeys = \"../repo-keys\"\n"), "{settings}");
    assert_eq!(warnings(&desk), Vec::<String>::new());
    // The same keys, however the folder is named, with its settings and without.
    for settings in [settings.as_str(), "format = 1\n"] {
        desk.write("repo/tufrepo.toml", settings);
        for (folder, named) in [("repo", "."), ("repo/metadata", ".."), (".", "repo/")] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_tufrepo"));
            command.current_dir(desk.path().join(folder)).args(["-C", named, "key", "list"]);
            let listed = command.output().expect("tufrepo starts").stdout;
            assert_eq!(String::from_utf8_lossy(&listed).lines().count(), 3, "{folder}, {named}");
        }
    }
}

#[test]
fn accepts_and_warns_of_keys_in_the_folder_of_an_older_repository() {
    let desk = Desk::with_repository();
    fs::rename(desk.path().join("repo-keys"), desk.repository().join("keys")).expect("moved");
    for (number, settings) in ["format = 1\nkeys = \"keys\"\n", "format = 1\n"].into_iter().enumerate() {
        let path = desk.write("repo/tufrepo.toml", settings);
        let taken = tuf_repository::metadata::sha256_hex(&fs::read(path).expect("settings"));
        desk.ok(&["--settings-sha256", &taken, "status"]);
        stage(&desk, &format!("target-{number}"));
        desk.ok(&["publish"]);
        let warned = warnings(&desk);
        assert!(
            warned.len() == 1 && warned[0].starts_with("the private keys in repo/keys are served wherever"),
            "{warned:?}"
        );
        // A new key joins the others.
        desk.ok(&["key", "new", &format!("more-{number}"), "--unencrypted"]);
        assert!(desk.repository().join(format!("keys/more-{number}.pem")).exists());
    }
}

#[test]
fn rejects_an_unencrypted_key_that_others_can_read() {
    let desk = Desk::with_repository();
    let key = desk.path().join("repo-keys/targets.pem");
    stage(&desk, "a");
    let before = world::files(&desk.repository().join("metadata"));
    for exposed in [0o644, 0o640, 0o604] {
        set_mode(&key, exposed);
        let words = format!("it is not encrypted, and other users can read the file (mode {exposed:o})");
        let help = desk.refused(&["publish"], &words);
        assert!(help.starts_with("`chmod 600` it"), "{help}");
        let warned =
            format!("other users can read the private key repo/../repo-keys/targets.pem (mode {exposed:o})");
        assert!(warnings(&desk).iter().any(|warning| warning.starts_with(&warned)), "{:?}", warnings(&desk));
    }
    assert_eq!(world::files(&desk.repository().join("metadata")), before);
    set_mode(&key, 0o600);
    assert_eq!(warnings(&desk), Vec::<String>::new());
    desk.ok(&["publish"]);
}

/// Nothing is signed by another key than the one that is named.
#[test]
fn rejects_a_private_key_in_the_place_of_another() {
    let desk = Desk::with_repository();
    let keys = desk.path().join("repo-keys");
    stage(&desk, "a");
    let before = world::files(&desk.repository().join("metadata"));
    let kept = fs::read(keys.join("targets.pem")).expect("a key");
    fs::copy(keys.join("root.pem"), keys.join("targets.pem")).expect("a copy");
    desk.refused(&["publish"], "its private key is ");
    assert_eq!(world::files(&desk.repository().join("metadata")), before);
    fs::write(keys.join("targets.pem"), kept).expect("written");
    desk.ok(&["publish"]);
}

#[test]
fn accepts_and_warns_of_an_encrypted_key_that_others_can_read() {
    let desk = Desk::with_repository();
    desk.ok(&["key", "new", "second"]);
    desk.ok(&["rotate", "targets", "--new-key=second", "--abrupt"]);
    set_mode(&desk.path().join("repo-keys/second.pem"), 0o644);
    desk.ok(&["publish"]);
    let warned = warnings(&desk);
    assert!(warned.len() == 1 && warned[0].contains("second.pem (mode 644): `chmod 600` it"), "{warned:?}");
}

/// Whoever is first to make the folder would choose whose keys are trusted under which name.
#[test]
fn rejects_a_folder_of_keys_that_another_user_made() {
    let test = "key_folder::rejects_a_folder_of_keys_that_another_user_made";
    let desk = Desk::new();
    let keys = desk.path().join("repo-keys");
    fs::create_dir(&keys).expect("a folder");
    if chown(&keys, Some(65_534), None).is_err() {
        return skip(test, "a second user is needed, whose files root alone can make");
    }
    let help = desk.refused(&["key", "new", "root", "--unencrypted"], "belongs to user 65534");
    assert!(help.ends_with("name another one with `keys` in tufrepo.toml"), "{help}");
    assert_eq!(fs::read_dir(&keys).expect("a folder").count(), 0);
}
