//! Several mirrors of one repository: a bad one cannot keep the client from a good one.

use std::sync::{Arc, Mutex};

use tuf_tests::{Key, Mirror, NOW, STRANGER};
use tuf_verifier_host::{Client, Error, MemoryStore, Progress, UnixTime};

use crate::world::{CONTENT, PATH, World, found, repository, verdict};

/// A client of these mirrors in this order, which trusts the first root metadata of the last.
fn client(mirrors: &[&World], store: MemoryStore) -> Client {
    let (first, others) = mirrors.split_first().expect("a mirror");
    let trusted_root = mirrors.last().unwrap().mirror.file("1.root.json").to_vec();
    let client = Client::new(trusted_root, (*first).clone(), store);
    let client = client.reference_time(UnixTime::from_seconds(NOW));
    others.iter().fold(client, |client, mirror| client.mirror((*mirror).clone()))
}

fn is_refreshed_by(mirrors: &[&World]) {
    let session = client(mirrors, MemoryStore::new()).refresh().expect("one of them is good");
    let target = found(&session, PATH);
    assert_eq!(session.read(&target).expect("one of them has the bytes"), CONTENT);
}

/// Mirrors that each do one thing wrong to every refresh.
fn bad_mirrors() -> Vec<(&'static str, World)> {
    let good = repository().mirror;
    let mut forging = repository();
    forging.sign_with("timestamp", &[Key::new(STRANGER)]).write_timestamp();
    let spoiled = |mirror: Mirror| World::seen_through(&mirror);
    let mut other_bytes = World::new();
    other_bytes.spoil_targets(&vec![b'x'; CONTENT.len()]);
    let mut endless_bytes = World::new();
    endless_bytes.spoil_targets(&vec![b'x'; 1_000_000]);
    let mut breaking = World::new();
    breaking.broken = breaking.mirror.targets.keys().map(|path| (path.clone(), 10)).collect();
    let mut empty = World::new();
    empty.mirror.targets.clear();
    vec![
        ("unreachable", World::unreachable()),
        ("forging the timestamp", World::of(&forging)),
        ("forging a newer root", spoiled(good.clone().passing_off("1.root.json", "2.root.json"))),
        ("withholding the timestamp", spoiled(good.clone().withholding("timestamp.json"))),
        ("withholding the snapshot", spoiled(good.clone().withholding("1.snapshot.json"))),
        ("withholding the targets", spoiled(good.clone().withholding("1.targets.json"))),
        ("tampering with the targets", spoiled(good.clone().tampering("1.targets.json", PATH, "bin/axx"))),
        ("no metadata", spoiled(good.clone().replacing("timestamp.json", *b"<html>"))),
        ("endless", spoiled(good.clone().endlessly("timestamp.json"))),
        ("endless root", spoiled(good.replacing("2.root.json", *b"{").endlessly("2.root.json"))),
        ("other target bytes", other_bytes),
        ("endless target bytes", endless_bytes),
        ("breaking off", breaking),
        ("without target files", empty),
    ]
}

#[test]
fn recovers_from_a_bad_mirror() {
    for (what, bad) in bad_mirrors() {
        eprintln!("{what}");
        is_refreshed_by(&[&bad, &World::new()]);
        is_refreshed_by(&[&World::new(), &bad]);
    }
}

#[test]
fn recovers_from_many_bad_mirrors() {
    let (bad, good) = (bad_mirrors(), World::new());
    let mut mirrors: Vec<&World> = bad.iter().map(|(_, bad)| bad).collect();
    mirrors.push(&good);
    is_refreshed_by(&mirrors);
}

#[test]
fn asks_a_mirror_that_failed_last() {
    let (bad, good) = (World::unreachable(), World::new());
    let session = client(&[&bad, &good], MemoryStore::new()).refresh().unwrap();
    assert_eq!(bad.requests(), ["2.root.json"]);
    assert_eq!(good.requests(), ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"]);
    let target = found(&session, PATH);
    session.read(&target).unwrap();
    assert_eq!(bad.requests(), Vec::<String>::new());
}

#[test]
fn still_asks_a_mirror_that_failed() {
    let (mut first, mut second) = (World::new(), World::new());
    first.mirror = first.mirror.withholding("timestamp.json");
    second.mirror = second.mirror.withholding("1.targets.json");
    is_refreshed_by(&[&first, &second]);
}

#[test]
fn asks_every_mirror_for_a_newer_root() {
    let behind = World::new();
    let mut repository = repository();
    repository.next_root().next_root();
    let ahead = World::of(&repository);
    let session = client(&[&behind, &ahead], MemoryStore::new()).refresh().unwrap();
    assert_eq!(session.report().root.version, 3);
}

#[test]
fn a_newer_root_that_is_refused_does_not_hide_that_another_mirror_has_none() {
    let mut forging = World::new();
    forging.mirror = forging.mirror.passing_off("1.root.json", "2.root.json");
    for mirrors in [[&forging, &World::new()], [&World::new(), &forging]] {
        assert_eq!(client(&mirrors, MemoryStore::new()).refresh().unwrap().report().root.version, 1);
    }
    assert_ne!(verdict(client(&[&forging, &forging], MemoryStore::new()).refresh()), "missing-metadata");
}

#[test]
fn recovers_from_a_mirror_that_serves_old_metadata() {
    let mut repository = repository();
    let stale = World::of(&repository);
    repository.release();
    let (current, store) = (World::of(&repository), MemoryStore::new());
    client(&[&current], store.clone()).refresh().unwrap();
    let session = client(&[&stale, &current], store.clone()).refresh().unwrap();
    assert_eq!(session.report().timestamp.version, 2);
    assert_eq!(verdict(client(&[&stale, &stale], store).refresh()), "rollback");
}

/// Without consistent snapshots, a current mirror has none of the files that an old timestamp asks for.
#[test]
fn recovers_from_a_mirror_that_leads_astray() {
    let mut repository = repository();
    repository.consistent_snapshot = Some(false);
    repository.next_root().release();
    let mut astray = World::of(&repository);
    astray.mirror = astray.mirror.withholding("snapshot.json");
    repository.release();
    let current = World::of(&repository);
    let store = MemoryStore::new();
    let session = client(&[&astray, &current], store.clone()).refresh().unwrap();
    assert_eq!(session.report().timestamp.version, 3);
    let session = client(&[&astray, &astray, &current], store).refresh().unwrap();
    assert_eq!(session.report().timestamp.version, 3);
}

#[test]
fn gives_up_once_each_mirror_has_led() {
    let mut bad = World::new();
    bad.mirror = bad.mirror.withholding("1.snapshot.json");
    let client = client(&[&bad, &bad, &bad], MemoryStore::new());
    assert_eq!(verdict(client.refresh()), "missing-metadata");
    let asked = bad.requests().iter().filter(|name| *name == "1.snapshot.json").count();
    assert_eq!(asked, 9);
}

#[test]
fn reports_a_missing_file_where_no_mirror_has_it() {
    let mut bad = World::new();
    bad.mirror = bad.mirror.withholding("timestamp.json");
    assert_eq!(verdict(client(&[&bad, &bad], MemoryStore::new()).refresh()), "missing-metadata");
    assert_eq!(bad.requests().iter().filter(|name| *name == "timestamp.json").count(), 2);
}

#[test]
fn reports_what_kept_every_mirror_from_an_answer() {
    let down = World::unreachable();
    let error = client(&[&down, &down], MemoryStore::new()).refresh().unwrap_err();
    assert_eq!(error.code(), "source-unreachable");
    assert_eq!(down.requests(), ["2.root.json", "2.root.json"]);
}

#[test]
fn reports_a_refusal_rather_than_a_network_error() {
    let down = World::unreachable();
    let mut forging = World::new();
    forging.mirror = forging.mirror.replacing("timestamp.json", *b"<html>");
    for mirrors in [[&down, &forging], [&forging, &down]] {
        assert_eq!(verdict(client(&mirrors, MemoryStore::new()).refresh()), "malformed-json");
    }
}

#[test]
fn reports_a_network_error_rather_than_a_missing_file() {
    let (down, mut lacking) = (World::unreachable(), World::new());
    lacking.mirror = lacking.mirror.withholding("timestamp.json");
    for mirrors in [[&down, &lacking], [&lacking, &down]] {
        let error = client(&mirrors, MemoryStore::new()).refresh().unwrap_err();
        assert!(matches!(error, Error::Source(_)), "{error:?}");
    }
}

#[test]
fn progress_tells_which_mirror_failed() {
    let (down, mut forging, good) = (World::unreachable(), World::new(), World::new());
    forging.mirror = forging.mirror.replacing("timestamp.json", *b"<html>");
    let events: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&events);
    let client = client(&[&down, &forging, &good], MemoryStore::new()).progress(move |progress| {
        let event = match progress {
            Progress::Failed { mirror, name, code, .. } => format!("{mirror}: {name}: {code}"),
            Progress::Verified { mirror, name } => format!("{mirror}: {name}"),
            _ => return,
        };
        seen.lock().unwrap().push(event);
    });
    client.refresh().unwrap();
    assert_eq!(
        *events.lock().unwrap(),
        [
            "mirror 1: 2.root.json: source-unreachable",
            "mirror 2: timestamp.json: malformed-json",
            "mirror 3: timestamp.json",
            "mirror 3: 1.snapshot.json",
            "mirror 3: 1.targets.json",
        ]
    );
}

#[test]
fn reports_wrong_bytes_rather_than_that_another_mirror_has_none() {
    let (mut wrong, mut empty) = (World::new(), World::new());
    wrong.spoil_targets(b"other bytes");
    empty.mirror.targets.clear();
    let session = client(&[&empty, &wrong], MemoryStore::new()).refresh().unwrap();
    let target = found(&session, PATH);
    assert_eq!(verdict(session.read(&target)), "wrong-software");
    let session = client(&[&empty, &empty], MemoryStore::new()).refresh().unwrap();
    let target = found(&session, PATH);
    assert_eq!(session.read(&target).unwrap_err().code(), "missing-target");
}

#[test]
fn searches_at_every_mirror() {
    let mut repository = repository();
    repository.delegate("targets", tuf_tests::Delegation::paths("team", &["team/*"]));
    repository.add_target("team", "team/tool", b"a tool").publish();
    let (mut withholding, good) = (World::of(&repository), World::of(&repository));
    withholding.mirror = withholding.mirror.withholding("1.team.json");
    let session = client(&[&withholding, &good], MemoryStore::new()).refresh().unwrap();
    let target = found(&session, "team/tool");
    assert_eq!(session.read(&target).unwrap(), b"a tool");
}
