//! Fixes of the clients of sigstore.

use std::fs;
use std::io::Read;
use std::sync::{Arc, Mutex};

use tuf_test_server::{Answer as Reply, Server};
use tuf_tests::expected::{arbitrary_software, rollback};
use tuf_tests::{Answer, DAY, Delegation, Device, Key, Mirror, NOW, Repository};
use tuf_verifier_core::NotFound;
use tuf_verifier_host::{
    Client, FolderSource, HttpSource, Lookup, MemoryStore, Source, SourceError, UnixTime,
};

use crate::{PATH, at_version_3, search};

/// A mirror as the source of a client.
pub(crate) struct OneMirror(pub(crate) Mirror);

impl Source for OneMirror {
    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(self.0.fetch(name, max_length))
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        Ok(self.0.targets.get(fetch_path).map(|bytes| Box::new(bytes.as_slice()) as Box<dyn Read>))
    }
}

/// A target name led out of the folder of the targets, to a file of the same host.
#[test]
fn sigstore_target_name_traversal() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("secret"), b"secret").expect("the folder can be written");
    let mut repository = Repository::new();
    repository.consistent_snapshot = Some(false);
    repository.next_root();
    let names = ["../secret", "a/../../secret", "./../secret", "..\\secret", "%2e%2e/secret", "..%2fsecret"];
    for name in names {
        repository.add_target("targets", name, b"secret");
    }
    repository.publish().mirror.targets.clear();
    repository.mirror.publish_to(folder.path()).expect("the folder can be written");
    let source = FolderSource::new(folder.path().join("metadata"), folder.path().join("targets"));
    fs::create_dir(folder.path().join("targets")).expect("the folder can be written");
    let root = repository.mirror.file("1.root.json").to_vec();
    let client = Client::new(root, source, MemoryStore::new()).reference_time(UnixTime::from_seconds(NOW));
    let session = client.refresh().expect("the listing alone does no harm");
    for (name, expected) in names.into_iter().zip(["unsafe-path"; 4].into_iter().chain(["missing-target"; 2]))
    {
        let outcome = session.find(name).and_then(|lookup| match lookup {
            Lookup::Found(target) => session.read(&target),
            Lookup::NotFound(reason) => panic!("{name} is listed: {reason:?}"),
        });
        assert_eq!(outcome.expect_err("it is no target").code(), expected, "{name}");
    }
}

/// A `*` in a path pattern stood for any path, separators too.
#[test]
fn sigstore_wildcard_across_a_separator() {
    for (pattern, path) in
        [("*", "a/b"), ("a/*", "a/b/c"), ("*.pem", "a/b.pem"), ("a?b", "a/b"), ("**", "a/b")]
    {
        let mut repository = Repository::new();
        repository
            .delegate("targets", Delegation::paths("role", &[pattern]))
            .add_target("role", path, b"malware");
        let answer = search(repository.publish(), path);
        assert_eq!(answer, Ok(Answer::NotFound(NotFound::Absent)), "{pattern} and {path}");
    }
}

/// sigstore-rust 198: a stored timestamp or snapshot that had expired was no floor any more.
#[test]
fn sigstore_rust_198_expired_floors() {
    let (repository, mut device) = at_version_3();
    device.now += 1_000 * DAY;
    let mut renewed = repository.clone();
    for header in [&mut renewed.root, &mut renewed.timestamp, &mut renewed.snapshot] {
        header.expires += 1_000 * DAY;
    }
    for role in ["targets", "team"] {
        renewed.role(role).header.expires += 1_000 * DAY;
    }
    renewed.next_root();
    let mut older_timestamp = renewed.clone();
    older_timestamp.timestamp.version = 2;
    let mut older_snapshot = renewed.clone();
    older_snapshot.timestamp.version = 4;
    older_snapshot.snapshot.version = 2;
    let mut older_role = renewed.clone();
    older_role.timestamp.version = 4;
    older_role.snapshot.version = 4;
    older_role.role("team").header.version = 2;
    for (spoiled, failure) in [
        (&mut older_timestamp, rollback("timestamp", "timestamp", 3, Some(2))),
        (&mut older_snapshot, rollback("timestamp", "snapshot", 3, Some(2))),
        (&mut older_role, rollback("snapshot", "team", 3, Some(2))),
    ] {
        let refused = device.clone().refresh(&spoiled.publish().mirror).map(|_| ());
        assert_eq!(refused, Err(failure));
    }
    assert!(device.refresh(&renewed.release().mirror).is_ok());
}

/// sigstore-rust 173: a role that was judged under one parent's keys was taken from the cache for another parent.
#[test]
fn sigstore_rust_173_cached_role_of_another_parent() {
    let mut repository = Repository::new();
    for (parent, paths) in [("a", "a/*"), ("b", "b/*")] {
        repository.delegate("targets", Delegation::paths(parent, &[paths]));
        let mut shared = Delegation::paths("shared", &[paths]);
        shared.authority = tuf_tests::Authority::one(&format!("shared of {parent}"));
        repository.delegate(parent, shared);
    }
    repository.add_target("shared", "a/app", b"1").add_target("shared", "b/app", b"2");
    repository.sign_with("shared", &[Key::new("shared of a")]).publish();
    let mut device = Device::new(&repository);
    let found = device.find(&repository.mirror, "a/app");
    assert!(matches!(found, Ok(Answer::Found(_))), "{found:?}");
    let refused = arbitrary_software("shared", ("b", 1), 1, 0);
    assert_eq!(device.find(&repository.mirror, "b/app"), Err(refused));
}

/// A target name that is an absolute URL was what was asked for: a request to any host that the name names.
#[test]
fn sigstore_ssrf_by_an_absolute_target_name() {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let record = Arc::clone(&asked);
    let victim = Server::start(move |request| {
        record.lock().expect("no thread panicked").push(request.path.clone());
        Reply::Bytes(b"secret".to_vec())
    });
    let victim = victim.expect("a loopback port");
    let host = victim.url().trim_start_matches("http://").to_owned();
    let names = [victim.url() + "/x", format!("//{host}/x"), format!("@{host}/x"), format!("http:@{host}")];
    let mut repository = Repository::new();
    repository.consistent_snapshot = Some(false);
    repository.next_root();
    for name in &names {
        repository.add_target("targets", name, b"secret");
    }
    let mirror = repository.add_target("targets", PATH, b"1").publish().mirror.clone();
    let files = mirror.clone();
    let server = Server::start(move |request| {
        let file = request.path.strip_prefix("/metadata/").and_then(|name| files.metadata.get(name));
        file.map_or(Reply::Status(404), |bytes| Reply::Bytes(bytes.clone()))
    });
    let url = server.as_ref().expect("a loopback port").url();
    let source =
        HttpSource::builder(&format!("{url}/metadata"), &format!("{url}/targets")).direct().retries(0);
    let root = mirror.file("1.root.json").to_vec();
    let client = Client::new(root, source.build().expect("usable"), MemoryStore::new());
    let session = client.reference_time(UnixTime::from_seconds(NOW)).refresh().expect("an honest repository");
    for (name, expected) in
        names.iter().zip(["unsafe-path", "unsafe-path", "missing-target", "missing-target"])
    {
        let outcome = session.find(name).and_then(|lookup| match lookup {
            Lookup::Found(target) => session.read(&target),
            Lookup::NotFound(reason) => panic!("{name} is listed: {reason:?}"),
        });
        assert_eq!(outcome.expect_err("it is no target here").code(), expected, "{name}");
    }
    assert_eq!(*asked.lock().expect("no thread panicked"), [""; 0], "nobody else is asked");
}
