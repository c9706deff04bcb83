//! Stolen and lost keys, and planted versions: what every client sees before, at each step, and afterwards.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::thief::Thief;
use crate::world::{Client, CrashAt, Found, NOW, World, copy_folder, files};
use tempfile::TempDir;
use tuf_repository::metadata::{Key, Scope};
use tuf_repository::{
    BuildOn, ClientKind, Delegation, Error, Forecast, KeyType, LastRoot, LeadTimes, Published, Recovery,
    Repository, RoleKeys, Seen, SigningKey, UnixTime,
};

/// The highest versions of 32 and of 64 bits.
const PLANTED: [u64; 2] = [(1 << 31) - 1, (1 << 63) - 1];

const NEW_KEYS: [&str; 9] = [
    "delegate",
    "snapshot-2",
    "timestamp-2",
    "targets-2",
    "delegate-2",
    "root-2",
    "root-3",
    "root-4",
    "root-5",
];

/// A repository with a target of the top-level role and one of a delegated role.
fn published_world() -> World {
    let world = World::with_keys(&NEW_KEYS);
    let repository = world.open();
    let delegation = Delegation::Role {
        name: "role".to_owned(),
        keys: world.role_keys(&["delegate"]),
        scope: Scope::Paths(vec!["role/*".to_owned()]),
        terminating: true,
    };
    repository.delegate("targets", delegation).expect("a delegation");
    repository.add_target("role", "role/good", b"bytes").expect("a staged target");
    repository.add_target("targets", "good", b"bytes").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    world
}

fn online(world: &World, build_on: BuildOn) -> Recovery {
    let key = |name: &str| vec![world.keys[name].public().clone()];
    Recovery {
        renewed: ["snapshot", "timestamp"].map(str::to_owned).into(),
        new_keys_of: [
            ("snapshot".to_owned(), key("snapshot-2")),
            ("timestamp".to_owned(), key("timestamp-2")),
            ("targets".to_owned(), key("targets-2")),
            ("role".to_owned(), key("delegate-2")),
        ]
        .into(),
        build_on,
        ..Recovery::default()
    }
}

fn recover(repository: &Repository, recovery: &Recovery) -> (Published, Forecast) {
    let mut foreseen = None;
    let approve = |forecast: &Forecast| {
        foreseen = Some(forecast.clone());
        true
    };
    let published = repository.recover(recovery, NOW, approve).expect("a recovery").expect("it was approved");
    (published, foreseen.expect("a forecast"))
}

/// Every client accepts what is published, finds what is good, and finds nothing evil.
fn accepted(folder: &Path, clients: &[&Client]) {
    for client in clients.iter().copied().chain([&Client::default()]) {
        let mut client = client.clone();
        for (path, role) in [("good", "targets"), ("role/good", "role")] {
            let (report, found) = client.find(folder, path, NOW).expect("an update");
            assert_eq!(found, Found::By(role.to_owned()));
            assert!(report.timestamp.version < 100, "{report:?}");
        }
        for evil in ["targets/evil", "role/evil"] {
            assert_eq!(client.find(folder, evil, NOW).expect("an update").1, Found::Nothing);
        }
    }
}

fn updated(folder: &Path) -> Client {
    let mut client = Client::default();
    client.update(folder, NOW).expect("an update");
    client
}

/// No metadata file that is new was signed by one of these keys.
fn signs_nothing(world: &World, before: &BTreeSet<std::path::PathBuf>, gone: &[&str]) {
    let metadata = world.path().join("metadata");
    for (name, bytes) in files(&metadata) {
        if before.contains(&name) && name != Path::new("timestamp.json") {
            continue;
        }
        let text: serde_json::Value = serde_json::from_slice(&bytes).expect("metadata");
        for key in gone {
            let keyid = world.keys[*key].keyid();
            let signatures = text["signatures"].as_array().expect("signatures");
            assert!(signatures.iter().all(|signature| signature["keyid"] != keyid), "{key} signs {name:?}");
        }
    }
}

fn names(world: &World) -> BTreeSet<std::path::PathBuf> {
    files(&world.path().join("metadata")).into_keys().collect()
}

#[test]
fn recovers_from_planted_versions_of_the_online_roles() {
    for version in PLANTED {
        let world = published_world();
        let honest = updated(world.path());
        Thief::of(&world, world.path()).plant_online(version);
        let deceived = updated(world.path());
        let before = names(&world);
        let (published, forecast) = recover(&world.open(), &online(&world, BuildOn::Remembered));
        assert_eq!(
            published.metadata,
            [("snapshot".to_owned(), 3), ("timestamp".to_owned(), 3), ("root".to_owned(), 2)]
        );
        signs_nothing(&world, &before, &["snapshot", "timestamp"]);
        accepted(world.path(), &[&honest, &deceived]);
        let kinds: Vec<_> = forecast.steps[0].clients.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [ClientKind::New, ClientKind::UpToDate, ClientKind::Deceived]);
        // Life goes on.
        world.open().add_target("targets", "more", b"more").expect("a staged target");
        world.open().publish(NOW).expect("a publish");
        accepted(world.path(), &[&honest, &deceived]);
    }
}

#[test]
fn recovers_from_planted_versions_of_targets_roles() {
    for version in PLANTED {
        for (role, key) in [("targets", "targets"), ("role", "delegate")] {
            for online_version in [3, version] {
                let world = published_world();
                let honest = updated(world.path());
                Thief::of(&world, world.path()).plant_targets(role, key, version, online_version);
                let deceived = updated(world.path());
                let mut recovery = online(&world, BuildOn::Remembered);
                recovery.renewed.insert(role.to_owned());
                let before = names(&world);
                recover(&world.open(), &recovery);
                signs_nothing(&world, &before, &["snapshot", "timestamp", key]);
                accepted(world.path(), &[&honest, &deceived]);
            }
        }
    }
}

/// The thief's timestamp has the version that the next honest one would have: of two, clients keep the first.
#[test]
fn recovers_from_a_version_that_a_thief_has_taken() {
    let later = UnixTime(NOW.0 + 2 * 86_400);
    for (online, now) in [(3, NOW), (3, later), (9, NOW)] {
        let world = published_world();
        let honest = updated(world.path());
        Thief::of(&world, world.path()).plant_targets("role", "delegate", 2, online);
        let deceived = updated(world.path());
        let recovery = Recovery {
            gone: [world.keys["delegate"].keyid().to_owned()].into(),
            new_keys: vec![world.keys["delegate-2"].public().clone()],
            build_on: BuildOn::Remembered,
            ..Recovery::default()
        };
        let mut foreseen = None;
        let approve = |forecast: &Forecast| {
            foreseen = Some(forecast.clone());
            true
        };
        let published = world.open().recover(&recovery, now, approve).expect("a recovery").expect("approved");
        let roles = [("role", 3), ("targets", 3), ("snapshot", online + 1), ("timestamp", online + 1)];
        assert_eq!(published.metadata, roles.map(|(role, version)| (role.to_owned(), version)));
        let last = foreseen.expect("a forecast").steps.pop().expect("a step").clients;
        let expected = Seen::Accepted { root: 1, timestamp: online + 1, snapshot: online + 1, targets: 3 };
        assert!(last.iter().all(|(_, seen)| *seen == expected), "{last:?}");
        for client in [&honest, &deceived] {
            let mut client = client.clone();
            let (report, found) = client.find(world.path(), "role/evil", now).expect("an update");
            assert_eq!((report.timestamp.version, found), (online + 1, Found::Nothing));
        }
    }
}

/// The thief's snapshot lists a version of a role that nobody has signed. Clients take no lower one any more.
#[test]
fn recovers_from_a_listed_version_of_another_role() {
    let world = published_world();
    Thief::of(&world, world.path()).plant_targets("targets", "targets", 5, 3);
    let deceived = updated(world.path());
    fs::remove_file(world.path().join("metadata/5.targets.json")).expect("a removal");
    let recovery = Recovery {
        gone: [world.keys["timestamp"].keyid().to_owned()].into(),
        new_keys: vec![world.keys["timestamp-2"].public().clone()],
        build_on: BuildOn::Remembered,
        ..Recovery::default()
    };
    let (published, _) = recover(&world.open(), &recovery);
    assert!(published.metadata.contains(&("targets".to_owned(), 6)), "{published:?}");
    accepted(world.path(), &[&deceived]);
}

#[test]
fn recovers_from_planted_versions_that_only_clients_have_seen() {
    for version in PLANTED {
        let world = published_world();
        let honest = updated(world.path());
        let elsewhere = TempDir::new().expect("a temporary folder");
        copy_folder(world.path(), elsewhere.path());
        Thief::of(&world, elsewhere.path()).plant_targets("role", "delegate", version, version);
        let deceived = updated(elsewhere.path());
        let refused = deceived.clone().update(world.path(), NOW).expect_err("a rollback");
        assert_eq!(refused.code(), "rollback");
        let mut recovery = online(&world, BuildOn::Unsaid);
        recovery.renewed.insert("role".to_owned());
        let (_, forecast) = recover(&world.open(), &recovery);
        assert_eq!(forecast.steps[0].clients.len(), 2, "nobody has written here");
        accepted(world.path(), &[&honest, &deceived]);
    }
}

#[test]
fn recovers_after_an_unattended_job_has_built_on_planted_versions() {
    let world = published_world();
    let honest = updated(world.path());
    Thief::of(&world, world.path()).plant_online(PLANTED[0]);
    let deceived = updated(world.path());
    let later = UnixTime(NOW.0 + 80_000);
    let renewed = world.open().renew_due(&LeadTimes::default(), later).expect("a round");
    assert_eq!(renewed.published.metadata, [("timestamp".to_owned(), PLANTED[0] + 1)]);
    let (published, _) = recover(&world.open(), &online(&world, BuildOn::Unsaid));
    let versions: Vec<u64> = published.metadata.iter().map(|(_, version)| *version).collect();
    assert_eq!(versions, [3, 1, 2], "snapshot and timestamp begin again, at names that are free");
    accepted(world.path(), &[&honest, &deceived]);
    world.open().status().expect("it is no older state to the publisher either");
}

#[test]
fn a_refresh_cannot_go_beyond_the_last_version_and_a_recovery_can() {
    let world = published_world();
    Thief::of(&world, world.path()).plant_online(PLANTED[1]);
    // Believed, because our keys have signed it.
    let exhausted = world.open().refresh(&["timestamp"], NOW);
    assert!(matches!(exhausted, Err(Error::VersionsExhausted { .. })), "{exhausted:?}");
    let (published, _) = recover(&world.open(), &online(&world, BuildOn::Published));
    assert!(published.metadata.iter().all(|(_, version)| *version < 10), "{published:?}");
    accepted(world.path(), &[]);
}

#[test]
fn asks_what_to_build_on_where_something_newer_is_published() {
    let world = published_world();
    Thief::of(&world, world.path()).plant_online(7);
    let refused = world.open().recover(&online(&world, BuildOn::Unsaid), NOW, |_| true);
    assert!(matches!(refused, Err(Error::PublishedIsNewer { published: 7, remembered: 2 })), "{refused:?}");
    let (published, _) = recover(&world.open(), &online(&world, BuildOn::Published));
    assert_eq!(published.metadata[1], ("timestamp".to_owned(), 8));
}

#[test]
fn puts_back_what_the_thief_has_taken_away() {
    let world = published_world();
    let honest = updated(world.path());
    Thief::of(&world, world.path()).plant_online(9);
    fs::remove_file(world.path().join("metadata/1.role.json")).expect("a removal");
    fs::write(world.path().join("metadata/2.targets.json"), "{}").expect("a change");
    recover(&world.open(), &online(&world, BuildOn::Remembered));
    accepted(world.path(), &[&honest]);
}

#[test]
fn writes_nothing_before_it_is_approved() {
    let world = published_world();
    Thief::of(&world, world.path()).plant_online(PLANTED[0]);
    let before = files(world.home());
    let mut forecast = None;
    let published = world.open().recover(&online(&world, BuildOn::Remembered), NOW, |foreseen| {
        forecast = Some(foreseen.clone());
        false
    });
    assert_eq!(published.expect("a forecast"), None);
    let locks = |path: &Path| path.ends_with("lock");
    let after = files(world.home()).into_iter().filter(|(path, _)| !locks(path));
    assert!(after.eq(before.into_iter().filter(|(path, _)| !locks(path))));
    // Only between the timestamp and the root metadata do clients stay with what they have.
    let steps = forecast.expect("a forecast").steps;
    let refuses: Vec<_> = steps
        .iter()
        .filter(|step| step.clients.iter().any(|(_, seen)| !seen.is_accepted()))
        .map(|step| step.written.as_deref())
        .collect();
    assert_eq!(refuses, [Some("timestamp.json")]);
    let last = &steps.last().expect("a step").clients;
    let expected = Seen::Accepted { root: 2, timestamp: 3, snapshot: 3, targets: 2 };
    assert!(last.iter().all(|(_, seen)| *seen == expected), "{last:?}");
}

#[test]
fn a_crash_at_any_write_is_gone_on_with() {
    for is_built_on in [false, true] {
        let world = published_world();
        Thief::of(&world, world.path()).plant_online(PLANTED[0]);
        let deceived = updated(world.path());
        if is_built_on {
            world.open().refresh(&["timestamp"], NOW).expect("a refresh");
        }
        let build_on = if is_built_on { BuildOn::Unsaid } else { BuildOn::Remembered };
        for crash in 0.. {
            let copy = TempDir::new().expect("a temporary folder");
            copy_folder(world.home(), copy.path());
            let observer = CrashAt::write(crash);
            let repository = world.open_at(copy.path()).observe_writes(observer);
            match repository.recover(&online(&world, build_on), NOW, |_| true) {
                Ok(_) => {
                    assert!(crash > 8, "there are writes to crash at");
                    break;
                }
                Err(Error::Io { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
            let repository = world.open_at(copy.path());
            if repository.status().expect("a status").interrupted {
                repository.publish(NOW).expect("the next publish");
            } else {
                let again = repository.recover(&online(&world, build_on), NOW, |_| true);
                // Everything was published, and only what is left of it was to be cleared away.
                assert!(again.is_ok() || crash > 8, "crash at write {crash}: {again:?}");
            }
            accepted(&copy.path().join("repo"), &[&deceived]);
        }
    }
}

#[test]
fn recovers_from_a_stolen_key_that_several_roles_have() {
    let world = published_world();
    let honest = updated(world.path());
    let recovery = Recovery {
        gone: [world.keys["delegate"].keyid().to_owned()].into(),
        new_keys: vec![world.keys["delegate-2"].public().clone()],
        ..Recovery::default()
    };
    let before = names(&world);
    let (published, forecast) = recover(&world.open(), &recovery);
    let roles: Vec<_> = published.metadata.iter().map(|(role, _)| role.as_str()).collect();
    assert_eq!(roles, ["role", "targets", "snapshot", "timestamp"]);
    assert!(forecast.steps.iter().all(|step| step.clients.iter().all(|(_, seen)| seen.is_accepted())));
    signs_nothing(&world, &before, &["delegate"]);
    accepted(world.path(), &[&honest]);
    let unused = world.open().recover(&recovery, NOW, |_| true);
    assert!(matches!(unused, Err(Error::KeysUnused(_))), "{unused:?}");
}

/// Who has the private key signs by every scheme, and under every keyid that the public key has.
#[test]
fn recovers_from_a_stolen_key_under_every_keyid_of_it() {
    let mut world = World::with_keys(&["first", "second"]);
    let rsa = SigningKey::generate(KeyType::RsaPss { bits: 2048 }).expect("a key");
    let copy = SigningKey::from_pkcs8(&rsa.to_pkcs8().expect("PKCS #8")).expect("the same key");
    let other_scheme = copy.with_scheme("rsassa-pss-sha512").expect("a scheme");
    let mut other_lines = rsa.public().clone();
    other_lines.keyval.public = other_lines.keyval.public.replace('\n', "\r\n");
    let mut upper = world.keys["first"].public().clone();
    upper.keyval.public = upper.keyval.public.to_ascii_uppercase();
    let (rsa, other_scheme) = (Arc::new(rsa), Arc::new(other_scheme));
    world.keys.insert("rsa".to_owned(), rsa.clone());
    world.keys.insert("rsa-512".to_owned(), other_scheme.clone());
    let repository = world.open();
    let second = world.keys["second"].public().clone();
    let roles = [
        ("a", vec![rsa.public().clone()]),
        ("b", vec![other_scheme.public().clone()]),
        ("c", vec![other_lines.clone(), second.clone()]),
        ("d", vec![upper.clone(), second.clone()]),
    ];
    for (name, keys) in roles {
        let keys = RoleKeys { keys, threshold: 1 };
        let scope = Scope::Paths(vec![format!("{name}/*")]);
        let delegation = Delegation::Role { name: name.to_owned(), keys, scope, terminating: true };
        repository.delegate("targets", delegation).expect("a delegation");
    }
    repository.publish(NOW).expect("a publish");
    let recovery = Recovery {
        gone: [rsa.keyid().to_owned()].into(),
        gone_keys: vec![world.keys["first"].public().clone()],
        new_keys: vec![second.clone()],
        ..Recovery::default()
    };
    let (_, forecast) = recover(&repository, &recovery);
    let keyid = |key: &Key| key.keyid().expect("a keyid");
    let also = [keyid(other_scheme.public()), keyid(&other_lines), keyid(&upper)];
    assert_eq!(forecast.also_gone, also.into());
    let second = [keyid(&second)];
    for role in repository.status().expect("roles").roles.iter().filter(|role| role.role.len() == 1) {
        assert_eq!(role.keyids, second, "{}", role.role);
    }
}

/// A root role of three keys, two of which must sign.
fn team() -> World {
    let world = published_world();
    let mut keys = world.role_keys(&["root", "root-2", "root-3"]);
    keys.threshold = 2;
    let repository = world.open();
    let mut staged = repository.stage().expect("changes");
    staged.set_keys("root", &keys, tuf_repository::Handover::Overlapping).expect("new keys");
    staged.save().expect("saved changes");
    repository.publish(NOW).expect("a publish");
    world
}

fn root_recovery(world: &World, gone: &[&str], new: &[&str], last_root: LastRoot) -> Recovery {
    Recovery {
        gone: gone.iter().map(|name| world.keys[*name].keyid().to_owned()).collect(),
        new_keys: new.iter().map(|name| world.keys[*name].public().clone()).collect(),
        last_root,
        ..Recovery::default()
    }
}

#[test]
fn recovers_from_the_loss_of_a_minority_of_root_keys() {
    let world = team();
    let honest = updated(world.path());
    let before = names(&world);
    let recovery = root_recovery(&world, &["root"], &["root-4"], LastRoot::WithoutGone);
    let (published, forecast) = recover(&world.open(), &recovery);
    assert_eq!(published.metadata, [("root".to_owned(), 3)]);
    assert!(forecast.steps.iter().all(|step| step.clients.iter().all(|(_, seen)| seen.is_accepted())));
    signs_nothing(&world, &before, &["root"]);
    accepted(world.path(), &[&honest]);
}

#[test]
fn says_that_a_lost_root_threshold_is_the_end_of_updates() {
    let world = team();
    let before = files(&world.path().join("metadata"));
    let recovery = root_recovery(&world, &["root", "root-2"], &["root-4", "root-5"], LastRoot::WithoutGone);
    let lost = world.open().recover(&recovery, NOW, |_| true);
    assert!(matches!(lost, Err(Error::RootThresholdLost { threshold: 2, left: 1 })), "{lost:?}");
    assert_eq!(files(&world.path().join("metadata")), before);
}

#[test]
fn a_stolen_root_threshold_signs_a_last_time() {
    let world = team();
    let honest = updated(world.path());
    let recovery = root_recovery(&world, &["root", "root-2"], &["root-4", "root-5"], LastRoot::WithGone);
    recover(&world.open(), &recovery);
    accepted(world.path(), &[&honest]);
    let root = world.open().status().expect("a status").roles.remove(0);
    assert!(!root.keyids.iter().any(|keyid| *keyid == world.keys["root"].keyid()));
}

#[test]
fn rejects_to_overwrite_root_metadata_of_a_thief() {
    let world = team();
    // The thief has a threshold of root keys, and has been faster.
    let copy = TempDir::new().expect("a temporary folder");
    copy_folder(world.home(), copy.path());
    recover(&world.open_at(copy.path()), &root_recovery(&world, &["root"], &["root-5"], LastRoot::WithGone));
    fs::copy(copy.path().join("repo/metadata/3.root.json"), world.path().join("metadata/3.root.json"))
        .expect("a copy");
    let recovery = Recovery {
        build_on: BuildOn::Remembered,
        ..root_recovery(&world, &["root"], &["root-4"], LastRoot::WithoutGone)
    };
    // The timestamp is still the publisher's, so its own state is what is published, and the thief's root is in its chain.
    let recovered = world.open().recover(&recovery, NOW, |_| true);
    assert!(recovered.is_err(), "{recovered:?}");
    let planted = Recovery { ..online(&world, BuildOn::Remembered) };
    Thief::of(&world, world.path()).plant_online(50);
    let conflict = world.open().recover(&planted, NOW, |_| true);
    assert!(matches!(conflict, Err(Error::Conflict(_))), "{conflict:?}");
}

#[test]
fn rejects_to_recover_over_staged_changes_and_without_keys() {
    let world = published_world();
    let repository = world.open();
    let without = world.open_with(world.home(), world.ring_without("root"));
    let missing = without.recover(&online(&world, BuildOn::Unsaid), NOW, |_| true);
    assert!(matches!(missing, Err(Error::MissingKeys { .. })), "{missing:?}");
    let mut recovery = online(&world, BuildOn::Unsaid);
    recovery.renewed.insert("nobody".to_owned());
    let nobody = repository.recover(&recovery, NOW, |_| true);
    assert!(matches!(nobody, Err(Error::NoSuchRole(_))), "{nobody:?}");
    let recovery = Recovery { renewed: ["role".to_owned()].into(), ..online(&world, BuildOn::Unsaid) };
    repository.add_target("targets", "more", b"bytes").expect("a staged target");
    let staged = repository.recover(&recovery, NOW, |_| true);
    assert!(matches!(staged, Err(Error::StagedChange(_))), "{staged:?}");
    // The online roles change nothing that is staged.
    recover(&repository, &online(&world, BuildOn::Unsaid));
    repository.publish(NOW).expect("a publish");
    assert_eq!(
        Client::default().find(world.path(), "more", NOW).expect("an update").1,
        Found::By("targets".to_owned())
    );
}
