//! What is published is in an object store: S3, as moto speaks it.
#![cfg(feature = "object-store")]

use crate::world;

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::stores::forgetful::{Broken, Forgetful};
use crate::stores::{Shelf, settings};
use crate::world::{Client, CrashAt, Found, NOW, World, copy_folder};
use tempfile::TempDir;
use tuf_repository::metadata::{Scope, sha256_hex};
use tuf_repository::{
    Bucket, Delegation, Error, Handover, Keep, KeyRing, Periods, Property, Repository, Site, StoreCheck,
    StoreError, UnixTime, Write, WriteObserver, examine,
};

/// A world whose repository has a delegated role, and a target of it staged.
fn staged(shelf: &Shelf, prefix: &str) -> (World, Client) {
    let world = World::without_repository(&["delegate"]);
    let repository = shelf.init(&world, prefix).expect("a new repository");
    let mut client = Client::default();
    client.find_in(&shelf.served(prefix), "a/b", NOW).expect("an update");
    let delegation = Delegation::Role {
        name: "role".to_owned(),
        keys: world.role_keys(&["delegate"]),
        scope: Scope::Paths(vec!["a/*".to_owned()]),
        terminating: true,
    };
    repository.delegate("targets", delegation).expect("a delegation");
    repository.add_target("role", "a/b", b"bytes").expect("a staged target");
    (world, client)
}

#[test]
fn a_crash_at_any_write_leaves_a_bucket_whole_and_the_next_publish_completes() {
    let Some(shelf) = Shelf::new("a_crash_at_any_write_of_a_bucket") else { return };
    let (world, client) = staged(&shelf, "base");
    let see = |prefix: &str, finished: bool| {
        for client in [Client::default(), client.clone()] {
            let (report, found) =
                client.clone().find_in(&shelf.served(prefix), "a/b", NOW).expect("a whole repository");
            let is_new = report.timestamp.version == 2;
            assert!(is_new || !finished, "{prefix}: timestamp version {}", report.timestamp.version);
            assert_eq!(found, if is_new { Found::By("role".to_owned()) } else { Found::Nothing });
        }
    };
    let mut crashes = 0;
    for crash in 0.. {
        let (home, prefix) = (TempDir::new().expect("a temporary folder"), format!("crash-{crash}"));
        copy_folder(world.home(), home.path());
        shelf.copy("base", &prefix);
        let observer = CrashAt::write(crash);
        match shelf.open(&world, home.path(), &prefix).observe_writes(observer).publish(NOW) {
            Ok(_) => break,
            Err(Error::Io { .. }) => crashes += 1,
            Err(other) => panic!("{other:?}"),
        }
        see(&prefix, false);
        shelf.open(&world, home.path(), &prefix).publish(NOW).expect("the next publish");
        see(&prefix, true);
        let again = shelf.open(&world, home.path(), &prefix).publish(NOW).expect("a publish without changes");
        assert!(again.metadata.is_empty(), "crash at write {crash}: {again:?}");
    }
    // Five objects, and what the state folder gets.
    assert!(crashes > 12, "{crashes} writes");
}

/// Twenty publishers with folders of their own, each with one change that it staged before any of the others published.
/// Clients that are at work meanwhile see a whole repository each time.
#[test]
fn twenty_publishers_of_one_bucket_lose_no_change() {
    const PUBLISHERS: usize = 20;
    let Some(shelf) = Shelf::new("twenty_publishers_of_one_bucket") else { return };
    let world = World::without_repository(&[]);
    shelf.init(&world, "repo").expect("a new repository");
    let (world, shelf, barrier, left) =
        (&world, &shelf, &Barrier::new(PUBLISHERS), &AtomicUsize::new(PUBLISHERS));
    thread::scope(|scope| {
        for publisher in 0..PUBLISHERS {
            scope.spawn(move || {
                let home = TempDir::new().expect("a temporary folder");
                copy_folder(world.home(), home.path());
                let repository = shelf.open(world, home.path(), "repo");
                let path = format!("{publisher}/app");
                repository.add_target("targets", &path, path.as_bytes()).expect("a staged target");
                barrier.wait();
                let published = repository.publish(NOW);
                left.fetch_sub(1, Ordering::SeqCst);
                published.expect("a publish");
            });
        }
        let mut client = Client::default();
        while left.load(Ordering::SeqCst) > 0 {
            client.find_in(&shelf.served("repo"), "0/app", NOW).expect("a whole repository");
        }
    });
    let mut client = Client::default();
    for publisher in 0..PUBLISHERS {
        let path = format!("{publisher}/app");
        let found = client.find_in(&shelf.served("repo"), &path, NOW).expect("a whole repository").1;
        assert_eq!(found, Found::By("targets".to_owned()), "{publisher}");
    }
}

/// Another publisher with the same keys, of a copy of everything that is not in the bucket.
fn another(world: &World) -> TempDir {
    let home = TempDir::new().expect("a temporary folder");
    copy_folder(world.home(), home.path());
    home
}

/// Calls something before the write of a file.
struct Before<F>(&'static str, F);

impl<F: Fn() -> io::Result<()> + Send + Sync> WriteObserver for Before<F> {
    fn before(&self, write: Write<'_>) -> io::Result<()> {
        match write {
            Write::Create(path) | Write::Replace(path) if path.to_string_lossy().ends_with(self.0) => {
                (self.1)()
            }
            _ => Ok(()),
        }
    }
}

#[test]
fn recovers_from_a_publisher_that_went_on_while_another_was_interrupted() {
    let Some(shelf) = Shelf::new("recovers_from_a_publisher_that_went_on") else { return };
    // Interrupted before its first published file, before its snapshot, and after its timestamp.
    for (number, last) in ["1.role.json", "2.snapshot.json", "/repository.json"].into_iter().enumerate() {
        let prefix = format!("repo-{number}");
        let (world, _) = staged(&shelf, &prefix);
        let home = another(&world);
        shelf.open(&world, home.path(), &prefix).discard().expect("nothing staged");
        let crash = Before(last, || Err(io::Error::other("crash")));
        let crashed = shelf.open(&world, world.home(), &prefix).observe_writes(Arc::new(crash)).publish(NOW);
        assert!(matches!(crashed, Err(Error::Io { .. })), "{last}: {crashed:?}");
        let other = shelf.open(&world, home.path(), &prefix);
        other.add_target("targets", "other", b"of another publisher").expect("a staged target");
        other.publish(NOW).expect("a publish");
        let repository = shelf.open(&world, world.home(), &prefix);
        repository.publish(NOW).expect("the next publish");
        let mut client = Client::default();
        for (path, role) in [("a/b", "role"), ("other", "targets")] {
            let found = client.find_in(&shelf.served(&prefix), path, NOW).expect("a whole repository").1;
            assert_eq!(found, Found::By(role.to_owned()), "{last}: {path}");
        }
        assert!(!repository.status().expect("a status").interrupted, "{last}");
    }
}

/// The other one writes nothing but the timestamp, so no name is taken: the timestamp alone tells.
#[test]
fn plans_anew_when_the_timestamp_changes_before_it_is_swapped_or_while_it_is() {
    let Some(shelf) = Shelf::new("plans_anew_when_the_timestamp_changes") else { return };
    for (number, write) in ["metadata/1.role.json", "metadata/timestamp.json"].into_iter().enumerate() {
        let prefix = format!("repo-{number}");
        let (world, _) = staged(&shelf, &prefix);
        let home = another(&world);
        let (place, ring, other) = (shelf.place(&prefix), world.ring(), home.path().to_owned());
        let is_first = AtomicUsize::new(1);
        let overtake = move || {
            if is_first.swap(0, Ordering::SeqCst) == 0 {
                return Ok(());
            }
            let site = Site::from(&other.join("repo")).with_bucket(place.clone());
            let other = Repository::open(site, &other.join("state"), ring.clone(), Periods::default());
            other.and_then(|other| other.refresh(&["timestamp"], NOW)).map(drop).map_err(io::Error::other)
        };
        let repository = shelf.open(&world, world.home(), &prefix);
        let published = repository.observe_writes(Arc::new(Before(write, overtake))).publish(NOW);
        let metadata = published.expect("a publish").metadata;
        assert!(metadata.contains(&("timestamp".to_owned(), 3)), "{write}: {metadata:?}");
        let (report, found) =
            Client::default().find_in(&shelf.served(&prefix), "a/b", NOW).expect("a whole repository");
        assert_eq!((report.timestamp.version, found), (3, Found::By("role".to_owned())), "{write}");
    }
}

#[test]
fn rejects_root_metadata_that_another_publisher_has_published_first() {
    let Some(shelf) = Shelf::new("rejects_root_metadata_of_another_publisher") else { return };
    let world = World::without_repository(&["snapshot-2", "timestamp-2"]);
    shelf.init(&world, "repo").expect("a new repository");
    let rotate = |repository: &Repository, role: &str| {
        let mut staged = repository.stage().expect("a set of changes");
        let keys = world.role_keys(&[&format!("{role}-2")]);
        staged.set_keys(role, &keys, Handover::Overlapping).expect("new keys");
        staged.save().expect("saved changes");
    };
    let home = another(&world);
    let (place, ring, other) = (shelf.place("repo"), world.ring(), home.path().to_owned());
    let overtake = move || {
        let site = Site::from(&other.join("repo")).with_bucket(place.clone());
        let other = Repository::open(site, &other.join("state"), ring.clone(), Periods::default());
        other.and_then(|other| other.publish(NOW)).map(drop).map_err(io::Error::other)
    };
    rotate(&shelf.open(&world, home.path(), "repo"), "snapshot");
    let repository = shelf.open(&world, world.home(), "repo");
    rotate(&repository, "timestamp");
    let observed = shelf
        .open(&world, world.home(), "repo")
        .observe_writes(Arc::new(Before("metadata/2.root.json", overtake)));
    let refused = observed.publish(NOW).expect_err("the other one was first");
    assert!(matches!(refused, Error::RootTaken(2)), "{refused:?}");
    assert_eq!(refused.code(), "root-taken");
    let mut client = Client::default();
    client.find_in(&shelf.served("repo"), "none", NOW).expect("a whole repository");
    // A person looks at it, and publishes again: both rotations are there.
    repository.publish(NOW).expect("a publish");
    let report = client.find_in(&shelf.served("repo"), "none", NOW).expect("a whole repository").0;
    assert_eq!(report.root.version, 3);
    let status = repository.status().expect("a status");
    for role in ["snapshot", "timestamp"] {
        let keyid = world.keys[&format!("{role}-2")].public().keyid().expect("a keyid");
        let row = status.roles.iter().find(|row| row.role == role).expect("a role");
        assert_eq!(row.keyids, [keyid], "{role}");
    }
}

#[test]
fn rejects_every_change_of_a_bucket_and_restores_it() {
    let Some(shelf) = Shelf::new("rejects_every_change_of_a_bucket") else { return };
    let (world, _) = staged(&shelf, "repo");
    let repository = shelf.open(&world, world.home(), "repo");
    let first = shelf.served("repo")("metadata/timestamp.json").expect("a timestamp");
    repository.publish(NOW).expect("a publish");
    repository.add_target("targets", "next", b"bytes").expect("a staged target");
    // What one command has read is not what the next one believes.
    repository.stage().map(drop).expect("a whole repository");
    shelf.put("repo", "metadata/2.targets.json", b"{}");
    assert_eq!(repository.stage().expect_err("changed").code(), "published-changed");
    assert_eq!(repository.restore().expect("a restored repository").changed, ["2.targets.json"]);
    for name in ["1.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json", "1.role.json"] {
        let whole = format!("metadata/{name}");
        let genuine = shelf.served("repo")(&whole).expect("a file");
        let mut flipped = genuine.clone();
        flipped[genuine.len() / 2] ^= 1;
        let damages = [Some(flipped), Some(Vec::new()), Some([genuine, b" ".repeat(9)].concat()), None];
        for damage in damages {
            match &damage {
                Some(bytes) => shelf.put("repo", &whole, bytes),
                None => shelf.delete("repo", &whole),
            }
            let keyless = shelf.open_with(world.home(), "repo", KeyRing::default()).expect("a repository");
            let refused = keyless.publish(NOW).expect_err(name);
            let Error::Changed { path, .. } = &refused else { panic!("{name}: {refused:?}") };
            assert_eq!(path.to_str(), Some(format!("s3://{}/repo/{whole}", shelf.bucket).as_str()));
            let restored = keyless.restore().expect(name);
            let (expected, other) = match damage {
                Some(_) => (restored.changed, restored.missing),
                None => (restored.missing, restored.changed),
            };
            assert_eq!((expected.as_slice(), other.len()), (&[name.to_owned()][..], 0));
        }
    }
    shelf.put("repo", "metadata/timestamp.json", &first);
    let refused = repository.publish(NOW).expect_err("an older one");
    assert_eq!(refused.code(), "published-rolled-back", "{refused}");
    repository.restore().expect("a restored repository");
    // Root metadata of nobody, which every client would ask for.
    shelf.put("repo", "metadata/2.root.json", b"{}");
    assert_eq!(repository.publish(NOW).expect_err("planted").code(), "published-changed");
    assert_eq!(repository.restore().expect("a restored repository").foreign, ["2.root.json"]);
    repository.publish(NOW).expect("a publish");
    Client::default().find_in(&shelf.served("repo"), "next", NOW).expect("a whole repository");
}

#[test]
fn a_store_that_does_not_answer_is_no_attack() {
    let Some(shelf) = Shelf::new("a_store_that_does_not_answer") else { return };
    let (world, _) = staged(&shelf, "repo");
    let before = world::files(&world.state());
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", closed.local_addr().expect("an address"));
    drop(closed);
    let url = format!("s3://{}/repo", shelf.bucket);
    let open = |bucket: Bucket| {
        let site = Site::from(world.path()).with_bucket(bucket);
        Repository::open(site, &world.state(), world.ring(), Periods::default()).expect("a repository")
    };
    let unreachable = open(Bucket::open_with(&url, settings(&endpoint)).expect("usable settings"));
    assert_eq!(unreachable.publish(NOW).expect_err("nobody answers").code(), "store-failed");
    // Nor does a bucket that is not there mean that everything in it is gone.
    let other = Bucket::open_with("s3://no-such-bucket/repo", settings(&shelf.moto.endpoint()));
    let refused = open(other.expect("usable settings")).publish(NOW).expect_err("there is no such bucket");
    assert_eq!(refused.code(), "store-failed", "{refused}");
    assert!(world::files(&world.state()) == before);
    shelf.open(&world, world.home(), "repo").publish(NOW).expect("a publish");
}

#[test]
fn tells_caches_what_never_changes() {
    let Some(shelf) = Shelf::new("tells_caches_what_never_changes") else { return };
    let (world, _) = staged(&shelf, "repo");
    shelf.open(&world, world.home(), "repo").publish(NOW).expect("a publish");
    let names = shelf.names("repo");
    assert_eq!(names.iter().filter(|name| name.starts_with("targets/")).count(), 1, "{names:?}");
    for name in names {
        let object = shelf.moto.get(&format!("{}/repo/{name}", shelf.bucket)).expect("an object");
        let cache = match name.as_str() {
            "metadata/timestamp.json" => "public, max-age=60",
            _ => "public, max-age=31536000, immutable",
        };
        assert_eq!(object.header("cache-control"), Some(cache), "{name}");
        let kind =
            if name.starts_with("metadata/") { "application/json" } else { "application/octet-stream" };
        assert_eq!(object.header("content-type"), Some(kind), "{name}");
    }
}

#[test]
fn keeps_target_paths_as_clients_ask_for_them() {
    let Some(shelf) = Shelf::new("keeps_target_paths_as_clients_ask") else { return };
    let world = World::without_repository(&[]);
    let repository = shelf.init(&world, "repo").expect("a new repository");
    // Larger than what is written at once, and with characters that the store's client would rather encode.
    let paths = ["plain", "a~b/c+d e.tar", "p%41th", "\u{fc}ber/[x]"];
    for path in paths {
        repository.add_target("targets", path, path.as_bytes()).expect("a staged target");
    }
    let large = vec![7; 33 * 1024 * 1024];
    repository.add_target("targets", "large", &large).expect("a staged target");
    repository.publish(NOW).expect("a publish");
    let staged = repository.stage().expect("a set of changes");
    for path in paths {
        assert_eq!(staged.read_target("targets", path).expect("a target").as_deref(), Some(path.as_bytes()));
    }
    assert!(staged.read_target("targets", "large").expect("a target") == Some(large));
    drop(staged);
    for path in paths.into_iter().chain(["large"]) {
        let mut client = Client::default();
        let found = client.find_in(&shelf.served("repo"), path, NOW).expect("a whole repository").1;
        assert_eq!(found, Found::By("targets".to_owned()), "{path}");
    }
}

#[test]
fn doctor_accepts_moto_and_leaves_nothing_behind() {
    let Some(shelf) = Shelf::new("doctor_accepts_moto") else { return };
    let examination = examine(&shelf.place("repo")).expect("a sound store");
    assert_eq!(examination.properties.len(), 6);
    assert_eq!(examination.left, []);
    assert_eq!(shelf.names("repo"), <[String; 0]>::default());
    let world = World::without_repository(&[]);
    let repository = shelf.init(&world, "repo").expect("a new repository");
    assert_eq!(repository.store_check().expect("a state folder"), StoreCheck::Conditions);
    Repository::examine_store(&shelf.site(world.home(), "repo"), &world.state()).expect("a sound store");
    assert_eq!(repository.store_check().expect("a state folder"), StoreCheck::Raced);
    let elsewhere = shelf.open(&world, world.home(), "repo-2");
    assert_eq!(elsewhere.store_check().expect("a state folder"), StoreCheck::Unchecked);
}

#[test]
fn rejects_a_store_that_loses_updates() {
    let cases = [
        (Broken::IgnoresIfNoneMatch, Property::CreateOnly, true),
        (Broken::IgnoresIfMatch, Property::CompareAndSwap, true),
        (Broken::OneEtag, Property::Etag, true),
        (Broken::ChecksWhatWasRead, Property::CreateOnlyRaced, false),
    ];
    for (broken, expected, is_found_by_one) in cases {
        let store = Forgetful::start(broken);
        let bucket = || Bucket::open_with("s3://bucket/repo", settings(store.endpoint())).expect("settings");
        let refused = examine(&bucket()).expect_err("it loses updates");
        let Error::Store(StoreError::Unsuitable { property, .. }) = &refused else { panic!("{refused:?}") };
        assert_eq!((*property, refused.code()), (expected, "store-unsuitable"), "{broken:?}: {refused}");
        assert_eq!(store.paths(), <[String; 0]>::default(), "{broken:?}");
        // A single publisher finds out as well, before it publishes anything.
        let world = World::without_repository(&[]);
        let site = Site::from(world.path()).with_bucket(bucket());
        let made =
            Repository::init(site, &world.state(), &world.setup(), world.ring(), Periods::default(), NOW);
        if is_found_by_one {
            assert_eq!(made.expect_err("it loses updates").code(), "store-unsuitable", "{broken:?}");
            assert_eq!(store.paths(), <[String; 0]>::default(), "{broken:?}");
        } else {
            made.expect("one publisher at a time is safe there");
        }
    }
}

#[test]
fn prunes_what_no_client_needs_and_collects_what_nothing_lists() {
    let Some(shelf) = Shelf::new("prunes_what_no_client_needs") else { return };
    let (world, _) = staged(&shelf, "repo");
    let repository = shelf.open(&world, world.home(), "repo");
    for text in ["one", "two", "three", "four"] {
        repository.add_target("targets", "app", text.as_bytes()).expect("a staged target");
        repository.publish(NOW).expect("a publish");
    }
    let orphans = ["metadata/9.snapshot.json", "metadata/9.role.json"];
    let foreign = ["metadata/role.rotate.1.json", "metadata/aside-1", "targets/README"];
    for name in orphans.into_iter().chain(foreign) {
        shelf.put("repo", name, b"{}");
    }
    let all = shelf.names("repo");
    // Everything was written a moment ago.
    let today = UnixTime(SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs() as i64);
    assert!(repository.prune(&Keep::needed(1, 1), today).expect("a whole repository").removed.is_empty());
    assert!(repository.prune(&Keep::everything_but_orphans(1), today).expect("whole").removed.is_empty());
    let later = UnixTime(today.0 + 40 * 86_400);
    let keep = Keep::everything_but_orphans(1);
    let would = repository.prunable(&keep, later).expect("a whole repository");
    assert_eq!(would.removed, ["metadata/9.role.json", "metadata/9.snapshot.json"]);
    assert_eq!(shelf.names("repo"), all, "nothing is removed by looking");
    assert_eq!(repository.prune(&keep, later).expect("a whole repository"), would);
    let pruned = repository.prune(&Keep::needed(30, 2), later).expect("a whole repository").removed;
    let (one, two) = (sha256_hex(b"one"), sha256_hex(b"two"));
    let mut expected: Vec<String> =
        ["1.snapshot", "1.targets", "2.snapshot", "2.targets", "3.snapshot", "3.targets"]
            .map(|name| format!("metadata/{name}.json"))
            .into();
    expected.extend([format!("targets/{one}.app"), format!("targets/{two}.app")]);
    expected.sort();
    assert_eq!(pruned, expected);
    for name in foreign.into_iter().chain(["metadata/1.root.json", "metadata/1.role.json"]) {
        assert!(shelf.served("repo")(name).is_some(), "{name}");
    }
    for path in ["app", "a/b"] {
        let found = Client::default().find_in(&shelf.served("repo"), path, NOW).expect("whole").1;
        assert_ne!(found, Found::Nothing, "{path}");
    }
    repository.add_target("targets", "app", b"five").expect("a staged target");
    repository.publish(NOW).expect("a publish");
}

#[test]
fn rejects_changed_target_files_of_a_bucket() {
    let Some(shelf) = Shelf::new("rejects_changed_target_files") else { return };
    let (world, _) = staged(&shelf, "repo");
    let repository = shelf.open(&world, world.home(), "repo");
    repository.publish(NOW).expect("a publish");
    let name = format!("targets/a/{}.b", sha256_hex(b"bytes"));
    for bytes in [&b"bytez"[..], b"bytes and more", b""] {
        shelf.put("repo", &name, bytes);
        let read = repository.stage().and_then(|staged| staged.read_target("role", "a/b"));
        let Err(Error::Changed { path, .. }) = read else { panic!("{read:?}") };
        assert_eq!(path.to_str(), Some(format!("s3://{}/repo/{name}", shelf.bucket).as_str()));
        // The right bytes are staged again: they take the place of what is there, as in a folder.
        repository.add_target("role", "a/b", b"bytes").expect("a staged target");
        repository.publish(NOW).expect("a publish");
        assert_eq!(shelf.served("repo")(&name).as_deref(), Some(&b"bytes"[..]));
        let found = Client::default().find_in(&shelf.served("repo"), "a/b", NOW).expect("whole").1;
        assert_eq!(found, Found::By("role".to_owned()));
    }
    shelf.delete("repo", &name);
    repository.add_target("role", "a/b", b"bytes").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    let found = Client::default().find_in(&shelf.served("repo"), "a/b", NOW).expect("a whole repository").1;
    assert_eq!(found, Found::By("role".to_owned()));
}

#[test]
fn takes_the_next_version_where_somebody_has_taken_one() {
    let Some(shelf) = Shelf::new("takes_the_next_version") else { return };
    let (world, _) = staged(&shelf, "repo");
    // One is there when the publish is planned, and one comes between the plan and the write.
    shelf.put("repo", "metadata/2.targets.json", b"{}");
    let (moto, key) = (Arc::clone(&shelf.moto), format!("{}/repo/metadata/3.targets.json", shelf.bucket));
    let plant = move || {
        if moto.get(&key).is_none() {
            moto.put(&key, b"{}");
        }
        Ok(())
    };
    let observer = Arc::new(Before("metadata/1.role.json", plant));
    let published = shelf.open(&world, world.home(), "repo").observe_writes(observer).publish(NOW);
    let metadata = published.expect("a publish").metadata;
    assert!(metadata.contains(&("targets".to_owned(), 4)), "{metadata:?}");
    let found = Client::default().find_in(&shelf.served("repo"), "a/b", NOW).expect("a whole repository").1;
    assert_eq!(found, Found::By("role".to_owned()));
}

/// No emulator of Google Cloud Storage knows its conditions. A stand-in that goes by them shows that they are sent.
#[test]
fn sends_the_conditions_of_google_cloud_storage() {
    let examined = |broken: Broken| {
        let store = Forgetful::start(broken);
        let account = format!(
            r#"{{"gcs_base_url": "{}", "disable_oauth": true, "client_email": "", "private_key": "", "private_key_id": ""}}"#,
            store.endpoint()
        );
        let settings = [("GOOGLE_SERVICE_ACCOUNT_KEY", account.as_str()), ("GOOGLE_ALLOW_HTTP", "true")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let examination = examine(&Bucket::open_with("gs://bucket/tuf", settings).expect("usable settings"));
        assert_eq!(store.paths(), <[String; 0]>::default(), "{broken:?}");
        examination
    };
    assert_eq!(examined(Broken::Nothing).expect("a sound store").properties.len(), 6);
    for (broken, expected) in [
        (Broken::IgnoresIfNoneMatch, Property::CreateOnly),
        (Broken::IgnoresIfMatch, Property::CompareAndSwap),
    ] {
        let refused = examined(broken).expect_err("it loses updates");
        let Error::Store(StoreError::Unsuitable { property, .. }) = &refused else { panic!("{refused:?}") };
        assert_eq!(*property, expected, "{refused}");
    }
}
