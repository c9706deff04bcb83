//! A refresh through the sandbox: the requests that the client makes, and what it reports.

use std::sync::{Arc, Mutex, mpsc};

use tuf_tests::{DAY, Delegation, NOW, Repository};
use tuf_verifier_host::records::{Cause, Freeze, Refusal, RoleState};
use tuf_verifier_host::store::Guard;
use tuf_verifier_host::{
    Client, Error, MemoryStore, Progress, Session, Settings, Source, SourceError, Store, StoreError,
    UnixTime, component_digest,
};

use crate::world::{PATH, World, found, repository, verdict};

#[test]
fn brings_an_empty_store_up_to_date() {
    let (world, store) = (World::new(), MemoryStore::new());
    let session = world.client_with(store.clone()).refresh().unwrap();
    assert_eq!(session.report().timestamp, RoleState { version: 1, expires: NOW + DAY });
    assert!(session.report().consistent_snapshot);
    assert!(!session.report().timestamp_unchanged);
    assert_eq!(session.report().notices, []);
    assert_eq!(world.requests(), ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"]);
    assert!(
        ["root.json", "timestamp.json", "snapshot.json", "targets.json"]
            .iter()
            .all(|name| { store.names().iter().any(|stored| stored == name) })
    );
}

#[test]
fn fetches_only_root_and_timestamp_where_nothing_changed() {
    let (world, store) = (World::new(), MemoryStore::new());
    world.client_with(store.clone()).refresh().unwrap();
    world.requests();
    let session = world.client_with(store).refresh().unwrap();
    assert!(session.report().timestamp_unchanged);
    assert_eq!(world.requests(), ["2.root.json", "timestamp.json"]);
}

#[test]
fn reports_a_corrupt_file_of_the_store_and_heals_it() {
    let (world, store) = (World::new(), MemoryStore::new());
    world.client_with(store.clone()).refresh().unwrap();
    let good = store.load("snapshot.json").unwrap();
    store.persist("snapshot.json", b"{").unwrap();
    let session = world.client_with(store.clone()).refresh().unwrap();
    let names: Vec<&str> = session.report().notices.iter().map(|notice| notice.name.as_str()).collect();
    assert_eq!(names, ["snapshot.json"]);
    assert_eq!(store.load("snapshot.json").unwrap(), good);
}

#[test]
fn a_refusal_carries_code_words_and_facts() {
    let world = World::new();
    let expired = NOW + DAY;
    let client = world.client().reference_time(UnixTime::from_seconds(expired));
    let Err(Error::Failure(failure)) = client.refresh() else { panic!("expired metadata was accepted") };
    assert_eq!(failure.code, "freeze");
    let facts = Freeze { role: "timestamp".into(), version: 1, expires: expired, now: expired };
    assert_eq!(failure.cause, Cause::Refused(Refusal::Freeze(facts)));
    let expired = UnixTime::from_seconds(expired);
    let words =
        format!("freeze attack: timestamp version 1 expired at {expired}, the update started at {expired}");
    assert_eq!(failure.to_string(), words);
}

#[test]
fn settings_reach_the_component() {
    let settings = Settings { timestamp_max_length: 10, ..Settings::default() };
    assert_eq!(verdict(World::new().client().settings(settings).refresh()), "endless-data");
}

#[test]
fn bad_trusted_root_is_a_verdict() {
    let client = Client::new(b"[]".to_vec(), World::new(), MemoryStore::new());
    assert_eq!(verdict(client.refresh()), "malformed-metadata");
}

#[test]
fn reads_the_systems_clock() {
    let world = World::new();
    let client = Client::new(world.mirror.file("1.root.json").to_vec(), world, MemoryStore::new());
    let result = client.refresh();
    if UnixTime::now().seconds() < NOW + DAY {
        result.unwrap();
    } else {
        assert_eq!(verdict(result), "freeze");
    }
}

#[test]
fn progress_tells_what_is_fetched_and_accepted() {
    let world = World::new();
    let events: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&events);
    let client = world.client().progress(move |progress| {
        seen.lock().unwrap().push(match progress {
            Progress::Fetching { mirror, name } => format!("fetching {name} from {mirror}"),
            Progress::Fetched { name, bytes, .. } => format!("fetched {name} of {}", bytes > 0),
            Progress::Absent { name, .. } => format!("no {name}"),
            Progress::Verified { name, .. } => format!("verified {name}"),
            Progress::TargetBytes { path, received, length, .. } => {
                format!("{received} of {length} bytes of {path}")
            }
            other => format!("{other:?}"),
        });
    });
    let session = client.refresh().unwrap();
    let target = found(&session, PATH);
    session.read(&target).unwrap();
    let events = events.lock().unwrap();
    assert_eq!(
        events[..3],
        ["fetching 2.root.json from mirror 1", "no 2.root.json", "fetching timestamp.json from mirror 1"]
    );
    assert_eq!(events[3..5], ["fetched timestamp.json of true", "verified timestamp.json"]);
    assert_eq!(events.last().unwrap(), "28 of 28 bytes of bin/app");
}

#[test]
fn waits_for_another_refresh_of_the_same_store() {
    let (world, store) = (World::new(), MemoryStore::new());
    let guard = store.lock(&mut || ()).unwrap();
    let (told, waiting) = mpsc::channel();
    let client = world.client_with(store.clone()).progress(move |progress| {
        if progress == Progress::WaitingForLock {
            told.send(()).unwrap();
        }
    });
    std::thread::scope(|scope| {
        let refresh = scope.spawn(|| client.refresh().map(drop));
        waiting.recv().unwrap();
        assert_eq!(world.requests(), Vec::<String>::new());
        drop(guard);
        refresh.join().unwrap().unwrap();
    });
}

#[test]
fn a_source_without_an_answer_is_no_verdict() {
    struct Unreachable;
    impl Source for Unreachable {
        fn metadata(&self, name: &str, _: u64) -> Result<Option<Vec<u8>>, SourceError> {
            Err(SourceError::from_read(name, std::io::ErrorKind::ConnectionRefused.into()))
        }
        fn target(&self, _: &str) -> Result<Option<Box<dyn std::io::Read + '_>>, SourceError> {
            Ok(None)
        }
    }
    let root = repository().mirror.file("1.root.json").to_vec();
    let client = Client::new(root, Unreachable, MemoryStore::new());
    let error = client.refresh().unwrap_err();
    assert!(matches!(error, Error::Source(SourceError::Read { .. })), "{error:?}");
    assert_eq!(error.code(), "source-unreadable");
}

#[test]
fn a_store_that_cannot_be_written_is_no_verdict() {
    struct Unwritable;
    impl Store for Unwritable {
        fn lock(&self, _: &mut dyn FnMut()) -> Result<Box<dyn Guard + '_>, StoreError> {
            struct Unlocked;
            impl Guard for Unlocked {}
            Ok(Box::new(Unlocked))
        }
        fn load(&self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(None)
        }
        fn persist(&self, name: &str, _: &[u8]) -> Result<(), StoreError> {
            Err(StoreError::Write {
                path: name.into(),
                source: std::io::ErrorKind::ReadOnlyFilesystem.into(),
            })
        }
        fn forget(&self, _: &str) -> Result<(), StoreError> {
            Ok(())
        }
    }
    let world = World::new();
    let root = world.mirror.file("1.root.json").to_vec();
    let client = Client::new(root, world, Unwritable).reference_time(UnixTime::from_seconds(NOW));
    assert_eq!(client.refresh().unwrap_err().code(), "store-unwritable");
}

#[test]
fn follows_a_rotation_of_root() {
    let mut repository = Repository::new();
    repository.next_root().next_root();
    let world = World::of(&repository);
    assert_eq!(world.session().report().root.version, 3);
    assert_eq!(world.requests()[..3], ["2.root.json", "3.root.json", "4.root.json"]);
}

#[test]
fn a_failed_search_does_not_end_the_session() {
    let mut repository = repository();
    repository.delegate("targets", Delegation::paths("team", &["team/*"])).publish();
    let mut world = World::of(&repository);
    world.mirror = world.mirror.withholding("1.team.json");
    let session = world.session();
    assert_eq!(verdict(session.find("team/tool")), "missing-metadata");
    found(&session, PATH);
    assert_eq!(verdict(session.find("team/tool")), "missing-metadata");
}

#[test]
fn sessions_can_be_sent_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Client>();
    is_send::<Session>();
    assert_eq!(component_digest().len(), 64);
}
