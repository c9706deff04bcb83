//! The journal: who published what, and what happens to those who rewrite it.

use crate::world;

use std::fs;
use std::path::Path;

use crate::command::Desk;
use crate::world::{Client, CrashAt, Found, NOW, World, copy_folder};
use tempfile::TempDir;
use tuf_repository::event::Event;
use tuf_repository::metadata::{Signed, Targets, sha256_hex};
use tuf_repository::{Error, EventRequest, JournalError, Repository};

fn open(world: &World) -> Repository {
    world.open().keep_journal()
}

fn publish(world: &World, path: &str) {
    open(world).add_target("targets", path, path.as_bytes()).expect("a staged target");
    open(world).publish(NOW).expect("a publish");
}

fn targets(world: &World, version: u64) -> Targets {
    let path = world.path().join(format!("metadata/{version}.targets.json"));
    serde_json::from_slice::<Signed<Targets>>(&fs::read(path).expect("a file")).expect("metadata").signed
}

fn journal(world: &World) -> std::path::PathBuf {
    world.path().join("journal.jsonl")
}

#[test]
fn each_line_has_the_digest_of_the_one_before_and_the_head_is_a_target() {
    let world = World::with_keys(&[]);
    publish(&world, "a");
    publish(&world, "b");
    let text = fs::read_to_string(journal(&world)).expect("a journal");
    let lines: Vec<&str> = text.lines().collect();
    let (head, entries) = open(&world).verify_journal().expect("a whole journal");
    assert_eq!((head.lines, head.head.as_str()), (2, sha256_hex(lines[1].as_bytes()).as_str()));
    assert_eq!(entries[0].previous, sha256_hex(b""));
    assert_eq!(entries[1].previous, sha256_hex(lines[0].as_bytes()));
    assert_eq!(entries[1].time, "2026-01-01T00:00:00Z");
    let files: Vec<_> = entries[1].published.iter().map(|file| (file.role.as_str(), file.version)).collect();
    assert_eq!(files, [("targets", 3), ("snapshot", 3), ("timestamp", 3)]);
    assert_eq!(entries[1].published[0].keyids, [world.keys["targets"].keyid()]);
    let bytes = fs::read(world.path().join("metadata/3.targets.json")).expect("a file");
    assert_eq!(entries[1].published[0].sha256, sha256_hex(&bytes));
    // What is published vouches for the lines before it, and clients get the head as a target.
    let listed = targets(&world, 3).targets["journal-head.json"].custom.clone().expect("what it says");
    assert_eq!(
        (listed["lines"].as_u64(), listed["head"].as_str()),
        (Some(1), Some(entries[1].previous.as_str()))
    );
    let found = Client::default().find(world.path(), "journal-head.json", NOW).expect("an update").1;
    assert_eq!(found, Found::By("targets".to_owned()));
}

#[test]
fn routine_has_no_line_and_a_renewed_role_lists_the_head() {
    let world = World::with_keys(&[]);
    publish(&world, "a");
    open(&world).refresh(&["snapshot", "timestamp"], NOW).expect("a refresh");
    assert_eq!(open(&world).verify_journal().expect("a whole journal").0.lines, 1);
    open(&world).refresh(&["targets"], NOW).expect("a refresh");
    assert_eq!(open(&world).verify_journal().expect("a whole journal").0.lines, 2);
    let listed = targets(&world, 3).targets["journal-head.json"].custom.clone().expect("what it says");
    assert_eq!(listed["lines"].as_u64(), Some(1));
}

#[test]
fn nobody_is_bothered_who_keeps_none() {
    let world = World::with_keys(&[]);
    world.open().add_target("targets", "a", b"a").expect("a staged target");
    world.open().publish(NOW).expect("a publish");
    assert!(!journal(&world).exists());
    assert!(!targets(&world, 2).targets.contains_key("journal-head.json"));
}

#[test]
fn rejects_a_journal_that_was_rewritten() {
    type Edit = fn(&mut Vec<String>);
    let edits: [(&str, Edit); 7] = [
        ("journal-rewritten", Vec::clear),
        ("journal-rewritten", |lines| drop(lines.pop())),
        ("journal-broken", |lines| drop(lines.remove(0))),
        ("journal-broken", |lines| lines.swap(0, 1)),
        ("journal-broken", |lines| lines[0] = lines[0].replace("2026", "2025")),
        ("journal-rewritten", |lines| {
            let last = lines.last_mut().expect("a line");
            *last = last.replace("2026", "2025");
        }),
        ("journal-broken", |lines| lines.push("{}".to_owned())),
    ];
    for (number, (code, edit)) in edits.into_iter().enumerate() {
        let world = World::with_keys(&[]);
        publish(&world, "a");
        publish(&world, "b");
        let text = fs::read_to_string(journal(&world)).expect("a journal");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        edit(&mut lines);
        let rewritten: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(journal(&world), &rewritten).expect("a write");
        let refused = open(&world).verify_journal().expect_err("rewritten");
        assert_eq!(refused.code(), code, "edit {number}: {refused}");
        open(&world).add_target("targets", "c", b"c").expect("a staged target");
        let before = world::files(&world.path().join("metadata"));
        assert_eq!(open(&world).publish(NOW).expect_err("rewritten").code(), code, "edit {number}");
        assert!(world::files(&world.path().join("metadata")) == before, "nothing was published");
        fs::write(journal(&world), &text).expect("a write");
        open(&world).publish(NOW).expect("what is staged is still staged");
    }
}

#[test]
fn rejects_a_journal_that_what_is_published_does_not_know() {
    // Whoever has the publisher's computer too has to explain what is published.
    let world = World::with_keys(&[]);
    publish(&world, "a");
    publish(&world, "b");
    let text = fs::read_to_string(journal(&world)).expect("a journal");
    fs::remove_file(world.state().join("journal-head.json")).expect("nothing is remembered");
    fs::write(journal(&world), text.lines().next().expect("a line").replace("2026", "2025") + "\n")
        .expect("a write");
    match open(&world).verify_journal().expect_err("rewritten") {
        Error::Journal(JournalError::Rewritten { lines: 1, known }) => {
            assert_eq!(known, "the published metadata")
        }
        other => panic!("{other:?}"),
    }
}

/// The last line, as its writer meant it, with another one that follows from it.
fn forge(world: &World, edit: impl FnOnce(&mut serde_json::Value)) {
    let text = fs::read_to_string(journal(world)).expect("a journal");
    let last = text.lines().last().expect("a line");
    let mut line: serde_json::Value = serde_json::from_str(last).expect("JSON");
    line["previous"] = sha256_hex(last.as_bytes()).into();
    line["events"] = serde_json::json!(["backdoor-by-alice"]);
    edit(&mut line);
    fs::write(journal(world), format!("{text}{line}\n")).expect("a write");
}

/// The chain needs no key: whoever can write to the file can add a line, and the next publish would sign its head.
#[test]
fn rejects_a_line_of_what_was_never_published() {
    type Edit = fn(&mut serde_json::Value);
    let edits: [(&str, Edit); 6] = [
        ("an earlier line has it already", |_| {}),
        ("it has another digest", |line| line["published"][0]["sha256"] = "00".repeat(32).into()),
        ("it is not published, the last one is 3", |line| line["published"][0]["version"] = 4.into()),
        ("an earlier line has a later version", |line| line["published"][0]["version"] = 1.into()),
        ("a publish of snapshot and timestamp alone has no line", |line| {
            line["published"].as_array_mut().expect("files").remove(0);
        }),
        ("no publish changes a role without snapshot and timestamp", |line| {
            line["published"].as_array_mut().expect("files").truncate(1);
        }),
    ];
    for (said, edit) in edits {
        let world = World::with_keys(&[]);
        publish(&world, "a");
        publish(&world, "b");
        forge(&world, edit);
        open(&world).add_target("targets", "c", b"c").expect("a staged target");
        let before = world::files(&world.path().join("metadata"));
        for refused in [open(&world).verify_journal().map(drop), open(&world).publish(NOW).map(drop)]
            .map(Result::unwrap_err)
        {
            assert_eq!(refused.code(), "journal-not-published", "{said}: {refused}");
            assert!(refused.to_string().ends_with(said), "{said}: {refused}");
        }
        assert!(world::files(&world.path().join("metadata")) == before, "nothing was published");
    }
}

/// Another publisher has written the last line, and this one knows the first.
fn with_a_line_of_another_publisher() -> World {
    let world = World::with_keys(&[]);
    let remembered = world.state().join("journal-head.json");
    publish(&world, "a");
    let first = fs::read(&remembered).expect("a head");
    publish(&world, "b");
    publish(&world, "c");
    fs::write(remembered, first).expect("a write");
    world
}

#[test]
fn believes_what_another_publisher_wrote_of_what_is_published_and_no_other_signer() {
    let world = with_a_line_of_another_publisher();
    open(&world).refresh(&["snapshot", "timestamp"], NOW).expect("a refresh");
    open(&world).verify_journal().expect("a whole journal");
    let remembered = fs::read(world.state().join("journal-head.json")).expect("a head");
    assert!(String::from_utf8_lossy(&remembered).contains("\"lines\":3"), "what was believed is remembered");
    let world = with_a_line_of_another_publisher();
    let text = fs::read_to_string(journal(&world)).expect("a journal");
    let signer = world.keys["targets"].keyid();
    let (known, last) = text.trim_end().rsplit_once('\n').expect("lines");
    let last = last.replace(signer, &"0".repeat(64));
    fs::write(journal(&world), format!("{known}\n{last}\n")).expect("a write");
    match open(&world).verify_journal() {
        Err(Error::Journal(JournalError::NotPublished { line: 3, reason })) => {
            assert_eq!(reason, "role targets version 4: others have signed it");
        }
        other => panic!("{other:?}"),
    }
}

/// A snapshot whose place the next one took is still there, or was pruned; others can put any file in its place.
#[test]
fn compares_the_signatures_of_files_that_are_no_longer_the_published_ones() {
    let world = with_a_line_of_another_publisher();
    let text = fs::read_to_string(journal(&world)).expect("a journal");
    let (known, last) = text.trim_end().rsplit_once('\n').expect("lines");
    let without = world.open();
    without.refresh(&["snapshot", "timestamp"], NOW).expect("a refresh of a publisher that keeps no journal");
    let path = world.path().join("metadata/4.snapshot.json");
    let old = fs::read_to_string(&path).expect("a file");
    let planted = old.replacen("\"sig\":\"", "\"sig\":\"00", 1);
    fs::write(&path, &planted).expect("a write");
    let last = last.replace(&sha256_hex(old.as_bytes()), &sha256_hex(planted.as_bytes()));
    fs::write(journal(&world), format!("{known}\n{last}\n")).expect("a write");
    let refused = open(&world).verify_journal().expect_err("nobody signed it");
    assert!(refused.to_string().ends_with("a signature that no key of the repository has made"), "{refused}");
    fs::write(journal(&world), &text).expect("a write");
    fs::remove_file(&path).expect("pruned");
    assert_eq!(open(&world).verify_journal().expect("what is gone is not compared").0.lines, 3);
}

#[test]
fn believes_lines_up_to_a_head_that_somebody_has_compared() {
    let world = World::with_keys(&[]);
    publish(&world, "a");
    forge(&world, |line| line["published"][0]["version"] = 9.into());
    let text = fs::read_to_string(journal(&world)).expect("a journal");
    let head = sha256_hex(text.lines().last().expect("a line").as_bytes());
    let refused = open(&world).verify_journal_up_to(&"00".repeat(32)).expect_err("another head");
    assert_eq!(refused.code(), "journal-other-head");
    assert_eq!(open(&world).verify_journal().expect_err("not compared").code(), "journal-not-published");
    open(&world).verify_journal_up_to(&head).expect("a compared head");
    publish(&world, "b");
    assert_eq!(open(&world).verify_journal().expect("a whole journal").0.lines, 3);
}

/// A recovery does not wait for the journal to be put right, and does not vouch for it either.
#[test]
fn a_recovery_remembers_no_line_that_nobody_has_compared() {
    let world = World::with_keys(&["timestamp-2"]);
    publish(&world, "a");
    forge(&world, |line| line["published"][0]["version"] = 9.into());
    let recovery = tuf_repository::Recovery {
        renewed: ["timestamp".to_owned()].into(),
        new_keys_of: [("timestamp".to_owned(), vec![world.keys["timestamp-2"].public().clone()])].into(),
        build_on: tuf_repository::BuildOn::Remembered,
        ..tuf_repository::Recovery::default()
    };
    open(&world).recover(&recovery, NOW, |_| true).expect("a recovery").expect("it was approved");
    assert_eq!(fs::read_to_string(journal(&world)).expect("a journal").lines().count(), 3);
    assert_eq!(open(&world).verify_journal().expect_err("not compared").code(), "journal-not-published");
}

#[cfg(unix)]
#[test]
fn rejects_a_journal_that_is_a_link_or_cut_off() {
    let world = World::with_keys(&[]);
    publish(&world, "a");
    let text = fs::read_to_string(journal(&world)).expect("a journal");
    fs::write(journal(&world), text.trim_end()).expect("a write");
    assert_eq!(open(&world).verify_journal().expect_err("cut off").code(), "journal-broken");
    let elsewhere = world.home().join("elsewhere");
    fs::rename(journal(&world), &elsewhere).expect("a rename");
    std::os::unix::fs::symlink(&elsewhere, journal(&world)).expect("a link");
    assert_eq!(open(&world).verify_journal().expect_err("a link").code(), "symbolic-link");
}

#[test]
fn events_are_named_and_two_of_them_are_no_conflict() {
    let world = World::with_keys(&[]);
    publish(&world, "a");
    let events = world.home().join("events");
    for id in ["one", "two"] {
        open(&world).add_target("targets", id, id.as_bytes()).expect("a staged target");
        let request = EventRequest { id: id.to_owned(), ..EventRequest::default() };
        open(&world).new_event(&events, &request, NOW).expect("an event");
    }
    let sign_and_publish = |id: &str| {
        let event = Event::open(&events, id, NOW).expect("an event");
        let trust = world.open().root_trust().expect("a state").expect("a known repository");
        event.confirm(&trust).expect("confirmed").sign(&world.ring(), &[]).expect("a signature");
        open(&world).publish_events(&[Event::open(&events, id, NOW).expect("an event")], NOW)
    };
    sign_and_publish("one").expect("a publish");
    assert_eq!(sign_and_publish("two").expect_err("moved").code(), "event-base-moved");
    open(&world).rebase_event(&events, "two", NOW).expect("two heads are no conflict");
    sign_and_publish("two").expect("a publish");
    let (head, entries) = open(&world).verify_journal().expect("a whole journal");
    let named: Vec<_> = entries.iter().map(|entry| entry.events.join(",")).collect();
    assert_eq!((head.lines, named), (3, ["", "one", "two"].map(str::to_owned).to_vec()));
    let listed = targets(&world, 4).targets["journal-head.json"].custom.clone().expect("what it says");
    assert_eq!(listed["lines"].as_u64(), Some(2));
    let found = Client::default().find(world.path(), "journal-head.json", NOW).expect("an update").1;
    assert_eq!(found, Found::By("targets".to_owned()));
}

#[test]
fn a_crash_at_any_write_leaves_one_line_a_publish() {
    let world = World::with_keys(&[]);
    publish(&world, "a");
    open(&world).add_target("targets", "b", b"b").expect("a staged target");
    for crash in 0.. {
        let copy = TempDir::new().expect("a temporary folder");
        copy_folder(world.home(), copy.path());
        let open = || world.open_at(copy.path()).keep_journal();
        let observer = CrashAt::write(crash);
        match open().observe_writes(observer).publish(NOW) {
            Ok(_) => {
                assert!(crash > 8, "there are writes to crash at");
                return;
            }
            Err(Error::Io { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
        open().publish(NOW).expect("the next publish");
        let (head, entries) = open().verify_journal().expect("a whole journal");
        assert_eq!(head.lines, 2, "crash at write {crash}");
        assert_eq!(entries[1].published[0].version, 3, "crash at write {crash}");
        check_client(&copy.path().join("repo"));
    }
}

fn check_client(folder: &Path) {
    let found = Client::default().find(folder, "journal-head.json", NOW).expect("an update").1;
    assert_eq!(found, Found::By("targets".to_owned()));
}

#[test]
fn is_kept_and_listed_on_the_command_line() {
    let desk = Desk::with_repository();
    let settings = desk.repository().join("tufrepo.toml");
    let text = fs::read_to_string(&settings).expect("settings").replace("# journal = true", "journal = true");
    fs::write(&settings, text).expect("a write");
    desk.write("a.txt", "a");
    desk.ok(&["target", "add", "a", "a.txt"]);
    desk.ok(&["publish"]);
    assert!(desk.ok(&["journal", "verify"]).starts_with("1\t"));
    let listed = desk.ok(&["journal", "list"]);
    let cells: Vec<&str> = listed.trim_end().split('\t').collect();
    assert_eq!((cells[0], cells[2], cells[3]), ("1", "targets 2,snapshot 2,timestamp 2", "-"));
    assert!(cells[4].contains("online:") && cells[4].contains("targets:"), "{listed}");
    let listed_line = fs::read_to_string(desk.repository().join("journal.jsonl")).expect("a journal");
    fs::write(desk.repository().join("journal.jsonl"), "").expect("a write");
    let help = desk.refused(&["journal", "verify"], "[journal-rewritten]");
    assert!(help.contains("a copy of your own"), "{help}");
    let last = listed_line.trim_end();
    let forged = last.replacen(&sha256_hex(b""), &sha256_hex(last.as_bytes()), 1);
    fs::write(desk.repository().join("journal.jsonl"), format!("{listed_line}{forged}\n")).expect("a write");
    let help = desk.refused(&["journal", "verify"], "[journal-not-published]");
    assert!(help.contains("ask the other publishers"), "{help}");
    let head = sha256_hex(forged.as_bytes());
    assert_eq!(desk.ok(&["journal", "verify", "--head", &head]), format!("2\t{head}\n"));
}

#[test]
fn an_event_shadows_nobody_with_the_head_unless_somebody_has_its_path() {
    let desk = Desk::with_repository();
    desk.ok(&["key", "new", "team", "--unencrypted"]);
    let settings = desk.repository().join("tufrepo.toml");
    let text = fs::read_to_string(&settings).expect("settings").replace("# journal = true", "journal = true");
    fs::write(&settings, text).expect("a write");
    desk.write("a.txt", "a");
    let shadows = "danger\ttargets: lists paths that it delegates to others: journal-head.json";
    let diff = |id: &str| {
        desk.ok(&["event", "new", id]);
        let changes = desk.ok(&["event", "diff", id]);
        desk.ok(&["event", "sign", id, "--yes"]);
        desk.ok(&["publish", "--event", id]);
        changes
    };
    desk.ok(&["target", "add", "a", "a.txt"]);
    let changes = diff("nobody-else");
    assert!(changes.contains("journal-head.json") && !changes.contains("danger"), "{changes}");
    // A delegation of the path is a danger, and comes first; once it is published, the next head is none.
    desk.ok(&["delegate", "team", "--key=team", "--paths=journal-*"]);
    let changes = diff("delegates");
    assert!(changes.starts_with(shadows), "{changes}");
    desk.ok(&["target", "add", "b", "a.txt"]);
    let changes = diff("known");
    assert!(changes.contains("journal-head.json") && !changes.contains("danger"), "{changes}");
}
