//! `tufrepo recover` from a person's side: what is foreseen, what is printed, what is refused and how.

use crate::world;

use std::fs;

use crate::command::Desk;
use crate::world::Client;
use tuf_repository::metadata::{MetaFile, Signed, Snapshot, Timestamp, seal};
use tuf_repository::{KeyFile, UnixTime};

fn now() -> UnixTime {
    let since = std::time::UNIX_EPOCH.elapsed().expect("a clock");
    UnixTime(since.as_secs() as i64)
}

/// Publishes this version of snapshot and timestamp with the online key, as a thief would.
fn plant(desk: &Desk, version: u64) {
    let key = KeyFile::read(&desk.path().join("repo-keys/online.pem"))
        .and_then(|file| file.open(None))
        .expect("a key");
    let metadata = desk.repository().join("metadata");
    let read = |name: &str| fs::read(metadata.join(name)).expect("metadata");
    let mut timestamp: Signed<Timestamp> = serde_json::from_slice(&read("timestamp.json")).expect("metadata");
    let listed = timestamp.signed.meta["snapshot.json"].version;
    let mut snapshot: Signed<Snapshot> =
        serde_json::from_slice(&read(&format!("{listed}.snapshot.json"))).expect("metadata");
    snapshot.signed.version = version;
    let bytes = seal(&snapshot.signed, [&key]).expect("signed");
    fs::write(metadata.join(format!("{version}.snapshot.json")), &bytes).expect("a file");
    timestamp.signed.version = version;
    timestamp.signed.meta.insert("snapshot.json".to_owned(), MetaFile::describe(version, &bytes));
    fs::write(metadata.join("timestamp.json"), seal(&timestamp.signed, [&key]).expect("signed"))
        .expect("a file");
}

#[test]
fn foresees_and_publishes_a_new_online_key() {
    let desk = Desk::with_repository();
    desk.ok(&["key", "new", "online-2", "--unencrypted"]);
    let mut existing = Client::default();
    existing.update(&desk.repository(), now()).expect("an update");
    let dry = desk.run(&["recover", "online-key", "--new-key=online-2", "--dry-run"]);
    assert_eq!((dry.status, dry.stdout.as_str()), (Some(0), ""), "{}", dry.stderr);
    for line in [
        "now: existing client accepts root 1, timestamp 1, snapshot 1, targets 1",
        "after timestamp.json: existing client refuses what is published [arbitrary-software] and keeps what it has",
        "after 2.root.json: new client accepts root 2, timestamp 2, snapshot 2, targets 1",
        "nothing was written",
    ] {
        assert!(dry.stderr.contains(line), "{line}: {}", dry.stderr);
    }
    assert!(!desk.repository().join("metadata/2.root.json").exists());
    let run = desk.run(&["recover", "online-key", "--new-key=online-2"]);
    assert_eq!(
        (run.status, run.stdout.as_str()),
        (Some(0), "snapshot 2\ntimestamp 2\nroot 2\n"),
        "{}",
        run.stderr
    );
    existing.update(&desk.repository(), now()).expect("an update");
    // The stolen key is still at hand, and signs nothing.
    assert_eq!(desk.ok(&["refresh"]), "snapshot 3\ntimestamp 3\n");
    desk.refused(&["recover", "key", "--gone=online", "--new-key=online-2"], "[keys-unused]");
}

#[test]
fn recovers_from_a_fast_forward_from_the_command_line() {
    let desk = Desk::with_repository();
    desk.ok(&["key", "new", "online-2", "--unencrypted"]);
    plant(&desk, (1 << 31) - 1);
    let mut deceived = Client::default();
    deceived.update(&desk.repository(), now()).expect("an update");
    let command = ["recover", "fast-forward", "--new-key=online-2"];
    let help = desk.refused(&command, "[published-newer]");
    assert!(help.contains("--build-on remembered"), "{help}");
    let run = desk.run(&[&command[..], &["--build-on=remembered"]].concat());
    assert_eq!(
        (run.status, run.stdout.as_str()),
        (Some(0), "snapshot 2\ntimestamp 2\nroot 2\n"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("deceived client accepts root 2, timestamp 2"), "{}", run.stderr);
    for client in [&mut deceived, &mut Client::default()] {
        assert_eq!(client.update(&desk.repository(), now()).expect("an update").timestamp.version, 2);
    }
}

/// A thief with the online key publishes what everybody accepts: only the publisher knows that it was somebody else.
#[test]
fn status_says_that_what_is_published_is_newer_than_what_is_remembered() {
    let desk = Desk::with_repository();
    let json = || {
        let status = desk.ok(&["status", "--json"]);
        serde_json::from_str::<serde_json::Value>(&status).expect("one JSON object")["newer"].clone()
    };
    assert_eq!(json(), serde_json::Value::Null);
    assert!(!desk.run(&["status"]).stderr.contains("newer than"));
    for version in 2..=4 {
        plant(&desk, version);
    }
    let told = "note: timestamp version 4 is published, newer than what was published last from here (1)";
    let run = desk.run(&["status"]);
    assert!(run.stderr.contains(told), "{}", run.stderr);
    assert_eq!(json(), serde_json::json!({ "published": 4, "remembered": 1 }));
    let help = desk.refused(&["recover", "fast-forward", "--new-key=online"], "[published-newer]");
    let pointer = "`tufrepo status` says that it is newer than what was published last from here";
    assert!(help.starts_with(pointer), "{help}");
    // Whoever builds on it believes it.
    desk.ok(&["refresh"]);
    assert_eq!(json(), serde_json::Value::Null);
}

#[test]
fn says_honestly_what_a_stolen_root_threshold_means() {
    let desk = Desk::with_repository();
    desk.ok(&["key", "new", "root-2", "--unencrypted"]);
    let command = ["recover", "root", "--gone=root", "--new-key=root-2"];
    let help = desk.refused(&command, "[root-threshold-lost]");
    assert!(
        help.contains("--threshold-stolen") && help.contains("`tufrepo init` a new repository"),
        "{help}"
    );
    let run = desk.run(&[&command[..], &["--threshold-stolen"]].concat());
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), "root 2\n"), "{}", run.stderr);
    assert!(
        run.stderr.contains("ship the new one to clients as you shipped the first one"),
        "{}",
        run.stderr
    );
}

#[test]
fn refuses_what_cannot_be_recovered_with_a_next_step() {
    let desk = Desk::with_repository();
    desk.ok(&["key", "new", "next", "--unencrypted"]);
    let cases: [(&[&str], &str); 4] = [
        (&["recover", "key", "--gone=nobody", "--new-key=next"], "there is no key \"nobody\""),
        (&["recover", "key", "--gone=online", "--new-key=nobody"], "there is no key"),
        (&["recover", "fast-forward", "--role=nobody", "--new-key=next"], "no role \"nobody\""),
        (&["recover", "key", "--gone=next", "--new-key=next"], "[keys-unused]"),
    ];
    for (args, message) in cases {
        assert_ne!(desk.refused(args, message), "", "{args:?}");
    }
    for args in [
        &["recover"][..],
        &["recover", "key", "--gone=x"],
        &["recover", "key", "--gone=x", "--new-key", "role="],
    ] {
        assert_eq!(desk.run(args).status, Some(2), "{args:?}");
    }
    desk.write("file.txt", "bytes");
    desk.ok(&["target", "add", "a", "file.txt"]);
    let help = desk.refused(&["recover", "key", "--gone=targets", "--new-key=next"], "[staged-change]");
    assert!(help.starts_with("look at it") && help.contains("`tufrepo discard`"), "{help}");
}

#[test]
fn rejects_a_new_key_that_is_gone_or_was_given_up() {
    let desk = Desk::with_repository();
    for name in ["online-2", "online-3", "targets-2"] {
        desk.ok(&["key", "new", name, "--unencrypted"]);
    }
    let metadata = || world::files(&desk.repository().join("metadata"));
    let before = metadata();
    let gone: [&[&str]; 4] = [
        &["recover", "online-key", "--new-key=online"],
        &["recover", "online-key", "--new-key=online-2", "--new-key=online"],
        &["recover", "fast-forward", "--new-key=snapshot=online-2", "--new-key=timestamp=online"],
        // It takes a key back that was given up before, not one that is gone now.
        &["recover", "key", "--gone=targets", "--new-key=targets", "--take-back=targets"],
    ];
    for args in gone {
        let help = desk.refused(args, "this recovery takes it away [key-given-up]");
        assert!(help.contains("tufrepo key new") && !help.contains("--take-back"), "{help}");
    }
    assert!(metadata() == before, "nothing was published");
    desk.ok(&["recover", "online-key", "--new-key=online-2"]);
    let again = ["recover", "online-key", "--new-key=online"];
    let help = desk.refused(&again, "the repository gave it up after root version 1 [key-given-up]");
    assert!(help.contains("--take-back KEY"), "{help}");
    // It may not become the key of another role either, nor under another keyid.
    desk.refused(&["recover", "key", "--gone=targets", "--new-key=online"], "[key-given-up]");
    let key = fs::read_to_string(desk.path().join("repo-keys/online.json")).expect("a key");
    let mut key: serde_json::Value = serde_json::from_str(&key).expect("JSON");
    key["x-note"] = "another keyid".into();
    desk.write("noted.json", &key.to_string());
    desk.refused(&["recover", "online-key", "--new-key=./noted.json"], "[key-given-up]");
    // Nor in another spelling.
    let public = key["keyval"]["public"].as_str().expect("hexadecimal").to_uppercase();
    key["keyval"]["public"] = public.into();
    desk.write("spelt.json", &key.to_string());
    desk.refused(&["recover", "online-key", "--new-key=./spelt.json"], "[key-given-up]");
    desk.ok(&[&again[..], &["--take-back=online"]].concat());
    assert_eq!(desk.ok(&["refresh"]), "snapshot 4\ntimestamp 4\n");
}

/// What was made before the theft brings the key back in no way, and the recovery says so of each.
#[test]
fn names_what_waits_with_a_key_that_is_gone() {
    let desk = Desk::with_repository();
    for name in ["stolen", "docs", "next"] {
        desk.ok(&["key", "new", name, "--unencrypted"]);
    }
    desk.ok(&["delegate", "stolen", "--paths=s/*", "--key=stolen"]);
    desk.ok(&["delegate", "docs", "--paths=docs/*", "--key=docs"]);
    desk.ok(&["publish"]);
    desk.ok(&["role", "set", "timestamp", "--key=online", "--key=stolen"]);
    desk.ok(&["event", "new", "brings"]);
    desk.ok(&["delegate", "sub", "--delegator=docs", "--paths=docs/sub/*", "--key=next"]);
    desk.ok(&["event", "new", "other"]);
    desk.ok(&["delegate", "late", "--delegator=docs", "--paths=docs/late/*", "--key=stolen"]);
    let recover = ["recover", "key", "--gone=stolen", "--new-key=next"];
    for args in [&[&recover[..], &["--dry-run"]].concat()[..], &recover] {
        let run = desk.run(args);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        let warnings = run.stderr.lines().filter(|line| line.starts_with("warning: ")).collect::<Vec<_>>();
        let staged = "warning: the staged change of role docs lists a key that is gone, and is not published";
        assert!(warnings.iter().any(|line| line.starts_with(staged)), "{}", run.stderr);
        let brings = warnings.iter().filter(|line| line.starts_with("warning: event "));
        let brings: Vec<_> = brings.map(|line| line.split(' ').nth(2)).collect();
        assert_eq!(brings, [Some("brings")], "{}", run.stderr);
    }
    let taken = "an earlier recovery took it away [key-given-up]";
    desk.refused(&["publish"], taken);
    desk.ok(&["discard"]);
    desk.refused(&["event", "rebase", "brings"], taken);
    desk.ok(&["event", "discard", "brings"]);
    desk.ok(&["event", "rebase", "other"]);
}

/// Delegations leave no trace of the keys that they had: the publisher remembers what it took away.
#[test]
fn a_key_that_was_stolen_comes_back_in_no_role() {
    let desk = Desk::with_repository();
    for name in ["docs", "docs-2", "docs-3", "online-2"] {
        desk.ok(&["key", "new", name, "--unencrypted"]);
    }
    desk.ok(&["delegate", "docs", "--paths=docs/*", "--key=docs"]);
    desk.ok(&["publish"]);
    // Staged before anybody knew.
    desk.ok(&["rotate", "root", "--new-key=docs"]);
    desk.ok(&["recover", "key", "--gone=docs", "--new-key=docs-2"]);
    let taken = "an earlier recovery took it away [key-given-up]";
    let help = desk.refused(&["publish"], taken);
    assert!(help.contains("tufrepo key new"), "{help}");
    desk.refused(&["event", "new", "e"], taken);
    desk.ok(&["discard"]);
    for args in [
        &["rotate", "timestamp", "--new-key=docs"][..],
        &["rotate", "docs", "--new-key=docs"],
        &["role", "set", "targets", "--key=docs"],
        &["delegate", "other", "--paths=other/*", "--key=docs"],
        &["recover", "online-key", "--new-key=docs"],
        &["recover", "key", "--gone=docs-2", "--new-key=docs"],
    ] {
        desk.refused(args, taken);
    }
    // A key of a top-level role comes back in no delegation either.
    desk.ok(&["recover", "online-key", "--new-key=online-2"]);
    desk.refused(&["delegate", "other", "--paths=other/*", "--key=online"], taken);
    // On purpose, it does; and it is a key as others are from then on.
    desk.ok(&["recover", "key", "--gone=docs-2", "--new-key=docs", "--take-back=docs"]);
    desk.ok(&["rotate", "docs", "--new-key=docs-3"]);
    desk.ok(&["publish"]);
    desk.ok(&["rotate", "docs", "--new-key=docs"]);
    desk.ok(&["publish"]);
    desk.refused(&["rotate", "docs", "--new-key=docs-2"], taken);
}
