//! A client of a real registry.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tuf_oci::registry::{DirectTransport, Location, ManifestName, Payload, Registry, RepositoryFile};
use tuf_test_server::DockerRegistry;
use tuf_tests::{Mirror, NOW, Repository};
use tuf_verifier_host::source::Resume;
use tuf_verifier_host::{Client, Error, FolderStore, Lookup, MemoryStore, Source, UnixTime};

use crate::{builder, layer, manifest, rest, source};

const PATH: &str = "bin/app";

fn content() -> Vec<u8> {
    (0..200_000_u32).map(|number| number.to_le_bytes()[0]).collect()
}

fn push(registry: &Registry, file: &RepositoryFile, bytes: &[u8]) {
    for blob in [bytes, RepositoryFile::EMPTY_BLOB] {
        registry.push_blob(&layer(blob).digest, Payload::Bytes(blob)).expect("taken");
    }
    let name = file.tag();
    let bytes = manifest(file, bytes);
    registry.push_manifest(ManifestName::Tag(&name), RepositoryFile::MEDIA_TYPE, &bytes).expect("taken");
}

fn push_all(server: &DockerRegistry, mirror: &Mirror) -> Registry {
    let location = Location::parse(&format!("oci+http://{}/team/tuf", server.host())).expect("a location");
    let transport = Arc::new(DirectTransport::new(None, "test").expect("usable settings"));
    let registry = Registry::new(location, None, transport).expect("usable settings");
    for (name, bytes) in &mirror.metadata {
        push(&registry, &RepositoryFile::metadata(name.clone()), bytes);
    }
    for (path, bytes) in &mirror.targets {
        push(&registry, &RepositoryFile::target(path.clone()), bytes);
    }
    registry
}

fn client(mirror: &Mirror, server: &DockerRegistry, store: &Path) -> Client {
    let trusted_root = mirror.file("1.root.json").to_vec();
    let store = FolderStore::open(store).expect("a store");
    Client::new(trusted_root, source(server.host()), store).reference_time(UnixTime::from_seconds(NOW))
}

#[test]
fn a_repository_in_a_registry_is_verified_and_updated() {
    let folder = TempDir::new().expect("a folder");
    let test = "a_repository_in_a_registry_is_verified_and_updated";
    let Some(server) = DockerRegistry::start(test, folder.path(), "") else { return };
    let mut repository = Repository::new();
    repository.add_target("targets", PATH, &content()).publish();
    push_all(&server, &repository.mirror);
    let store = folder.path().join("store");

    let session = client(&repository.mirror, &server, &store).refresh().expect("an honest repository");
    let Ok(Lookup::Found(target)) = session.find(PATH) else { panic!("not found") };
    assert_eq!(session.read(&target).expect("verified"), content());

    let old = repository.mirror.clone();
    repository.release().add_target("targets", PATH, b"version 2").publish();
    push_all(&server, &repository.mirror);
    let session = client(&repository.mirror, &server, &store).refresh().expect("an honest repository");
    let Ok(Lookup::Found(target)) = session.find(PATH) else { panic!("not found") };
    assert_eq!(session.read(&target).expect("verified"), b"version 2");

    // The moving tag moves back.
    push_all(&server, &old);
    match client(&repository.mirror, &server, &store).refresh() {
        Err(Error::Failure(failure)) => assert_eq!(failure.code, "rollback"),
        other => panic!("no refusal: {other:?}"),
    }
}

#[test]
fn a_repository_that_is_not_there_is_missing_metadata() {
    let folder = TempDir::new().expect("a folder");
    let test = "a_repository_that_is_not_there_is_missing_metadata";
    let Some(server) = DockerRegistry::start(test, folder.path(), "") else { return };
    let mut repository = Repository::new();
    repository.add_target("targets", PATH, b"x").publish();
    let trusted_root = repository.mirror.file("1.root.json").to_vec();
    let client = Client::new(trusted_root, source(server.host()), MemoryStore::new());
    match client.reference_time(UnixTime::from_seconds(NOW)).refresh() {
        Err(Error::Failure(failure)) => assert_eq!(failure.code, "missing-metadata"),
        other => panic!("no refusal: {other:?}"),
    }
}

#[test]
fn credentials_are_asked_for_by_their_absence() {
    let folder = TempDir::new().expect("a folder");
    let passwords = folder.path().join("htpasswd");
    let hash = "publisher:$2y$05$abcdefghijklmnopqrstuu6g/lqb5fRMcLVsKSifRxV/yY/6QXP3G\n";
    std::fs::write(&passwords, hash).expect("a file");
    let section = format!("auth: {{htpasswd: {{realm: r, path: '{}'}}}}\n", passwords.display());
    let test = "credentials_are_asked_for_by_their_absence";
    let Some(server) = DockerRegistry::start(test, folder.path(), &section) else { return };

    let error = source(server.host()).metadata("1.root.json", 1_000).expect_err("no credentials");
    assert_eq!(
        (error.code(), error.advice()),
        ("source-status", "give the credentials that this server asks for")
    );
    let file = folder.path().join("config.json");
    let text =
        format!(r#"{{"auths":{{"{}":{{"username":"publisher","password":"wombat"}}}}}}"#, server.host());
    std::fs::write(&file, text).expect("a file");
    for builder in
        [builder(server.host()).credentials("publisher", "wombat"), builder(server.host()).auth_file(file)]
    {
        let source = builder.build().expect("usable settings");
        assert_eq!(source.metadata("1.root.json", 1_000).expect("an answer"), None);
        assert!(!format!("{source:?}").contains("wombat"));
    }
}

#[test]
fn a_transfer_goes_on_where_it_broke_off() {
    let folder = TempDir::new().expect("a folder");
    let Some(server) = DockerRegistry::start("a_transfer_goes_on_where_it_broke_off", folder.path(), "")
    else {
        return;
    };
    let mirror = Mirror { targets: [(PATH.to_owned(), content())].into(), ..Mirror::default() };
    push_all(&server, &mirror);
    let source = source(server.host());
    let digest = layer(&content()).digest.to_string();
    let resume = |offset, validator| Resume { offset, length: 200_000, validator };
    let beginning = rest(&source, PATH, resume(0, None)).expect("an answer");
    assert_eq!(beginning, (0, content(), digest.clone()));
    for validator in [None, Some(digest.as_str())] {
        let end = rest(&source, PATH, resume(199_990, validator)).expect("an answer");
        assert_eq!(end, (199_990, content()[199_990..].to_vec(), digest.clone()));
    }
    for resume in [resume(199_990, Some("sha256:00")), resume(200_000, None), resume(300_000, None)] {
        assert_eq!(rest(&source, PATH, resume).expect("an answer").0, 0, "{resume:?}");
    }
}
