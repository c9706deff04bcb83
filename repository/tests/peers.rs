//! What `tufrepo` publishes verifies in our client, python-tuf and tuf-js at every intermediate state: after each single write of
//! each publish, for new clients and for clients that have seen any earlier state.

use crate::world;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::peer::core::Core;
use crate::peer::{Peer, Served, Visit};
use crate::thief::Thief;
use crate::world::{NOW, World, files};
use tuf_repository::metadata::Scope;
use tuf_repository::{
    BuildOn, Delegation, Handover, LastRoot, Recovery, Repository, RoleKeys, UnixTime, Write, WriteObserver,
};

const LOOK_UP: [&str; 6] = ["good", "other", "role/good", "role/deep/good", "bins/good", "role/evil"];

const NAMES: [&str; 11] = [
    "role",
    "deep",
    "bins",
    "root-2",
    "root-3",
    "root-4",
    "root-5",
    "root-6",
    "targets-2",
    "snapshot-2",
    "timestamp-2",
];

/// What was served, one state after another.
struct History<'w> {
    name: &'static str,
    world: &'w World,
    states: Arc<Mutex<Vec<Served>>>,
    /// States in which no client can go on: those of a thief's key that must sign nothing any more.
    is_abrupt: bool,
}

/// Looks at what is served before each write.
struct Watcher {
    folder: PathBuf,
    states: Arc<Mutex<Vec<Served>>>,
}

impl WriteObserver for Watcher {
    fn before(&self, _write: Write<'_>) -> io::Result<()> {
        add(&mut self.states.lock().expect("states"), served(&self.folder, NOW));
        Ok(())
    }
}

fn served(folder: &Path, now: UnixTime) -> Served {
    let read = |name: &str| -> BTreeMap<String, Vec<u8>> {
        let found = files(&folder.join(name)).into_iter();
        found.map(|(path, bytes)| (path.to_string_lossy().into_owned(), bytes)).collect()
    };
    Served { metadata: read("metadata"), targets: read("targets"), now }
}

fn add(states: &mut Vec<Served>, state: Served) {
    if states.last() != Some(&state) {
        states.push(state);
    }
}

impl<'w> History<'w> {
    fn of(name: &'static str, world: &'w World) -> Self {
        let history = Self { name, world, states: Arc::default(), is_abrupt: false };
        history.look();
        history
    }

    fn abrupt(self) -> Self {
        Self { is_abrupt: true, ..self }
    }

    fn look(&self) {
        add(&mut self.states.lock().expect("states"), served(self.world.path(), NOW));
    }

    /// A repository each of whose writes is a state.
    fn repository(&self) -> Repository {
        let watcher = Watcher { folder: self.world.path().to_owned(), states: Arc::clone(&self.states) };
        self.world.open().observe_writes(Arc::new(watcher))
    }

    fn publish(&self) {
        let published = self.repository().publish(NOW).expect("a publish");
        assert!(!published.metadata.is_empty(), "{}: nothing was published", self.name);
        self.look();
    }

    fn add_target(&self, role: &str, path: &str, bytes: &[u8]) {
        self.world.open().add_target(role, path, bytes).expect("a staged target");
    }

    fn set_keys(&self, role: &str, keys: &RoleKeys) {
        let repository = self.world.open();
        let mut staged = repository.stage().expect("changes");
        staged.set_keys(role, keys, Handover::Overlapping).expect("new keys");
        staged.save().expect("saved changes");
        self.publish();
    }

    fn recover(&self, recovery: &Recovery) {
        self.repository().recover(recovery, NOW, |_| true).expect("a recovery").expect("it was approved");
        self.look();
    }
}

fn delegate(repository: &Repository, world: &World, delegator: &str, name: &str, patterns: &[&str]) {
    let delegation = Delegation::Role {
        name: name.to_owned(),
        keys: world.role_keys(&[name]),
        scope: Scope::Paths(patterns.iter().map(|pattern| (*pattern).to_owned()).collect()),
        terminating: false,
    };
    repository.delegate(delegator, delegation).expect("a delegation");
}

/// A world with a target of each kind of role, published before anybody looks.
fn world() -> World {
    let world = World::with_keys(&NAMES);
    let repository = world.open();
    delegate(&repository, &world, "targets", "role", &["role/*", "role/deep/*"]);
    delegate(&repository, &world, "role", "deep", &["role/deep/*"]);
    repository.add_target("targets", "good", b"good").expect("a staged target");
    repository.add_target("role", "role/good", b"role").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    world
}

/// Counts what was checked.
#[derive(Default)]
struct Count {
    states: usize,
    visits: usize,
}

/// Every client visits every state: new, with the store of each earlier state, and with one store that follows all of them.
fn check(history: &History<'_>, peers: &mut [Peer], count: &mut Count) {
    let states = history.states.lock().expect("states");
    let root = states[0].metadata["1.root.json"].clone();
    let last = states.len() - 1;
    count.states += states.len();
    let mut stores: Vec<(usize, Core)> = Vec::new();
    let mut follower = Core::default();
    let mut followed = Vec::new();
    for (at, state) in states.iter().enumerate() {
        let mut new = Core::default();
        let fresh = new.visit(&root, state, &LOOK_UP);
        let is_accepted = matches!(fresh, Visit::Accepted { .. });
        assert!(is_accepted || history.is_abrupt && at != last, "{}, state {at}: {fresh:?}", history.name);
        let mut journeys = vec![(vec![state], fresh.clone())];
        for (before, client) in &stores {
            let visit = client.clone().visit(&root, state, &LOOK_UP);
            assert_eq!(visit.versions(), fresh.versions(), "{}, from {before} to {at}", history.name);
            journeys.push((vec![&states[*before], state], visit));
        }
        followed.push(follower.visit(&root, state, &LOOK_UP));
        for (steps, expected) in &journeys {
            count.visits += 1;
            // They work at the same time.
            peers.iter_mut().for_each(|peer| peer.begin(&root, steps, &LOOK_UP));
            for peer in peers.iter_mut() {
                let visits = peer.visits();
                let visit = visits.last().expect("a visit");
                agree(history, peer.name, at, visit, expected);
                count.visits += 1;
            }
        }
        if stores.iter().all(|(_, client)| client.store != new.store) {
            stores.push((at, new));
        }
    }
    let all: Vec<&Served> = states.iter().collect();
    peers.iter_mut().for_each(|peer| peer.begin(&root, &all, &LOOK_UP));
    for peer in peers.iter_mut() {
        let visits = peer.visits();
        for (at, (visit, expected)) in visits.iter().zip(&followed).enumerate() {
            agree(history, peer.name, at, visit, expected);
            count.visits += 1;
        }
    }
}

/// A peer accepts the same versions and finds the same targets, or refuses as our client does. The reasons are in each
/// client's own words.
fn agree(history: &History<'_>, peer: &str, at: usize, visit: &Visit, expected: &Visit) {
    match (visit, expected) {
        (Visit::Refused(_), Visit::Refused(_)) => {}
        _ => assert_eq!(visit, expected, "{}, state {at}: {peer} differs", history.name),
    }
}

impl Visit {
    fn versions(&self) -> Option<[u64; 4]> {
        match self {
            Self::Accepted { versions, .. } => Some(*versions),
            Self::Refused(_) => None,
        }
    }
}

/// The peers that are there.
fn peers(test: &str) -> Vec<Peer> {
    let found = [Peer::python(), Peer::node()].into_iter();
    found.filter_map(|peer| peer.inspect_err(|reason| world::skip(test, reason)).ok()).collect()
}

fn run(test: &str, histories: &[History<'_>]) {
    let mut peers = peers(test);
    let mut count = Count::default();
    for history in histories {
        check(history, &mut peers, &mut count);
    }
    let names: Vec<_> = ["our client"].into_iter().chain(peers.iter().map(|peer| peer.name)).collect();
    println!("{test}: {} states, {} visits by {}", count.states, count.visits, names.join(", "));
}

#[test]
fn every_client_follows_changes_of_targets_and_delegations() {
    let (first, changed) = (World::with_keys(&NAMES), world());
    let empty = History::of("first publish", &first);
    empty.add_target("targets", "good", b"good");
    empty.publish();

    let history = History::of("add, remove, delegate, revoke", &changed);
    history.add_target("targets", "other", b"other");
    history.publish();
    history.add_target("targets", "good", b"better");
    history.add_target("deep", "role/deep/good", b"deep");
    history.publish();
    let repository = history.repository();
    let mut staged = repository.stage().expect("changes");
    staged.remove_target("targets", "other").expect("a removal");
    staged.save().expect("saved changes");
    history.publish();
    delegate(&history.world.open(), &changed, "targets", "bins", &["bins/*"]);
    history.publish();
    history.add_target("bins", "bins/good", b"bins");
    history.publish();
    let mut staged = repository.stage().expect("changes");
    staged.revoke("role").expect("the end of a delegation");
    staged.save().expect("saved changes");
    history.publish();
    history.repository().refresh(&["timestamp"], NOW).expect("a refresh");
    history.repository().refresh(&["snapshot", "timestamp"], NOW).expect("a refresh");
    history.look();

    let binned = World::with_keys(&NAMES);
    let bins = History::of("succinct bins", &binned);
    let keys = binned.role_keys(&["bins"]);
    let delegation = Delegation::Succinct { name_prefix: "bin".to_owned(), bit_length: 2, keys };
    binned.open().delegate("targets", delegation).expect("a delegation");
    bins.publish();
    let bin = (0..4).map(|bin| format!("bin-{bin}"));
    let added = bin.filter(|bin| binned.open().add_target(bin, "bins/good", b"bins").is_ok()).count();
    assert_eq!(added, 1, "one bin takes the path");
    bins.publish();
    run("every_client_follows_changes_of_targets_and_delegations", &[empty, history, bins]);
}

#[test]
fn every_client_follows_each_rotation() {
    let worlds: Vec<World> = (0..5).map(|_| world()).collect();
    let roles = [
        ("root", "root-2"),
        ("targets", "targets-2"),
        ("snapshot", "snapshot-2"),
        ("timestamp", "timestamp-2"),
        ("role", "bins"),
    ];
    let mut histories = Vec::new();
    for (world, (role, key)) in worlds.iter().zip(roles) {
        let history = History::of(role, world);
        history.set_keys(role, &world.role_keys(&[key]));
        history.add_target("targets", "other", b"other");
        history.publish();
        // Back, and then both, with a threshold of both.
        history.set_keys(role, &world.role_keys(&[role]));
        history.set_keys(role, &world.role_keys(&[role, key]));
        histories.push(history);
    }
    run("every_client_follows_each_rotation", &histories);
}

#[test]
fn every_client_follows_six_root_versions() {
    let world = world();
    let history = History::of("root 1 to 6", &world);
    let steps: [&[&str]; 5] = [
        &["root-2"],
        &["root-2", "root-3"],
        &["root-4", "root-5", "root-6"],
        &["root-5", "root-6"],
        &["root"],
    ];
    for (number, names) in steps.into_iter().enumerate() {
        history.set_keys("root", &world.role_keys(names));
        if number == 2 {
            history.set_keys("timestamp", &world.role_keys(&["timestamp-2"]));
            history.set_keys("timestamp", &world.role_keys(&["timestamp"]));
        }
    }
    let root = world.open().status().expect("a status").roles.remove(0);
    assert_eq!(root.version, 8);
    run("every_client_follows_six_root_versions", &[history]);
}

fn recovery(world: &World, renewed: &[&str], build_on: BuildOn) -> Recovery {
    let key = |name: &str| vec![world.keys[name].public().clone()];
    let new_keys_of = [
        ("snapshot", "snapshot-2"),
        ("timestamp", "timestamp-2"),
        ("targets", "targets-2"),
        ("role", "bins"),
    ];
    Recovery {
        renewed: renewed.iter().map(|role| (*role).to_owned()).collect(),
        new_keys_of: new_keys_of.into_iter().map(|(role, name)| (role.to_owned(), key(name))).collect(),
        new_keys: key("root-2"),
        build_on,
        ..Recovery::default()
    }
}

#[test]
fn every_client_follows_each_recovery() {
    let worlds: Vec<World> = (0..9).map(|_| world()).collect();
    let planted = (1 << 31) - 1;
    let mut histories = Vec::new();
    let stolen: [(&str, &[&str]); 4] = [
        ("stolen timestamp key", &["timestamp"]),
        ("stolen online keys", &["snapshot", "timestamp"]),
        ("stolen targets key", &["targets"]),
        ("stolen delegated key", &["role"]),
    ];
    for (world, (name, renewed)) in worlds.iter().zip(stolen) {
        let history = History::of(name, world).abrupt();
        history.recover(&recovery(world, renewed, BuildOn::Unsaid));
        history.add_target("targets", "other", b"other");
        history.publish();
        histories.push(history);
    }
    let fast_forwards: [(&str, &[&str]); 3] = [
        ("fast-forward of the online roles", &["snapshot", "timestamp"]),
        ("fast-forward of targets", &["snapshot", "timestamp", "targets"]),
        ("fast-forward of a delegated role", &["snapshot", "timestamp", "role"]),
    ];
    for (world, (name, renewed)) in worlds[4..].iter().zip(fast_forwards) {
        let history = History::of(name, world).abrupt();
        let thief = Thief::of(world, world.path());
        match renewed.get(2) {
            None => thief.plant_online(planted),
            Some(role) => thief.plant_targets(role, role, planted, planted),
        }
        history.look();
        history.recover(&recovery(world, renewed, BuildOn::Remembered));
        history.add_target("targets", "other", b"other");
        history.publish();
        histories.push(history);
    }
    for (world, (name, last_root)) in worlds[7..]
        .iter()
        .zip([("lost root key", LastRoot::WithoutGone), ("stolen root threshold", LastRoot::WithGone)])
    {
        let mut team = world.role_keys(&["root", "root-3", "root-4"]);
        team.threshold = 2;
        let history = History::of(name, world);
        history.set_keys("root", &team);
        let gone: &[&str] = if last_root == LastRoot::WithGone { &["root", "root-3"] } else { &["root"] };
        let mut recovery = recovery(world, &[], BuildOn::Unsaid);
        recovery.gone = gone.iter().map(|name| world.keys[*name].keyid().to_owned()).collect();
        recovery.new_keys.push(world.keys["root-5"].public().clone());
        recovery.last_root = last_root;
        history.recover(&recovery);
        histories.push(history);
    }
    run("every_client_follows_each_recovery", &histories);
}

#[test]
fn no_client_accepts_a_repository_before_its_first_publish_is_whole() {
    let world = World::with_keys(&[]);
    let whole = served(world.path(), NOW);
    let root = whole.metadata["1.root.json"].clone();
    let mut peers = peers("no_client_accepts_a_repository_before_its_first_publish_is_whole");
    // The order of writing of a first publish.
    let order = ["1.targets.json", "1.snapshot.json", "1.root.json", "timestamp.json"];
    for written in 0..=order.len() {
        let mut state = whole.clone();
        state.metadata.retain(|name, _| order[..written].contains(&name.as_str()));
        let is_whole = written == order.len();
        let mut visits = vec![Core::default().visit(&root, &state, &LOOK_UP)];
        visits.extend(peers.iter_mut().map(|peer| {
            peer.begin(&root, &[&state], &LOOK_UP);
            peer.visits().remove(0)
        }));
        for visit in visits {
            assert_eq!(visit.versions().is_some(), is_whole, "after {written} files: {visit:?}");
        }
    }
    assert!(fs::read_dir(world.path().join("metadata")).expect("a folder").count() == 4);
}
