//! What comes from a bundle is verified as if it was fetched.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tuf_tests::{DAY, Mirror, NOW, Repository};
use tuf_verifier_host::MemoryStore;
use tuf_verifier_host::bundle::{BundleSource, BundleWriter};
use tuf_verifier_host::records::{Basis, Waived};

use crate::world::{
    APP_CONTENT, Published, TOOL_CONTENT, at, both, expired, found, refusal, repository, verdict,
};

/// Everything on a mirror, in one file.
fn bundle_of(mirror: &Mirror) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bundle.tar");
    let mut writer = BundleWriter::new(std::fs::File::create(&path).expect("a file"));
    for (name, bytes) in &mirror.metadata {
        writer.metadata(name, bytes).expect("written");
    }
    for (fetch_path, bytes) in &mirror.targets {
        writer.target(fetch_path, bytes.len() as u64, bytes.as_slice()).expect("written");
    }
    writer.finish().expect("written");
    (folder, path)
}

fn open(path: &Path) -> BundleSource {
    BundleSource::open(path).expect("a bundle")
}

#[test]
fn brings_an_empty_store_up_to_date_and_says_what_was_not_asked() {
    let published = Published::new();
    let (_folder, path) = bundle_of(&published.mirror);
    let session = published.client_of(open(&path), MemoryStore::new()).refresh().expect("accepted");
    assert_eq!(both(&session), [APP_CONTENT, TOOL_CONTENT]);
    assert_eq!(session.report().now, NOW);
    let waived: Vec<_> =
        session.report().waived.iter().map(|waiver| (waiver.check.clone(), waiver.why)).collect();
    assert_eq!(waived, [(Waived::NewerRoot, Basis::Bundle), (Waived::NewerTimestamp, Basis::Bundle)]);
}

#[test]
fn follows_the_roots_in_it() {
    let mut repository = repository();
    repository.next_root().next_root();
    let published = Published::of(&repository);
    let (_folder, path) = bundle_of(&published.mirror);
    let session = published.client_of(open(&path), MemoryStore::new()).refresh().expect("accepted");
    assert_eq!(session.report().root.version, 3);
}

#[test]
fn rejects_a_bundle_that_has_expired() {
    let published = Published::new();
    let (_folder, path) = bundle_of(&published.mirror);
    let client = published.client_of(open(&path), MemoryStore::new());
    let refused = refusal(client.reference_time(at(NOW + DAY)).refresh());
    assert_eq!(refused, expired("timestamp", 1, NOW + DAY, NOW + DAY));
    let client = published.client_of(open(&path), MemoryStore::new());
    client.reference_time(at(NOW + DAY - 1)).refresh().expect("a second before");
}

#[test]
fn rejects_a_bundle_that_is_older_than_the_store() {
    let mut repository = repository();
    let (_folder, path) = bundle_of(&Published::of(&repository).mirror);
    let published = Published::of(repository.release());
    let store = MemoryStore::new();
    published.client(store.clone()).refresh().expect("accepted");
    assert_eq!(verdict(published.client_of(open(&path), store).refresh()), "rollback");
}

#[test]
fn rejects_a_bundle_that_was_tampered_with() {
    let published = Published::new();
    let spoiled = |name: &str, bytes: &[u8]| {
        let (_folder, path) = bundle_of(&published.mirror.clone().replacing(name, bytes));
        verdict(published.client_of(open(&path), MemoryStore::new()).refresh())
    };
    assert_eq!(spoiled("timestamp.json", b"{"), "malformed-json");
    assert_eq!(spoiled("1.snapshot.json", published.mirror.file("1.targets.json")), "malformed-metadata");
    let long = [published.mirror.file("timestamp.json"), &vec![b' '; 20_000]].concat();
    assert_eq!(spoiled("timestamp.json", &long), "endless-data");
    let mut forged = Repository::with_stolen_keys_of(&repository(), &[]);
    let published = Published::of(forged.release());
    let (_folder, path) = bundle_of(&published.mirror);
    let client = Published::new().client_of(open(&path), MemoryStore::new());
    assert_eq!(verdict(client.refresh()), "arbitrary-software");
}

#[test]
fn rejects_targets_that_were_tampered_with() {
    let mut published = Published::new();
    published.mirror.targets.values_mut().for_each(|bytes| bytes[0] ^= 1);
    let (_folder, path) = bundle_of(&published.mirror);
    let session = published.client_of(open(&path), MemoryStore::new()).refresh().expect("accepted");
    let target = found(&session, "bin/app");
    assert_eq!(verdict(session.read(&target)), "wrong-software");
}

#[test]
fn says_what_a_bundle_lacks() {
    let published = Published::new();
    let (_folder, path) = bundle_of(&published.mirror.clone().withholding("1.targets.json"));
    let refused = refusal(published.client_of(open(&path), MemoryStore::new()).refresh());
    let words = "missing metadata: the repository has no 1.targets.json".to_owned();
    assert_eq!(refused, ("missing-metadata".to_owned(), words));
    let mut mirror = published.mirror.clone();
    mirror.targets.clear();
    let (_folder, path) = bundle_of(&mirror);
    let session = published.client_of(open(&path), MemoryStore::new()).refresh().expect("accepted");
    let target = found(&session, "bin/app");
    assert_eq!(session.read(&target).expect_err("it is not there").code(), "missing-target");
}

#[test]
fn waives_nothing_where_a_repository_is_asked_as_well() {
    let published = Published::new();
    let (_folder, path) = bundle_of(&published.mirror);
    let client = published.client_of(open(&path), MemoryStore::new()).mirror(published.clone());
    assert_eq!(client.refresh().expect("accepted").report().waived, []);
    assert!(published.requests().contains(&"2.root.json".to_owned()));
}
