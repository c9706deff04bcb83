//! Settings, folders of keys and entries that somebody has pushed to the git repository that a publisher's folder is in.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command::{Desk, Run};
use tuf_repository::metadata::sha256_hex;

/// What the program of a hostile entry writes: that it was started.
fn mark(desk: &Desk) -> PathBuf {
    desk.path().join("started")
}

/// Puts an entry for one of the publisher's keys into a folder; it comes first by name, and starts a program.
fn push_entry(desk: &Desk, folder: &str, key: &str) {
    let public = fs::read_to_string(desk.path().join(format!("repo-keys/{key}.json"))).expect("a key");
    desk.write(&format!("{folder}/a.json"), &public);
    let command = format!("touch '{}'; exit 1", mark(desk).display());
    let entry = format!("signer = \"exec:/bin/sh\"\narguments = [\"-c\", \"{command}\"]\n");
    desk.write(&format!("{folder}/a.signer"), &entry);
}

fn settings(desk: &Desk) -> PathBuf {
    desk.repository().join("tufrepo.toml")
}

fn digest(desk: &Desk) -> String {
    sha256_hex(&fs::read(settings(desk)).expect("settings"))
}

/// Runs `tufrepo` in another folder than that of the desk.
fn run_in(desk: &Desk, folder: &str, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tufrepo"));
    command.current_dir(desk.path().join(folder)).args(args).stdin(Stdio::null());
    command.env("TUFREPO_STATE", desk.path().join("state")).env_remove("TUFREPO_REPOSITORY");
    let output = command.output().expect("tufrepo starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Run { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn refused(run: &Run, code: &str) {
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("[{code}]")), "{}", run.stderr);
}

#[test]
fn rejects_another_folder_of_keys_than_is_remembered() {
    let desk = Desk::with_repository();
    push_entry(&desk, "repo/k", "online");
    desk.write("repo/tufrepo.toml", "format = 1\nkeys = \"k\"\n");
    let message =
        "another folder of keys than is remembered here, \"k\" instead of the default \"../repo-keys\": ";
    let help = desk.refused(&["refresh", "timestamp"], message);
    assert!(help.contains(&format!("--settings-sha256 {}", digest(&desk))), "{help}");
    assert!(help.starts_with("name your own folder with `--keys DIR`; "), "{help}");
    // A folder `keys` is not taken for the default one.
    push_entry(&desk, "repo/keys", "online");
    desk.write("repo/tufrepo.toml", "format = 1\n");
    desk.refused(&["refresh", "timestamp"], "[settings-changed]");
    fs::remove_dir_all(desk.repository().join("keys")).expect("a removal");
    desk.ok(&["refresh", "timestamp"]);
    assert!(!mark(&desk).exists());
}

/// Pushed settings count for nothing where the command line names the publisher's own folder.
#[test]
fn does_not_use_another_folder_of_keys_than_is_remembered_if_the_command_line_names_one() {
    let desk = Desk::with_repository();
    push_entry(&desk, "repo/k", "online");
    desk.write("repo/tufrepo.toml", "format = 1\nkeys = \"k\"\n");
    desk.ok(&["--keys=repo-keys", "refresh", "timestamp"]);
    let listed = desk.ok(&["--keys=repo-keys", "key", "list"]);
    let names: Vec<_> = listed.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(names, ["online", "root", "targets"]);
    assert!(!mark(&desk).exists());
    // Nothing of it is remembered.
    desk.refused(&["refresh", "timestamp"], "[settings-changed]");
    desk.write("repo/tufrepo.toml", "format = 1\n");
    desk.ok(&["refresh", "timestamp"]);
}

/// What was taken by its digest, and did not do, is not in the way of the settings of before.
#[test]
fn remembers_settings_that_are_taken_once_a_command_has_succeeded_with_them() {
    let desk = Desk::with_repository();
    let own = fs::read_to_string(settings(&desk)).expect("settings");
    let other = own.replace("../repo-keys", "../other-keys");
    assert_ne!(other, own);
    fs::write(settings(&desk), &other).expect("settings");
    let taken = format!("--settings-sha256={}", digest(&desk));
    desk.refused(&[&taken, "refresh", "timestamp"], "[missing-keys]");
    desk.refused(&["refresh", "timestamp"], "\"../other-keys\" instead of the default \"../repo-keys\"");
    fs::write(settings(&desk), &own).expect("settings");
    desk.ok(&["refresh", "timestamp"]);
    // Once it has done, it is the old one that is another.
    fs::rename(desk.path().join("repo-keys"), desk.path().join("other-keys")).expect("moved");
    fs::write(settings(&desk), &other).expect("settings");
    desk.ok(&[&taken, "refresh", "timestamp"]);
    desk.ok(&["refresh", "timestamp"]);
    fs::write(settings(&desk), &own).expect("settings");
    desk.refused(&["refresh", "timestamp"], "\"../repo-keys\" instead of \"../other-keys\"");
    fs::remove_file(settings(&desk)).expect("a removal");
    for args in [&["refresh", "timestamp"][..], &["key", "list"], &["--keys=other-keys", "refresh"]] {
        let help = desk.refused(args, "tufrepo.toml is gone [settings-gone]");
        assert!(help.starts_with("put it back"), "{help}");
    }
}

#[test]
fn rejects_a_program_of_a_folder_that_others_push_to() {
    let desk = Desk::with_repository();
    push_entry(&desk, "repo/k", "online");
    desk.write("repo/tufrepo.toml", "format = 1\nkeys = \"k\"\n");
    // Whoever takes the settings has not taken what is pushed later.
    let taken = digest(&desk);
    let refresh = ["refresh", "timestamp"];
    desk.refused(&[&["--settings-sha256", &taken][..], &refresh].concat(), "[signer-from-shared-folder]");
    desk.ok(&["--settings-sha256", &taken, "status"]);
    let help = desk.refused(&refresh, "whoever can push there would run code as this user");
    assert!(help.contains("--keys"), "{help}");
    // A module of a token is not loaded either.
    let module = desk.write("repo/k/module.so", "no module");
    let uri = format!("pkcs11:token=a;object=b?module-path={}", module.display());
    desk.write("repo/k/a.signer", &format!("signer = \"{uri}\"\n"));
    desk.refused(&refresh, "[signer-from-shared-folder]");
    assert!(!mark(&desk).exists());
    // It is the publisher's word that counts.
    push_entry(&desk, "repo/k", "online");
    desk.refused(&["--keys=repo/k", "refresh", "timestamp"], "[program-failed]");
    assert!(mark(&desk).exists());
}

/// The folder beside the repository's is in the same clone.
#[test]
fn rejects_a_program_in_the_work_tree_of_the_repository() {
    let desk = Desk::with_repository();
    for tree in [".git", ".hg", ".jj", ".svn"] {
        fs::create_dir_all(desk.path().join("clone/repo")).expect("a folder");
        fs::create_dir(desk.path().join("clone").join(tree)).expect("a work tree");
        push_entry(&desk, "clone/repo-keys", "online");
        refused(&run_in(&desk, "clone", &["-C", "repo", "key", "test", "a"]), "signer-from-shared-folder");
        // Not through a link either.
        fs::rename(desk.path().join("clone/repo-keys"), desk.path().join("elsewhere")).expect("moved");
        std::os::unix::fs::symlink("../elsewhere", desk.path().join("clone/repo-keys")).expect("a link");
        refused(&run_in(&desk, "clone", &["-C", "repo", "key", "test", "a"]), "signer-from-shared-folder");
        assert!(!mark(&desk).exists());
        // The publisher's own entry of the same key is used, and its name is the publisher's.
        let own = run_in(&desk, "clone", &["-C", "repo", "--keys=../repo-keys", "key", "test", "online"]);
        assert_eq!(own.status, Some(0), "{}", own.stderr);
        fs::remove_dir_all(desk.path().join("clone")).expect("a removal");
        fs::remove_dir_all(desk.path().join("elsewhere")).expect("a removal");
    }
}

/// The private key of a public key may be in another folder than that, and an entry beside it says how it is opened.
#[test]
fn rejects_a_pushed_entry_for_a_key_of_the_publishers_own_folder() {
    let desk = Desk::with_repository();
    fs::create_dir_all(desk.path().join("clone/.git")).expect("a work tree");
    fs::create_dir_all(desk.path().join("clone/repo")).expect("a folder");
    push_entry(&desk, "clone/repo-keys", "online");
    let pushed = desk.path().join("clone/repo-keys");
    fs::remove_file(pushed.join("a.json")).expect("a removal");
    fs::rename(pushed.join("a.signer"), pushed.join("online.signer")).expect("renamed");
    fs::copy(desk.path().join("repo-keys/root.pem"), pushed.join("online.pem")).expect("a copy");
    let public = fs::read_to_string(desk.path().join("repo-keys/online.json")).expect("a key");
    desk.write("stick/online.json", &public);
    let test = ["-C", "repo", "--keys=../stick", "key", "test", "online"];
    refused(&run_in(&desk, "clone", &test), "signer-from-shared-folder");
    assert!(!mark(&desk).exists());
}

/// A pushed key with the name of one of the publisher's own is not the one that the name means.
#[test]
fn takes_a_name_for_the_key_of_the_folder_that_the_command_line_names() {
    let desk = Desk::with_repository();
    let other = fs::read_to_string(desk.path().join("repo-keys/root.json")).expect("a key");
    desk.write("clone/repo-keys/online.json", &other);
    fs::create_dir_all(desk.path().join("clone/repo")).expect("a folder");
    let export = ["-C", "repo", "--keys=../repo-keys", "key", "export", "online"];
    let own = run_in(&desk, "clone", &export);
    assert_eq!(own.status, Some(0), "{}", own.stderr);
    assert_eq!(own.stdout, desk.ok(&["key", "export", "online"]));
}

/// A signer works in the clone, with a key of the signer's own.
#[test]
fn signs_an_event_in_a_clone_with_hostile_settings_by_the_signers_own_key() {
    let desk = Desk::with_repository();
    desk.ok(&["event", "new", "e", "--renew=targets", "--events=team/events"]);
    let root = fs::read(desk.repository().join("metadata/1.root.json")).expect("root metadata");
    let root = format!("--root-sha256={}", sha256_hex(&root));
    push_entry(&desk, "team/k", "targets");
    for text in ["format = 1\nkeys = \"k\"\n", "format = 1\n"] {
        desk.write("team/tufrepo.toml", text);
        let sign = ["event", "sign", "e", "--yes", &root];
        let alone = run_in(&desk, "team", &sign);
        refused(&alone, "settings-not-known");
        assert!(alone.stderr.contains("name your own folder with `--keys DIR`"), "{}", alone.stderr);
        let signed = run_in(&desk, "team", &[&sign[..], &["--keys=../repo-keys"]].concat());
        let again = text == "format = 1\n";
        assert!(signed.status == Some(0) || again && signed.stderr.contains("already"), "{}", signed.stderr);
        assert!(!mark(&desk).exists());
        // The next one is a folder that earlier versions took without being told.
        let _ = fs::rename(desk.path().join("team/k"), desk.path().join("team/keys"));
    }
}

#[test]
fn writes_no_private_key_to_a_folder_that_settings_name_on_a_computer_that_does_not_know_them() {
    let desk = Desk::new();
    desk.write("repo/tufrepo.toml", "format = 1\nkeys = \"k\"\n");
    let new = ["key", "new", "mine", "--unencrypted"];
    desk.refused(&new, "[settings-not-known]");
    assert!(!desk.repository().join("k").exists());
    desk.ok(&[&["--settings-sha256", &digest(&desk)][..], &new].concat());
    assert!(desk.repository().join("k/mine.pem").exists());
}

/// In a clone, `git add -A` would take a key that is beside the repository's folder.
#[test]
fn writes_new_keys_to_the_folder_that_the_command_line_names() {
    let desk = Desk::with_repository();
    let before = crate::world::files(&desk.path().join("repo-keys"));
    fs::create_dir(desk.path().join("mine")).expect("a folder");
    desk.ok(&["--keys=mine", "key", "new", "made", "--unencrypted"]);
    desk.ok(&["key", "new", "--out=elsewhere/out.pem", "--unencrypted"]);
    desk.ok(&["--keys=mine", "key", "import", "elsewhere/out.pem", "--unencrypted"]);
    desk.ok(&["--keys=mine", "key", "import", "pkcs8:elsewhere/out.pem", "--name=uri"]);
    // It is not the folder of the settings, whoever has changed them.
    desk.write("repo/tufrepo.toml", "format = 1\nkeys = \"k\"\n");
    desk.ok(&["--keys=mine", "key", "new", "second", "--unencrypted"]);
    let names: Vec<_> = crate::world::files(&desk.path().join("mine")).into_keys().collect();
    let expected = [
        "made.json",
        "made.pem",
        "out.json",
        "out.pem",
        "second.json",
        "second.pem",
        "uri.json",
        "uri.signer",
    ];
    assert_eq!(names, expected.map(PathBuf::from));
    assert_eq!(crate::world::files(&desk.path().join("repo-keys")), before);
    assert!(!desk.repository().join("k").exists());
    // With several, it is the first one, whose names come first too.
    fs::create_dir(desk.path().join("stick")).expect("a folder");
    desk.ok(&["--keys=stick", "--keys=mine", "key", "new", "third", "--unencrypted"]);
    assert!(desk.path().join("stick/third.pem").exists());
    // A disk that is not there gets no key.
    let help = desk.refused(&["--keys=gone", "key", "new", "fourth", "--unencrypted"], "could not read gone");
    assert!(help.contains("make the folder first"), "{help}");
    assert!(!desk.path().join("gone").exists());
}

#[cfg(feature = "object-store")]
#[test]
fn rejects_another_store_than_is_remembered() {
    let desk = Desk::with_repository();
    let hostile = "format = 1\n[store]\nurl = \"s3://evil/p\"\n";
    desk.write("file.txt", "unreleased");
    for know in ["init", "adopt"] {
        let own = fs::read(settings(&desk)).expect("settings");
        fs::write(settings(&desk), hostile).expect("settings");
        let own_keys = ["--keys=repo-keys", "refresh"];
        for args in [&["target", "add", "a", "file.txt"][..], &["publish"], &["refresh"], &own_keys] {
            desk.refused(
                args,
                "another store than is remembered here, \"s3://evil/p\" instead of the default",
            );
        }
        fs::write(settings(&desk), own).expect("settings");
        desk.ok(&["refresh", "timestamp"]);
        if know == "init" {
            fs::remove_dir_all(desk.state()).expect("a removal");
            let root = fs::read(desk.repository().join("metadata/1.root.json")).expect("root metadata");
            let root = format!("--root-sha256={}", sha256_hex(&root));
            desk.ok(&["adopt", &root, &root]);
        }
    }
}

#[test]
fn rejects_other_settings_than_the_command_line_names() {
    let desk = Desk::with_repository();
    let named = format!("--settings-sha256={}", digest(&desk));
    desk.ok(&[&named, "refresh", "timestamp"]);
    desk.write("repo/tufrepo.toml", "format = 1\n[expires]\ntimestamp = \"36500d\"\n");
    desk.refused(
        &[&named, "refresh", "timestamp"],
        "chooses what is signed, and for how long [settings-changed]",
    );
    fs::remove_file(settings(&desk)).expect("a removal");
    desk.refused(&[&named, "refresh", "timestamp"], "is gone, and");
}

/// What is remembered is for the publisher alone to change.
#[test]
fn remembers_settings_in_a_file_of_the_publisher_alone_whatever_the_umask() {
    let desk = Desk::new();
    for name in ["root", "targets", "online"] {
        desk.ok(&["key", "new", name, "--unencrypted"]);
    }
    let line = "umask 000; \"$0\" -C repo init --static --root-key=root --targets-key=targets \
                --snapshot-key=online --timestamp-key=online && \"$0\" -C repo refresh timestamp";
    let mut shell = Command::new("sh");
    shell.args(["-c", line, env!("CARGO_BIN_EXE_tufrepo")]).current_dir(desk.path());
    let output = shell.env("TUFREPO_STATE", desk.path().join("state")).output().expect("a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mode = |path: &Path| {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    };
    assert_eq!(mode(&settings(&desk)), 0o644);
    assert_eq!(mode(&desk.state().join("trusted-settings.json")), 0o600);
    assert_eq!(mode(&desk.repository().join(".github/workflows/tuf.yml")), 0o644);
    for folder in ["", ".github", ".github/workflows"] {
        assert_eq!(mode(&desk.repository().join(folder)), 0o755, "{folder}");
    }
}
