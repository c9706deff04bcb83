//! Advisories of tough.

use std::fs;

use tuf_tests::expected::{
    arbitrary_software, digest, endless_data, freeze, length, mix_and_match, rollback, signed_twice,
};
use tuf_tests::{Answer, Authority, Delegation, Device, Key, Listing, NOW, Repository};
use tuf_verifier_core::{Failure, Misuse, NotFound};
use tuf_verifier_host::{Client, Downloaded, FolderSource, FolderStore, Lookup, UnixTime};

use crate::{PATH, at_version_3, refused_and_unchanged, search, with_team};

/// CVE-2025-2885 (GHSA-5vmp-m5v2-hx47): a root of another version than the next one was taken for the next one.
#[test]
fn cve_2025_2885_root_that_is_not_the_next_one() {
    for offered in [1, 3, 7] {
        let repository = Repository::new();
        let mut other = repository.clone();
        other.root.version = offered - 1;
        other.next_root();
        let bytes = other.mirror.file(&format!("{offered}.root.json")).to_vec();
        let spoiled = repository.mirror.clone().replacing("2.root.json", bytes);
        let failure = rollback("root", "root", 1, Some(offered));
        let mut device = Device::refreshed(&repository);
        refused_and_unchanged(&mut device, &spoiled, failure, &repository.mirror);
    }
}

/// CVE-2025-2888: a timestamp that lists an older snapshot was refused, and stayed in the cache, so that no later
/// timestamp was accepted.
#[test]
fn cve_2025_2888_timestamp_cached_during_a_snapshot_rollback() {
    let (repository, mut device) = at_version_3();
    let mut rolled_back = repository.clone();
    rolled_back.timestamp.version = 900;
    rolled_back.snapshot.version = 2;
    let failure = rollback("timestamp", "snapshot", 3, Some(2));
    refused_and_unchanged(&mut device, &rolled_back.publish().mirror, failure, &repository.mirror);
    let mut next = repository.clone();
    assert_eq!(device.refresh(&next.release().mirror).map(|report| report.timestamp.version), Ok(4));
}

/// CVE-2025-2886: the search went on behind a terminating delegation.
#[test]
fn cve_2025_2886_terminating_delegation_ignored() {
    let mut repository = Repository::new();
    repository
        .delegate("targets", Delegation::paths("first", &["x/*"]).terminating())
        .delegate("targets", Delegation::paths("second", &["x/*"]))
        .add_target("second", PATH, b"malware")
        .publish();
    assert_eq!(search(&repository, PATH), Ok(Answer::NotFound(NotFound::Absent)));
    repository.delegate("first", Delegation::paths("child", &["x/*"])).publish();
    assert_eq!(
        search(&repository, PATH),
        Ok(Answer::NotFound(NotFound::Absent)),
        "behind its children neither"
    );
}

/// CVE-2025-2887: a newer snapshot could list an older version of a delegated role, or none.
#[test]
fn cve_2025_2887_delegated_role_rolled_back() {
    let (repository, mut device) = at_version_3();
    let mut older = repository.clone();
    older.role("team").header.version = 2;
    older.release();
    let failure = rollback("snapshot", "team", 3, Some(2));
    assert_eq!(device.refresh(&older.mirror).map(|_| ()), Err(failure));
    let mut dropped = repository.clone();
    dropped.edit("snapshot", |signed| {
        signed.at(&["meta"]).remove("team.json");
    });
    let failure = rollback("snapshot", "team", 3, None);
    assert_eq!(device.refresh(&dropped.release().mirror).map(|_| ()), Err(failure));
}

/// CVE-2026-6966: one signature, twice, met the threshold of a delegated role.
#[test]
fn cve_2026_6966_duplicate_signature_meets_a_delegated_threshold() {
    let mut repository = with_team();
    let keys = [Key::new("a"), Key::new("b")];
    repository.role("targets").delegations[0].authority = Authority { keys: keys.to_vec(), threshold: 2 };
    repository.sign_with("team", &[keys[0].clone(), keys[0].clone()]).publish();
    assert_eq!(search(&repository, PATH), Err(signed_twice("1.team.json")));
    // The same key once more, listed under another keyid.
    let twins = [keys[0].clone(), keys[0].with_keyid("twin")];
    repository.role("targets").delegations[0].authority = Authority { keys: twins.to_vec(), threshold: 2 };
    repository.sign_with("team", &twins).publish();
    assert_eq!(search(&repository, PATH), Err(arbitrary_software("team", ("targets", 1), 2, 1)));
}

/// CVE-2026-6967: of delegated metadata, neither expiry nor hash nor length was checked, and it poisoned the cache.
#[test]
fn cve_2026_6967_delegated_expiry_hash_and_length_unchecked() {
    let mut expired = with_team();
    expired.role("team").header.expires = NOW;
    refused_delegated(expired.publish(), &freeze("team", 1, NOW));
    let mut honest = with_team();
    honest.listing = Listing::Everything;
    honest.publish();
    let bytes = honest.mirror.file("1.team.json").to_vec();
    let listed = bytes.len() as u64;
    let mut spoiled = honest.clone();
    spoiled.mirror = honest.mirror.clone().tampering("1.team.json", "\"targets\": {", "\"targets\" :{");
    refused_delegated(&spoiled, &mix_and_match("team", digest("sha256")));
    spoiled.mirror = honest.mirror.clone().replacing("1.team.json", &bytes[..bytes.len() - 1]);
    refused_delegated(&spoiled, &mix_and_match("team", length(listed, listed - 1)));
    spoiled.mirror = honest.mirror.clone().replacing("1.team.json", [&bytes[..], b" "].concat());
    refused_delegated(&spoiled, &endless_data("1.team.json", listed));
}

/// The search is refused, and the store has no `team.json`.
fn refused_delegated(repository: &Repository, failure: &Failure) {
    let mut device = Device::new(repository);
    assert_eq!(device.find(&repository.mirror, PATH).as_ref(), Err(failure));
    assert!(!device.store.contains_key("team.json"), "nothing of it is stored");
}

/// CVE-2026-6968: files were written outside of the output folder, by an absolute target name, or through a symbolic
/// link in the place of a target or of a metadata file.
#[cfg(unix)]
#[test]
fn cve_2026_6968_write_outside_of_the_output_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let outside = folder.path().join("outside");
    fs::write(&outside, b"untouched").expect("the folder can be written");
    let absolute = outside.display().to_string();
    let mut repository = with_team();
    repository.add_target("targets", &absolute, b"malware").publish();
    repository.mirror.targets.retain(|name, _| !name.starts_with('/'));
    repository.mirror.publish_to(folder.path()).expect("the folder can be written");
    let store = folder.path().join("store");
    let session = client(&repository, folder.path(), FolderStore::open(&store).expect("a folder")).refresh();
    let session = session.as_ref().expect("the listing alone does no harm");
    let error = session.find(&absolute).expect_err("no target has this name");
    assert_eq!(error.code(), Failure::Misuse(Misuse::UnsafePath(absolute)).code());

    std::os::unix::fs::symlink(&outside, store.join("team.json")).expect("the store can be written");
    let to = folder.path().join("app");
    std::os::unix::fs::symlink(&outside, &to).expect("the folder can be written");
    let Ok(Lookup::Found(target)) = session.find(PATH) else { panic!("the role's metadata is honest") };
    assert_eq!(session.download(&target, &to).expect("the bytes are honest"), Downloaded::Fetched);
    assert_eq!(fs::read(&outside).expect("it is there"), b"untouched");
    assert_eq!(fs::read(&to).expect("it is there"), b"1");
    for file in [to, store.join("team.json")] {
        assert!(fs::symlink_metadata(&file).expect("it is there").is_file(), "{}", file.display());
    }
}

fn client(repository: &Repository, folder: &std::path::Path, store: FolderStore) -> Client {
    let source = FolderSource::new(folder.join("metadata"), folder.join("targets"));
    let root = repository.mirror.file("1.root.json").to_vec();
    Client::new(root, source, store).reference_time(UnixTime::from_seconds(NOW))
}
