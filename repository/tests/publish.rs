//! What a publish leaves for clients.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::thief::Thief;
use crate::world::{Client, Found, NOW, World, files};
use tuf_repository::metadata::{Key, Scope, sha256_hex};
use tuf_repository::{
    Delegation, Error, Handover, KeyError, KeyRing, Periods, Recovery, Repository, RoleKeys, Signer, Signers,
    TargetDescription, UnixTime,
};

fn delegation(world: &World, name: &str, pattern: &str, terminating: bool) -> Delegation {
    Delegation::Role {
        name: name.to_owned(),
        keys: world.role_keys(&["delegate"]),
        scope: Scope::Paths(vec![pattern.to_owned()]),
        terminating,
    }
}

#[test]
fn init_leaves_a_whole_repository() {
    let world = World::with_keys(&[]);
    let report = Client::default().update(world.path(), NOW).expect("an update");
    assert!(report.consistent_snapshot);
    let versions = [report.root, report.timestamp, report.snapshot, report.targets].map(|role| role.version);
    assert_eq!(versions, [1, 1, 1, 1]);
    assert_eq!(report.timestamp.expires, UnixTime(NOW.0 + 86_400));
}

#[test]
fn init_refuses_a_folder_that_holds_a_repository() {
    let world = World::with_keys(&[]);
    let before = files(world.path());
    let again = world.init();
    assert!(matches!(again, Err(Error::RepositoryExists(_))), "{again:?}");
    assert_eq!(files(world.path()), before);
}

#[test]
fn nothing_is_published_before_publish() {
    let world = World::with_keys(&[]);
    let before = files(&world.path().join("metadata"));
    let repository = world.open();
    repository.add_target("targets", "a/b.txt", b"bytes").expect("a staged target");
    assert_eq!(files(&world.path().join("metadata")), before);
    assert!(files(&world.path().join("targets")).is_empty());
    let rehearsed = repository.rehearse(NOW).expect("a rehearsal");
    assert_eq!(rehearsed.metadata.len(), 3);
    assert_eq!(files(&world.path().join("metadata")), before);
    let published = repository.publish(NOW).expect("a publish");
    assert_eq!(published, rehearsed);
    let found = Client::default().find(world.path(), "a/b.txt", NOW).expect("an update").1;
    assert_eq!(found, Found::By("targets".to_owned()));
    assert!(files(&world.state().join("roles")).is_empty());
    assert!(files(&world.path().join("staged/targets")).is_empty());
}

#[test]
fn a_publish_without_changes_writes_nothing() {
    let world = World::with_keys(&[]);
    let before = files(world.path());
    assert!(world.open().publish(NOW).expect("a publish").metadata.is_empty());
    assert_eq!(files(world.path()), before);
}

#[test]
fn delegated_roles_are_written_before_their_delegators() {
    let world = World::with_keys(&["delegate"]);
    let repository = world.open();
    repository.delegate("targets", delegation(&world, "outer", "a/*", true)).expect("a delegation");
    repository.delegate("outer", delegation(&world, "inner", "a/*", false)).expect("a delegation");
    repository.add_target("inner", "a/b.txt", b"bytes").expect("a staged target");
    let published = repository.publish(NOW).expect("a publish");
    let order: Vec<_> = published.metadata.iter().map(|(role, _)| role.as_str()).collect();
    assert_eq!(order, ["inner", "outer", "targets", "snapshot", "timestamp"]);
    let found = Client::default().find(world.path(), "a/b.txt", NOW).expect("an update").1;
    assert_eq!(found, Found::By("inner".to_owned()));
}

#[test]
fn hash_prefixes_and_succinct_bins_are_found() {
    let world = World::with_keys(&["delegate"]);
    let repository = world.open();
    let digits = "0123456789abcdef".chars().map(String::from).collect();
    let all = Delegation::Role {
        name: "all".to_owned(),
        keys: world.role_keys(&["delegate"]),
        scope: Scope::PathHashPrefixes(digits),
        terminating: true,
    };
    repository.delegate("targets", all).expect("a delegation");
    let keys = world.role_keys(&["delegate"]);
    let bins = Delegation::Succinct { name_prefix: "bin".to_owned(), bit_length: 3, keys };
    repository.delegate("all", bins).expect("bins");
    let mut staged = repository.stage().expect("a set of changes");
    let paths: Vec<String> = (0..20).map(|number| format!("crates/{number}")).collect();
    for path in &paths {
        let bins: Vec<_> = (0..8).map(|bin| format!("bin-{bin:x}")).collect();
        let added: Vec<_> =
            bins.iter().filter(|bin| staged.add_target(bin, path, path.as_bytes(), None).is_ok()).collect();
        assert_eq!(added.len(), 1, "{path} belongs to one bin");
    }
    staged.save().expect("saved changes");
    let published = repository.publish(NOW).expect("a publish");
    assert_eq!(published.metadata.len(), 8 + 4, "every bin exists");
    for path in &paths {
        let found = Client::default().find(world.path(), path, NOW).expect("an update").1;
        assert!(matches!(&found, Found::By(role) if role.starts_with("bin-")), "{found:?}");
    }
}

#[test]
fn a_removed_target_is_gone_and_its_bytes_stay() {
    let world = World::with_keys(&[]);
    let repository = world.open();
    repository.add_target("targets", "a", b"bytes").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    let bytes = files(&world.path().join("targets"));
    let mut staged = repository.stage().expect("a set of changes");
    staged.remove_target("targets", "a").expect("a removal");
    let again = staged.remove_target("targets", "a");
    assert!(matches!(again, Err(Error::NoSuchTarget { .. })), "{again:?}");
    staged.save().expect("saved changes");
    repository.publish(NOW).expect("a publish");
    let found = Client::default().find(world.path(), "a", NOW).expect("an update").1;
    assert_eq!(found, Found::Nothing);
    assert_eq!(files(&world.path().join("targets")), bytes);
}

#[test]
fn a_refresh_moves_the_expiry_and_leaves_changes_staged() {
    let world = World::with_keys(&[]);
    let repository = world.open();
    repository.add_target("targets", "a", b"bytes").expect("a staged target");
    let later = UnixTime(NOW.0 + 3 * 86_400);
    let mut client = Client::default();
    assert_eq!(client.update(world.path(), later).expect_err("expired").code(), "freeze");
    let refreshed = repository.refresh(&["timestamp"], later).expect("a refresh");
    assert_eq!(refreshed.metadata, [("timestamp".to_owned(), 2)]);
    let (report, found) = client.find(world.path(), "a", later).expect("an update");
    assert_eq!((report.timestamp.version, report.snapshot.version, found), (2, 1, Found::Nothing));
    assert_eq!(repository.status().expect("a status").staged, ["targets"]);
    let refused = repository.refresh(&["targets"], later);
    assert!(matches!(refused, Err(Error::StagedChange(_))), "{refused:?}");
    let refused = repository.refresh(&["nobody"], later);
    assert!(matches!(refused, Err(Error::NoSuchRole(_))), "{refused:?}");
}

#[test]
fn a_role_that_is_not_delegated_to_any_more_stays_listed() {
    let world = World::with_keys(&["delegate"]);
    let repository = world.open();
    repository.delegate("targets", delegation(&world, "outer", "a/*", false)).expect("a delegation");
    repository.publish(NOW).expect("a publish");
    let mut client = Client::default();
    client.update(world.path(), NOW).expect("an update");
    let mut staged = repository.stage().expect("a set of changes");
    staged.revoke("outer").expect("a revocation");
    staged.save().expect("saved changes");
    repository.publish(NOW).expect("a publish");
    assert_eq!(client.update(world.path(), NOW).expect("no rollback").targets.version, 3);
    let roles = repository.status().expect("a status").roles;
    assert!(roles.iter().all(|role| role.role != "outer"));
}

#[test]
fn refuses_targets_that_clients_would_not_come_to() {
    let world = World::with_keys(&["delegate"]);
    let repository = world.open();
    repository.delegate("targets", delegation(&world, "first", "a/*", true)).expect("a delegation");
    repository.delegate("targets", delegation(&world, "second", "?/*", false)).expect("a delegation");
    let refused = |role: &str, path: &str| match repository.add_target(role, path, b"bytes") {
        Err(Error::NotDelegated { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused("first", "b/c"), "no delegation to this role covers it");
    assert_eq!(refused("first", "a/b/c"), "no delegation to this role covers it");
    assert_eq!(refused("second", "a/b"), "the terminating delegation to first covers it");
    repository.add_target("second", "b/c", b"bytes").expect("a staged target");
    add_shadowing(&repository, "b/d");
    assert_eq!(refused("second", "b/d"), "role targets lists it and is asked first");
    let unknown = repository.add_target("third", "a", b"bytes");
    assert!(matches!(unknown, Err(Error::NoSuchRole(_))), "{unknown:?}");
    // Added first, shadowed later: found when it is published.
    add_shadowing(&repository, "b/c");
    let shadowed = repository.publish(NOW);
    assert!(matches!(shadowed, Err(Error::NotDelegated { .. })), "{shadowed:?}");
}

fn add_shadowing(repository: &Repository, path: &str) {
    let mut staged = repository.stage().expect("a set of changes");
    staged.allow_shadowing();
    staged.add_target("targets", path, &b"bytes"[..], None).expect("a staged target");
    staged.save().expect("saved changes");
}

#[test]
fn rejects_targets_that_shadow_a_delegated_role() {
    let world = World::with_keys(&["delegate"]);
    let repository = world.open();
    repository.delegate("targets", delegation(&world, "crates", "crates/*/*", false)).expect("a delegation");
    repository.add_target("crates", "crates/a/a-1", b"genuine").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    let shadows = |outcome: Result<(), Error>| match outcome {
        Err(Error::ShadowsDelegated { role, path, owner }) => {
            assert_eq!((role.as_str(), owner.as_str()), ("targets", "crates"), "{path}");
        }
        other => panic!("{other:?}"),
    };
    // What is listed there already, and what is not; with bytes, without, and in a folder, which no permission covers.
    for path in ["crates/a/a-1", "crates/b/b-1"] {
        shadows(repository.add_target("targets", path, b"other"));
        let mut staged = repository.stage().expect("a set of changes");
        let description = TargetDescription { length: 5, sha256: sha256_hex(b"other"), custom: None };
        shadows(staged.describe_target("targets", path, description));
        let folder = world.home().join("tree");
        std::fs::create_dir_all(folder.join(path).parent().expect("a folder")).expect("a folder");
        std::fs::write(folder.join(path), b"other").expect("a file");
        staged.allow_shadowing();
        shadows(staged.add_folder("targets", &folder).map(drop));
    }
    // With a permission for this path alone. It is asked for again.
    add_shadowing(&repository, "crates/a/a-1");
    repository.publish(NOW).expect("a publish");
    let found = Client::default().find(world.path(), "crates/a/a-1", NOW).expect("an update").1;
    assert_eq!(found, Found::By("targets".to_owned()));
    shadows(repository.add_target("targets", "crates/a/a-1", b"again"));
    // Listed first, and delegated before it is published.
    repository.add_target("targets", "docs/a", b"other").expect("a staged target");
    repository.delegate("targets", delegation(&world, "docs", "docs/*", true)).expect("a delegation");
    let refused = repository.publish(NOW).expect_err("refused");
    assert_eq!(refused.code(), "shadows-delegated");
    let mut staged = repository.stage().expect("a set of changes");
    staged.remove_target("targets", "docs/a").expect("a removal");
    staged.save().expect("saved changes");
    repository.add_target("docs", "docs/a", b"other").expect("a staged target");
    repository.publish(NOW).expect("a publish");
}

#[test]
fn refuses_unusable_paths_names_and_patterns() {
    let world = World::with_keys(&["delegate"]);
    let repository = world.open();
    for path in ["", "/a", "a//b", "a/", "../a", "a/./b", "a\\b", "a\nb"] {
        let refused = repository.add_target("targets", path, b"bytes");
        assert!(matches!(refused, Err(Error::BadTargetPath { .. })), "{path:?}: {refused:?}");
    }
    for name in ["", "root", "targets", "a/b", ".a", "a b", "ä"] {
        let refused = repository.delegate("targets", delegation(&world, name, "a/*", false));
        assert!(matches!(refused, Err(Error::BadRoleName { .. })), "{name:?}: {refused:?}");
    }
    for pattern in ["", "/a", "[ab]", "{a,b}", "!a", "a\\*"] {
        let refused = repository.delegate("targets", delegation(&world, "role", pattern, false));
        assert!(matches!(refused, Err(Error::BadDelegation { .. })), "{pattern:?}: {refused:?}");
    }
    assert!(repository.publish(NOW).expect("a publish").metadata.is_empty());
}

#[test]
fn refuses_what_is_missing_and_publishes_nothing() {
    let world = World::with_keys(&[]);
    world.open().add_target("targets", "a", b"bytes").expect("a staged target");
    let before = files(&world.path().join("metadata"));
    let without = world.open_with(world.home(), world.ring_without("targets"));
    match without.publish(NOW) {
        Err(Error::MissingKeys { role, needed: 1, available: 0, missing }) => {
            assert_eq!((role.as_str(), missing), ("targets", vec![world.keys["targets"].keyid().to_owned()]));
        }
        other => panic!("{other:?}"),
    }
    std::fs::remove_dir_all(world.path().join("staged/targets")).expect("staged bytes");
    let refused = world.open().publish(NOW);
    assert!(matches!(refused, Err(Error::BadTargetFile { .. })), "{refused:?}");
    assert_eq!(files(&world.path().join("metadata")), before);
}

#[test]
fn refuses_staged_bytes_that_have_changed() {
    let world = World::with_keys(&[]);
    world.open().add_target("targets", "a", b"bytes").expect("a staged target");
    let staged = files(&world.path().join("staged/targets"));
    let path = world.path().join("staged/targets").join(staged.keys().next().expect("a staged file"));
    std::fs::write(path, b"other").expect("a write");
    let refused = world.open().publish(NOW);
    assert!(matches!(refused, Err(Error::BadTargetFile { .. })), "{refused:?}");
}

#[test]
fn refuses_a_repository_that_is_expired_before_it_is_published() {
    let world = World::with_keys(&[]);
    let mut repository = world.open();
    repository.periods_mut().timestamp = 0;
    repository.add_target("targets", "a", b"bytes").expect("a staged target");
    match repository.publish(NOW) {
        Err(Error::Rehearsal(error)) => assert!(error.to_string().contains("freeze attack"), "{error}"),
        other => panic!("{other:?}"),
    }
    repository.discard().expect("discarded changes");
    assert!(repository.publish(NOW).expect("a publish").metadata.is_empty());
}

#[test]
fn targets_published_elsewhere_need_no_bytes() {
    let world = World::with_keys(&[]);
    let repository = world.open();
    let mut staged = repository.stage().expect("a set of changes");
    let sha256 = sha256_hex(b"bytes");
    let description = TargetDescription { length: 5, sha256, custom: None };
    staged.describe_target("targets", "a", description).expect("a described target");
    staged.save().expect("saved changes");
    assert_eq!(repository.publish(NOW).expect("a publish").targets, 0);
}

#[test]
fn custom_data_without_a_canonical_form_is_refused() {
    let world = World::with_keys(&[]);
    let repository = world.open();
    let custom = |text| serde_json::from_str(text).expect("an object");
    let mut staged = repository.stage().expect("a set of changes");
    let fraction = Some(custom(r#"{"a": 0.5}"#));
    staged.add_target("targets", "a", &b"bytes"[..], fraction).expect("a staged target");
    staged.save().expect("saved changes");
    let refused = repository.publish(NOW);
    assert!(matches!(refused, Err(Error::NotCanonical(_))), "{refused:?}");
}

/// A repository whose role `team` has two keys and a threshold of one.
fn with_team() -> World {
    let world = World::with_keys(&["one", "two", "three"]);
    let repository = world.open();
    let keys = RoleKeys { threshold: 1, ..world.role_keys(&["one", "two"]) };
    let scope = Scope::Paths(vec!["team/*".to_owned()]);
    let role = Delegation::Role { name: "team".to_owned(), keys, scope, terminating: false };
    repository.delegate("targets", role).expect("a delegation");
    repository.add_target("team", "team/a", b"bytes").expect("a staged target");
    world.open_with(world.home(), world.ring_without("two")).publish(NOW).expect("a publish");
    world
}

fn set_threshold(repository: &Repository, keys: &RoleKeys) {
    let mut staged = repository.stage().expect("a set of changes");
    staged.set_keys("team", keys, Handover::Overlapping).expect("a threshold");
    staged.save().expect("saved changes");
}

#[test]
fn a_signature_that_is_empty_is_none_for_a_raised_threshold() {
    let world = with_team();
    Thief::of(&world, world.path()).leave_room_for("team", world.keys["two"].keyid(), 3);
    let repository = world.open();
    set_threshold(&repository, &world.role_keys(&["one", "two"]));
    let published = repository.publish(NOW).expect("a publish");
    assert!(published.metadata.contains(&("team".to_owned(), 2)), "{published:?}");
    let found = Client::default().find(world.path(), "team/a", NOW).expect("an update").1;
    assert_eq!(found, Found::By("team".to_owned()));
    world.open().status().expect("the next command");
}

#[test]
fn a_raised_threshold_asks_nobody_whose_signatures_are_there() {
    let world = with_team();
    world.open().refresh(&["team"], NOW).expect("signatures of both");
    set_threshold(&world.open(), &world.role_keys(&["one", "two"]));
    let repository = world.open_with(world.home(), world.ring_without("two"));
    let published = repository.publish(NOW).expect("a publish");
    assert!(published.metadata.iter().all(|(role, _)| role != "team"), "{published:?}");
    world.open().status().expect("the next command");
}

/// Keys, of which those of these keyids sign wrongly.
struct Broken(KeyRing, BTreeSet<String>);

#[derive(Debug)]
struct BrokenKey(Arc<dyn Signer>);

impl Signers for Broken {
    fn signer(&self, keyid: &str) -> Result<Option<Arc<dyn Signer>>, Error> {
        let signer = self.0.signer(keyid)?;
        match self.1.contains(keyid) {
            true => Ok(signer.map(|signer| Arc::new(BrokenKey(signer)) as Arc<dyn Signer>)),
            false => Ok(signer),
        }
    }
}

impl Signer for BrokenKey {
    fn public(&self) -> &Key {
        self.0.public()
    }

    fn keyid(&self) -> &str {
        self.0.keyid()
    }

    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(vec![7; 64])
    }
}

#[test]
fn rejects_a_plan_with_a_role_that_no_changed_target_leads_to() {
    let world = with_team();
    let before = files(&world.path().join("metadata"));
    let broken = ["one", "two", "three"].map(|name| world.keys[name].keyid().to_owned()).into();
    let (folder, state) = (world.path(), world.state());
    let signers = Broken(world.ring(), broken);
    let repository = Repository::open(folder, &state, signers, Periods::default()).expect("a repository");
    let refused = |error: Error| {
        let text = error.to_string();
        assert!(matches!(error, Error::Rehearsal(_)), "{error:?}");
        assert!(text.contains("team.json") && text.contains("arbitrary software"), "{text}");
    };
    refused(repository.refresh(&["team"], NOW).expect_err("a refresh"));
    let recovery = Recovery {
        gone: [world.keys["one"].keyid().to_owned()].into(),
        new_keys: vec![world.keys["three"].public().clone()],
        ..Recovery::default()
    };
    refused(repository.recover(&recovery, NOW, |_| true).expect_err("a recovery"));
    assert!(files(&world.path().join("metadata")) == before, "nothing was written");
}
