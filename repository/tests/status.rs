//! What `tufrepo status` says to people and to programs, and its exit status.

use std::fs;

use crate::command::Desk;
use crate::world::{CrashAt, NOW, World, copy_folder};
use serde_json::Value;
use tuf_repository::{ListedTarget, UnixTime};

fn json(desk: &Desk, args: &[&str], status: i32) -> Value {
    let run = desk.run(&[&["status", "--json"], args].concat());
    assert_eq!(run.status, Some(status), "{args:?}: {}", run.stderr);
    serde_json::from_str(&run.stdout).expect("one JSON object")
}

#[test]
fn says_who_can_sign_and_when_each_role_is_renewed() {
    let desk = Desk::with_repository();
    fs::remove_file(desk.path().join("repo-keys/targets.pem")).expect("the key goes offline");
    desk.write("file.txt", "bytes");
    desk.ok(&["target", "add", "a", "file.txt"]);
    let status = json(&desk, &[], 0);
    assert_eq!(status["format"], 1);
    assert_eq!(status["staged"], serde_json::json!(["targets"]));
    assert_eq!(status["interrupted"], false);
    assert_eq!(status["next_expiry"]["role"], "timestamp");
    assert_eq!(status["contradictions"], serde_json::json!([]));
    let rows: Vec<(&str, u64, u64, bool)> = status["roles"]
        .as_array()
        .expect("roles")
        .iter()
        .map(|row| {
            let number = |field: &str| row[field].as_u64().expect("a number");
            let name = row["role"].as_str().expect("a name");
            (name, number("period"), number("lead"), row["can_sign"].as_bool().expect("a boolean"))
        })
        .collect();
    let day = 86_400;
    let expected = [
        ("root", 365 * day, 365 * day / 3, true),
        ("timestamp", day, day / 3, true),
        ("snapshot", 7 * day, 7 * day / 3, true),
        ("targets", 90 * day, 30 * day, false),
    ];
    assert_eq!(rows, expected);
    assert_eq!(status["roles"][3]["keys"][0]["at_hand"], false);
    assert_eq!(status["roles"][3]["keys"][0]["name"], "targets");
}

#[test]
fn ends_with_3_where_a_role_is_due() {
    let desk = Desk::with_repository();
    for (within, status) in [("4d", 0), ("8d", 0), ("timestamp=25h", 3), ("89d", 0), ("91d", 0), ("366d", 0)]
    {
        assert_eq!(desk.run(&["status", "--within", within]).status, Some(status), "{within}");
    }
    // Signed for 90 days, and renewed 30 days before: not due yet within 89 days, but for whoever asks by name.
    let due = json(&desk, &["--within", "4d", "--within", "targets=91d"], 3);
    let due: Vec<&str> = due["roles"]
        .as_array()
        .expect("roles")
        .iter()
        .filter(|row| row["due"] == true)
        .map(|row| row["role"].as_str().expect("a name"))
        .collect();
    assert_eq!(due, ["targets"]);
    assert_eq!(desk.run(&["status", "--within", "soon"]).status, Some(2));
    assert_eq!(desk.run(&["status", "--within", "=4d"]).status, Some(2));
}

#[test]
fn a_role_with_a_short_period_is_due_when_it_should_have_been_renewed() {
    let desk = Desk::with_repository();
    let settings = "format = 1\n[expires]\ntimestamp = \"1h\"\n[renew]\ntimestamp = \"1m\"\n";
    desk.write("repo/tufrepo.toml", settings);
    desk.ok(&["refresh", "timestamp"]);
    assert_eq!(desk.run(&["status", "--within", "4d"]).status, Some(0), "just signed");
    desk.write(
        "repo/tufrepo.toml",
        &settings.replace("timestamp = \"1h\"", "timestamp = \"2d\"").replace("\"1m\"", "\"2879m\""),
    );
    assert_eq!(desk.run(&["status", "--within", "4d"]).status, Some(3), "renewed a day too late");
}

#[test]
fn names_periods_that_contradict_each_other() {
    let desk = Desk::with_repository();
    let settings = "format = 1\n[expires]\ntimestamp = \"400d\"\nsnapshot = \"6h\"\nroot = \"10d\"\n";
    desk.write("repo/tufrepo.toml", settings);
    desk.ok(&["refresh"]);
    let run = desk.run(&["status"]);
    assert_eq!(run.status, Some(0));
    for text in [
        "role timestamp is signed for 400d, and role snapshot, which it leads to, for 6h",
        "role targets is signed for 90d, and role root, which it leads to, for 10d",
        "role timestamp is valid until",
    ] {
        assert!(run.stderr.contains(text), "{text}: {}", run.stderr);
    }
    let found = json(&desk, &[], 0)["contradictions"].clone();
    assert_eq!(found.as_array().map(Vec::len), Some(3), "{found}");
    assert_eq!(found[0]["longer"], serde_json::json!({ "role": "timestamp", "period": 400 * 86_400 }));
}

#[test]
fn rejects_a_role_that_would_be_renewed_as_soon_as_it_is_signed() {
    let desk = Desk::with_repository();
    for settings in [
        "format = 1\n[renew]\ntimestamp = \"1d\"\n",
        "format = 1\n[renew]\ndelegated = \"90d\"\n",
        "format = 1\n[expires.roles]\nindex = \"7d\"\n[renew.roles]\nindex = \"8d\"\n",
        "format = 1\n[expires.roles]\nindex = \"7d\"\n[renew]\ndelegated = \"8d\"\n",
    ] {
        desk.write("repo/tufrepo.toml", settings);
        desk.refused(&["status"], "would be renewed as soon as it is signed");
    }
}

#[test]
fn says_that_a_publish_was_interrupted() {
    let desk = Desk::with_repository();
    let record = desk.state().join("pending");
    fs::create_dir_all(&record).expect("a folder");
    let text = r#"{"base":null,"targets":[],"metadata":[],"drafts":[]}"#;
    fs::write(record.join("publish.json"), text).expect("a record");
    assert_eq!(json(&desk, &[], 0)["interrupted"], true);
}

#[test]
fn names_target_files_that_are_missing_or_changed() {
    let desk = Desk::with_repository();
    for (path, text) in [("a", "one"), ("dir/b", "two"), ("c", "three")] {
        desk.write("file.txt", text);
        desk.ok(&["target", "add", path, "file.txt"]);
    }
    desk.ok(&["publish"]);
    assert_eq!(json(&desk, &["--targets"], 0)["target_files"]["whole"], 3);
    let file = |folder: &str, name: &str| {
        let names = fs::read_dir(desk.repository().join("targets").join(folder)).expect("a folder");
        names
            .map(|entry| entry.expect("an entry").path())
            .find(|path| path.to_string_lossy().ends_with(name))
            .expect("a file")
    };
    fs::remove_file(file("", ".a")).expect("a removal");
    // As long as before.
    fs::write(file("dir", ".b"), "TWO").expect("a change");
    let found = json(&desk, &["--targets"], 3)["target_files"].clone();
    let expected = serde_json::json!({
        "whole": 1,
        "missing": [{ "role": "targets", "path": "a" }],
        "changed": [{ "role": "targets", "path": "dir/b" }],
    });
    assert_eq!(found, expected);
    assert_eq!(json(&desk, &[], 0)["target_files"], Value::Null, "nobody asked");
}

#[cfg(unix)]
#[test]
fn takes_a_link_for_a_changed_target_file() {
    let world = World::with_keys(&[]);
    let repository = world.open();
    repository.add_target("targets", "a", b"bytes").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    let names = fs::read_dir(world.path().join("targets")).expect("a folder");
    let file = names.map(|entry| entry.expect("an entry").path()).next().expect("a file");
    fs::rename(&file, world.home().join("elsewhere")).expect("a move");
    std::os::unix::fs::symlink(world.home().join("elsewhere"), &file).expect("a link");
    let files = world.open().check_target_files().expect("a check");
    assert_eq!(files.changed, [ListedTarget { role: "targets".to_owned(), path: "a".to_owned() }]);
}

#[test]
fn finds_the_role_that_expires_first() {
    let world = World::with_keys(&[]);
    let status = world.open().status().expect("a status");
    let (role, expires) = status.next_expiry().expect("a published role");
    assert_eq!((role.role.as_str(), expires), ("timestamp", UnixTime(NOW.0 + 86_400)));
}

#[test]
fn rejects_a_period_for_a_role_that_is_not_there() {
    let desk = Desk::with_repository();
    let pinned = desk.path().join("pinned.json");
    fs::copy(desk.repository().join("metadata/1.root.json"), pinned).expect("a copy");
    let monitor = ["monitor", "repo", "--root", "pinned.json"];
    for command in [&["status"][..], &["status", "--json"], &monitor] {
        desk.refused(&[command, &["--within=timestmap=6h"]].concat(), "no role \"timestmap\" [no-such-role]");
        desk.ok(&[command, &["--within=timestamp=6h", "--within=targets=1h"]].concat());
    }
}

/// What an interrupted publish has written is nobody else's.
#[test]
fn an_interrupted_publish_is_not_taken_for_another_publisher() {
    let world = World::with_keys(&[]);
    world.open().add_target("targets", "a", b"bytes").expect("a staged target");
    let mut interrupted = 0;
    for writes in 0.. {
        let home = tempfile::TempDir::new().expect("a folder");
        copy_folder(world.home(), home.path());
        let published = world.open_at(home.path()).observe_writes(CrashAt::write(writes)).publish(NOW);
        let status = world.open_at(home.path()).status().expect("a status");
        assert_eq!(status.newer, None, "{writes}");
        interrupted += usize::from(status.interrupted);
        if published.is_ok() {
            break;
        }
    }
    assert!(interrupted > 0);
}
