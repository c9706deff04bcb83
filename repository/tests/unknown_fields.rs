//! Fields that are not known here, in a repository that another tool made: they are kept by whoever signs it again.

use std::fs;

use crate::world::{Client, Found, NOW, World};
use serde_json::{Map, Value, json};
use tuf_repository::event::{Event, RootTrust};
use tuf_repository::metadata::sha256_hex;
use tuf_repository::review::{Change, ChangeKind, KeyNames};
use tuf_repository::{EventRequest, Handover, Recovery, Repository, SigningKey};

/// A repository that another tool made: with a field of its own in every object, and with keyids that it computed in its own
/// way.
struct Foreign {
    world: World,
    /// SHA-256 of its first root metadata.
    root: String,
}

impl Foreign {
    fn new() -> Self {
        let world = World::without_repository(&["team", "next"]);
        let key = |name: &str| {
            let mut key = serde_json::to_value(world.keys[name].public()).expect("JSON");
            key["x-owner"] = json!(format!("@{name}"));
            key["keyval"]["x-note"] = json!("in a public portion");
            key
        };
        let keys = |names: &[&str]| -> Value {
            names
                .iter()
                .map(|name| (world.keys[*name].keyid().to_owned(), key(name)))
                .collect::<Map<_, _>>()
                .into()
        };
        let role = |name: &str| json!({"keyids": [world.keys[name].keyid()], "threshold": 1, "x-days": 365, "x-of": name});
        let head = |kind: &str, fields: Value| {
            let mut head = json!({"_type": kind, "spec_version": "1.0.34", "version": 1,
                "expires": "2027-01-01T00:00:00Z", "x-document": kind});
            head.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
            head
        };
        let write = |name: &str, by: &str, signed: &Value| -> Value {
            let bytes = sealed(&world.keys[by], signed);
            let path = world.path().join("metadata").join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, &bytes).expect("metadata");
            json!({"version": 1, "length": bytes.len(), "hashes": {"sha256": sha256_hex(&bytes)}, "x-listed": name})
        };
        let sha256 = sha256_hex(b"bytes");
        fs::create_dir_all(world.path().join("targets")).expect("a folder");
        fs::write(world.path().join(format!("targets/{sha256}.app")), "bytes").expect("a target");
        let target =
            json!({"length": 5, "hashes": {"sha256": sha256}, "custom": {"a": 1}, "x-target": "kept"});
        let mut delegated = role("team");
        delegated["name"] = json!("team");
        delegated["paths"] = json!(["team/*"]);
        delegated["terminating"] = json!(false);
        let delegations = json!({"keys": keys(&["team"]), "roles": [delegated], "x-delegations": [1]});
        let targets = head("targets", json!({"targets": {"app": target}, "delegations": delegations}));
        let targets = write("1.targets.json", "targets", &targets);
        let team = write("1.team.json", "team", &head("targets", json!({"targets": {}})));
        let meta = json!({"targets.json": targets, "team.json": team});
        let snapshot = write("1.snapshot.json", "snapshot", &head("snapshot", json!({"meta": meta})));
        let timestamp = head("timestamp", json!({"meta": {"snapshot.json": snapshot}}));
        write("timestamp.json", "timestamp", &timestamp);
        let names = ["root", "targets", "snapshot", "timestamp"];
        let roles: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), role(name))).collect();
        let fields = json!({"consistent_snapshot": true, "keys": keys(&names), "roles": roles});
        write("1.root.json", "root", &head("root", fields));
        let root = sha256_hex(&fs::read(world.path().join("metadata/1.root.json")).expect("root metadata"));
        Self { world, root }
    }

    fn adopt(&self) -> Repository {
        let repository = self.world.open();
        repository.adopt(std::slice::from_ref(&self.root), None).expect("an adoption");
        repository
    }

    fn signed(&self, name: &str) -> Value {
        let bytes = fs::read(self.world.path().join("metadata").join(name)).expect("metadata");
        let file: Value = serde_json::from_slice(&bytes).expect("JSON");
        file["signed"].clone()
    }

    /// Every field that begins with `x-` in what is published, by file and place.
    fn check_everything_is_kept(&self, root: &str, targets: &str, team: &str, snapshot: &str) {
        let before = [
            ("1.root.json", root),
            ("1.targets.json", targets),
            ("1.team.json", team),
            ("1.snapshot.json", snapshot),
        ];
        for (before, after) in before {
            let (before, after) = (self.signed(before), self.signed(after));
            let found = unknown(&before, "");
            assert!(found.len() > 1 || before["_type"] != "root", "{found:?}");
            for (place, value) in found {
                assert_eq!(after.pointer(&place), Some(&value), "{place}: {after:#}");
            }
        }
        let timestamp = self.signed("timestamp.json");
        assert_eq!(timestamp["x-document"], "timestamp");
        assert_eq!(timestamp["meta"]["snapshot.json"]["x-listed"], "1.snapshot.json");
    }
}

/// A metadata file of any members, signed by one key.
fn sealed(key: &SigningKey, signed: &Value) -> Vec<u8> {
    let canonical = tuf_verifier_core::canonicalize(signed.to_string().as_bytes()).expect("canonical JSON");
    let signature = key.sign(canonical.as_bytes()).expect("a signature");
    let sig: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({"signatures": [{"keyid": key.keyid(), "sig": sig}], "signed": signed}).to_string().into_bytes()
}

/// Fields that begin with `x-`, by their JSON pointer.
fn unknown(value: &Value, at: &str) -> Vec<(String, Value)> {
    let Some(object) = value.as_object() else {
        let items = value.as_array().into_iter().flatten().enumerate();
        return items.flat_map(|(index, item)| unknown(item, &format!("{at}/{index}"))).collect();
    };
    let fields = object.iter().flat_map(|(name, value)| {
        let place = format!("{at}/{name}");
        if name.starts_with("x-") { vec![(place, value.clone())] } else { unknown(value, &place) }
    });
    fields.collect()
}

/// The specification demands it (chapter 4): who signs a document again keeps what another tool wrote into it.
#[test]
fn keeps_unknown_fields_of_every_object_through_changes_of_an_adopted_repository() {
    let foreign = Foreign::new();
    let repository = foreign.adopt();
    let mut staged = repository.stage().expect("a set of changes");
    for role in ["root", "targets", "timestamp", "team"] {
        // One key more, and the threshold that goes with it.
        let mut keys = staged.keys(role).expect("the keys of a role");
        keys.keys.push(foreign.world.keys["next"].public().clone());
        keys.threshold = 2;
        staged.set_keys(role, &keys, Handover::Overlapping).expect("new keys");
    }
    staged
        .add_target("targets", "app", &b"other bytes"[..], None)
        .expect("a target in the place of another one");
    staged.add_target("team", "team/app", &b"more"[..], None).expect("a target");
    staged.save().expect("saved changes");
    repository.publish(NOW).expect("a publish");
    foreign.check_everything_is_kept("2.root.json", "2.targets.json", "2.team.json", "2.snapshot.json");
    let (root, old) = (foreign.signed("2.root.json"), foreign.signed("1.root.json"));
    for role in ["root", "targets", "timestamp"] {
        let keyid = old["roles"][role]["keyids"][0].clone();
        let keyids = root["roles"][role]["keyids"].as_array().expect("keyids").clone();
        assert!(keyids.len() == 2 && keyids.contains(&keyid), "{role} keeps its keyid: {keyids:?}");
    }
    let found = Client::default().find(foreign.world.path(), "team/app", NOW).expect("an update").1;
    assert_eq!(found, Found::By("team".to_owned()));
}

/// The keyid that is listed counts, and not the one that would be computed here from a key with a field more.
#[test]
fn takes_a_key_away_that_another_tool_listed_under_its_own_keyid() {
    let foreign = Foreign::new();
    let repository = foreign.adopt();
    let gone = foreign.world.keys["timestamp"].keyid().to_owned();
    let recovery = Recovery {
        gone: [gone.clone()].into(),
        new_keys: vec![foreign.world.keys["next"].public().clone()],
        ..Recovery::default()
    };
    repository.recover(&recovery, NOW, |_| true).expect("a recovery");
    let root = foreign.signed("2.root.json");
    let keyids = root["roles"]["timestamp"]["keyids"].as_array().expect("keyids");
    assert_eq!(keyids, &[json!(foreign.world.keys["next"].keyid())]);
    assert!(root["keys"].get(&gone).is_none(), "{root:#}");
    assert_eq!(root["roles"]["timestamp"]["x-days"], 365);
}

/// Every field of a document is part of what is signed: an event shows those that nobody here knows, and publishes them.
#[test]
fn shows_and_keeps_unknown_fields_through_an_event() {
    let foreign = Foreign::new();
    let (repository, world) = (foreign.adopt(), &foreign.world);
    let mut staged = repository.stage().expect("a set of changes");
    staged.set_keys("root", &world.role_keys(&["root", "next"]), Handover::Overlapping).expect("new keys");
    staged.set_keys("team", &world.role_keys(&["team", "next"]), Handover::Overlapping).expect("new keys");
    staged.save().expect("saved changes");
    let events = world.home().join("events");
    let request = EventRequest { id: "e".to_owned(), ..EventRequest::default() };
    let event = repository.new_event(&events, &request, NOW).expect("an event");
    let is_field = |change: &&Change| change.kind == ChangeKind::UnknownField;
    let changes = event.changes(&KeyNames::none());
    assert_eq!(changes.iter().filter(is_field).collect::<Vec<_>>(), [] as [&Change; 0], "nothing is lost");

    // Somebody else who can write to the event adds one: whoever signs is told.
    let path = events.join("e/payload/root.json");
    let mut root: Value = serde_json::from_slice(&fs::read(&path).expect("a payload")).expect("JSON");
    root["roles"]["snapshot"]["x-evil"] = json!(1);
    let text = root.to_string();
    fs::write(&path, &text).expect("written");
    let refused = Event::open(&events, "e", NOW).expect_err("not the bytes to sign");
    assert_eq!(refused.code(), "event-payload-edited");
    let bytes = tuf_verifier_core::canonicalize(text.as_bytes()).expect("canonical JSON");
    fs::write(events.join("e/payload/root.bytes"), bytes).expect("written");
    let event = Event::open(&events, "e", NOW).expect("an event");
    let changes = event.changes(&KeyNames::none());
    let told: Vec<_> = changes.iter().filter(is_field).map(Change::to_string).collect();
    assert_eq!(told, ["root: field roles.snapshot.x-evil: none → 1"]);

    let trust = RootTrust::Compared(vec![foreign.root.clone()]);
    event.confirm(&trust).expect("compared").sign(&world.ring(), &[]).expect("signatures");
    let event = Event::open(&events, "e", NOW).expect("an event");
    // Nor does the publisher publish what it did not make, before it has looked at it.
    let refused = repository.publish_events(&[event], NOW).expect_err("a payload of somebody else");
    assert_eq!(refused.code(), "event-not-made-here");
    repository.rebase_event(&events, "e", NOW).expect("a look at it");
    let event = Event::open(&events, "e", NOW).expect("an event");
    repository.publish_events(&[event], NOW).expect("a publish");
    foreign.check_everything_is_kept("2.root.json", "2.targets.json", "2.team.json", "2.snapshot.json");
}
