//! `tufrepo event` in folders that others write to.

use std::fs;

use crate::command::Desk;
use crate::world::copy_folder;
use tuf_repository::metadata::sha256_hex;

fn edit_base(desk: &Desk, id: &str, edit: impl FnOnce(&mut serde_json::Value)) {
    let path = desk.repository().join("events").join(id).join("base.json");
    let mut base = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON");
    edit(&mut base);
    fs::write(path, base.to_string()).expect("a write");
}

/// A colleague takes the published version out of an event that lowers a threshold and removes a target.
#[test]
fn signs_and_calls_complete_no_event_that_hides_what_it_removes() {
    let publisher = Desk::with_repository();
    publisher.write("a.txt", "a");
    publisher.ok(&["target", "add", "a.txt", "a.txt"]);
    publisher.ok(&["key", "new", "team", "--unencrypted"]);
    publisher.ok(&["delegate", "team", "--key=team", "--paths=team/*"]);
    publisher.ok(&["publish"]);
    let old = fs::read(publisher.repository().join("metadata/2.targets.json")).expect("a file");
    publisher.ok(&["target", "remove", "a.txt"]);
    publisher.ok(&["event", "new", "gone"]);
    edit_base(&publisher, "gone", |base| {
        let targets = base["roles"]["targets"].as_object_mut().expect("targets");
        targets.remove("before");
        targets.insert("listed".to_owned(), 2.into());
    });
    publisher.refused(&["event", "diff", "gone"], "event-base-edited");
    publisher.refused(&["event", "sign", "gone", "--yes"], "event-base-edited");
    let signer = Desk::new();
    copy_folder(&publisher.repository().join("events"), &signer.path().join("disk"));
    signer
        .refused(&["event", "diff", "gone", "--events=disk"], "it hides what was published of role targets");
    publisher.ok(&["event", "rebase", "gone"]);
    assert!(publisher.ok(&["event", "diff", "gone"]).contains("removed: a.txt"));
    publisher.ok(&["event", "discard", "gone"]);
    // An event of `team`, by the delegator of before: the old key would be enough.
    publisher.ok(&["key", "new", "other", "--unencrypted"]);
    publisher.ok(&["role", "set", "team", "--key=team", "--key=other", "--threshold=2"]);
    publisher.ok(&["publish"]);
    publisher.ok(&["event", "new", "team", "--renew=team"]);
    publisher.ok(&["event", "sign", "team", "--yes", "--key=team"]);
    assert!(publisher.ok(&["event", "list"]).contains("team\topen\t"), "one of two has signed");
    fs::write(publisher.repository().join("events/team/before/2.targets.json"), &old).expect("a write");
    edit_base(&publisher, "team", |base| {
        base["delegators"]["targets"] = serde_json::json!({"version": 2, "sha256": sha256_hex(&old)});
    });
    assert!(publisher.ok(&["event", "list"]).contains("team\tevent-base-moved\t"), "one of one has signed");
    let status = publisher.run(&["event", "status", "team"]).stderr;
    assert!(status.contains("event-base-moved") && !status.contains("complete:"), "{status}");
    publisher.refused(&["event", "sign", "team", "--yes"], "event-base-moved");
}

/// A name from the event is no more than a name, after the keyid.
#[test]
fn shows_no_name_of_an_event_as_a_key() {
    let publisher = Desk::with_repository();
    let keyid = publisher.ok(&["key", "new", "mallory", "--unencrypted"]);
    let keyid = keyid.trim_end();
    publisher.ok(&["role", "set", "root", "--key=root", "--key=mallory", "--threshold=1"]);
    publisher.ok(&["event", "new", "e"]);
    let signer = Desk::new();
    let of_signer = signer.path().join("disk/e");
    copy_folder(&publisher.repository().join("events/e"), &of_signer);
    let diff = signer.ok(&["event", "diff", "e", "--events=disk"]);
    assert!(diff.contains(&format!("root: key added: {keyid} \"mallory\" (ed25519)")), "{diff}");
    for name in [format!("alice ({}, ed25519){}", "a1".repeat(32), " ".repeat(3000)), "a\u{200b}".to_owned()]
    {
        edit_base(&publisher, "e", |base| base["names"][keyid] = name.as_str().into());
        copy_folder(&publisher.repository().join("events/e"), &of_signer);
        let diff = signer.ok(&["event", "diff", "e", "--events=disk"]);
        assert!(diff.contains(&format!("root: key added: {keyid} (ed25519)\n")), "{diff}");
        assert!(!diff.contains(&name), "{diff}");
        assert!(!signer.run(&["event", "status", "e", "--events=disk"]).stdout.contains(&name));
    }
}

/// As it is with a repository in an object store, and with one whose metadata somebody has taken away.
#[test]
fn knows_a_repository_whose_metadata_is_not_in_its_folder() {
    let publisher = Desk::with_repository();
    publisher.ok(&["event", "new", "e", "--renew=root"]);
    let metadata = publisher.repository().join("metadata");
    fs::rename(&metadata, publisher.path().join("away")).expect("a rename");
    publisher.ok(&["event", "invite", "e", "root", "alice"]);
    let status = publisher.run(&["event", "status", "e"]).stderr;
    assert!(status.contains("version 1 is the one that is known here"), "{status}");
    fs::rename(publisher.path().join("away"), &metadata).expect("a rename");
    let alice = Desk::new();
    let keyid = alice.ok(&["key", "new", "alice", "--unencrypted"]);
    copy_folder(&publisher.repository().join("events/e"), &alice.path().join("disk/e"));
    alice.ok(&["event", "accept", "e", "--events=disk", "--name=alice", "--key=alice"]);
    copy_folder(&alice.path().join("disk/e"), &publisher.repository().join("events/e"));
    publisher.ok(&["event", "admit", "e", "alice", "--keyid", keyid.trim_end()]);
}

#[cfg(unix)]
#[test]
fn lists_events_beside_files_that_are_none() {
    let publisher = Desk::with_repository();
    publisher.ok(&["event", "new", "good", "--renew=targets"]);
    let events = publisher.repository().join("events");
    fs::write(events.join("notes"), "").expect("a file");
    std::os::unix::fs::symlink("/", events.join("link")).expect("a link");
    fs::create_dir_all(events.join("folder/base.json")).expect("a folder");
    fs::create_dir(events.join("pipe")).expect("a folder");
    make_pipe(&events.join("pipe/base.json"));
    let list = publisher.run(&["event", "list"]);
    assert_eq!(list.status, Some(0), "{}", list.stderr);
    let listed: Vec<_> =
        list.stdout.lines().map(|line| line.rsplit_once('\t').expect("three columns").0).collect();
    let wanted = ["folder\tunreadable", "good\topen", "link\tsymbolic-link", "notes\tio", "pipe\tunreadable"];
    assert_eq!(listed, wanted);
    for name in ["folder", "link", "notes", "pipe"] {
        assert!(list.stderr.contains(&format!("warning: event {name}: ")), "{}", list.stderr);
    }
}

/// A pipe that nobody writes to would be waited for without end.
#[cfg(unix)]
#[test]
fn attaches_no_pipe() {
    let publisher = Desk::with_repository();
    publisher.ok(&["event", "new", "e", "--renew=targets"]);
    make_pipe(&publisher.path().join("pipe"));
    publisher.refused(&["event", "attach", "e", "targets", "targets", "pipe"], "it is not a regular file");
}

#[cfg(unix)]
fn make_pipe(path: &std::path::Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo starts");
    assert!(made.success());
}
