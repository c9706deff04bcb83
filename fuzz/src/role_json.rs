//! Any bytes as every file that an update cycle asks for, as they are and as the signed part of a file that is
//! really signed.

use std::sync::LazyLock;

use ed25519_dalek::{Signer, SigningKey};
use tuf_tests::{Json, hex};
use tuf_verifier_core::{Profile, Request, Settings, Target, UnixTime, UpdateCycle};

use crate::signed::Signed;
use crate::tree::Tree;

/// The fixed update start time. Every date-time is later.
const NOW: UnixTime = UnixTime(i64::MIN);
/// Target paths that are searched where the input was accepted as a targets role.
const PATHS: [&str; 3] = ["app", "dir/app-1.0.tgz", "é/ü"];
/// Requests after which a cycle with its searches has ended.
const ENOUGH: usize = 200;

/// Nothing panics. Bytes in the place of a file of the store are never an error. Bytes in the place of a file of the
/// repository are accepted only where a threshold signed them; where they are refused, the request stays. A target
/// that is found is in the input as it was found.
///
/// # Panics
/// Where that does not hold for this input.
pub fn check(input: &[u8]) {
    offer_everywhere(input, None);
    let Some(part) = Tree::read(input) else { return };
    if let Some(kind) = part.get("_type").and_then(Tree::text) {
        offer_everywhere(&signed(&part.canonical(), input), Some(kind));
    }
}

/// A file with this signed part, signed by the one key of this world.
pub(crate) fn signed(canonical: &str, part: &[u8]) -> Vec<u8> {
    let signature = hex(&KEY.sign(canonical.as_bytes()).to_bytes());
    let head = format!(r#"{{"signatures":[{{"keyid":"{KEYID}","sig":"{signature}"}}],"signed":"#);
    [head.as_bytes(), part, b"}"].concat()
}

/// Offers a file as the answer to every request; where its kind is given, to those that ask for one of this kind.
/// Cycles that take it go on.
fn offer_everywhere(input: &[u8], kind: Option<&str>) {
    for (request, cycle) in STOPS.iter() {
        if kind.is_some_and(|kind| !asks_for(request, kind)) {
            continue;
        }
        let mut cycle = cycle.clone();
        let outcome = cycle.offer(Some(input.to_vec()));
        match (request, outcome) {
            (Request::Load { name }, outcome) => {
                assert_eq!(outcome, Ok(()), "{name} of the store");
                if kind.is_some() {
                    go_on(cycle, input);
                }
            }
            (request, Err(_)) => assert_eq!(&cycle.next(), request, "a refused answer leaves the request"),
            (Request::Fetch { name, .. }, Ok(())) => {
                authentic(name, input);
                go_on(cycle, input);
            }
            (other, Ok(())) => panic!("an answer to {other:?}"),
        }
    }
}

fn asks_for(request: &Request, kind: &str) -> bool {
    match request {
        Request::Load { name } | Request::Fetch { name, .. } => kind_of(name) == kind,
        _ => false,
    }
}

/// The kind of metadata that a file of this name holds.
fn kind_of(name: &str) -> &str {
    let kinds = ["rotate", "root", "timestamp", "snapshot"];
    kinds.into_iter().find(|kind| name.contains(kind)).unwrap_or("targets")
}

/// Sees that an accepted file is signed as it must be.
fn authentic(name: &str, input: &[u8]) {
    let file = Signed::read(input).unwrap_or_else(|| panic!("{name} is no metadata"));
    let kind = kind_of(name);
    assert_eq!(file.kind(), Some(kind), "{name}");
    let root = Signed::read(&WORLD.root).expect("the root of this world is metadata");
    // Every role has the same key, rotate files and delegated roles too.
    let role = if kind == "rotate" { "targets" } else { kind };
    assert!(meets(&file, &root, role), "{name} was accepted without a threshold");
    if kind == "root" {
        assert!(meets(&file, &file, kind), "{name} was accepted without a threshold of its own");
        assert_eq!(file.version(), Some(2));
    }
}

fn meets(file: &Signed, root: &Signed, role: &str) -> bool {
    let listed = root.part.get("roles").and_then(|roles| roles.get(role));
    listed.zip(root.part.get("keys")).is_some_and(|(role, keys)| file.meets(role, keys))
}

/// Drives a cycle to its end, then searches; delegated roles are answered with the input.
fn go_on(mut cycle: UpdateCycle, input: &[u8]) {
    let mut paths = PATHS.iter();
    for _ in 0..ENOUGH {
        let answer = match cycle.next() {
            Request::Load { .. } => None,
            Request::Fetch { name, .. } => WORLD.file(&name).or_else(|| delegated(&name, input)),
            Request::Persist { .. } | Request::Forget { .. } => continue,
            end => {
                if let Request::Found(target) = end {
                    listed(&target, input);
                }
                match paths.next() {
                    Some(path) => assert_eq!(cycle.find(path), Ok(()), "{path} is safe"),
                    None => return,
                }
                continue;
            }
        };
        if cycle.offer(answer).is_err() {
            return;
        }
    }
    panic!("no end");
}

fn delegated(name: &str, input: &[u8]) -> Option<Vec<u8>> {
    let top_level = ["root.json", "timestamp.json", "snapshot.json"];
    (!top_level.iter().any(|file| name.ends_with(file))).then(|| input.to_vec())
}

/// Sees that a found target is listed in the input.
fn listed(target: &Target, input: &[u8]) {
    let file = Signed::read(input).expect("what lists a target is metadata");
    let entry = file.part.get("targets").and_then(|targets| targets.get(&target.path));
    let entry = entry.unwrap_or_else(|| panic!("{} is not listed", target.path));
    assert_eq!(entry.get("length").and_then(Tree::number), Some(target.length));
    let hashes = entry.get("hashes").map(Tree::members).unwrap_or_default();
    assert_eq!(hashes.len(), target.hashes.len());
    for hash in &target.hashes {
        let digest = hashes.iter().find(|(name, _)| *name == *hash.algorithm);
        assert_eq!(digest.and_then(|(_, digest)| digest.text()), Some(&*hash.digest));
    }
}

/// The keyid of the one key.
pub(crate) const KEYID: &str = "k";
static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_bytes(&[7; 32]));

/// The public half of the one key, as metadata has it.
pub(crate) fn public() -> Json {
    let public = hex(KEY.verifying_key().as_bytes());
    Json::object([
        ("keytype", Json::from("ed25519")),
        ("scheme", "ed25519".into()),
        ("keyval", Json::object([("public", public)])),
    ])
}

/// A repository of one key, without consistent snapshots.
struct World {
    root: Vec<u8>,
    timestamp: Vec<u8>,
    snapshot: Vec<u8>,
    targets: Vec<u8>,
    rotate: Vec<u8>,
    delegated: Vec<u8>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let file = |part: Json| signed(&part.canonical(), part.canonical().as_bytes());
    World {
        root: file(parts::root(1)),
        timestamp: file(parts::timestamp()),
        snapshot: file(parts::snapshot()),
        targets: file(parts::delegating("paths", &["*"])),
        rotate: file(parts::rotate()),
        delegated: file(parts::targets()),
    }
});

impl World {
    fn file(&self, name: &str) -> Option<Vec<u8>> {
        match name {
            "timestamp.json" => Some(self.timestamp.clone()),
            "snapshot.json" => Some(self.snapshot.clone()),
            "targets.json" => Some(self.targets.clone()),
            "rotate/a.rotate.1" => Some(self.rotate.clone()),
            "a.json" => Some(self.delegated.clone()),
            _ => None,
        }
    }
}

/// Every request of a cycle that waits for an answer, with the cycle that waits; under each profile.
static STOPS: LazyLock<Vec<(Request, UpdateCycle)>> = LazyLock::new(|| {
    let profiles = [Profile::Strict, Profile::Compatible];
    profiles.into_iter().flat_map(stops).collect()
});

fn stops(profile: Profile) -> Vec<(Request, UpdateCycle)> {
    let settings = Settings { profile, max_delegations: 4, ..Settings::default() };
    let mut cycle = UpdateCycle::start(&WORLD.root, NOW, settings).expect("a good root");
    let mut stops = Vec::new();
    let mut searched = false;
    loop {
        let answer = match cycle.next() {
            Request::Load { .. } => None,
            Request::Fetch { ref name, .. } => match WORLD.file(name) {
                None if name == "b.json" => return stops,
                file => file,
            },
            Request::Persist { .. } | Request::Forget { .. } => continue,
            Request::Ready(_) if !searched => {
                searched = true;
                cycle.find(PATHS[0]).expect("a safe path");
                continue;
            }
            _ => return stops,
        };
        stops.push((cycle.next(), cycle.clone()));
        cycle.offer(answer).expect("an honest answer");
    }
}

/// The signed parts of this world's files.
pub(crate) mod parts {
    use tuf_tests::Json;

    use super::{KEYID, public};

    pub(crate) fn root(version: u64) -> Json {
        let role = Json::object([("keyids", Json::array([KEYID])), ("threshold", 1.into())]);
        let roles = ["root", "timestamp", "snapshot", "targets"].map(|name| (name, role.clone()));
        header("root", version, [("keys", Json::object([(KEYID, public())])), ("roles", Json::object(roles))])
    }

    pub(crate) fn timestamp() -> Json {
        header("timestamp", 1, [("meta", Json::object([("snapshot.json", version())]))])
    }

    pub(crate) fn snapshot() -> Json {
        let listed =
            ["targets.json", "a.json", "b.json", "c.json", "bin-0.json", "bin-1.json", "rotate/a.rotate.1"];
        header("snapshot", 1, [("meta", Json::object(listed.map(|name| (name, version()))))])
    }

    pub(crate) fn targets() -> Json {
        header("targets", 1, [("targets", Json::Object(Vec::new()))])
    }

    /// A role that delegates to two others, the second terminating; whoever reads it as the others too goes in a circle.
    pub(crate) fn delegating(by: &str, what: &[&str]) -> Json {
        let delegation = |name: &str, terminating: bool| {
            Json::object([
                ("name", Json::from(name)),
                ("keyids", Json::array([KEYID])),
                ("threshold", 1.into()),
                (by, Json::array(what.iter().copied())),
                ("terminating", terminating.into()),
            ])
        };
        let roles = Json::array([delegation("a", false), delegation("b", true)]);
        let delegations = Json::object([("keys", Json::object([(KEYID, public())])), ("roles", roles)]);
        header("targets", 1, [("targets", Json::Object(Vec::new())), ("delegations", delegations)])
    }

    /// The first rotation of the role a, to the key that it has.
    pub(crate) fn rotate() -> Json {
        Json::object([
            ("_type", Json::from("rotate")),
            ("role", "a".into()),
            ("version", 1.into()),
            ("keys", Json::object([(KEYID, public())])),
            ("threshold", 1.into()),
        ])
    }

    pub(crate) fn header<const N: usize>(kind: &str, version: u64, members: [(&str, Json); N]) -> Json {
        let mut part = Json::object([
            ("_type", Json::from(kind)),
            ("spec_version", "1.0.34".into()),
            ("version", version.into()),
            ("expires", "2030-01-01T00:00:00Z".into()),
        ]);
        for (name, value) in members {
            part.set(name, value);
        }
        part
    }

    fn version() -> Json {
        Json::object([("version", 1)])
    }
}
