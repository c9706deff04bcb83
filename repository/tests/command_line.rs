//! `tufrepo` from a person's side: what it prints, what it refuses and how.

use crate::world;

use crate::command::Desk;
use crate::world::{Client, Found};

fn now() -> tuf_repository::UnixTime {
    let since = std::time::UNIX_EPOCH.elapsed().expect("a clock");
    tuf_repository::UnixTime(since.as_secs() as i64)
}

#[test]
fn a_repository_from_nothing_to_a_rotated_key() {
    let desk = Desk::new();
    for name in ["root", "targets", "online"] {
        let keyid = desk.ok(&["key", "new", name]);
        assert_eq!(keyid.trim_end().len(), 64);
    }
    let keys =
        ["--root-key=root", "--targets-key=targets", "--snapshot-key=online", "--timestamp-key=online"];
    desk.ok(&[&["init"][..], &keys].concat());
    desk.write("file.txt", "bytes");
    desk.ok(&["delegate", "docs", "--paths", "docs/*", "--key=online", "--terminating"]);
    desk.ok(&["target", "add", "docs/a", "file.txt", "--role=docs", r#"--custom={"channel":"stable"}"#]);
    let published = desk.ok(&["publish"]);
    assert_eq!(published, "docs 1\ntargets 2\nsnapshot 2\ntimestamp 2\n");
    let found = Client::default().find(&desk.repository(), "docs/a", now()).expect("an update").1;
    assert_eq!(found, Found::By("docs".to_owned()));

    desk.ok(&["key", "new", "online-2", "--type=ecdsa-p256"]);
    desk.ok(&["rotate", "timestamp", "--new-key=online-2"]);
    let dry = desk.ok(&["publish", "--dry-run"]);
    assert_eq!(desk.ok(&["publish"]), dry);
    assert_eq!(dry, "timestamp 3\nroot 2\n");
    desk.ok(&["target", "remove", "docs/a", "--role=docs"]);
    desk.ok(&["publish"]);
    assert_eq!(desk.ok(&["refresh"]), "snapshot 4\ntimestamp 5\n");
    let status = desk.ok(&["status"]);
    let rows: Vec<Vec<&str>> = status.lines().map(|line| line.split('\t').collect()).collect();
    let roles: Vec<_> = rows.iter().map(|row| (row[0], row[1], row[5])).collect();
    let expected = [
        ("role", "version", "targets"),
        ("root", "2", "-"),
        ("timestamp", "5", "-"),
        ("snapshot", "4", "-"),
        ("targets", "2", "0"),
        ("docs", "2", "0"),
    ];
    assert_eq!(roles, expected);
    Client::default().update(&desk.repository(), now()).expect("an update");
}

/// What an event shows to those who sign, a dry run shows to whoever publishes alone: before it is signed for clients.
#[test]
fn a_dry_run_says_what_would_change() {
    let desk = Desk::with_repository();
    desk.write("file.txt", "bytes");
    for name in ["second", "online-2"] {
        desk.ok(&["key", "new", name, "--unencrypted"]);
    }
    desk.ok(&["role", "set", "root", "--key=root", "--key=second", "--threshold=2"]);
    desk.ok(&["publish"]);
    desk.ok(&["role", "set", "root", "--key=root", "--key=second", "--threshold=1"]);
    desk.ok(&["rotate", "timestamp", "--new-key=online-2", "--abrupt"]);
    desk.ok(&["delegate", "docs", "--paths=docs/*", "--key=second"]);
    desk.ok(&["target", "add", "a", "file.txt"]);
    desk.ok(&["target", "add", "docs/a", "file.txt", "--shadow-delegated"]);
    let before = world::files(&desk.repository().join("metadata"));
    let run = desk.run(&["publish", "--dry-run"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    for warning in [
        "warning: targets: lists paths that it delegates to others: docs/a",
        "warning: timestamp: its old keys sign nothing any more",
        "warning: root: threshold 2 → 1",
    ] {
        assert!(run.stderr.contains(warning), "{warning}: {}", run.stderr);
    }
    for change in ["targets: 2 targets added: a, docs/a", "targets: a: 5 bytes, sha256:", "docs: new role"] {
        let line = run.stderr.lines().find(|line| line.contains(change));
        assert!(
            line.is_some_and(|line| line.trim_start().starts_with("Changes")),
            "{change}: {}",
            run.stderr
        );
    }
    let place = |words: &str| run.stderr.find(words).expect("a line");
    assert!(place("warning: root: threshold") < place("Changes") && place("Changes") < place("Foreseen"));
    assert!(world::files(&desk.repository().join("metadata")) == before, "nothing was written");
    assert_eq!(desk.ok(&["publish"]), run.stdout);
}

#[test]
fn offline_keys_come_from_another_folder() {
    let desk = Desk::with_repository();
    let stick = desk.path().join("stick");
    std::fs::create_dir(&stick).expect("a folder");
    let key = desk.path().join("repo-keys/targets");
    for ending in ["pem", "json"] {
        let name = format!("targets.{ending}");
        std::fs::rename(key.with_extension(ending), stick.join(name)).expect("a move");
    }
    desk.write("file.txt", "bytes");
    desk.ok(&["target", "add", "a", "file.txt"]);
    let help = desk.refused(&["publish"], "role targets needs 1 signatures");
    assert!(help.contains("--keys") && help.contains("`NAME.json`"), "{help}");
    desk.ok(&["--keys", "stick", "publish"]);
}

/// The public key stays in the folder of keys; the private one goes to a disk.
#[test]
fn a_private_key_in_another_folder_signs_for_its_public_key() {
    let desk = Desk::with_repository();
    std::fs::create_dir(desk.path().join("stick")).expect("a folder");
    let (home, stick) = (desk.path().join("repo-keys/targets.pem"), desk.path().join("stick/targets.pem"));
    std::fs::rename(&home, &stick).expect("a move");
    desk.write("file.txt", "bytes");
    desk.ok(&["target", "add", "a", "file.txt"]);
    desk.refused(&["publish"], "role targets needs 1 signatures");
    // Another key of the same name signs nothing.
    let kept = std::fs::read(&stick).expect("a key");
    std::fs::copy(desk.path().join("repo-keys/online.pem"), &stick).expect("a copy");
    desk.refused(&["--keys", "stick", "publish"], "its private key is ");
    std::fs::write(&stick, kept).expect("a file");
    desk.ok(&["--keys", "stick", "publish"]);
    // So does one whose passphrase has a source of its own, which stays with the public key or moves with the private one.
    desk.write_private("secret", "a passphrase");
    desk.ok(&["key", "new", "late", "--secret=file:secret"]);
    let late = |folder: &str, ending: &str| desk.path().join(folder).join(format!("late.{ending}"));
    for ending in ["pem", "signer"] {
        std::fs::rename(late("repo-keys", ending), late("stick", ending)).expect("a move");
        desk.ok(&["--keys", "stick", "key", "test", "late"]);
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let desk = Desk::with_repository();
    for args in
        [&["status"][..], &["inspect"], &["status", "--json"], &["key", "list"], &["simulate", "--json"]]
    {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tufrepo"));
        command.current_dir(desk.path()).args(["-q", "-C", "repo"]).args(args);
        command.env("TUFREPO_STATE", desk.path().join("state")).stdout(writer);
        let output = command.output().expect("tufrepo starts");
        assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn rejects_a_full_standard_output() {
    let desk = Desk::with_repository();
    for args in [&["status"][..], &["inspect"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a full device");
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tufrepo"));
        command.current_dir(desk.path()).args(["-C", "repo"]).args(args);
        command.env("TUFREPO_STATE", desk.path().join("state")).stdout(full);
        let output = command.output().expect("tufrepo starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {errors}");
        assert!(errors.contains("error: could not write to standard output: "), "{args:?}: {errors}");
    }
}

#[test]
fn global_options_come_last_in_help() {
    let desk = Desk::new();
    for args in [&["--help"][..], &["publish", "--help"], &["key", "new", "--help"]] {
        let help = desk.ok(args);
        let (own, global) = help.split_once("\nGlobal options:\n").expect("a heading");
        assert!(own.contains("Options:") && !own.contains("--passphrase-file"), "{help}");
        assert!(global.contains("--passphrase-file") && !global.contains("Options:"), "{help}");
    }
}

#[test]
fn refuses_bad_input_with_one_error_and_a_next_step() {
    let nowhere = Desk::new();
    for args in [&["status"][..], &["publish"], &["crates", "add", "ripgrep@1.0.0"]] {
        assert!(nowhere.refused(args, "is no repository").contains("tufrepo init"));
    }
    let desk = Desk::with_repository();
    desk.write("file.txt", "bytes");
    let cases: [(&[&str], &str); 15] = [
        (&["key", "new", "root"], "exists already"),
        (&["key", "new", "a/b"], "is no name for a key"),
        (&["key", "new", "--out", "key"], "has no ending `.pem`"),
        (
            &["init", "--root-key=x", "--targets-key=x", "--snapshot-key=x", "--timestamp-key=x"],
            "there is no key",
        ),
        (
            &["init", "--root-key=root", "--targets-key=root", "--snapshot-key=root", "--timestamp-key=root"],
            "is a repository already",
        ),
        (&["target", "add", "a", "file.txt", "--role=nobody"], "no role \"nobody\""),
        (&["target", "add", "a", "file.txt", "--custom=[]"], "not a JSON object"),
        (&["target", "add", "a", "file.txt", r#"--custom={"a":[1.5]}"#], "1.5 is not a whole number"),
        (&["rotate", "nobody", "--new-key=root"], "no role \"nobody\""),
        (&["rotate", "root", "--new-key=online", "--keep=ffff"], "the role has no key"),
        (&["refresh", "nobody"], "no role \"nobody\""),
        (&["crates", "add", "ripgrep"], "is not NAME@VERSION"),
        (&["crates", "add", "ripgrep@latest"], "is not NAME@VERSION"),
        (&["crates", "add", "../x@1.0.0"], "is not NAME@VERSION"),
        (&["crates", "add", "ripgrep@1.0.0"], "no role \"index\""),
    ];
    for (args, message) in cases {
        let help = desk.refused(args, message);
        assert_ne!(help, "", "{args:?}");
    }
    desk.refused(&["target", "add", "a", "missing.txt"], "could not read missing.txt");
    desk.refused(&["target", "add", "../a", "file.txt"], "is no target path");
    desk.refused(&["target", "remove", "a"], "lists no target a");
    desk.refused(&["delegate", "a/b", "--paths=a/*", "--key=online"], "is no name for a delegated role");
    desk.refused(&["delegate", "a", "--paths=[ab]", "--key=online"], "cannot be delegated");
    desk.refused(&["delegate", "a", "--paths=a/*", "--key=online", "--threshold=2"], "cannot be met");
    assert_eq!(desk.ok(&["publish"]), "", "nothing was staged");
}

#[test]
fn refuses_wrong_command_lines_with_status_2() {
    let desk = Desk::new();
    let cases: [&[&str]; 9] = [
        &[],
        &["nonsense"],
        &["key", "new"],
        &["key", "new", "a", "--type=dsa"],
        &["key", "new", "a", "--type=rsa-1024"],
        &["init", "--root-key=a"],
        &["delegate", "a", "--key=b"],
        &["delegate", "--key=b", "--paths", "a/*", "b/*", "a"],
        &["crates", "add"],
    ];
    for args in cases {
        let run = desk.run(args);
        assert_eq!(run.status, Some(2), "{args:?}: {}", run.stderr);
    }
    for args in [&["--help"][..], &["publish", "--help"], &["crates", "add", "--help"], &["--version"]] {
        let run = desk.run(args);
        assert_eq!(run.status, Some(0), "{args:?}");
        assert!(run.stdout.contains("tufrepo"), "{args:?}: {}", run.stdout);
    }
}

#[test]
fn refuses_wrong_and_missing_passphrases() {
    let mut desk = Desk::new();
    desk.ok(&["key", "new", "all"]);
    let init = ["init", "--root-key=all", "--targets-key=all", "--snapshot-key=all", "--timestamp-key=all"];
    desk.set("TUFREPO_PASSPHRASE", "wrong");
    desk.refused(&init, "the passphrase does not open this key");
    desk.unset("TUFREPO_PASSPHRASE");
    let help = desk.refused(&init, "no passphrase was given");
    assert!(help.contains("--passphrase-file"), "{help}");
    let help = desk.refused(&["key", "new", "other"], "no passphrase for the new key");
    assert!(help.contains("--unencrypted"), "{help}");
    desk.refused(&[&["--passphrase-file=missing"][..], &init].concat(), "could not read missing");
    desk.write_private("secret", "correct horse\n");
    desk.ok(&[&["--passphrase-file=secret"][..], &init].concat());
}

#[test]
fn refuses_broken_settings() {
    let desk = Desk::with_repository();
    let cases = [
        ("nonsense", "tufrepo.toml"),
        ("format = 2", "format 2 is not known"),
        ("keys = \"keys\"", "missing field `format`"),
        ("format = 1\nfoo = 1", "unknown field `foo`"),
        ("format = 1\n[expires]\nroot = \"1y\"", "\"1y\" is no period"),
        ("format = 1\n[expires]\nroot = \"0d\"", "\"0d\" is no period"),
        ("format = 1\n[expires]\nroot = \"99999999999999999d\"", "is no period"),
    ];
    for (text, message) in cases {
        desk.write("repo/tufrepo.toml", text);
        let run = desk.run(&["status"]);
        assert_eq!(run.status, Some(1), "{text:?}");
        assert!(
            run.stderr.starts_with("error: ") && run.stderr.contains(message),
            "{text:?}: {}",
            run.stderr
        );
    }
    desk.write("repo/tufrepo.toml", "format = 1\n[expires.roles]\ndocs = \"7d\"");
    desk.ok(&["status"]);
}

#[test]
fn refuses_broken_metadata_and_unwritable_folders() {
    let desk = Desk::with_repository();
    let timestamp = desk.write("repo/metadata/timestamp.json", "garbage");
    desk.refused(&["publish"], "timestamp.json");
    std::fs::remove_file(timestamp).expect("a removal");
    let desk = Desk::with_repository();
    desk.write("file.txt", "bytes");
    std::fs::remove_dir_all(desk.repository().join("staged")).expect("a removal");
    desk.write("repo/staged", "a file where a folder belongs");
    desk.refused(&["target", "add", "a", "file.txt"], "could not open the folder");
}

#[test]
fn an_interrupted_publish_is_named_and_finished() {
    let desk = Desk::with_repository();
    desk.write("file.txt", "bytes");
    let timestamp = std::fs::read(desk.repository().join("metadata/timestamp.json")).expect("a file");
    let base = tuf_repository::metadata::sha256_hex(&timestamp);
    let record = format!(r#"{{"base":"{base}","targets":[],"metadata":[],"drafts":[]}}"#);
    let pending = desk.state().join("pending");
    std::fs::create_dir(&pending).expect("a folder");
    std::fs::write(pending.join("publish.json"), record).expect("a record");
    let help = desk.refused(&["target", "add", "a", "file.txt"], "an interrupted publish");
    assert!(help.contains("tufrepo publish") && help.contains("tufrepo discard"), "{help}");
    desk.refused(&["publish", "--dry-run"], "an interrupted publish");
    assert!(desk.run(&["status"]).stderr.contains("an interrupted publish is waiting"));
    assert!(desk.run(&["publish"]).stderr.contains("Finished a publish that was interrupted"));
    desk.ok(&["target", "add", "a", "file.txt"]);
    desk.ok(&["discard"]);
    assert_eq!(desk.ok(&["publish"]), "");
}

#[test]
fn a_version_that_a_crash_left_is_not_used_again() {
    let desk = Desk::with_repository();
    desk.write("file.txt", "bytes");
    desk.write("repo/metadata/2.snapshot.json", "left by a crash");
    desk.ok(&["target", "add", "a", "file.txt"]);
    assert_eq!(desk.ok(&["publish"]), "targets 2\nsnapshot 3\ntimestamp 2\n");
    Client::default().update(&desk.repository(), now()).expect("an update");
}

/// What others have written into names must not move the cursor, colour the text or turn it.
#[cfg(unix)]
#[test]
fn rejects_text_of_others_that_a_terminal_obeys() {
    let desk = Desk::with_repository();
    let evil = "a\u{1b}]0;b\u{7}\u{1b}[2K\r\u{9b}31m\u{202e}c\nd";
    std::fs::create_dir(desk.path().join("tree")).expect("a folder");
    std::os::unix::fs::symlink("nowhere", desk.path().join("tree").join(evil)).expect("a link");
    let commands: [&[&str]; 5] = [
        &["target", "add-folder", "tree"],
        &["target", "add-folder", evil],
        &["target", "remove", evil],
        &["revoke", evil],
        &["--color=always", "target", "remove", evil],
    ];
    for command in commands {
        let run = desk.run(command);
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{command:?}: {}", run.stderr);
        let shown = run.stderr.replace("\u{1b}[1m", "").replace("\u{1b}[31m", "").replace("\u{1b}[36m", "");
        let shown = shown.replace("\u{1b}[0m", "");
        let obeyed = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!shown.contains(obeyed), "{command:?}: {shown:?}");
        assert!(shown.contains("a\\u{1b}]0;b\\u{7}"), "{command:?}: {shown:?}");
        assert!(
            shown.lines().all(|line| line.starts_with("error: ") || line.starts_with(" help: ")),
            "{shown:?}"
        );
    }
}

/// What looks like a published name is not one: `app.tar` with a character of no width.
#[test]
fn shows_what_cannot_be_seen_in_paths_and_names_of_files() {
    let desk = Desk::with_repository();
    desk.write("a.txt", "a");
    let listed = desk.ok(&["target", "add", "app\u{200b}.tar", "a.txt"]);
    assert!(listed.is_empty() || listed.contains("app\\u{200b}.tar"), "{listed}");
    assert!(desk.ok(&["target", "list", "--staged"]).contains("\tapp\\u{200b}.tar\t"));
    desk.ok(&["publish"]);
    // Whoever can write to the served folder chooses the names of what nobody lists.
    let folder = desk.repository().join("targets");
    let name = format!("{}.x\u{1b}[2J\u{1b}]0;pwn\u{7}\n::error::y", "0".repeat(64));
    let file = std::fs::File::create(folder.join(name)).expect("a file");
    file.set_modified(std::time::UNIX_EPOCH).expect("a time");
    for command in ["prune", "gc"] {
        let printed = desk.ok(&[command, "--keep-days", "0", "--dry-run"]);
        assert!(printed.contains(".x\\u{1b}[2J\\u{1b}]0;pwn\\u{7} ::error::y\n"), "{command}: {printed:?}");
        assert!(!printed.contains(|c: char| c != '\n' && c.is_control()), "{command}: {printed:?}");
    }
}
