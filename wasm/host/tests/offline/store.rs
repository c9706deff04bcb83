//! A refresh with the trusted store alone.

use std::fs;
use std::path::Path;

use tuf_tests::{DAY, NOW, Repository};
use tuf_verifier_host::records::{Basis, Waived};
use tuf_verifier_host::{Access, Client, Downloaded, Error, FolderStore, MemoryStore, Settings, Store};

use crate::world::{
    APP, APP_CONTENT, Published, TOOL, TOOL_CONTENT, at, expired, found, refusal, repository, verdict,
};

/// A store after a refresh, with the metadata of the delegated role too.
fn warm(published: &Published) -> MemoryStore {
    let store = MemoryStore::new();
    fill(published, store.clone());
    store
}

fn fill(published: &Published, store: impl Store + 'static) {
    let session = published.client(store).refresh().expect("accepted");
    found(&session, TOOL);
    published.requests();
}

fn offline(published: &Published, store: impl Store + 'static) -> Client {
    Client::offline(published.trusted_root(), store).reference_time(at(NOW))
}

/// Every file of a store.
fn files(store: &MemoryStore) -> Vec<(String, Option<Vec<u8>>)> {
    store.names().into_iter().map(|name| (name.clone(), store.load(&name).expect("read"))).collect()
}

#[test]
fn verifies_with_a_warm_store_and_says_what_was_not_asked() {
    let published = Published::new();
    let store = warm(&published);
    let before = files(&store);
    let session = offline(&published, store.clone()).refresh().expect("accepted");
    for (path, content) in [(APP, APP_CONTENT), (TOOL, TOOL_CONTENT)] {
        let target = found(&session, path);
        session.check_bytes(&target, content).expect("the target's");
        assert_eq!(verdict(session.check_bytes(&target, b"others")), "wrong-software");
    }
    let waived: Vec<_> =
        session.report().waived.iter().map(|waiver| (waiver.check.clone(), waiver.why)).collect();
    assert_eq!(waived, [(Waived::NewerRoot, Basis::Offline), (Waived::NewerTimestamp, Basis::Offline)]);
    let words: Vec<String> = session.report().waived.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            "newer root metadata was not asked for (5.3.3): offline, the trusted store alone was used",
            "newer timestamp metadata was not asked for (5.4.1): offline, the trusted store alone was used",
        ]
    );
    assert_eq!(session.report().now, NOW);
    assert_eq!(files(&store), before, "nothing was written");
}

#[test]
fn keeps_a_file_that_is_there_and_fetches_none() {
    let published = Published::new();
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("app");
    let session = offline(&published, warm(&published)).refresh().expect("accepted");
    let target = found(&session, APP);
    for result in [session.read(&target).map(drop), session.download(&target, &to).map(drop)] {
        let error = result.expect_err("it would have to be fetched");
        assert!(matches!(&error, Error::Offline { name, .. } if name == APP), "{error:?}");
        assert_eq!(error.to_string(), "bin/app is not fetched: the client is offline");
    }
    fs::write(&to, b"damaged").expect("written");
    assert_eq!(session.download(&target, &to).expect_err("it would have to be fetched").code(), "offline");
    fs::write(&to, APP_CONTENT).expect("written");
    assert_eq!(session.download(&target, &to).expect("verified"), Downloaded::Unchanged);
}

#[test]
fn asks_no_source_that_it_was_given() {
    let published = Published::new();
    let settings = Settings { access: Access::Store, ..Settings::default() };
    let client = published.client(warm(&published)).mirror(published.clone()).settings(settings);
    let session = client.refresh().expect("accepted");
    let target = found(&session, TOOL);
    assert_eq!(session.read(&target).expect_err("it would have to be fetched").code(), "offline");
    assert_eq!(published.requests(), Vec::<String>::new());
}

#[test]
fn nobody_to_ask_is_offline_whatever_the_settings_say() {
    let published = Published::new();
    let client = offline(&published, warm(&published)).settings(Settings::default());
    assert_eq!(client.refresh().expect("accepted").report().waived.len(), 2);
    let client = offline(&published, MemoryStore::new()).settings(Settings::default());
    assert_eq!(verdict(client.refresh()), "not-in-store");
}

/// A repository in which one role expires after a day, and the others after a year.
fn expiring(role: &str) -> Repository {
    let mut repository = repository();
    let year = NOW + 365 * DAY;
    repository.timestamp.expires = year;
    repository.snapshot.expires = year;
    for role in ["targets", "team"] {
        repository.role(role).header.expires = year;
    }
    let header = match role {
        "root" => &mut repository.root,
        "timestamp" => &mut repository.timestamp,
        "snapshot" => &mut repository.snapshot,
        role => &mut repository.role(role).header,
    };
    header.expires = NOW + DAY;
    repository.write_root().publish();
    repository
}

#[test]
fn rejects_what_has_expired_naming_role_and_date() {
    for role in ["root", "timestamp", "snapshot", "targets"] {
        let published = Published::of(&expiring(role));
        let store = warm(&published);
        let at_expiry = offline(&published, store.clone()).reference_time(at(NOW + DAY));
        assert_eq!(refusal(at_expiry.refresh()), expired(role, 1, NOW + DAY, NOW + DAY));
        let before = offline(&published, store).reference_time(at(NOW + DAY - 1));
        before.refresh().expect("not expired yet");
    }
}

#[test]
fn the_words_for_expired_metadata() {
    let published = Published::new();
    let client = offline(&published, warm(&published)).reference_time(at(NOW + DAY + 61));
    let words = "freeze attack: timestamp version 1 expired at 2027-01-16T08:00:00Z, the update started at 2027-01-16T08:01:01Z";
    assert_eq!(refusal(client.refresh()).1, words);
}

#[test]
fn rejects_expired_metadata_of_a_delegated_role() {
    let published = Published::of(&expiring("team"));
    let client = offline(&published, warm(&published)).reference_time(at(NOW + DAY));
    let session = client.refresh().expect("the top-level roles have not expired");
    found(&session, APP);
    assert_eq!(refusal(session.find(TOOL)), expired("team", 1, NOW + DAY, NOW + DAY));
}

#[test]
fn says_what_the_store_lacks() {
    let published = Published::new();
    for role in ["timestamp", "snapshot", "targets"] {
        let (store, name) = (warm(&published), format!("{role}.json"));
        store.forget(&name).expect("deleted");
        for floor in ["floors/timestamp", "floors/snapshot"] {
            store.forget(floor).expect("deleted");
        }
        let words = format!("not in the store: {name} is needed, and offline nothing is fetched");
        assert_eq!(refusal(offline(&published, store).refresh()), ("not-in-store".to_owned(), words));
    }
    let store = MemoryStore::new();
    published.client(store.clone()).refresh().expect("accepted");
    let session = offline(&published, store).refresh().expect("accepted");
    assert_eq!(verdict(session.find(TOOL)), "not-in-store");
    found(&session, APP);
}

#[test]
fn rejects_a_store_that_was_tampered_with() {
    let published = Published::new();
    for (name, bytes, code) in [
        ("targets.json", b"{".as_slice(), "malformed-json"),
        ("targets.json", published.mirror.file("1.team.json"), "arbitrary-software"),
        ("timestamp.json", published.mirror.file("1.snapshot.json"), "malformed-metadata"),
    ] {
        let store = warm(&published);
        store.persist(name, bytes).expect("written");
        store.forget("floors/timestamp").expect("deleted");
        let before = files(&store);
        assert_eq!(verdict(offline(&published, store.clone()).refresh()), code, "{name}");
        assert_eq!(files(&store), before, "nothing was written");
    }
}

#[test]
fn follows_the_roots_of_the_store() {
    let mut repository = repository();
    repository.next_root().next_root();
    let published = Published::of(&repository);
    let session = offline(&published, warm(&published)).refresh().expect("accepted");
    assert_eq!(session.report().root.version, 3);
}

#[test]
fn works_with_a_store_that_is_only_read() {
    let published = Published::new();
    let folder = tempfile::tempdir().expect("a folder");
    fill(&published, FolderStore::open(folder.path()).expect("a store"));
    let before = count(folder.path());
    let store = FolderStore::read_only(folder.path()).expect("a store");
    let session = offline(&published, store).refresh().expect("accepted");
    found(&session, TOOL);
    assert_eq!(count(folder.path()), before);
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).expect("a folder").count()
}
