//! The table of other clients' limits, compared with what these clients do just below and just above them.

use crate::world;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::command::Desk;
use crate::oracles::Peer;
use crate::world::{NOW, World, skip};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tuf_repository::clients::{ClientProfile, ClientRules, Obstacle, Tree, TreeFile};
use tuf_repository::metadata::{
    DelegatedRoles, Delegations, Key, MetaFile, MultiRole, Role, RoleInfo, Root, Scope, Signature, Signed,
    Snapshot, SuccinctRoles, Targets, Timestamp,
};
use tuf_repository::review::Documents;
use tuf_repository::{Error, KeyType, SigningKey, UnixTime};

/// What a case changes of a small repository with one key for everything.
#[derive(Clone, Copy, Default)]
struct Case {
    name: &'static str,
    /// Bytes of a file of this role.
    length: Option<(&'static str, usize)>,
    /// Whether snapshot and targets metadata are listed without a length.
    unlisted: bool,
    /// A key of this type and scheme in root metadata, for no role.
    spare_key: Option<(&'static str, &'static str)>,
    /// The same key for targets, beside the usual one, with this threshold.
    targets_threshold: Option<u64>,
    /// What follows the seconds of the timestamp's expiry.
    expiry: Option<&'static str>,
    succinct: bool,
    multi_role: bool,
    /// Root metadata after the first one. The last one has another timestamp key.
    rotations: u64,
    /// Obstacles for python-tuf and tuf-js.
    python: &'static [&'static str],
    node: &'static [&'static str],
}

const UNKNOWN: Option<(&str, &str)> = Some(("ecdsa", "ecdsa-sha2-nistp777"));

/// Obstacles of a client with the same limits as python-tuf.
const fn both(case: Case, codes: &'static [&'static str]) -> Case {
    Case { python: codes, node: codes, ..case }
}

fn cases() -> Vec<Case> {
    let case = |name| Case { name, rotations: 1, ..Case::default() };
    let long = |name, role, length, unlisted| Case { length: Some((role, length)), unlisted, ..case(name) };
    let too_long: &[&str] = &["client-file-too-long"];
    vec![
        case("plain"),
        long("longest root", "root", 512_000, false),
        both(long("too long a root", "root", 512_001, false), too_long),
        long("longest timestamp", "timestamp", 16_384, false),
        both(long("too long a timestamp", "timestamp", 16_385, false), too_long),
        long("longest snapshot", "snapshot", 2_000_000, true),
        both(long("too long a snapshot", "snapshot", 2_000_001, true), too_long),
        long("a longer snapshot with a length", "snapshot", 2_000_001, false),
        long("longest targets", "targets", 5_000_000, true),
        both(long("too long targets", "targets", 5_000_001, true), too_long),
        long("longer targets with a length", "targets", 5_000_001, false),
        Case { spare_key: UNKNOWN, python: &["client-key"], ..case("an unknown key that nobody needs") },
        Case {
            spare_key: UNKNOWN,
            targets_threshold: Some(2),
            python: &["client-key"],
            node: &["client-threshold"],
            ..case("an unknown key that is needed")
        },
        Case {
            spare_key: UNKNOWN,
            targets_threshold: Some(1),
            python: &["client-key"],
            ..case("one of two is known")
        },
        Case { expiry: Some(".5Z"), python: &["client-expiry"], ..case("an expiry with a fraction") },
        Case { expiry: Some("+00:00"), python: &["client-expiry"], ..case("an expiry with an offset") },
        Case { succinct: true, ..case("succinct roles") },
        both(Case { multi_role: true, ..case("roles that must agree") }, &["client-multi-role-delegations"]),
        Case { rotations: 256, ..case("as many roots as are followed") },
        both(Case { rotations: 257, ..case("one root more") }, &["client-root-rotations"]),
    ]
}

/// A repository in a folder, and its newest files by role.
struct Built {
    folder: TempDir,
    files: BTreeMap<String, Vec<u8>>,
    rotations: u64,
}

impl Built {
    fn new(case: &Case) -> Self {
        let key = Arc::new(SigningKey::generate(KeyType::Ed25519).expect("random numbers"));
        let last = Arc::new(SigningKey::generate(KeyType::Ed25519).expect("random numbers"));
        let folder = TempDir::new().expect("a folder");
        fs::create_dir(folder.path().join("metadata")).expect("a folder");
        fs::create_dir(folder.path().join("targets")).expect("a folder");
        let mut built = Self { folder, files: BTreeMap::new(), rotations: case.rotations };
        for version in 1..=case.rotations + 1 {
            let timestamp_key = if version == case.rotations + 1 { &last } else { &key };
            let root = root(case, version, &key, timestamp_key);
            built.write(case, &key, "root", &format!("{version}.root.json"), &root);
        }
        let targets = built.write(case, &key, "targets", "1.targets.json", &targets(case, &key));
        let snapshot = Snapshot {
            spec_version: "1.0.34".to_owned(),
            version: 1,
            expires: UnixTime(NOW.0 + 86_400),
            meta: BTreeMap::from([("targets.json".to_owned(), listed(case, &targets))]),
            unrecognized: Map::new(),
        };
        let snapshot = built.write(case, &key, "snapshot", "1.snapshot.json", &snapshot);
        let timestamp = Timestamp {
            spec_version: "1.0.34".to_owned(),
            version: 1,
            expires: UnixTime(NOW.0 + 86_400),
            meta: BTreeMap::from([("snapshot.json".to_owned(), listed(case, &snapshot))]),
            unrecognized: Map::new(),
        };
        built.write(case, &last, "timestamp", "timestamp.json", &timestamp);
        built
    }

    /// Writes a document with a field that makes it as long as the case says, and signs it.
    fn write(
        &mut self,
        case: &Case,
        key: &SigningKey,
        role: &str,
        name: &str,
        document: &impl Serialize,
    ) -> Vec<u8> {
        let mut value = serde_json::to_value(document).expect("JSON");
        if role == "timestamp"
            && let Some(rest) = case.expiry
        {
            let expires = value["expires"].as_str().expect("an expiry").trim_end_matches('Z').to_owned();
            value["expires"] = json!(format!("{expires}{rest}"));
        }
        let is_long = case.length.filter(|(long, _)| *long == role && name != "1.root.json");
        if let Some((_, length)) = is_long {
            value["padding"] = json!("");
            let missing = length - sign(&value, key, case, role).len();
            value["padding"] = json!("x".repeat(missing));
        }
        let bytes = sign(&value, key, case, role);
        if let Some((_, length)) = is_long {
            assert_eq!(bytes.len(), length);
        }
        fs::write(self.folder.path().join("metadata").join(name), &bytes).expect("a file");
        self.files.insert(role.to_owned(), bytes.clone());
        bytes
    }

    fn obstacles(&self, client: &'static ClientProfile) -> Vec<Obstacle> {
        fn signed<M: DeserializeOwned>(bytes: &[u8]) -> M {
            let mut value: Value = serde_json::from_slice(bytes).expect("JSON");
            let expires = value["signed"]["expires"].as_str().expect("an expiry").get(..19).expect("a time");
            value["signed"]["expires"] = json!(format!("{expires}Z"));
            serde_json::from_value::<Signed<M>>(value).expect("a document").signed
        }
        let documents = Documents {
            root: Some(signed(&self.files["root"])),
            timestamp: Some(signed(&self.files["timestamp"])),
            snapshot: Some(signed(&self.files["snapshot"])),
            targets: BTreeMap::from([("targets".to_owned(), signed(&self.files["targets"]))]),
            rotated: BTreeMap::new(),
        };
        let files = self.files.iter().map(|(role, bytes)| TreeFile { role, bytes }).collect();
        Tree { documents: &documents, files, root_rotations: self.rotations }.check(client)
    }
}

fn sign(value: &Value, key: &SigningKey, case: &Case, role: &str) -> Vec<u8> {
    let canonical = tuf_verifier_core::canonicalize(value.to_string().as_bytes()).expect("canonical JSON");
    let sig = key.sign(canonical.as_bytes()).expect("a signature");
    let mut signatures = vec![json!({ "keyid": key.keyid(), "sig": hex(&sig) })];
    if role == "targets" && case.targets_threshold.is_some() {
        signatures.push(serde_json::to_value(Signature::new("00", "00".to_owned())).expect("JSON"));
    }
    serde_json::to_vec(&json!({ "signatures": signatures, "signed": value })).expect("JSON")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn root(case: &Case, version: u64, key: &SigningKey, timestamp_key: &SigningKey) -> Root {
    let mut keys: BTreeMap<String, Key> =
        [key, timestamp_key].into_iter().map(|key| (key.keyid().to_owned(), key.public().clone())).collect();
    let role = |key: &SigningKey| Role::new(vec![key.keyid().to_owned()], 1);
    let mut roles: BTreeMap<String, Role> =
        ["root", "snapshot", "targets"].into_iter().map(|name| (name.to_owned(), role(key))).collect();
    roles.insert("timestamp".to_owned(), role(timestamp_key));
    if let Some((keytype, scheme)) = case.spare_key {
        keys.insert("00".to_owned(), Key::new(keytype, scheme, "key".to_owned()));
    }
    if let Some(threshold) = case.targets_threshold {
        let targets = roles.get_mut("targets").expect("a role");
        targets.keyids.push("00".to_owned());
        targets.threshold = threshold;
    }
    Root {
        spec_version: "1.0.34".to_owned(),
        version,
        expires: UnixTime(NOW.0 + 86_400),
        consistent_snapshot: true,
        keys,
        roles,
        unrecognized: Map::new(),
    }
}

fn targets(case: &Case, key: &SigningKey) -> Targets {
    let mut targets = Targets::empty();
    targets.version = 1;
    targets.expires = UnixTime(NOW.0 + 86_400);
    if case.succinct {
        let keys = BTreeMap::from([(key.keyid().to_owned(), key.public().clone())]);
        let keyids = vec![key.keyid().to_owned()];
        let bins = SuccinctRoles {
            keyids,
            threshold: 1,
            bit_length: 4,
            name_prefix: "bin".to_owned(),
            unrecognized: Map::new(),
        };
        targets.delegations =
            Some(Delegations { keys, roles: DelegatedRoles::SuccinctRoles(bins), unrecognized: Map::new() });
    }
    if case.multi_role {
        targets.delegations = Some(multi_role(key));
    }
    targets
}

/// One delegation to two roles, which nobody has published yet.
fn multi_role(key: &SigningKey) -> Delegations {
    let role = |name: &str| RoleInfo {
        rolename: name.to_owned(),
        keyids: vec![key.keyid().to_owned()],
        threshold: 1,
        unrecognized: Map::new(),
    };
    let delegation = MultiRole {
        name: "release".to_owned(),
        scope: Scope::Paths(vec!["app/*".to_owned()]),
        terminating: false,
        min_roles_in_agreement: 2,
        roleinfo: vec![role("dev"), role("qa")],
        unrecognized: Map::new(),
    };
    let keys = BTreeMap::from([(key.keyid().to_owned(), key.public().clone())]);
    Delegations { keys, roles: DelegatedRoles::MultiRole(vec![delegation]), unrecognized: Map::new() }
}

fn listed(case: &Case, bytes: &[u8]) -> MetaFile {
    let listed = MetaFile::describe(1, bytes);
    let length = listed.length.filter(|_| !case.unlisted);
    MetaFile { length, ..listed }
}

/// Lets a client update from a repository for each case, and compares what it does with what the table says.
fn compare(test: &str, client: &str, expected: fn(&Case) -> &'static [&'static str]) {
    let profile = ClientProfile::named(client).expect("a client");
    let mut peer = match Peer::start(client) {
        Ok(peer) => peer,
        Err(reason) => return skip(&format!("clients::{test}"), &reason),
    };
    for case in cases() {
        let built = Built::new(&case);
        let codes: Vec<_> = built.obstacles(profile).iter().map(|obstacle| obstacle.kind.code()).collect();
        assert_eq!(codes, expected(&case), "{client}: {}", case.name);
        let refusal = peer.refusal(built.folder.path());
        assert_eq!(refusal.is_some(), !codes.is_empty(), "{client}: {}: {refusal:?}", case.name);
    }
}

#[test]
fn python_tuf_refuses_what_the_table_says() {
    compare("python_tuf_refuses_what_the_table_says", "python-tuf", |case| case.python);
}

#[test]
fn tuf_js_refuses_what_the_table_says() {
    compare("tuf_js_refuses_what_the_table_says", "tuf-js", |case| case.node);
}

#[test]
fn signatures_that_nobody_made_are_no_limit_of_a_client() {
    let case = Case { spare_key: UNKNOWN, targets_threshold: Some(2), rotations: 1, ..Case::default() };
    let mut built = Built::new(&case);
    let mut targets: Value = serde_json::from_slice(&built.files["targets"]).expect("JSON");
    targets["signatures"][1]["sig"] = json!("");
    built.files.insert("targets".to_owned(), targets.to_string().into_bytes());
    assert_eq!(built.obstacles(ClientProfile::named("tuf-js").expect("a client")), []);
}

#[test]
fn tough_reads_neither_bins_nor_other_curves() {
    let tough = ClientProfile::named("tough").expect("a client");
    let case = |name| Case { name, rotations: 1, ..Case::default() };
    let bins = Built::new(&Case { succinct: true, ..case("bins") }).obstacles(tough);
    assert_eq!(bins[0].to_string(), "tough refuses targets because it does not read succinct roles (TAP 15)");
    let p384 = Case { spare_key: Some(("ecdsa", "ecdsa-sha2-nistp384")), ..case("P-384") };
    let p384 = Built::new(&p384).obstacles(tough);
    assert_eq!(
        p384[0].to_string(),
        "tough refuses root because of key 00, whose scheme ecdsa-sha2-nistp384 it does not know"
    );
}

/// A repository whose bins tough does not read.
fn with_bins(world: &World) -> tuf_repository::Repository {
    let repository = world.open();
    let keys = world.role_keys(&["bins"]);
    let bins = tuf_repository::Delegation::Succinct { name_prefix: "bin".to_owned(), bit_length: 1, keys };
    repository.delegate("targets", bins).expect("bins");
    repository
}

#[test]
fn a_publish_tells_what_clients_would_refuse_and_keeps_it_back_from_those_that_must_read_it() {
    let world = World::with_keys(&["bins"]);
    let mut repository = with_bins(&world);
    let before = world::files(world.path());
    let tough = ClientProfile::named("tough").expect("a client");
    *repository.clients_mut() = ClientRules { check: Vec::new(), require: vec![tough] };
    match repository.publish(NOW) {
        Err(error @ Error::ClientsRefuse(_)) => assert_eq!(error.code(), "clients-refuse"),
        other => panic!("{other:?}"),
    }
    assert!(world::files(world.path()) == before);
    *repository.clients_mut() = ClientRules { check: vec![tough], require: Vec::new() };
    let told = |published: tuf_repository::Published| published.obstacles.len();
    assert_eq!(told(repository.rehearse(NOW).expect("a rehearsal")), 1);
    assert_eq!(told(repository.publish(NOW).expect("a publish")), 1);
    // What is published already was told when it was published.
    assert_eq!(told(repository.refresh(&["timestamp"], NOW).expect("a refresh")), 0);
}

#[test]
fn settings_say_which_clients_matter() {
    let desk = Desk::with_repository();
    let set = |lines: &str| desk.write("repo/tufrepo.toml", &format!("format = 1\n{lines}"));
    let delegate = ["delegate", "bin", "--bins=1", "--key=targets"];
    desk.ok(&delegate);
    set("[clients]\nrequire = [\"tough\"]\n");
    let help = desk.refused(&["publish"], "succinct roles (TAP 15) [clients-refuse]");
    assert!(help.contains("[clients] of tufrepo.toml"), "{help}");
    let dry = {
        set("[clients]\ncheck = [\"tough\"]\n");
        desk.run(&["publish", "--dry-run"])
    };
    assert!(dry.stderr.contains("[client-succinct-roles]"), "{}", dry.stderr);
    set("[clients]\ncheck = []\n");
    let quiet = desk.run(&["publish"]);
    assert_eq!((quiet.status, quiet.stderr.contains("warning")), (Some(0), false), "{}", quiet.stderr);
    set("[clients]\ncheck = [\"rough\"]\n");
    desk.refused(&["publish"], "no client is known by the name \"rough\"");
}

#[test]
fn what_is_written_by_default_names_every_client() {
    let desk = Desk::with_repository();
    let settings = fs::read_to_string(Path::new(&desk.repository()).join("tufrepo.toml")).expect("settings");
    for client in ClientProfile::ALL {
        assert!(settings.contains(&format!("\"{}\"", client.name)), "{}", client.name);
    }
}
