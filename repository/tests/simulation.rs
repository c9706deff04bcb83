//! Each consequence that the simulation names is done here, with the stolen keys, to the core's client.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::world::{Client, Found, NOW, World, copy_folder};
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tuf_repository::metadata::{
    DelegatedRole, DelegatedRoles, Delegations, MetaFile, Metadata, Role, Root, Scope, Signed, Snapshot,
    TargetFile, Targets, Timestamp, seal, sha256_hex,
};
use tuf_repository::review::{Documents, KeyNames};
use tuf_repository::simulation::{ConsequenceKind, Simulation, matching_keyids, simulate, simulate_each};
use tuf_repository::{Delegation, Handover, UnixTime};
use tuf_verifier_core::{Failure, Refusal};

const DAY: i64 = 86_400;

/// A copy of what is served, which a thief changes.
struct Theft<'w> {
    world: &'w World,
    copy: TempDir,
    stolen: BTreeSet<String>,
}

impl<'w> Theft<'w> {
    fn of(world: &'w World, stolen: &[&str]) -> Self {
        let copy = TempDir::new().expect("a folder");
        copy_folder(world.path(), copy.path());
        let stolen = stolen.iter().map(|name| (*name).to_owned()).collect();
        Self { world, copy, stolen }
    }

    fn folder(&self) -> &Path {
        self.copy.path()
    }

    fn read<M: DeserializeOwned>(&self, name: &str) -> M {
        let bytes = fs::read(self.folder().join("metadata").join(name)).expect("metadata");
        serde_json::from_slice::<Signed<M>>(&bytes).expect("a document").signed
    }

    /// Signs with those of the role's keys that were stolen, and writes.
    fn write<M: Metadata>(&self, keys: &[&str], name: &str, document: &M) -> MetaFile {
        let keys = keys.iter().filter(|key| self.stolen.contains(**key));
        let keys = keys.map(|key| &*self.world.keys[*key]);
        let bytes = seal(document, keys).expect("metadata");
        fs::write(self.folder().join("metadata").join(name), &bytes).expect("a file");
        MetaFile::describe(document.version(), &bytes)
    }

    fn timestamp(&self, change: impl FnOnce(&mut Timestamp)) {
        let mut timestamp: Timestamp = self.read("timestamp.json");
        timestamp.version += 1;
        timestamp.expires = UnixTime(NOW.0 + 3650 * DAY);
        change(&mut timestamp);
        self.write(&["timestamp"], "timestamp.json", &timestamp);
    }

    /// Signs a snapshot with these files, and a timestamp for it.
    fn publish(&self, files: &[(&str, MetaFile)]) {
        let timestamp: Timestamp = self.read("timestamp.json");
        let mut snapshot: Snapshot =
            self.read(&format!("{}.snapshot.json", timestamp.meta["snapshot.json"].version));
        snapshot.version += 1;
        for (role, file) in files {
            snapshot.meta.insert(format!("{role}.json"), file.clone());
        }
        let file = self.write(&["snapshot"], &format!("{}.snapshot.json", snapshot.version), &snapshot);
        self.timestamp(|timestamp| drop(timestamp.meta.insert("snapshot.json".to_owned(), file)));
    }

    /// Lists a target in a role, and writes its bytes.
    fn plant(&self, role: &str, key: &str, path: &str) {
        let snapshot: Snapshot = {
            let timestamp: Timestamp = self.read("timestamp.json");
            self.read(&format!("{}.snapshot.json", timestamp.meta["snapshot.json"].version))
        };
        let version = snapshot.meta[&format!("{role}.json")].version;
        let mut targets: Targets = self.read(&format!("{version}.{role}.json"));
        targets.version += 1;
        let bytes = b"the thief's bytes";
        let digest = sha256_hex(bytes);
        let hashes = BTreeMap::from([("sha256".to_owned(), digest.clone())]);
        let length = bytes.len() as u64;
        targets.targets.insert(
            path.to_owned(),
            TargetFile { length, hashes, custom: None, unrecognized: Default::default() },
        );
        let file = self.write(&[key], &format!("{}.{role}.json", targets.version), &targets);
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = self.folder().join("targets").join(folder);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(format!("{digest}.{name}")), bytes).expect("a target");
        self.publish(&[(role, file)]);
    }

    fn find(&self, client: &mut Client, path: &str) -> Result<Found, Failure> {
        client.find(self.folder(), path, NOW).map(|(_, found)| found)
    }

    /// What the simulation says of this theft.
    fn simulated(&self) -> Simulation {
        let documents = documents(self.world.path());
        let keyids = self.stolen.iter().map(|name| self.world.keys[name].keyid().to_owned()).collect();
        simulate(&documents, &keyids, &KeyNames::none())
    }

    fn kinds(&self) -> Vec<ConsequenceKind> {
        self.simulated().consequences.iter().map(|consequence| consequence.kind).collect()
    }
}

/// Keys root (with `second`, threshold 1), targets, snapshot, timestamp, and a role `docs` for `docs/*`.
fn repository() -> World {
    let world = World::with_keys(&["docs", "second"]);
    let repository = world.open();
    let delegation = Delegation::Role {
        name: "docs".to_owned(),
        keys: world.role_keys(&["docs"]),
        scope: Scope::Paths(vec!["docs/*".to_owned()]),
        terminating: false,
    };
    repository.delegate("targets", delegation).expect("a delegation");
    repository.add_target("docs", "docs/a", b"old").expect("a target");
    repository.publish(NOW).expect("a publish");
    world
}

/// The newest documents of a folder.
fn documents(folder: &Path) -> Documents {
    let mut documents = Documents::default();
    let newest = |role: &str| {
        let files = fs::read_dir(folder.join("metadata")).expect("a folder").flatten();
        let suffix = format!(".{role}.json");
        let versions =
            files.filter_map(|file| file.file_name().to_str()?.strip_suffix(&suffix)?.parse::<u64>().ok());
        let version = versions.max().expect("a version");
        fs::read(folder.join("metadata").join(format!("{version}.{role}.json"))).expect("a file")
    };
    fn signed<M: DeserializeOwned>(bytes: &[u8]) -> M {
        serde_json::from_slice::<Signed<M>>(bytes).expect("a document").signed
    }
    documents.root = Some(signed(&newest("root")));
    documents.snapshot = Some(signed(&newest("snapshot")));
    for role in ["targets", "docs"] {
        documents.targets.insert(role.to_owned(), signed(&newest(role)));
    }
    documents
}

fn refusal(result: Result<Found, Failure>) -> Refusal {
    match result {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_thief_of_the_timestamp_freezes_clients_until_the_snapshot_expires() {
    let world = repository();
    let theft = Theft::of(&world, &["timestamp"]);
    let mut device = Client::default();
    device.update(world.path(), NOW).expect("an update");
    theft.timestamp(|_| {});
    let freeze = theft.simulated().consequences;
    let freeze = freeze.iter().find(|one| one.kind == ConsequenceKind::Freeze).expect("a freeze");
    let until = freeze.until.expect("an end");
    for client in [&mut device, &mut Client::default()] {
        // The honest timestamp has expired by then.
        client.update(theft.folder(), UnixTime(until.0 - 1)).expect("frozen");
        let refused = client.update(theft.folder(), until).map(|_| Found::Nothing);
        assert!(matches!(refusal(refused), Refusal::Freeze { role, .. } if &*role == "snapshot"));
    }
    assert!(Client::default().update(world.path(), UnixTime(until.0 - 1)).is_err());
}

#[test]
fn a_thief_of_timestamp_and_snapshot_freezes_clients_until_the_targets_expire() {
    let world = repository();
    let theft = Theft::of(&world, &["timestamp", "snapshot"]);
    let mut snapshot: Snapshot = theft.read("2.snapshot.json");
    snapshot.version += 1;
    snapshot.expires = UnixTime(NOW.0 + 3650 * DAY);
    let file = theft.write(&["snapshot"], "3.snapshot.json", &snapshot);
    theft.timestamp(|timestamp| drop(timestamp.meta.insert("snapshot.json".to_owned(), file)));
    let consequences = theft.simulated().consequences;
    let freeze = consequences.iter().find(|one| one.kind == ConsequenceKind::Freeze).expect("a freeze");
    let until = freeze.until.expect("an end");
    Client::default().update(theft.folder(), UnixTime(until.0 - 1)).expect("frozen");
    let refused = Client::default().update(theft.folder(), until).map(|_| Found::Nothing);
    assert!(matches!(refusal(refused), Refusal::Freeze { role, .. } if &*role == "targets"));
}

#[test]
fn a_thief_of_the_timestamp_fast_forwards_it_until_its_key_rotates() {
    let world = repository();
    let theft = Theft::of(&world, &["timestamp"]);
    theft.timestamp(|timestamp| timestamp.version = (1 << 31) - 1);
    let mut device = Client::default();
    device.update(theft.folder(), NOW).expect("an update");
    assert!(theft.kinds().contains(&ConsequenceKind::FastForward));
    let refused = device.update(world.path(), NOW).map(|_| Found::Nothing);
    assert!(matches!(refusal(refused), Refusal::Rollback { role, .. } if &*role == "timestamp"));
    // What the simulation recommends.
    let repository = world.open();
    let mut staged = repository.stage().expect("changes");
    staged.set_keys("timestamp", &world.role_keys(&["second"]), Handover::Abrupt).expect("new keys");
    staged.save().expect("saved changes");
    repository.publish(NOW).expect("a publish");
    device.update(world.path(), NOW).expect("recovered");
}

#[test]
fn a_thief_of_the_timestamp_shows_old_states_to_new_clients_alone() {
    let world = repository();
    let repository = world.open();
    let old = fs::read(world.path().join("metadata/2.snapshot.json")).expect("a snapshot");
    repository.add_target("docs", "docs/b", b"new").expect("a target");
    repository.publish(NOW).expect("a publish");
    let theft = Theft::of(&world, &["timestamp"]);
    let mut device = Client::default();
    device.update(world.path(), NOW).expect("an update");
    let old = MetaFile::describe(2, &old);
    theft.timestamp(|timestamp| drop(timestamp.meta.insert("snapshot.json".to_owned(), old)));
    assert!(theft.kinds().contains(&ConsequenceKind::OldStateForNewClients));
    assert_eq!(theft.find(&mut Client::default(), "docs/b").expect("an update"), Found::Nothing);
    assert!(matches!(refusal(theft.find(&mut device, "docs/b")), Refusal::Rollback { .. }));
}

#[test]
fn a_thief_of_targets_and_online_keys_gives_clients_any_target() {
    let world = repository();
    let theft = Theft::of(&world, &["timestamp", "snapshot", "targets"]);
    let mut device = Client::default();
    device.update(world.path(), NOW).expect("an update");
    theft.plant("targets", "targets", "docs/a");
    assert_eq!(theft.kinds().first(), Some(&ConsequenceKind::AnyTarget));
    for client in [&mut device, &mut Client::default()] {
        assert_eq!(theft.find(client, "docs/a").expect("an update"), Found::By("targets".to_owned()));
    }
}

#[test]
fn a_thief_of_a_delegated_role_gives_clients_targets_of_its_scope_alone() {
    let world = repository();
    let theft = Theft::of(&world, &["timestamp", "snapshot", "docs"]);
    theft.plant("docs", "docs", "docs/x");
    let simulated = theft.simulated();
    let target = simulated.consequences.first().expect("a consequence");
    assert_eq!((target.kind, target.scope.as_deref()), (ConsequenceKind::AnyTarget, Some("docs/*")));
    assert_eq!(
        theft.find(&mut Client::default(), "docs/x").expect("an update"),
        Found::By("docs".to_owned())
    );
    theft.plant("docs", "docs", "bin/x");
    assert_eq!(theft.find(&mut Client::default(), "bin/x").expect("an update"), Found::Nothing);
}

#[test]
fn a_thief_of_targets_alone_gives_clients_nothing() {
    let world = repository();
    let theft = Theft::of(&world, &["targets"]);
    theft.plant("targets", "targets", "docs/a");
    let simulated = theft.simulated();
    let prepared = simulated.consequences.first().expect("a consequence");
    assert_eq!(prepared.kind, ConsequenceKind::PreparedTarget);
    assert_eq!(prepared.needs, ["timestamp", "snapshot"]);
    let refused = refusal(theft.find(&mut Client::default(), "docs/a"));
    assert!(matches!(refused, Refusal::ArbitrarySoftware { role, .. } if &*role == "timestamp"));
}

#[test]
fn a_thief_of_online_keys_alone_gives_clients_no_target() {
    let world = repository();
    let theft = Theft::of(&world, &["timestamp", "snapshot"]);
    theft.plant("targets", "targets", "docs/a");
    assert!(!theft.kinds().contains(&ConsequenceKind::AnyTarget));
    let refused = refusal(theft.find(&mut Client::default(), "docs/a"));
    assert!(matches!(refused, Refusal::ArbitrarySoftware { role, .. } if &*role == "targets"));
}

#[test]
fn a_thief_of_the_snapshot_alone_gives_clients_nothing() {
    let world = repository();
    let theft = Theft::of(&world, &["snapshot"]);
    theft.publish(&[]);
    let simulated = theft.simulated();
    let kinds: Vec<_> = simulated.consequences.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [ConsequenceKind::PreparedSnapshot]);
    let refused = refusal(theft.find(&mut Client::default(), "docs/a"));
    assert!(matches!(refused, Refusal::ArbitrarySoftware { role, .. } if &*role == "timestamp"));
}

/// Signs root metadata version 2 in which one new key has every role.
fn take_over(theft: &Theft<'_>) -> Result<Found, Failure> {
    let mut root: Root = theft.read("1.root.json");
    root.version = 2;
    let own = theft.world.keys["second"].public().clone();
    let keyid = own.keyid().expect("a keyid");
    root.keys.insert(keyid.clone(), own);
    for role in root.roles.values_mut() {
        *role = Role::new(vec![keyid.clone()], 1);
    }
    theft.write(&["root", "second"], "2.root.json", &root);
    theft.find(&mut Client::default(), "docs/a")
}

#[test]
fn a_thief_of_root_takes_the_repository_over() {
    let world = repository();
    let theft = Theft::of(&world, &["root", "second"]);
    assert_eq!(theft.kinds().first(), Some(&ConsequenceKind::TakeOver));
    // Clients follow the new root: what the old timestamp key signed is refused from then on.
    let refused = refusal(take_over(&theft));
    let is_by_new_root = matches!(
        refused,
        Refusal::ArbitrarySoftware { role, delegator_version: 2, .. } if &*role == "timestamp"
    );
    assert!(is_by_new_root);
}

#[test]
fn a_thief_of_too_few_keys_signs_nothing() {
    let world = World::without_repository(&["second"]);
    let mut setup = world.setup();
    setup.root = world.role_keys(&["root", "second"]);
    let periods = tuf_repository::Periods::default();
    tuf_repository::Repository::init(world.path(), &world.state(), &setup, world.ring(), periods, NOW)
        .expect("a repository");
    let theft = Theft::of(&world, &["second"]);
    let documents = Documents { root: Some(theft.read("1.root.json")), ..Documents::default() };
    let keyids = BTreeSet::from([world.keys["second"].keyid().to_owned()]);
    let simulated = simulate(&documents, &keyids, &KeyNames::none());
    let kinds: Vec<_> = simulated.consequences.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [ConsequenceKind::PartOfThreshold { missing: 1 }]);
    let refused = refusal(take_over(&theft));
    assert!(matches!(refused, Refusal::ArbitrarySoftware { role, .. } if &*role == "root"));
}

#[test]
fn one_key_under_two_keyids_is_one_key() {
    let world = repository();
    let mut documents = documents(world.path());
    let root = documents.root.as_mut().expect("root metadata");
    root.keys.insert("again".to_owned(), world.keys["targets"].public().clone());
    let targets = root.roles.get_mut("targets").expect("the role");
    targets.keyids.push("again".to_owned());
    targets.threshold = 2;
    let keyids = BTreeSet::from(["again".to_owned()]);
    let simulated = simulate(&documents, &keyids, &KeyNames::none());
    let kinds: Vec<_> = simulated.consequences.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [ConsequenceKind::PartOfThreshold { missing: 1 }]);
}

/// The thief of one spelling has the other one.
#[test]
fn one_key_in_two_spellings_is_one_stolen_key() {
    let world = repository();
    let mut documents = documents(world.path());
    let root = documents.root.as_mut().expect("root metadata");
    let mut again = world.keys["targets"].public().clone();
    again.keyval.public.make_ascii_uppercase();
    root.keys.insert("again".to_owned(), again);
    for role in ["targets", "timestamp", "snapshot"] {
        root.roles.get_mut(role).expect("the role").keyids.push("again".to_owned());
    }
    assert_eq!(simulate_each(&documents, &KeyNames::none()).len(), 5, "as many as there are private keys");
    for keyid in ["again", world.keys["targets"].keyid()] {
        let simulated = simulate(&documents, &BTreeSet::from([keyid.to_owned()]), &KeyNames::none());
        assert_eq!(simulated.consequences[0].kind, ConsequenceKind::AnyTarget, "{keyid}");
        let held: Vec<_> = simulated.roles.iter().map(|held| (held.role.as_str(), held.held)).collect();
        assert_eq!(held, [("snapshot", 1), ("targets", 1), ("timestamp", 1)], "{keyid}");
    }
}

#[test]
fn simulates_each_key_once_and_finds_keys_by_what_people_write() {
    let world = repository();
    let documents = documents(world.path());
    let names: KeyNames = [(world.keys["docs"].keyid(), "docs")].into_iter().collect();
    assert_eq!(simulate_each(&documents, &names).len(), 5);
    let docs = BTreeSet::from([world.keys["docs"].keyid().to_owned()]);
    assert_eq!(matching_keyids(&documents, &names, "docs"), docs);
    assert_eq!(matching_keyids(&documents, &names, &world.keys["docs"].keyid()[..16]), docs);
    assert!(matching_keyids(&documents, &names, "nobody").is_empty());
}

/// Clients visit no more than 32 delegated roles, and none of them twice. Each of these roles delegates to all.
#[test]
fn a_thief_of_roles_that_no_client_comes_to_gives_clients_nothing() {
    let world = repository();
    let mut documents = documents(world.path());
    let docs = documents.targets["docs"].clone();
    let delegations = documents.targets["targets"].delegations.clone().expect("delegations");
    let below = |names: &mut dyn Iterator<Item = usize>| {
        let DelegatedRoles::Roles(roles) = &delegations.roles else { panic!("roles") };
        let role = |number| DelegatedRole { name: format!("{number:03}"), ..roles[0].clone() };
        let roles = DelegatedRoles::Roles(names.map(role).collect());
        Some(Delegations { roles, ..delegations.clone() })
    };
    documents.targets.get_mut("targets").expect("targets").delegations = below(&mut std::iter::once(0));
    for number in 0..40 {
        // To the next one, and to those before.
        let role = Targets { delegations: below(&mut (0..=number + 1)), ..docs.clone() };
        documents.targets.insert(format!("{number:03}"), role);
    }
    let stolen = BTreeSet::from([world.keys["docs"].keyid().to_owned()]);
    let simulated = simulate(&documents, &stolen, &KeyNames::none());
    let reached: BTreeSet<_> = simulated.consequences.iter().filter_map(|one| one.role.as_deref()).collect();
    assert!(reached.contains("031") && !reached.contains("032"), "{reached:?}");
    let each = simulate_each(&documents, &KeyNames::none());
    assert!(each.iter().any(|one| one.consequences == simulated.consequences));
}
