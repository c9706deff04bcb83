//! What is published, copied to a real registry: in an order that never shows clients a hole, once, and never backwards.

#[path = "command/mod.rs"]
mod command;
mod world;

use std::fs;
use std::sync::Arc;

use command::Desk;
use tempfile::TempDir;
use tuf_oci::registry::{
    DirectTransport, FileLayer, Location, ManifestName, Payload, Registry, RepositoryFile,
};
use tuf_oci::{Algorithm, Digest};
use tuf_repository::metadata::Scope;
use tuf_repository::{Delegation, Error, Handover, OlderCopy, UnixTime, UploadError, Uploaded};
use tuf_test_server::{DockerRegistry, Server};
use tuf_verifier_core::{Failure, Request, Settings, UpdateCycle};
use world::{NOW, World, copy_folder, files};

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
    assert_eq!(first, Uploaded { sent: 7, unchanged: 0, elsewhere: 0 });
    let again = repository.upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    assert_eq!(again, Uploaded { sent: 0, unchanged: 7, elsewhere: 0 });

    repository.add_target("targets", "ä b/app", b"version 2").expect("staged");
    let mut staged = repository.stage().expect("staged");
    staged.set_keys("timestamp", &world.role_keys(&["timestamp2"]), Handover::Overlapping).expect("staged");
    staged.save().expect("staged");
    repository.publish(LATER).expect("published");
    let next = repository.upload(&registry, OlderCopy::Refuse, LATER).expect("copied");
    assert_eq!(next, Uploaded { sent: 5, unchanged: 3, elsewhere: 0 });
    assert_eq!(seen(&registry, &world, "ä b/app", LATER), Ok((4, b"version 2".to_vec())));
    assert_eq!(seen(&registry, &world, "team/app", LATER), Ok((4, vec![7; 100_000])));
    assert!(pulled(&registry, &RepositoryFile::metadata("2.root.json")).is_some());
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
        let flaky = breaking::through(registry.location().clone(), requests);
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

/// A transport that breaks after a number of requests.
mod breaking {
    use std::error::Error;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tuf_oci::registry::{DirectTransport, Location, Payload, Registry, Transport};

    struct Breaking {
        left: AtomicUsize,
        inner: DirectTransport,
    }

    type Answer = tuf_oci::registry::http::Response<tuf_oci::registry::Body>;

    impl Transport for Breaking {
        fn send(
            &self,
            request: tuf_oci::registry::http::Request<()>,
            payload: Payload<'_>,
            deadline: Option<Duration>,
        ) -> Result<Answer, Box<dyn Error + Send + Sync>> {
            let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            left.map_err(|_| "broken off")?;
            self.inner.send(request, payload, deadline)
        }
    }

    pub(super) fn through(location: Location, requests: usize) -> Registry {
        let inner = DirectTransport::new(None, "test").expect("usable settings");
        let transport = Breaking { left: AtomicUsize::new(requests), inner };
        Registry::new(location, None, Arc::new(transport)).expect("usable settings")
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
    let line = format!("Copied 5 files to oci+http://{}/team/tuf (0 were there already)", server.host());
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
    assert_eq!(help, "Give credentials that this registry accepts for this repository.");
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
    assert_eq!(help, "Give credentials that this registry accepts for this repository.");
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
