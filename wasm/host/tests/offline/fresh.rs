//! Metadata that is young enough is used without asking.

use std::time::Duration;

use tuf_tests::{DAY, NOW};
use tuf_verifier_host::records::{Basis, Waived};
use tuf_verifier_host::{Client, FolderStore, MemoryStore, Store};

use crate::world::{APP, APP_CONTENT, Published, TOOL, at, both, expired, found, refusal};

const HOUR: i64 = 3600;

/// A client for which metadata of the last hour is fresh.
fn hourly(published: &Published, store: impl Store + 'static, now: i64) -> Client {
    published.client(store).fresh_for(Duration::from_secs(HOUR.unsigned_abs())).reference_time(at(now))
}

/// A store that was refreshed at [`NOW`].
fn refreshed(published: &Published) -> MemoryStore {
    let store = MemoryStore::new();
    let session = hourly(published, store.clone(), NOW).refresh().expect("accepted");
    assert_eq!(session.report().waived, []);
    assert_eq!(store.load("refreshed").expect("read"), Some(NOW.to_string().into_bytes()));
    published.requests();
    store
}

/// What a client asks for at a time.
fn asked(published: &Published, store: &MemoryStore, now: i64) -> Vec<String> {
    hourly(published, store.clone(), now).refresh().expect("accepted");
    published.requests()
}

const ALL: [&str; 2] = ["2.root.json", "timestamp.json"];

#[test]
fn asks_nobody_while_fresh_and_says_so() {
    let published = Published::new();
    let store = refreshed(&published);
    let session = hourly(&published, store, NOW + HOUR - 1).refresh().expect("accepted");
    assert_eq!(published.requests(), Vec::<String>::new());
    let why = Basis::Fresh(NOW);
    let waived: Vec<_> =
        session.report().waived.iter().map(|waiver| (waiver.check.clone(), waiver.why)).collect();
    assert_eq!(waived, [(Waived::NewerRoot, why), (Waived::NewerTimestamp, why)]);
    assert_eq!(
        session.report().waived[0].to_string(),
        "newer root metadata was not asked for (5.3.3): the last full refresh, at 2027-01-15T08:00:00Z, is young enough"
    );
}

#[test]
fn asks_again_when_the_time_is_over() {
    let published = Published::new();
    let store = refreshed(&published);
    assert_eq!(asked(&published, &store, NOW + HOUR), ALL);
    assert_eq!(asked(&published, &store, NOW + HOUR + 1), Vec::<String>::new(), "it was refreshed just now");
}

#[test]
fn a_use_while_fresh_does_not_make_it_fresher() {
    let published = Published::new();
    let store = refreshed(&published);
    assert_eq!(asked(&published, &store, NOW + HOUR - 1), Vec::<String>::new());
    assert_eq!(asked(&published, &store, NOW + HOUR), ALL);
}

#[test]
fn asks_always_without_such_a_time() {
    let published = Published::new();
    let store = MemoryStore::new();
    for _ in 0..2 {
        published.client(store.clone()).refresh().expect("accepted");
        assert_eq!(published.requests()[..2], ALL);
    }
    assert_eq!(store.load("refreshed").expect("read"), None);
    let store = refreshed(&published);
    published.client(store).refresh().expect("accepted");
    assert_eq!(published.requests(), ALL, "another client's time is not this one's");
}

#[test]
fn asks_where_the_clock_was_set_back() {
    let published = Published::new();
    let store = refreshed(&published);
    assert_eq!(asked(&published, &store, NOW - 1), ALL);
    assert_eq!(store.load("refreshed").expect("read"), Some((NOW - 1).to_string().into_bytes()));
}

#[test]
fn asks_where_the_time_is_unreadable() {
    let published = Published::new();
    let unreadable: [&[u8]; 7] =
        [b"", b"soon", b"\xff", b"1.8e9", b"99999999999999999999", b"1800000000\n", b"-"];
    for bytes in unreadable {
        let store = refreshed(&published);
        store.persist("refreshed", bytes).expect("written");
        assert_eq!(asked(&published, &store, NOW + 1), ALL, "{bytes:?}");
        assert_eq!(store.load("refreshed").expect("read"), Some((NOW + 1).to_string().into_bytes()));
    }
}

#[test]
fn asks_where_the_time_lies_in_the_future() {
    let published = Published::new();
    for time in [NOW + 2, i64::MAX] {
        let store = refreshed(&published);
        store.persist("refreshed", time.to_string().as_bytes()).expect("written");
        assert_eq!(asked(&published, &store, NOW + 1), ALL, "{time}");
    }
    let store = refreshed(&published);
    store.persist("refreshed", i64::MIN.to_string().as_bytes()).expect("written");
    assert_eq!(asked(&published, &store, NOW + 1), ALL);
}

#[test]
fn asks_where_something_in_the_store_has_expired() {
    let published = Published::new();
    let store = MemoryStore::new();
    hourly(&published, store.clone(), NOW + DAY - 60).refresh().expect("accepted");
    published.requests();
    let now = NOW + DAY;
    let refused = refusal(hourly(&published, store.clone(), now).refresh());
    assert_eq!(refused, expired("timestamp", 1, now, now), "the repository has nothing newer");
    assert_eq!(published.requests(), ALL);
    let mut repository = crate::world::repository();
    repository.timestamp.expires = NOW + 2 * DAY;
    let renewed = Published::of(repository.release());
    assert!(asked(&renewed, &store, now).contains(&"timestamp.json".to_owned()));
}

#[test]
fn asks_where_a_file_of_the_store_is_of_no_use() {
    let published = Published::new();
    for name in ["timestamp.json", "snapshot.json", "targets.json"] {
        for bytes in [Some(&b"{"[..]), None] {
            let store = refreshed(&published);
            let good = store.load(name).expect("read");
            match bytes {
                Some(bytes) => store.persist(name, bytes).expect("written"),
                None => store.forget(name).expect("deleted"),
            }
            hourly(&published, store.clone(), NOW + 1).refresh().expect("accepted");
            assert_eq!(published.requests()[..2], ALL, "{name} {bytes:?}");
            assert_eq!(store.load(name).expect("read"), good, "{name} {bytes:?}");
        }
    }
}

#[test]
fn fetches_what_the_store_does_not_have_while_fresh() {
    let published = Published::new();
    let session = hourly(&published, refreshed(&published), NOW + 1).refresh().expect("accepted");
    both(&session);
    let requests = published.requests();
    assert_eq!(requests[1], "1.team.json", "{requests:?}");
    assert_eq!(requests.len(), 3, "{requests:?}");
}

#[test]
fn a_store_that_is_only_read_serves_while_fresh() {
    let published = Published::new();
    let folder = tempfile::tempdir().expect("a folder");
    let store = FolderStore::open(folder.path()).expect("a store");
    hourly(&published, store, NOW).refresh().expect("accepted");
    published.requests();
    let read_only = || FolderStore::read_only(folder.path()).expect("a store");
    let session = hourly(&published, read_only(), NOW + 1).refresh().expect("accepted");
    assert_eq!(published.requests(), Vec::<String>::new());
    let target = found(&session, APP);
    session.check_bytes(&target, APP_CONTENT).expect("the target's");
    for _ in 0..2 {
        let session = hourly(&published, read_only(), NOW + HOUR).refresh().expect("accepted");
        assert_eq!(published.requests(), ALL, "what it learnt is not kept");
        found(&session, TOOL);
        published.requests();
    }
}
