//! What is published, copied to a real registry: in an order that never shows clients a hole, once, and never backwards.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::command::Desk;
use crate::world::{NOW, World, copy_folder, files};
use tempfile::TempDir;
use tuf_oci::registry::{
    DirectTransport, FileLayer, Location, ManifestName, Payload, Registry, RepositoryFile,
};
use tuf_oci::{Algorithm, Digest};
use tuf_repository::metadata::{Scope, sha256_hex};
use tuf_repository::{
    CopyState, Delegation, Error, Handover, OlderCopy, Replaced, UnixTime, UploadError, Uploaded,
};
use tuf_test_server::{DockerRegistry, Server};
use tuf_verifier_core::{Failure, Request, Settings, UpdateCycle};

const LATER: UnixTime = UnixTime(NOW.0 + 60);

fn registry_at(host: &str) -> Registry {
    let location = Location::parse(&format!("oci+http://{host}/team/tuf")).expect("a location");
    let transport = Arc::new(DirectTransport::new(None, "test").expect("usable settings"));
    Registry::new(location, None, transport).expect("usable settings")
}

/// The bytes of a file as a client reads them from the registry.
fn pulled(registry: &Registry, file: &RepositoryFile) -> Option<Vec<u8>> {
    let manifest = registry.manifest(ManifestName::Tag(&file.tag()), None).expect("an answer")?;
    let layer = RepositoryFile::layer(&manifest.bytes).expect("a file");
    let blob = registry.blob(&layer.digest, 0, None).expect("an answer").expect("a blob");
    Some(blob.read(layer.size).expect("read"))
}

/// What a client of the registry with the first root metadata sees: the version of the timestamp, and the verified bytes
/// of a target.
fn seen(registry: &Registry, world: &World, path: &str, now: UnixTime) -> Result<(u64, Vec<u8>), Failure> {
    let root = fs::read(world.path().join("metadata/1.root.json")).expect("the first root metadata");
    let mut cycle = UpdateCycle::start(&root, now, Settings::default())?;
    let Request::Ready(report) = drive(&mut cycle, registry)? else { panic!("not ready") };
    cycle.find(path)?;
    let Request::Found(target) = drive(&mut cycle, registry)? else { panic!("not found") };
    let hash = target.hashes.first().expect("a hash");
    let fetch_path = match path.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/{}.{name}", hash.digest),
        None => format!("{}.{path}", hash.digest),
    };
    let bytes = pulled(registry, &RepositoryFile::target(fetch_path)).expect("no hole");
    let mut check = cycle.check()?;
    check.write(&bytes)?;
    check.finish()?;
    Ok((report.timestamp.version, bytes))
}

fn drive(cycle: &mut UpdateCycle, registry: &Registry) -> Result<Request, Failure> {
    loop {
        match cycle.next() {
            Request::Load { .. } => cycle.offer(None)?,
            Request::Fetch { name, .. } => cycle.offer(pulled(registry, &RepositoryFile::metadata(name)))?,
            Request::Persist { .. } | Request::Forget { .. } => {}
            answer => return Ok(answer),
        }
    }
}

fn published() -> World {
    let world = World::with_keys(&["team", "timestamp2"]);
    let repository = world.open();
    let keys = world.role_keys(&["team"]);
    let scope = Scope::Paths(vec!["team/*".to_owned()]);
    repository
        .delegate("targets", Delegation::Role { name: "team".to_owned(), keys, scope, terminating: true })
        .expect("staged");
    repository.add_target("targets", "ä b/app", b"version 1").expect("staged");
    repository.publish(NOW).expect("published");
    repository.add_target("team", "team/app", &[7; 100_000]).expect("staged");
    repository.publish(NOW).expect("published");
    world
}

#[test]
fn a_registry_gets_every_file_and_once() {
    let folder = TempDir::new().expect("a folder");
    let Some(server) = DockerRegistry::start("a_registry_gets_every_file_and_once", folder.path(), "") else {
        return;
    };
    let (world, registry) = (published(), registry_at(server.host()));
    let repository = world.open();
    let first = repository.upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    // Root, two targets, team, targets, snapshot and timestamp: the files of earlier versions are asked for by nobody.
    assert_eq!(first, Uploaded { sent: 7, ..Uploaded::default() });
    let again = repository.upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    assert_eq!(again, Uploaded { unchanged: 7, ..Uploaded::default() });

    repository.add_target("targets", "ä b/app", b"version 2").expect("staged");
    let mut staged = repository.stage().expect("staged");
    staged.set_keys("timestamp", &world.role_keys(&["timestamp2"]), Handover::Overlapping).expect("staged");
    staged.save().expect("staged");
    repository.publish(LATER).expect("published");
    let next = repository.upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    assert_eq!(next, Uploaded { sent: 5, unchanged: 3, ..Uploaded::default() });
    assert_eq!(seen(&registry, &world, "ä b/app", LATER), Ok((4, b"version 2".to_vec())));
    assert_eq!(seen(&registry, &world, "team/app", LATER), Ok((4, vec![7; 100_000])));
    assert!(pulled(&registry, &RepositoryFile::metadata("2.root.json")).is_some());
}

#[test]
fn a_registry_gets_the_rotate_files_of_a_role() {
    let folder = TempDir::new().expect("a folder");
    let test = "a_registry_gets_the_rotate_files_of_a_role";
    let Some(server) = DockerRegistry::start(test, folder.path(), "") else { return };
    let (world, registry) = (published(), registry_at(server.host()));
    let repository = world.open();
    let mut staged = repository.stage().expect("staged");
    staged.rotate_self("team", &world.role_keys(&["timestamp2"])).expect("staged");
    staged.save().expect("staged");
    repository.publish(NOW).expect("published");
    let sent = repository.upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    assert_eq!(sent, Uploaded { sent: 8, ..Uploaded::default() });
    assert!(pulled(&registry, &RepositoryFile::metadata("rotate/team.rotate.1")).is_some());
    assert_eq!(seen(&registry, &world, "team/app", LATER), Ok((4, vec![7; 100_000])));
}

#[test]
fn an_older_or_foreign_repository_is_not_copied_over_a_newer_one() {
    let folder = TempDir::new().expect("a folder");
    let test = "an_older_or_foreign_repository_is_not_copied_over_a_newer_one";
    let Some(server) = DockerRegistry::start(test, folder.path(), "") else { return };
    let (world, registry) = (published(), registry_at(server.host()));
    let old = TempDir::new().expect("a folder");
    copy_folder(world.home(), old.path());
    world.open().refresh(&["timestamp"], LATER).expect("published");
    world.open().upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    let before = files(folder.path());

    match world.open_at(old.path()).upload(&registry, OlderCopy::Refuse, LATER) {
        Err(Error::Upload(UploadError::Ahead { there: 4, here: 3, .. })) => {}
        other => panic!("{other:?}"),
    }
    // Another repository, whose timestamp has the higher version.
    let foreign = World::with_keys(&[]);
    for _ in 0..5 {
        foreign.open().refresh(&["timestamp"], NOW).expect("published");
    }
    match foreign.open().upload(&registry, OlderCopy::Refuse, LATER) {
        Err(Error::Upload(UploadError::Conflict { tag, reason, .. })) => {
            assert_eq!(
                (tag.as_str(), reason.as_str()),
                ("timestamp.json", "its timestamp was not signed by this repository's keys")
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(files(folder.path()) == before, "the registry is as it was");
}

#[test]
fn what_clients_would_refuse_is_not_copied() {
    let nobody = registry_at("127.0.0.1:1");
    let world = published();
    let expired = UnixTime(NOW.0 + 30 * 86_400);
    assert!(matches!(world.open().upload(&nobody, OlderCopy::Refuse, expired), Err(Error::Rehearsal(_))));
    let path = files(&world.path().join("targets")).into_keys().next().expect("a target");
    fs::write(world.path().join("targets").join(path), b"other bytes").expect("a file");
    assert!(matches!(world.open().upload(&nobody, OlderCopy::Refuse, LATER), Err(Error::Changed { .. })));
}

#[test]
fn a_copy_that_breaks_off_at_any_request_leaves_the_old_or_the_new_repository_whole() {
    let folder = TempDir::new().expect("a folder");
    let test = "a_copy_that_breaks_off_at_any_request_leaves_the_old_or_the_new_repository_whole";
    let Some(server) = DockerRegistry::start(test, folder.path(), "") else { return };
    let (world, registry) = (published(), registry_at(server.host()));
    world.open().upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    // New root metadata that the old timestamp is not signed for.
    let repository = world.open();
    let mut staged = repository.stage().expect("staged");
    staged.add_target("targets", "ä b/app", b"version 2".as_slice(), None).expect("staged");
    staged.set_keys("timestamp", &world.role_keys(&["timestamp2"]), Handover::Overlapping).expect("staged");
    staged.save().expect("staged");
    repository.publish(LATER).expect("published");
    for requests in 0.. {
        let flaky = watched::breaking(registry.location().clone(), requests);
        let outcome = world.open().upload(&flaky, OlderCopy::Refuse, LATER);
        let (version, bytes) = seen(&registry, &world, "ä b/app", LATER).expect("a whole repository");
        let expected: &[u8] = if version == 3 { b"version 1" } else { b"version 2" };
        assert_eq!(bytes, expected, "after {requests} requests");
        match outcome {
            Ok(_) => {
                assert!(requests > 8 && version == 4, "{requests} requests, version {version}");
                break;
            }
            Err(Error::Registry(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// A transport that does something before each request, and breaks off if that says so.
mod watched {
    use std::error::Error;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tuf_oci::registry::{DirectTransport, Location, Payload, Registry, RepositoryFile, Transport};

    struct Watched<W> {
        watch: W,
        inner: DirectTransport,
    }

    type Answer = tuf_oci::registry::http::Response<tuf_oci::registry::Body>;

    impl<W: Fn() -> Result<(), &'static str> + Send + Sync> Transport for Watched<W> {
        fn send(
            &self,
            request: tuf_oci::registry::http::Request<()>,
            payload: Payload<'_>,
            deadline: Option<Duration>,
        ) -> Result<Answer, Box<dyn Error + Send + Sync>> {
            (self.watch)()?;
            self.inner.send(request, payload, deadline)
        }
    }

    pub(super) fn through(
        location: Location,
        watch: impl Fn() -> Result<(), &'static str> + Send + Sync + 'static,
    ) -> Registry {
        let inner = DirectTransport::new(None, "test").expect("usable settings");
        Registry::new(location, None, Arc::new(Watched { watch, inner })).expect("usable settings")
    }

    /// Has one manifest under the tag of the timestamp, answers with this status for every blob that is read, and
    /// takes whatever is pushed.
    struct Planted {
        manifest: Vec<u8>,
        status: u16,
    }

    impl Transport for Planted {
        fn send(
            &self,
            request: tuf_oci::registry::http::Request<()>,
            _payload: Payload<'_>,
            _deadline: Option<Duration>,
        ) -> Result<Answer, Box<dyn Error + Send + Sync>> {
            let path = request.uri().path();
            let (status, body) = match request.method().as_str() {
                "GET" if path.ends_with("/manifests/timestamp.json") => (200, self.manifest.clone()),
                "GET" if path.contains("/blobs/") => (self.status, Vec::new()),
                "POST" => (202, Vec::new()),
                "PUT" => (201, Vec::new()),
                _ => (404, Vec::new()),
            };
            let answer = tuf_oci::registry::http::Response::builder()
                .status(status)
                .header("location", format!("{path}/upload"))
                .header("content-type", RepositoryFile::MEDIA_TYPE.to_string());
            Ok(answer.body(tuf_oci::registry::Body::builder().data(body))?)
        }
    }

    pub(super) fn planted(manifest: Vec<u8>, status: u16) -> Registry {
        let location = Location::parse("oci+http://127.0.0.1:9/team/tuf").expect("a location");
        Registry::new(location, None, Arc::new(Planted { manifest, status })).expect("usable settings")
    }

    /// Breaks after a number of requests.
    pub(super) fn breaking(location: Location, requests: usize) -> Registry {
        let left = AtomicUsize::new(requests);
        through(location, move || {
            let left = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            left.map(drop).map_err(|_| "broken off")
        })
    }
}

#[test]
fn the_command_publishes_refreshes_and_seeds_a_mirror() {
    let folder = TempDir::new().expect("a folder");
    let test = "the_command_publishes_refreshes_and_seeds_a_mirror";
    let Some(server) = DockerRegistry::start(test, folder.path(), "") else { return };
    let desk = Desk::with_repository();
    let app = desk.write("app", "the application");
    desk.ok(&["target", "add", "bin/app", app.to_str().expect("UTF-8")]);
    let to = format!("--to=oci+http://{}/team/tuf", server.host());
    let run = desk.run(&["publish", &to]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, "targets 2\nsnapshot 2\ntimestamp 2\n");
    let line = format!(
        "Copied 5 files to oci+http://{}/team/tuf (0 were there already, manifest and bytes)",
        server.host()
    );
    assert!(run.stderr.contains(&line), "{}", run.stderr);

    let run = desk.run(&["refresh", "timestamp", &to]);
    assert!(run.stderr.contains("Copied 1 files"), "{}", run.stderr);
    let run = desk.run(&["publish", &format!("--to=oci+http://{}/mirror", server.host())]);
    assert!(run.stderr.contains("Copied 5 files"), "{}", run.stderr);
    let metadata = files(&desk.repository().join("metadata"));
    assert_eq!(metadata.len(), 6, "a mirror is no new version");

    desk.refused(&["publish", "--to=https://registry.example/a"], "it does not begin with `oci://`");
    desk.refused(&["publish", "--to=oci+http://127.0.0.1:1/a"], "cannot reach http://127.0.0.1:1/v2/a/");
}

#[test]
fn a_registry_that_is_not_asked_nicely_refuses() {
    let denying = Server::start(|_| tuf_test_server::Answer::Status(403)).expect("a server");
    let desk = Desk::with_repository();
    let host = denying.url().replace("http://", "oci+http://");
    let help = desk.refused(&["publish", &format!("--to={host}/a")], "the registry answered 403");
    assert_eq!(help, "give credentials that this registry accepts for this repository");
}

#[test]
fn the_command_gives_credentials_of_a_file() {
    let folder = TempDir::new().expect("a folder");
    let passwords = folder.path().join("htpasswd");
    // `publisher` with the password `wombat`, by bcrypt.
    let hash = "publisher:$2y$05$abcdefghijklmnopqrstuu6g/lqb5fRMcLVsKSifRxV/yY/6QXP3G\n";
    fs::write(&passwords, hash).expect("a file");
    let section = format!("auth: {{htpasswd: {{realm: r, path: '{}'}}}}\n", passwords.display());
    let test = "the_command_gives_credentials_of_a_file";
    let Some(server) = DockerRegistry::start(test, folder.path(), &section) else { return };
    let desk = Desk::with_repository();
    let to = format!("--to=oci+http://{}/team/tuf", server.host());
    let help = desk.refused(&["publish", &to], "the registry answered 401 (UNAUTHORIZED)");
    assert_eq!(help, "give credentials that this registry accepts for this repository");
    let entry = r#"{"username":"publisher","password":"wombat"}"#;
    let file = desk.write("auth.json", &format!(r#"{{"auths":{{"{}":{entry}}}}}"#, server.host()));
    let run = desk.run(&["publish", &to, "--auth-file", file.to_str().expect("UTF-8")]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("Copied 4 files"), "{}", run.stderr);
    assert!(!run.stderr.contains("wombat"), "{}", run.stderr);
}

/// Puts bytes of one's own under the tag of the timestamp, as whoever can write to the registry could.
fn plant_timestamp(registry: &Registry, bytes: &[u8]) {
    let file = RepositoryFile::metadata("timestamp.json".to_owned());
    let digest = Digest::of(Algorithm::Sha256, bytes);
    registry.push_blob(&digest, Payload::Bytes(bytes)).expect("a blob");
    let manifest = file.manifest(&FileLayer { digest, size: bytes.len() as u64 });
    let tag = file.tag();
    let name = ManifestName::Tag(&tag);
    registry.push_manifest(name, RepositoryFile::MEDIA_TYPE, &manifest).expect("a manifest");
}

#[test]
fn rejects_a_registry_that_somebody_else_has_written_to() {
    let folder = TempDir::new().expect("a folder");
    let test = "rejects_a_registry_that_somebody_else_has_written_to";
    let Some(server) = DockerRegistry::start(test, folder.path(), "") else { return };
    let (world, registry) = (published(), registry_at(server.host()));
    let repository = world.open();
    let timestamp = || fs::read(world.path().join("metadata/timestamp.json")).expect("the timestamp");
    repository.upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    let older = timestamp();
    repository.refresh(&["timestamp"], LATER).expect("published");
    repository.upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    let mut flipped = timestamp();
    flipped[40] ^= 1;
    let added = String::from_utf8(timestamp()).expect("UTF-8").replacen("\"meta\"", "\"x\":1,\"meta\"", 1);
    let last = r#"{"signatures":[],"signed":{"_type":"timestamp","version":18446744073709551614}}"#;
    let planted = [
        (older, "published-rolled-back"),
        (flipped, "copy-conflict"),
        (added.into_bytes(), "copy-conflict"),
        (last.as_bytes().to_vec(), "copy-conflict"),
    ];
    for (bytes, code) in &planted {
        plant_timestamp(&registry, bytes);
        let before = files(folder.path());
        let refused = repository.check_copy(&registry, OlderCopy::Refuse).expect_err("refused");
        assert_eq!(refused.code(), *code, "before anything is signed: {refused}");
        let refused = repository.upload(&registry, OlderCopy::Refuse, LATER).expect_err("refused");
        assert_eq!(refused.code(), *code, "before anything is pushed: {refused}");
        assert!(files(folder.path()) == before, "the registry is as it was");
    }
    // The publisher says that it is to be replaced.
    plant_timestamp(&registry, &planted[0].0);
    repository.upload(&registry, OlderCopy::Replace, LATER).expect("copied");
    assert_eq!(seen(&registry, &world, "team/app", LATER).expect("whole").0, 4);
}

/// An adoption remembers what was copied: a registry that was put back in the meantime is seen.
#[test]
fn rejects_an_older_copy_after_an_adoption() {
    let folder = TempDir::new().expect("a folder");
    let test = "rejects_an_older_copy_after_an_adoption";
    let Some(server) = DockerRegistry::start(test, folder.path(), "") else { return };
    let (world, registry) = (published(), registry_at(server.host()));
    let repository = world.open();
    let older = fs::read(world.path().join("metadata/timestamp.json")).expect("the timestamp");
    repository.refresh(&["timestamp"], LATER).expect("published");
    repository.upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    plant_timestamp(&registry, &older);
    let roots = repository.adoption().expect("whole").roots;
    repository.adopt(&roots, None).expect("an adoption");
    let refused = repository.upload(&registry, OlderCopy::Refuse, LATER).expect_err("refused");
    assert_eq!(refused.code(), "published-rolled-back");
}

/// Takes the bytes of a blob away, as a disk or whoever can write to it does. Its link, and every manifest, stay.
fn lose(folder: &Path, sha256: &str) {
    let blobs = folder.join("registry/docker/registry/v2/blobs/sha256");
    fs::remove_dir_all(blobs.join(&sha256[..2]).join(sha256)).expect("a blob");
}

#[test]
fn recovers_from_a_registry_that_has_lost_bytes() {
    let folder = TempDir::new().expect("a folder");
    let test = "recovers_from_a_registry_that_has_lost_bytes";
    let Some(server) = DockerRegistry::start(test, folder.path(), "") else { return };
    let (world, registry) = (published(), registry_at(server.host()));
    let repository = world.open();
    repository.upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    let read = |name: &str| fs::read(world.path().join("metadata").join(name)).expect("metadata");
    let lost = [vec![7; 100_000], read("3.snapshot.json"), read("timestamp.json")];
    for bytes in &lost {
        lose(folder.path(), &sha256_hex(bytes));
        let again = repository.upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
        assert_eq!(again, Uploaded { sent: 1, unchanged: 6, ..Uploaded::default() });
        assert_eq!(seen(&registry, &world, "team/app", LATER), Ok((3, vec![7; 100_000])));
    }
    // The last copy's, which is not what is published any more.
    lose(folder.path(), &sha256_hex(&lost[2]));
    repository.refresh(&["timestamp"], LATER).expect("published");
    repository.check_copy(&registry, OlderCopy::Refuse).expect("it is known whose it was");
    let next = repository.upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    assert_eq!(next, Uploaded { sent: 1, unchanged: 6, ..Uploaded::default() });
}

/// The state of a copy, as a refusal names it.
fn refused_state(refused: Error) -> CopyState {
    match refused {
        Error::Upload(UploadError::Ahead { state, .. } | UploadError::Conflict { state, .. }) => state,
        other => panic!("{other:?}"),
    }
}

#[test]
fn recovers_from_writes_of_somebody_else_to_a_registry() {
    let folder = TempDir::new().expect("a folder");
    let test = "recovers_from_writes_of_somebody_else_to_a_registry";
    let Some(server) = DockerRegistry::start(test, folder.path(), "") else { return };
    let (world, registry) = (published(), registry_at(server.host()));
    let repository = world.open();
    repository.upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    let discarded = |version: Option<u64>| {
        let refused = repository.upload(&registry, OlderCopy::Refuse, LATER).expect_err("refused");
        let state = refused_state(refused);
        for other in [OlderCopy::Replace, OlderCopy::Discard(CopyState::Absent)] {
            repository
                .check_copy(&registry, other.clone())
                .err()
                .or_else(|| repository.upload(&registry, other, LATER).err())
                .expect("not what it is in");
        }
        let discard = OlderCopy::Discard(state.clone());
        repository.check_copy(&registry, discard.clone()).expect("named");
        let uploaded = repository.upload(&registry, discard, LATER).expect("copied");
        assert_eq!(seen(&registry, &world, "team/app", LATER).expect("whole").1, vec![7; 100_000]);
        let copied = repository.upload(&registry, OlderCopy::Refuse, LATER).expect("as before");
        assert_eq!(copied, Uploaded { unchanged: 7, ..Uploaded::default() });
        let first = uploaded.replaced.first().expect("something was thrown away");
        if first.tag == "timestamp.json" {
            assert_eq!((first.version, &first.state), (version, &state));
        }
        uploaded
    };
    // A newer timestamp of our own keys, by a copy of the publisher; then one of nobody's.
    let copy = TempDir::new().expect("a folder");
    copy_folder(world.home(), copy.path());
    for _ in 0..2 {
        world.open_at(copy.path()).refresh(&["timestamp"], LATER).expect("published");
    }
    plant_timestamp(
        &registry,
        &fs::read(copy.path().join("repo/metadata/timestamp.json")).expect("metadata"),
    );
    assert_eq!(discarded(Some(5)).sent, 1);
    plant_timestamp(&registry, b"{}");
    assert_eq!(discarded(None).sent, 1);
    plant_timestamp(&registry, &vec![b' '; 2 << 20]);
    let refused = repository.upload(&registry, OlderCopy::Refuse, LATER).expect_err("refused");
    assert_eq!(refused.code(), "registry-too-long");
    let manifest = RepositoryFile::metadata("timestamp.json");
    let manifest = registry.manifest(ManifestName::Tag(&manifest.tag()), None).expect("an answer");
    let state = CopyState::Manifest(manifest.expect("a manifest").digest);
    repository.upload(&registry, OlderCopy::Discard(state), LATER).expect("copied");
    // A file that is written once.
    let (tag, nobodys) = ("3.snapshot.json".parse().expect("a tag"), RepositoryFile::metadata("x"));
    let digest = Digest::of(Algorithm::Sha256, b"{}");
    let planted = nobodys.manifest(&FileLayer { digest, size: 2 });
    let name = ManifestName::Tag(&tag);
    let pushed = registry.push_manifest(name, RepositoryFile::MEDIA_TYPE, &planted).expect("a manifest");
    let uploaded = discarded(None);
    let replaced = Replaced { tag: tag.to_string(), version: None, state: CopyState::Manifest(pushed) };
    assert_eq!(uploaded.replaced, [replaced]);
}

/// One manifest that somebody has pushed, about whose blob the registry says no.
#[test]
fn recovers_from_a_manifest_whose_blob_the_registry_refuses_to_look_for() {
    let (world, file) = (published(), RepositoryFile::metadata("timestamp.json"));
    let repository = world.open();
    let manifest = |digest: Digest| file.manifest(&FileLayer { digest, size: 5 });
    let sha256 = Digest::of(Algorithm::Sha256, b"bytes");
    let sha512 = Digest::of(Algorithm::Sha512, b"bytes");
    for (digest, status) in [(&sha512, 400), (&sha512, 500), (&sha256, 400), (&sha256, 405), (&sha256, 410)] {
        let registry = watched::planted(manifest(digest.clone()), status);
        let refused = repository.upload(&registry, OlderCopy::Refuse, LATER).expect_err("refused");
        assert_eq!(refused.code(), "copy-conflict", "{digest} {status}: {refused}");
        let discard = OlderCopy::Discard(refused_state(refused));
        repository.check_copy(&registry, discard.clone()).expect("named");
        let uploaded = repository.upload(&registry, discard, LATER).expect("copied");
        assert_eq!(uploaded.replaced.len(), 1, "{digest} {status}");
    }
    // Who asks, and when, is no matter of what is there.
    for status in [401, 403, 429, 500, 503] {
        let registry = watched::planted(manifest(sha256.clone()), status);
        let refused = repository.check_copy(&registry, OlderCopy::Refuse).expect_err("refused");
        assert!(matches!(refused, Error::Registry(_)), "{status}: {refused:?}");
    }
}

#[test]
fn the_command_throws_away_what_it_is_told_to() {
    let folder = TempDir::new().expect("a folder");
    let test = "the_command_throws_away_what_it_is_told_to";
    let Some(server) = DockerRegistry::start(test, folder.path(), "") else { return };
    let desk = Desk::with_repository();
    let to = format!("--to=oci+http://{}/team/tuf", server.host());
    desk.ok(&["publish", &to]);
    plant_timestamp(&registry_at(server.host()), b"{}");
    let help = desk.refused(&["publish", &to], "[copy-conflict]");
    let option = help.split('`').nth(1).expect("an option").to_owned();
    assert!(option.starts_with("--replace-copy sha256:"), "{help}");
    desk.refused(&["publish", &to, "--replace-copy=none"], "[copy-conflict]");
    let words: Vec<&str> = option.split(' ').collect();
    let run = desk.run(&[&["publish", &to][..], &words].concat());
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let thrown = format!("threw away the timestamp.json that was there: {}", words[1]);
    assert!(run.stderr.contains(&thrown) && run.stderr.contains("Copied 1 files"), "{}", run.stderr);
}

/// A registry may take its time: other publishers do not wait for it, other copies do.
#[test]
fn accepts_changes_while_a_registry_is_waited_for() {
    let folder = TempDir::new().expect("a folder");
    let test = "accepts_changes_while_a_registry_is_waited_for";
    let Some(server) = DockerRegistry::start(test, folder.path(), "") else { return };
    let world = Arc::new(published());
    let seen_by = Arc::clone(&world);
    let (requests, location) = (Arc::<AtomicUsize>::default(), registry_at(server.host()).location().clone());
    let (counted, other) = (Arc::clone(&requests), registry_at(server.host()));
    let registry = watched::through(location, move || {
        counted.fetch_add(1, Ordering::SeqCst);
        let impatient = seen_by.open().patience(Duration::from_millis(1));
        impatient.stage().map(drop).map_err(|_| "the repository is locked")?;
        match impatient.upload(&other, OlderCopy::Refuse, LATER) {
            Err(Error::Locked { holder, .. }) if cfg!(target_os = "linux") => holder
                .filter(|holder| holder.pid == std::process::id())
                .map(drop)
                .ok_or("it is said who copies"),
            Err(Error::Locked { .. }) => Ok(()),
            _ => Err("two copies at a time"),
        }
    });
    let uploaded = world.open().upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    assert_eq!((uploaded.sent, requests.load(Ordering::SeqCst) > 20), (7, true));
    let requests = Arc::<AtomicUsize>::default();
    let (counted, seen_by) = (Arc::clone(&requests), Arc::clone(&world));
    let registry = watched::through(registry.location().clone(), move || {
        counted.fetch_add(1, Ordering::SeqCst);
        let impatient = seen_by.open().patience(Duration::from_millis(1));
        impatient.stage().map(drop).map_err(|_| "the repository is locked")
    });
    world.open().check_copy(&registry, OlderCopy::Refuse).expect("the last copy");
    assert!(requests.load(Ordering::SeqCst) > 0);
}
