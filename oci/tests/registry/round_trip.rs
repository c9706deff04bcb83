//! Blobs and manifests, pushed to a real registry and pulled from it.

use std::fs::{self, File};
use std::io::Read;

use tempfile::TempDir;
use tuf_oci::registry::{FileLayer, ManifestName, Payload, RegistryError, RepositoryFile};
use tuf_oci::{Algorithm, Digest, MediaType, Tag};
use tuf_test_server::DockerRegistry;

use crate::client;

fn sha256(bytes: &[u8]) -> Digest {
    Digest::of(Algorithm::Sha256, bytes)
}

fn tag(text: &str) -> Tag {
    text.parse().expect("a tag")
}

#[test]
fn what_is_pushed_is_pulled() {
    let folder = TempDir::new().expect("a folder");
    let Some(server) = DockerRegistry::start("what_is_pushed_is_pulled", folder.path(), "") else { return };
    let registry = client(server.host(), "team/metadata", None);
    let (bytes, empty) = (vec![7; 100_000], RepositoryFile::EMPTY_BLOB);
    let digest = sha256(&bytes);
    let path = folder.path().join("blob");
    fs::write(&path, &bytes).expect("a file");
    let file = File::open(&path).expect("a file");

    assert!(registry.push_blob(&sha256(empty), Payload::Bytes(empty)).expect("taken"));
    assert!(registry.push_blob(&digest, Payload::File(&file)).expect("taken"));
    assert!(!registry.push_blob(&digest, Payload::File(&file)).expect("there already"));

    let manifest = RepositoryFile::metadata("1.root.json")
        .manifest(&FileLayer { digest: digest.clone(), size: 100_000 });
    let name = tag("1.root.json");
    let pushed =
        registry.push_manifest(ManifestName::Tag(&name), MediaType::OciManifest, &manifest).expect("taken");
    for wanted in [ManifestName::Tag(&name), ManifestName::Digest(&pushed)] {
        let pulled = registry.manifest(wanted, None).expect("an answer").expect("a manifest");
        assert_eq!(
            (pulled.media_type, &pulled.digest, &pulled.bytes),
            (MediaType::OciManifest, &pushed, &manifest)
        );
    }
    let blob = registry.blob(&digest, 0, None).expect("an answer").expect("a blob");
    assert_eq!(blob.start(), 0);
    assert_eq!(blob.read(100_000).expect("read"), bytes);
    let rest = registry.blob(&digest, 99_990, None).expect("an answer").expect("a blob");
    assert_eq!(rest.start(), 99_990);
    let mut read = Vec::new();
    rest.into_reader().read_to_end(&mut read).expect("read");
    assert_eq!(read, [7; 10]);
}

#[test]
fn what_is_not_there_is_an_answer() {
    let folder = TempDir::new().expect("a folder");
    let Some(server) = DockerRegistry::start("what_is_not_there_is_an_answer", folder.path(), "") else {
        return;
    };
    let registry = client(server.host(), "team/metadata", None);
    let (name, digest) = (tag("1.root.json"), sha256(b"nothing"));
    assert!(registry.manifest(ManifestName::Tag(&name), None).expect("an answer").is_none());
    assert!(registry.manifest(ManifestName::Digest(&digest), None).expect("an answer").is_none());
    assert!(registry.blob(&digest, 0, None).expect("an answer").is_none());
}

#[test]
fn a_registry_refuses_other_bytes_and_manifests_without_their_blobs() {
    let folder = TempDir::new().expect("a folder");
    let test = "a_registry_refuses_other_bytes_and_manifests_without_their_blobs";
    let Some(server) = DockerRegistry::start(test, folder.path(), "") else { return };
    let registry = client(server.host(), "team/metadata", None);
    let refused = |error: RegistryError| match error {
        RegistryError::Status { status, code, .. } => (status, code.unwrap_or_default()),
        other => panic!("{other}"),
    };
    let error = registry.push_blob(&sha256(b"one"), Payload::Bytes(b"two")).expect_err("other bytes");
    assert_eq!(refused(error), (400, "DIGEST_INVALID".to_owned()));
    let manifest = RepositoryFile::metadata("a").manifest(&FileLayer { digest: sha256(b"one"), size: 3 });
    let name = tag("a");
    let error = registry
        .push_manifest(ManifestName::Tag(&name), MediaType::OciManifest, &manifest)
        .expect_err("no blobs");
    assert_eq!(refused(error), (400, "MANIFEST_BLOB_UNKNOWN".to_owned()));
}
