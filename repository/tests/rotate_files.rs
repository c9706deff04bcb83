//! Roles that rotate their own keys (TAP 8), and that revoke themselves (TAP 20): each state is verified by the core, from
//! cold and from the state before.

use crate::thief;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::command::Desk;
use crate::world::{Client, CrashAt, Found, NOW, World, copy_folder, files};
use tuf_repository::clients::{ClientProfile, ClientRules};
use tuf_repository::event::EventError;
use tuf_repository::inspection::{Inspected, Question, State, inspect};
use tuf_repository::metadata::{MetaFile, Rotate, Scope, Signed, Snapshot, Timestamp, seal};
use tuf_repository::rebase::Conflict;
use tuf_repository::review::{KeyNames, changes};
use tuf_repository::source::{Access, open};
use tuf_repository::{
    Delegation, Difference, Error, EventRequest, Handover, Keep, Periods, Repository, UnixTime,
};
use tuf_verifier_core::{Failure, Refusal};

/// Roles `docs` and `code` with a target each. The keys `second` and `third` are for rotations of `docs`.
fn world() -> World {
    let world = World::with_keys(&["docs", "code", "second", "third"]);
    let repository = world.open();
    for role in ["docs", "code"] {
        delegate(&world, &repository, role, role);
        repository.add_target(role, &format!("{role}/a"), b"bytes").expect("a staged target");
    }
    repository.publish(NOW).expect("a publish");
    world
}

fn delegate(world: &World, repository: &Repository, role: &str, folder: &str) {
    let delegation = Delegation::Role {
        name: role.to_owned(),
        keys: world.role_keys(&[if world.keys.contains_key(role) { role } else { "third" }]),
        scope: Scope::Paths(vec![format!("{folder}/*")]),
        terminating: true,
    };
    repository.delegate("targets", delegation).expect("a delegation");
}

/// A publisher with these keys, and those that every publish needs.
fn with_keys(world: &World, names: &[&str]) -> Repository {
    let names = names.iter().chain(&["snapshot", "timestamp"]);
    world.open_with(world.home(), names.map(|name| world.keys[*name].clone()).collect())
}

fn rotate(world: &World, repository: &Repository, keys: &[&str]) {
    let mut staged = repository.stage().expect("a set of changes");
    staged.rotate_self("docs", &world.role_keys(keys)).expect("a rotation");
    staged.save().expect("saved changes");
}

fn revoke(repository: &Repository) {
    let mut staged = repository.stage().expect("a set of changes");
    staged.revoke_self("docs").expect("a revocation");
    staged.save().expect("saved changes");
}

fn found(client: &mut Client, world: &World, path: &str) -> Found {
    client.find(world.path(), path, NOW).expect("an update").1
}

fn by(role: &str) -> Found {
    Found::By(role.to_owned())
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Failure>) -> Refusal {
    match result {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

/// What keeps a publisher from building on what is published.
fn refused_state(world: &World) -> Refusal {
    match world.open().status() {
        Err(Error::Changed { difference: Difference::Refused(Failure::Refused(refusal)), .. }) => refusal,
        other => panic!("{other:?}"),
    }
}

fn read<M: serde::de::DeserializeOwned>(world: &World, name: &str) -> M {
    let bytes = fs::read(world.path().join("metadata").join(name)).expect("metadata");
    serde_json::from_slice::<Signed<M>>(&bytes).expect("metadata").signed
}

fn rotate_file(world: &World, version: u64) -> Rotate {
    read(world, &format!("rotate/docs.rotate.{version}"))
}

/// Somebody with the keys of snapshot and timestamp publishes rotate files, each signed by the keys that are named.
fn plant(world: &World, rotations: &[(u64, Rotate, &[&str])]) {
    let folder = world.path().join("metadata");
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("a file");
    let mut timestamp: Timestamp = read(world, "timestamp.json");
    let mut snapshot: Snapshot =
        read(world, &format!("{}.snapshot.json", timestamp.meta["snapshot.json"].version));
    fs::create_dir_all(folder.join("rotate")).expect("a folder");
    for (version, rotate, keys) in rotations {
        let bytes = seal(rotate, keys.iter().map(|key| &*world.keys[*key])).expect("a rotate file");
        let name = format!("rotate/{}.rotate.{version}", rotate.role);
        write(&name, &bytes);
        snapshot.meta.insert(name, MetaFile::describe(*version, &bytes));
    }
    snapshot.version += 1;
    let bytes = seal(&snapshot, [&*world.keys["snapshot"]]).expect("a snapshot");
    write(&format!("{}.snapshot.json", snapshot.version), &bytes);
    timestamp.version += 1;
    timestamp.meta.insert("snapshot.json".to_owned(), MetaFile::describe(snapshot.version, &bytes));
    write("timestamp.json", &seal(&timestamp, [&*world.keys["timestamp"]]).expect("a timestamp"));
}

fn rotation_to(world: &World, version: u64, key: &str) -> Rotate {
    let key = &world.keys[key];
    let keys = BTreeMap::from([(key.keyid().to_owned(), key.public().clone())]);
    Rotate::new("docs", version, keys, 1)
}

#[test]
fn a_role_rotates_its_own_keys_without_its_delegator() {
    let world = world();
    let mut device = Client::default();
    assert_eq!(found(&mut device, &world, "docs/a"), by("docs"));
    let targets = read::<tuf_repository::metadata::Targets>(&world, "2.targets.json").version;
    for (number, old, new) in [(1, "docs", "second"), (2, "second", "third")] {
        // Neither root's nor the delegator's keys are here.
        let repository = with_keys(&world, &[old, new]);
        rotate(&world, &repository, &[new]);
        let published = repository.publish(NOW).expect("a publish").metadata;
        let roles: Vec<_> = published.iter().map(|(role, version)| (role.as_str(), *version)).collect();
        assert_eq!(roles[..2], [("rotate/docs", number), ("docs", number * 2)]);
        assert_eq!(published.len(), 4, "{published:?}");
        assert_eq!(rotate_file(&world, number).version, number);
        for client in [&mut device, &mut Client::default()] {
            assert_eq!(found(client, &world, "docs/a"), by("docs"));
        }
        // Later publishes sign with the new key alone.
        let repository = with_keys(&world, &[new]);
        let path = format!("docs/after-{number}");
        repository.add_target("docs", &path, b"new").expect("a staged target");
        repository.publish(NOW).expect("a publish");
        for client in [&mut device, &mut Client::default()] {
            assert_eq!(found(client, &world, &path), by("docs"));
        }
    }
    let roles = world.open().status().expect("a status").roles;
    let docs = roles.iter().find(|role| role.role == "docs").expect("the role");
    assert_eq!((docs.rotations, docs.is_revoked), (2, false));
    assert_eq!(docs.keyids, [world.keys["third"].keyid()]);
    assert_eq!(targets, 2);
    assert!(!world.path().join("metadata/3.targets.json").exists());
}

#[test]
fn a_threshold_of_the_keys_before_signs_the_rotate_file() {
    let world = world();
    rotate(&world, &world.open(), &["second", "third"]);
    world.open().publish(NOW).expect("a publish");
    rotate(&world, &world.open(), &["docs"]);
    match with_keys(&world, &["docs", "second"]).publish(NOW) {
        Err(Error::MissingKeys { role, needed: 2, available: 1, missing }) => {
            assert_eq!((role.as_str(), missing), ("docs", vec![world.keys["third"].keyid().to_owned()]));
        }
        other => panic!("{other:?}"),
    }
    // The keys that the delegation lists are those of before the first rotation.
    let without = with_keys(&world, &["docs"]).publish(NOW);
    assert!(matches!(without, Err(Error::MissingKeys { available: 0, .. })), "{without:?}");
    with_keys(&world, &["docs", "second", "third"]).publish(NOW).expect("a publish");
    assert_eq!(found(&mut Client::default(), &world, "docs/a"), by("docs"));
}

#[test]
fn a_role_is_renewed_with_its_rotated_keys() {
    let world = world();
    rotate(&world, &world.open(), &["second"]);
    world.open().publish(NOW).expect("a publish");
    let old = with_keys(&world, &["docs"]).refresh(&["docs"], NOW);
    assert!(matches!(old, Err(Error::MissingKeys { .. })), "{old:?}");
    let later = UnixTime(NOW.0 + 80 * 86_400);
    let renewed = world
        .open_with(world.home(), world.ring_without("docs"))
        .renew_due(&tuf_repository::LeadTimes::default(), later)
        .expect("a renewal");
    assert!(renewed.left.is_empty(), "{:?}", renewed.left);
    assert!(renewed.published.metadata.iter().any(|(role, _)| role == "docs"));
    assert_eq!(Client::default().find(world.path(), "docs/a", later).expect("an update").1, by("docs"));
}

#[test]
fn a_thief_of_the_old_key_is_refused() {
    let world = world();
    let mut device = Client::default();
    found(&mut device, &world, "docs/a");
    rotate(&world, &world.open(), &["second"]);
    world.open().publish(NOW).expect("a publish");
    found(&mut device, &world, "docs/a");
    let home = tempfile::TempDir::new().expect("a folder");
    copy_folder(world.home(), home.path());
    let folder = home.path().join("repo");
    // They sign the role's metadata with the key that its delegation still lists.
    thief::Thief::of(&world, &folder).plant_targets("docs", "docs", 3, 20);
    for client in [&mut device.clone(), &mut Client::default()] {
        let refused = refusal(client.find(&folder, "docs/evil", NOW));
        assert!(matches!(refused, Refusal::ArbitrarySoftware { .. }), "{refused:?}");
    }
    match world.open_at(home.path()).status() {
        Err(Error::Changed { difference: Difference::Refused(Failure::Refused(refused)), .. }) => {
            assert!(matches!(refused, Refusal::ArbitrarySoftware { .. }), "{refused:?}");
        }
        other => panic!("{other:?}"),
    }
    // They put a rotate file of their own in the place of the published one.
    let rotate = rotation_to(&world, 1, "third");
    let bytes = seal(&rotate, [&*world.keys["docs"]]).expect("a rotate file");
    fs::write(world.path().join("metadata/rotate/docs.rotate.1"), bytes).expect("a file");
    let refused = refusal(Client::default().find(world.path(), "docs/a", NOW));
    assert!(matches!(refused, Refusal::MixAndMatch { .. }), "{refused:?}");
    assert!(matches!(refused_state(&world), Refusal::MixAndMatch { .. }));
    // The copy in the state folder goes back to its place.
    let restored = world.open().restore().expect("restored");
    assert_eq!(restored.changed, ["rotate/docs.rotate.1"]);
    assert_eq!(found(&mut Client::default(), &world, "docs/a"), by("docs"));
}

#[test]
fn a_role_revokes_itself_and_everything_else_goes_on() {
    let world = world();
    let mut device = Client::default();
    assert_eq!(found(&mut device, &world, "docs/a"), by("docs"));
    let repository = with_keys(&world, &["docs"]);
    revoke(&repository);
    let published = repository.publish(NOW).expect("a publish").metadata;
    let roles: Vec<_> = published.iter().map(|(role, _)| role.as_str()).collect();
    assert_eq!(roles, ["rotate/docs", "snapshot", "timestamp"]);
    assert!(rotate_file(&world, 1).keys.is_empty());
    for client in [&mut device, &mut Client::default()] {
        let refused = refusal(client.find(world.path(), "docs/a", NOW));
        assert!(matches!(refused, Refusal::Revoked { version: 1, .. }), "{refused:?}");
        assert_eq!(found(client, &world, "code/a"), by("code"));
    }
    // Nobody signs for it any more, and the others do.
    let repository = world.open();
    let role = repository.status().expect("a status").roles.into_iter().find(|role| role.role == "docs");
    assert!(role.is_some_and(|role| role.is_revoked && role.keyids.is_empty()));
    let staged = repository.add_target("docs", "docs/b", b"b");
    assert!(matches!(&staged, Err(Error::RevokedItself(role)) if role == "docs"), "{staged:?}");
    let renewed = repository.refresh(&["docs"], NOW);
    assert!(matches!(renewed, Err(Error::RevokedItself(_))), "{renewed:?}");
    let again = repository.stage().expect("changes").revoke_self("docs");
    assert!(matches!(again, Err(Error::RevokedItself(_))), "{again:?}");
    repository.add_target("code", "code/b", b"b").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    for client in [&mut device, &mut Client::default()] {
        assert_eq!(found(client, &world, "code/b"), by("code"));
    }
}

#[test]
fn paths_of_a_revoked_role_go_to_a_role_of_another_name() {
    let world = world();
    let repository = world.open();
    revoke(&repository);
    repository.publish(NOW).expect("a publish");
    let mut device = Client::default();
    found(&mut device, &world, "code/a");
    let mut staged = repository.stage().expect("changes");
    staged.revoke("docs").expect("the end of a delegation");
    staged.save().expect("saved changes");
    repository.publish(NOW).expect("a publish");
    let delegation = Delegation::Role {
        name: "docs".to_owned(),
        keys: world.role_keys(&["third"]),
        scope: Scope::Paths(vec!["docs/*".to_owned()]),
        terminating: true,
    };
    let same = repository.delegate("targets", delegation);
    assert!(matches!(same, Err(Error::BadDelegation { .. })), "{same:?}");
    delegate(&world, &repository, "manual", "docs");
    repository.add_target("manual", "docs/a", b"bytes").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    for client in [&mut device, &mut Client::default()] {
        assert_eq!(found(client, &world, "docs/a"), by("manual"));
    }
}

#[test]
fn a_delegator_cannot_undo_a_rotation_by_listing_other_keys() {
    let world = world();
    let repository = world.open();
    rotate(&world, &repository, &["second"]);
    repository.publish(NOW).expect("a publish");
    let mut staged = repository.stage().expect("changes");
    let refused = staged.set_keys("docs", &world.role_keys(&["third"]), Handover::Abrupt);
    assert!(
        matches!(&refused, Err(Error::RotatedItself { role, rotations: 1 }) if role == "docs"),
        "{refused:?}"
    );
    assert_eq!(staged.keys("docs").expect("keys"), world.role_keys(&["second"]));
    drop(staged);
    // Staged before the rotation was published, it is refused by the clients of the rehearsal.
    let world = self::world();
    let (repository, other) = (world.open(), world.home().join("other"));
    copy_folder(&world.state(), &other);
    let second =
        Repository::open(world.path(), &other, world.ring(), Periods::default()).expect("a repository");
    let mut staged = second.stage().expect("changes");
    staged.set_keys("docs", &world.role_keys(&["third"]), Handover::Abrupt).expect("keys");
    staged.save().expect("saved changes");
    rotate(&world, &repository, &["second"]);
    repository.publish(NOW).expect("a publish");
    let refused = second.publish(NOW);
    assert!(matches!(refused, Err(Error::Rehearsal(_))), "{refused:?}");
}

#[test]
fn rotations_that_change_nothing_or_cannot_be_are_refused() {
    let world = World::with_keys(&["docs", "second", "bins"]);
    let repository = world.open();
    delegate(&world, &repository, "docs", "docs");
    let reason = |role: &str, keys: &[&str]| match repository
        .stage()
        .expect("changes")
        .rotate_self(role, &world.role_keys(keys))
    {
        Err(Error::SelfRotation { reason, .. }) => reason.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(reason("docs", &["second"]).contains("nothing is published"));
    let bins = Delegation::Succinct {
        name_prefix: "bin".to_owned(),
        bit_length: 1,
        keys: world.role_keys(&["bins"]),
    };
    repository.delegate("docs", bins).expect("bins");
    repository.publish(NOW).expect("a publish");
    assert!(reason("docs", &["docs"]).contains("already"));
    assert!(reason("bin-0", &["second"]).contains("bin"));
    for role in ["root", "targets", "snapshot", "timestamp"] {
        assert!(reason(role, &["second"]).contains("root metadata"));
    }
    let mut staged = repository.stage().expect("changes");
    let unknown = staged.rotate_self("nobody", &world.role_keys(&["second"]));
    assert!(matches!(unknown, Err(Error::NoSuchRole(_))), "{unknown:?}");
    let mut keys = world.role_keys(&["second"]);
    keys.threshold = 2;
    let unmet = staged.rotate_self("docs", &keys);
    assert!(matches!(unmet, Err(Error::BadThreshold { .. })), "{unmet:?}");
}

#[test]
fn two_rotations_of_one_number_are_a_conflict() {
    let world = world();
    let other = world.home().join("other");
    copy_folder(&world.state(), &other);
    let second =
        Repository::open(world.path(), &other, world.ring(), Periods::default()).expect("a repository");
    rotate(&world, &second, &["third"]);
    rotate(&world, &world.open(), &["second"]);
    world.open().publish(NOW).expect("a publish");
    match second.publish(NOW) {
        Err(Error::StagedConflict { conflict: Conflict::Rotation(role), .. }) => assert_eq!(role, "docs"),
        other => panic!("{other:?}"),
    }
    assert_eq!(found(&mut Client::default(), &world, "docs/a"), by("docs"));
}

#[test]
fn a_file_that_nobody_lists_is_not_taken_for_the_next_rotate_file() {
    let world = world();
    let planted = world.path().join("metadata/rotate/docs.rotate.1");
    fs::create_dir_all(planted.parent().expect("a folder")).expect("a folder");
    fs::write(&planted, b"{}").expect("a file");
    rotate(&world, &world.open(), &["second"]);
    match world.open().publish(NOW) {
        Err(Error::RotateFileTaken(path)) => assert_eq!(path, planted),
        other => panic!("{other:?}"),
    }
    assert_eq!(found(&mut Client::default(), &world, "docs/a"), by("docs"));
    fs::remove_file(&planted).expect("removed");
    world.open().publish(NOW).expect("a publish");
    assert_eq!(found(&mut Client::default(), &world, "docs/a"), by("docs"));
}

#[test]
fn a_rotate_file_that_an_earlier_publish_left_is_published() {
    let world = world();
    rotate(&world, &world.open(), &["second"]);
    let home = tempfile::TempDir::new().expect("a folder");
    copy_folder(world.home(), home.path());
    world.open_at(home.path()).publish(NOW).expect("a publish");
    // The same document in other bytes, as a key signs it that never makes one signature twice.
    let name = "metadata/rotate/docs.rotate.1";
    let left = fs::read(home.path().join("repo").join(name)).expect("a rotate file");
    let left: serde_json::Value = serde_json::from_slice(&left).expect("JSON");
    let left = serde_json::to_vec_pretty(&left).expect("JSON");
    fs::create_dir_all(world.path().join("metadata/rotate")).expect("a folder");
    fs::write(world.path().join(name), &left).expect("a file");
    world.open().publish(NOW).expect("a publish");
    assert_eq!(fs::read(world.path().join(name)).expect("a file"), left);
    assert_eq!(found(&mut Client::default(), &world, "docs/a"), by("docs"));
    // With a signature that is none, clients would refuse it.
    let mut forged = rotation_to(&world, 2, "third");
    let file = seal(&forged, [&*world.keys["code"]]).expect("a rotate file");
    fs::write(world.path().join("metadata/rotate/docs.rotate.2"), file).expect("a file");
    rotate(&world, &world.open(), &["third"]);
    let refused = world.open().publish(NOW);
    assert!(matches!(refused, Err(Error::Rehearsal(_))), "{refused:?}");
    forged.threshold = 2;
    let file = seal(&forged, [&*world.keys["second"]]).expect("a rotate file");
    fs::write(world.path().join("metadata/rotate/docs.rotate.2"), file).expect("a file");
    let refused = world.open().publish(NOW);
    assert!(matches!(refused, Err(Error::RotateFileTaken(_))), "{refused:?}");
    assert_eq!(found(&mut Client::default(), &world, "docs/a"), by("docs"));
}

#[test]
fn a_name_with_rotate_files_of_somebody_else_is_not_delegated_to() {
    let world = world();
    let repository = world.open();
    delegate(&world, &repository, "manual", "manual");
    let mut planted = rotation_to(&world, 1, "code");
    planted.role = "manual".to_owned();
    plant(&world, &[(1, planted, &["code"])]);
    match repository.publish(NOW) {
        Err(Error::RotatedItself { role, rotations: 1 }) => assert_eq!(role, "manual"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rotate_files_of_wrong_signers_and_wrong_numbers_are_refused() {
    type Planted<'a> = (u64, Rotate, &'a [&'a str]);
    let refused = |rotations: &dyn Fn(&World) -> Vec<Planted<'static>>| {
        let world = world();
        plant(&world, &rotations(&world));
        let refused = refused_state(&world);
        let client = refusal(Client::default().find(world.path(), "docs/a", NOW));
        assert_eq!(client.code(), refused.code());
        refused
    };
    let wrong = refused(&|world| vec![(1, rotation_to(world, 1, "third"), &["code"])]);
    assert!(matches!(wrong, Refusal::ArbitrarySoftware { .. }), "{wrong:?}");
    let gap = refused(&|world| vec![(2, rotation_to(world, 2, "third"), &["docs"])]);
    assert!(matches!(gap, Refusal::MixAndMatch { .. }), "{gap:?}");
    let number = refused(&|world| vec![(1, rotation_to(world, 2, "third"), &["docs"])]);
    assert!(matches!(number, Refusal::MixAndMatch { .. }), "{number:?}");
}

#[test]
fn chains_that_go_round_or_are_too_long_end() {
    let world = world();
    // Round and round, as far as clients follow.
    let round = |version: u64| if version % 2 == 1 { ("second", "docs") } else { ("docs", "second") };
    let rotations: Vec<_> =
        (1..=32).map(|version| (version, rotation_to(&world, version, round(version).0))).collect();
    let signed: Vec<_> = rotations
        .iter()
        .map(|(version, rotate)| {
            let signer: &[&str] = if round(*version).1 == "docs" { &["docs"] } else { &["second"] };
            (*version, rotate.clone(), signer)
        })
        .collect();
    plant(&world, &signed);
    let repository = world.open();
    let docs = repository.status().expect("a status").roles.into_iter().find(|role| role.role == "docs");
    assert_eq!(docs.map(|role| role.rotations), Some(32));
    assert_eq!(found(&mut Client::default(), &world, "docs/a"), by("docs"));
    let refused = repository.stage().expect("changes").rotate_self("docs", &world.role_keys(&["third"]));
    assert!(
        matches!(&refused, Err(Error::SelfRotation { reason, .. }) if reason.to_string().contains("32")),
        "{refused:?}"
    );
    // One more is one too many for everybody.
    plant(&world, &[(33, rotation_to(&world, 33, "second"), &["docs"])]);
    assert!(matches!(refused_state(&world), Refusal::EndlessRotation { limit: 32, .. }));
    let refused = refusal(Client::default().find(world.path(), "docs/a", NOW));
    assert!(matches!(refused, Refusal::EndlessRotation { .. }), "{refused:?}");
}

#[test]
fn rotate_files_of_the_top_level_role_are_followed_and_not_made() {
    let world = world();
    let mut both = rotation_to(&world, 1, "second");
    both.role = "targets".to_owned();
    both.keys.insert(world.keys["targets"].keyid().to_owned(), world.keys["targets"].public().clone());
    plant(&world, &[(1, both, &["targets"])]);
    let repository = with_keys(&world, &["second"]);
    repository.add_target("targets", "new", b"new").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    assert_eq!(found(&mut Client::default(), &world, "new"), by("targets"));
    let mut staged = repository.stage().expect("changes");
    let refused = staged.set_keys("targets", &world.role_keys(&["third"]), Handover::Overlapping);
    assert!(matches!(refused, Err(Error::RotatedItself { rotations: 1, .. })), "{refused:?}");
    drop(staged);
    // Once it revokes itself, nothing of the repository is accepted.
    plant(&world, &[(2, Rotate::new("targets", 2, BTreeMap::new(), 1), &["second"])]);
    assert!(matches!(refused_state(&world), Refusal::Revoked { version: 2, .. }));
    let refused = refusal(Client::default().update(world.path(), NOW));
    assert!(matches!(refused, Refusal::Revoked { .. }), "{refused:?}");
    assert_eq!(inspected(world.path()).inspection.verdict.state, State::Revoked);
}

#[test]
fn a_crash_leaves_the_old_or_the_new_keys() {
    for revoked in [false, true] {
        let world = world();
        let mut device = Client::default();
        found(&mut device, &world, "docs/a");
        match revoked {
            true => revoke(&world.open()),
            false => rotate(&world, &world.open(), &["second"]),
        }
        for writes in 0.. {
            let home = tempfile::TempDir::new().expect("a folder");
            copy_folder(world.home(), home.path());
            let crashed = world.open_at(home.path()).observe_writes(CrashAt::write(writes)).publish(NOW);
            let folder = home.path().join("repo");
            let ends = |client: &mut Client| match client.find(&folder, "docs/a", NOW) {
                Ok((_, found)) => found == by("docs"),
                Err(Failure::Refused(Refusal::Revoked { .. })) => revoked,
                Err(_) => false,
            };
            assert!(ends(&mut device.clone()) && ends(&mut Client::default()), "{writes}");
            let is_done = crashed.is_ok();
            world.open_at(home.path()).publish(NOW).expect("a publish");
            let rotated = files(&folder).into_keys().filter(|name| name.starts_with("metadata/rotate"));
            assert_eq!(rotated.count(), 1, "{writes}");
            if is_done {
                break;
            }
        }
    }
}

#[test]
fn prune_keeps_rotate_files_and_restore_puts_them_back() {
    let world = world();
    for keys in [&["second"], &["third"]] {
        rotate(&world, &world.open(), keys);
        world.open().publish(NOW).expect("a publish");
    }
    let later = UnixTime(NOW.0 + 4000 * 86_400);
    for keep in [Keep::needed(0, 1), Keep::everything_but_orphans(0)] {
        let pruned = world.open().prune(&keep, later).expect("pruned");
        assert!(!pruned.removed.iter().any(|name| name.contains("rotate")), "{:?}", pruned.removed);
    }
    assert_eq!(found(&mut Client::default(), &world, "docs/a"), by("docs"));
    fs::remove_dir_all(world.path().join("metadata/rotate")).expect("removed");
    let restored = world.open().restore().expect("restored");
    assert_eq!(restored.missing, ["rotate/docs.rotate.1", "rotate/docs.rotate.2"]);
    assert_eq!(found(&mut Client::default(), &world, "docs/a"), by("docs"));
}

#[test]
fn events_refuse_what_they_do_not_carry() {
    let world = world();
    let repository = world.open();
    let events = world.home().join("events");
    let request = |id: &str| EventRequest { id: id.to_owned(), ..EventRequest::default() };
    let refused = |result: Result<tuf_repository::event::Event, Error>| match result {
        Err(Error::Event(EventError::RotatesItself(role))) => assert_eq!(role, "docs"),
        other => panic!("{other:?}"),
    };
    rotate(&world, &repository, &["second"]);
    refused(repository.new_event(&events, &request("one"), NOW));
    repository.publish(NOW).expect("a publish");
    repository.add_target("docs", "docs/b", b"b").expect("a staged target");
    refused(repository.new_event(&events, &request("two"), NOW));
    repository.publish(NOW).expect("a publish");
    // One that has nothing to do with the role is made and published.
    repository.add_target("code", "code/b", b"b").expect("a staged target");
    repository.new_event(&events, &request("three"), NOW).expect("an event");
}

#[test]
fn other_clients_are_told_of() {
    let world = world();
    let mut repository = world.open();
    let python = ClientProfile::named("python-tuf").expect("a client");
    *repository.clients_mut() = ClientRules { check: ClientProfile::ALL.to_vec(), require: vec![python] };
    rotate(&world, &repository, &["second"]);
    match repository.publish(NOW) {
        Err(Error::ClientsRefuse(refused)) => {
            let codes: Vec<_> = refused.iter().map(|obstacle| obstacle.kind.code()).collect();
            assert_eq!(codes, ["client-rotate-files"]);
        }
        other => panic!("{other:?}"),
    }
    *repository.clients_mut() = ClientRules { check: ClientProfile::ALL.to_vec(), require: Vec::new() };
    let told = repository.publish(NOW).expect("a publish").obstacles;
    assert_eq!(told.len(), ClientProfile::ALL.len(), "{told:?}");
    assert!(told.iter().all(|it| it.role == "docs" && it.kind.code() == "client-rotate-files"), "{told:?}");
    // The old key signs with the new one, and clients without rotate files go on.
    rotate(&world, &repository, &["second", "docs"]);
    assert_eq!(repository.publish(NOW).expect("a publish").obstacles, []);
    // No rule keeps a revocation from those who follow it.
    *repository.clients_mut() = ClientRules { check: ClientProfile::ALL.to_vec(), require: vec![python] };
    revoke(&repository);
    let told = repository.publish(NOW).expect("a publish").obstacles;
    assert_eq!(told.len(), ClientProfile::ALL.len(), "{told:?}");
    assert!(told.iter().all(|it| it.kind.code() == "client-revocation"), "{told:?}");
}

fn inspected(folder: &Path) -> Inspected {
    let source = open(folder.to_str().expect("UTF-8"), &Access::default()).expect("a source");
    let question = Question { root: None, at: NOW, names: KeyNames::none(), most_roles: 100 };
    inspect(&*source, &question).expect("an inspection")
}

#[test]
fn inspections_show_the_chain_and_reviews_say_what_changed() {
    let world = world();
    let mut before = inspected(world.path());
    let mut sentences = Vec::new();
    for step in ["rotate", "revoke"] {
        match step {
            "rotate" => rotate(&world, &world.open(), &["second"]),
            _ => revoke(&world.open()),
        }
        world.open().publish(NOW).expect("a publish");
        let after = inspected(world.path());
        let found = changes(&before.documents, &after.documents, &after.names);
        sentences.push(found.iter().map(ToString::to_string).collect::<Vec<_>>());
        before = after;
    }
    let short = |key: &str| format!("{:.8}", world.keys[key].keyid());
    let rotated = format!(
        "docs: goes on with threshold 1 of 1: {} (ed25519), by rotate file 1 of its own",
        short("second")
    );
    assert!(sentences[0].contains(&rotated), "{sentences:?}");
    let replaced = format!("docs: key replaced: {} (ed25519) → {} (ed25519)", short("docs"), short("second"));
    assert!(sentences[0].contains(&replaced), "{sentences:?}");
    assert!(!sentences[0].iter().any(|sentence| sentence.contains("delegated by")), "{sentences:?}");
    let revoked = "docs: revoked itself by rotate file 2: clients refuse its targets".to_owned();
    assert!(sentences[1].contains(&revoked), "{sentences:?}");
    let report = before.inspection;
    let docs = report.roles.iter().find(|role| role.role == "docs").expect("the role");
    assert_eq!(docs.verdict.state, State::Revoked);
    assert_eq!(report.verdict.state, State::Accepted);
    assert!(docs.keys.is_empty());
    let chain: Vec<_> =
        docs.rotations.iter().map(|file| (file.version, file.keys.len(), file.revokes)).collect();
    assert_eq!(chain, [(1, 1, false), (2, 0, true)]);
    assert_eq!(docs.rotations[1].signed_by, [short("second")]);
}

#[test]
fn a_dry_run_says_what_a_staged_rotation_and_revocation_change() {
    let desk = Desk::with_repository();
    for name in ["ann", "bob"] {
        desk.ok(&["key", "new", name, "--unencrypted"]);
    }
    desk.ok(&["delegate", "docs", "--paths=docs/*", "--key=ann"]);
    desk.ok(&["publish"]);
    let foreseen = || {
        let run = desk.run(&["publish", "--dry-run"]);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        run.stderr
    };
    desk.ok(&["role", "rotate-self", "docs", "--new-key=bob"]);
    let rotated = foreseen();
    assert!(rotated.contains("docs: goes on with threshold 1 of 1: "), "{rotated}");
    assert!(rotated.contains("by rotate file 1 of its own"), "{rotated}");
    assert!(rotated.contains("Checked rotate/docs version 1"), "{rotated}");
    desk.ok(&["publish"]);
    desk.ok(&["role", "revoke-self", "docs"]);
    let revoked = foreseen();
    assert!(
        revoked.contains("docs: revoked itself by rotate file 2: clients refuse its targets"),
        "{revoked}"
    );
    desk.ok(&["publish"]);
    // What was published before is no news of the next publish.
    desk.write("file.txt", "bytes");
    desk.ok(&["target", "add", "a", "file.txt"]);
    assert!(!foreseen().contains("revoked itself"));
}

#[test]
fn every_command_that_shows_roles_says_that_one_has_revoked_itself() {
    let desk = Desk::with_repository();
    desk.ok(&["key", "new", "ann", "--unencrypted"]);
    desk.ok(&["delegate", "docs", "--paths=docs/*", "--key=ann"]);
    desk.ok(&["publish"]);
    desk.ok(&["role", "revoke-self", "docs"]);
    desk.ok(&["publish"]);
    let row = |text: &str| {
        let row = text.lines().find(|line| line.trim_start().starts_with("docs")).unwrap_or_default();
        row.to_owned()
    };
    assert_eq!(row(&desk.ok(&["status"])), "docs\t0\t-\t-\trevoked itself\t-");
    let monitor = ["monitor", "repo", "--root=repo/metadata/1.root.json", "--within=docs=1d"];
    assert_eq!(row(&desk.ok(&monitor)), "docs\t-\trevoked itself\t-");
    // A role that never expires has no sample that would say when.
    let metrics = desk.ok(&[&monitor[..3], &["--prometheus"]].concat());
    assert!(!metrics.contains("docs"), "{metrics}");
    let inspected = desk.ok(&["inspect", "repo"]);
    let row = row(&inspected);
    assert!(row.contains("revoked itself") && !row.contains("needed"), "{inspected}");
}
