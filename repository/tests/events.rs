//! Events: what somebody who can write to the folder of an event can do, which is nothing that is not seen.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::world::{Client, CrashAt, Found, NOW, World, copy_folder, files};
use tempfile::TempDir;
use tuf_repository::event::{Event, EventError, RootTrust, Verdict, ids};
use tuf_repository::metadata::{
    DelegatedRole, DelegatedRoles, Delegations, Root, Scope, Signature, Signed, SuccinctRoles, Targets,
    sha256_hex,
};
use tuf_repository::{
    Admission, Delegation, Error, EventRequest, Handover, KeyRing, KeyType, Repository, RoleKeys, SigningKey,
    UnixTime,
};

const DAY: i64 = 86_400;

/// A repository whose targets two of three must sign, and an event that adds a target.
struct Table {
    world: World,
    events: PathBuf,
}

impl Table {
    fn new() -> Self {
        let world = World::with_keys(&["second", "third", "stranger"]);
        let repository = world.open();
        let mut staged = repository.stage().expect("a set of changes");
        let keys = RoleKeys { threshold: 2, ..world.role_keys(&["targets", "second", "third"]) };
        staged.set_keys("targets", &keys, Handover::Overlapping).expect("new keys");
        staged.save().expect("saved changes");
        repository.publish(NOW).expect("a publish");
        let table = Self { events: world.home().join("events"), world };
        table.stage("a", b"bytes");
        table.make("e").expect("an event");
        table
    }

    fn stage(&self, path: &str, bytes: &[u8]) {
        self.world.open().add_target("targets", path, bytes).expect("a staged target");
    }

    fn make(&self, id: &str) -> Result<Event, Error> {
        let names = self.world.keys.iter().map(|(name, key)| (key.keyid().to_owned(), name.clone()));
        let request = EventRequest { id: id.to_owned(), names: names.collect(), ..EventRequest::default() };
        self.world.open().new_event(&self.events, &request, NOW)
    }

    fn open(&self, id: &str) -> Result<Event, Error> {
        Event::open(&self.events, id, NOW)
    }

    fn ring(&self, names: &[&str]) -> KeyRing {
        names.iter().map(|name| Arc::clone(&self.world.keys[*name])).collect()
    }

    fn keyid(&self, name: &str) -> &str {
        self.world.keys[name].keyid()
    }

    fn trust(&self) -> RootTrust {
        self.world.open().root_trust().expect("a state").expect("a known repository")
    }

    fn sign(&self, id: &str, names: &[&str]) -> Result<Vec<(String, String)>, Error> {
        self.open(id)?.confirm(&self.trust())?.sign(&self.ring(names), &[]).map(|signing| signing.made)
    }

    fn publish(&self, ids: &[&str]) -> Result<tuf_repository::Published, Error> {
        let events: Result<Vec<Event>, Error> = ids.iter().map(|id| self.open(id)).collect();
        self.world.open().publish_events(&events?, NOW)
    }

    fn path(&self, of: &str) -> PathBuf {
        self.events.join(of)
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files(&self.events)
    }

    /// What is to be said of the one signature file.
    fn verdict(&self) -> String {
        let event = self.open("e").expect("an event");
        let codes: Vec<_> = event.signatures().iter().map(|file| file.verdict.code().to_owned()).collect();
        codes.join(",")
    }
}

#[test]
fn publishes_what_enough_people_have_signed() {
    let table = Table::new();
    let made = table.files();
    let refused = table.publish(&["e"]).expect_err("nobody has signed");
    match &refused {
        Error::Event(EventError::Incomplete { role, needed: 2, signed: 0, missing, .. }) => {
            assert_eq!((role.as_str(), missing.len()), ("targets", 3));
            assert!(missing.iter().any(|name| name.starts_with("second:")), "{missing:?}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(table.sign("e", &["second"]).expect("a signature").len(), 1);
    let refused = table.publish(&["e"]).expect_err("one has signed");
    assert!(matches!(refused, Error::Event(EventError::Incomplete { signed: 1, .. })), "{refused:?}");
    // The same key again has nothing to sign.
    let refused = table.sign("e", &["second"]).expect_err("signed already");
    assert!(matches!(refused, Error::Event(EventError::NothingToSign { .. })), "{refused:?}");
    table.sign("e", &["third"]).expect("a signature");
    let added: Vec<_> = table.files().into_keys().filter(|path| !made.contains_key(path)).collect();
    assert_eq!(added.len(), 2, "one file a signature: {added:?}");
    // Neither key is at hand where it is published.
    let events = [table.open("e").expect("an event")];
    let online = table.world.open_with(table.world.home(), table.ring(&["snapshot", "timestamp"]));
    let rehearsed = online.forecast_events(&events, NOW).expect("a rehearsal").0;
    let published = online.publish_events(&events, NOW).expect("a publish");
    assert_eq!(published, rehearsed);
    assert_eq!(published.metadata.first(), Some(&("targets".to_owned(), 3)));
    let found = Client::default().find(table.world.path(), "a", NOW).expect("an update").1;
    assert_eq!(found, Found::By("targets".to_owned()));
    assert_eq!(ids(&table.events).expect("a folder"), Vec::<String>::new());
    assert!(table.path("done/e/base.json").exists());
    let refused = table.make("e").map(drop).expect_err("nothing is staged");
    assert_eq!(refused.code(), "nothing-staged");
    table.stage("b", b"bytes");
    assert_eq!(table.make("e").map(drop).expect_err("the id is used").code(), "event-exists");
}

/// What somebody does to the folder of an event, and the code of what opening it says then.
type Edit = (&'static str, fn(&Table), &'static str);

fn replace(table: &Table, file: &str, from: &str, to: &str) {
    let path = table.path(file);
    let text = fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from), "{file} has no {from}: {text}");
    fs::write(path, text.replace(from, to)).expect("a write");
}

/// Puts both files of a payload right for each other.
fn repay(table: &Table, edit: impl Fn(&mut Targets)) {
    let path = table.path("e/payload/targets.json");
    let mut document: Targets = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("targets");
    edit(&mut document);
    let text = serde_json::to_vec(&document).expect("JSON");
    fs::write(&path, &text).expect("a write");
    let bytes = tuf_verifier_core::canonicalize(&text).expect("canonical");
    fs::write(table.path("e/payload/targets.bytes"), bytes).expect("a write");
}

const EDITS: [Edit; 25] = [
    (
        "payload json",
        |t| replace(t, "e/payload/targets.json", "\"length\": 5", "\"length\": 6"),
        "event-payload-edited",
    ),
    (
        "payload bytes",
        |t| replace(t, "e/payload/targets.bytes", "\"length\":5", "\"length\":6"),
        "event-payload-edited",
    ),
    (
        "a member that nobody reads",
        |t| replace(t, "e/payload/targets.json", "\"_type\"", "\"delegations\": null, \"_type\""),
        "event-damaged",
    ),
    (
        "a member twice",
        |t| replace(t, "e/payload/targets.json", "\"length\": 5", "\"length\": 6, \"length\": 5"),
        "event-damaged",
    ),
    ("payload gone", |t| fs::remove_file(t.path("e/payload/targets.json")).expect("gone"), "event-damaged"),
    ("bytes gone", |t| fs::remove_file(t.path("e/payload/targets.bytes")).expect("gone"), "event-damaged"),
    ("no JSON", |t| fs::write(t.path("e/payload/targets.json"), "{").expect("a write"), "event-damaged"),
    ("a version that is taken", |t| repay(t, |document| document.version = 2), "event-bad-payload"),
    ("a fast-forwarded version", |t| repay(t, |document| document.version = 1 << 31), "event-bad-payload"),
    ("an expiry in the past", |t| repay(t, |document| document.expires = NOW), "event-bad-payload"),
    (
        "an expiry after a century",
        |t| repay(t, |document| document.expires = UnixTime(NOW.0 + 40_000 * DAY)),
        "event-bad-payload",
    ),
    (
        "before",
        |t| replace(t, "e/before/2.targets.json", "\"version\":2", "\"version\":1"),
        "event-before-edited",
    ),
    (
        "before with its digest",
        |t| {
            let path = t.path("e/before/2.targets.json");
            let old = sha256_hex(&fs::read(&path).expect("a file"));
            replace(t, "e/before/2.targets.json", "1.0.34", "1.0.33");
            let new = sha256_hex(&fs::read(&path).expect("a file"));
            replace(t, "e/base.json", &old, &new);
        },
        "event-before-refused",
    ),
    (
        "root metadata by nobody",
        |t| replace(t, "e/before/1.root.json", "\"threshold\":1", "\"threshold\":2"),
        "event-before-refused",
    ),
    (
        "another digest of the root",
        |t| {
            let old = sha256_hex(&fs::read(t.path("e/before/2.root.json")).expect("a file"));
            replace(t, "e/base.json", &old, &sha256_hex(b"another"));
        },
        "event-before-edited",
    ),
    ("before gone", |t| fs::remove_file(t.path("e/before/2.targets.json")).expect("gone"), "event-damaged"),
    ("base gone", |t| fs::remove_file(t.path("e/base.json")).expect("gone"), "no-such-event"),
    ("base no JSON", |t| fs::write(t.path("e/base.json"), "[").expect("a write"), "event-damaged"),
    (
        "base of 2 MB",
        |t| fs::write(t.path("e/base.json"), vec![b' '; 2 << 20]).expect("a write"),
        "event-file-too-long",
    ),
    ("another format", |t| replace(t, "e/base.json", "\"format\": 1", "\"format\": 2"), "event-damaged"),
    (
        "another event's",
        |t| replace(t, "e/base.json", "\"event\": \"e\"", "\"event\": \"f\""),
        "event-damaged",
    ),
    ("a path as a role", |t| replace(t, "e/base.json", "\"targets\": {", "\"../../x\": {"), "bad-role-name"),
    ("an online role", |t| replace(t, "e/base.json", "\"targets\": {", "\"snapshot\": {"), "event-damaged"),
    (
        "a role that nobody delegates to",
        |t| {
            for ending in ["json", "bytes"] {
                fs::rename(
                    t.path(&format!("e/payload/targets.{ending}")),
                    t.path(&format!("e/payload/x.{ending}")),
                )
                .expect("a rename");
            }
            fs::rename(t.path("e/before/2.targets.json"), t.path("e/before/2.x.json")).expect("a rename");
            replace(t, "e/base.json", "\"targets\": {", "\"x\": {");
        },
        "event-before-refused",
    ),
    (
        "a pipe or a folder",
        |t| {
            fs::remove_file(t.path("e/base.json")).expect("gone");
            fs::create_dir(t.path("e/base.json")).expect("a folder");
        },
        "unreadable",
    ),
];

#[test]
fn rejects_whatever_somebody_has_edited() {
    for (name, edit, code) in EDITS {
        let table = Table::new();
        edit(&table);
        let (event, published) = (table.files(), files(&table.world.path().join("metadata")));
        let refused = table.open("e").map(drop).expect_err(name);
        assert_eq!(refused.code(), code, "{name}: {refused}");
        assert_eq!(table.sign("e", &["second"]).expect_err(name).code(), code, "{name}");
        assert_eq!(table.publish(&["e"]).expect_err(name).code(), code, "{name}");
        assert!(table.files() == event, "{name}: the event is as it was");
        assert!(files(&table.world.path().join("metadata")) == published, "{name}: nothing was published");
    }
}

fn bins(keyid: &str, bit_length: u32) -> Delegations {
    let bins = SuccinctRoles {
        keyids: vec![keyid.to_owned()],
        threshold: 1,
        bit_length,
        name_prefix: "bin".to_owned(),
        unrecognized: serde_json::Map::new(),
    };
    Delegations { roles: DelegatedRoles::SuccinctRoles(bins), ..Delegations::empty() }
}

/// Four bytes of a payload would let every command name four thousand million bins; a rebase reads it however old it is.
#[test]
fn rejects_a_payload_with_more_bins_than_are_handled() {
    let table = Table::new();
    for bits in [0, 17, 32, u32::MAX] {
        repay(&table, |targets| targets.delegations = Some(bins(table.keyid("stranger"), bits)));
        let event = table.files();
        for refused in [
            table.open("e").map(drop).expect_err("too many bins"),
            table.sign("e", &["second"]).map(drop).expect_err("too many bins"),
            table.publish(&["e"]).map(drop).expect_err("too many bins"),
            table.world.open().rebase_event(&table.events, "e", NOW).map(drop).expect_err("too many bins"),
        ] {
            let reason = format!("its bins are chosen by {bits} bits of the hash, and 1 to 16 are allowed");
            assert!(
                matches!(&refused, Error::Event(EventError::BadPayload { reason: said, .. }) if *said == reason),
                "{refused}"
            );
        }
        assert!(table.files() == event, "the event is as it was");
    }
    repay(&table, |targets| targets.delegations = Some(bins(table.keyid("stranger"), 16)));
    table.open("e").expect("as many bins as are handled");
}

/// Roles without number, each of few bytes and with all the bins that one role may have.
#[test]
fn rejects_an_event_whose_roles_have_too_many_bins_together() {
    let table = Table::new();
    table.world.open().discard_event(&table.events, "e").expect("a discarded event");
    let repository = table.world.open();
    for number in 0..17 {
        let delegation = Delegation::Role {
            name: format!("role-{number:02}"),
            keys: table.world.role_keys(&["stranger"]),
            scope: Scope::Paths(vec![format!("{number}/*")]),
            terminating: false,
        };
        repository.delegate("targets", delegation).expect("a delegation");
        repository.add_target(&format!("role-{number:02}"), &format!("{number}/a"), b"a").expect("staged");
    }
    table.make("e").expect("an event");
    for number in 0..17 {
        let name = format!("e/payload/role-{number:02}");
        let path = table.path(&format!("{name}.json"));
        let mut document: Targets =
            serde_json::from_slice(&fs::read(&path).expect("a file")).expect("targets");
        document.delegations = Some(bins(table.keyid("stranger"), 16));
        let text = serde_json::to_vec(&document).expect("JSON");
        fs::write(&path, &text).expect("a write");
        let bytes = tuf_verifier_core::canonicalize(&text).expect("canonical");
        fs::write(table.path(&format!("{name}.bytes")), bytes).expect("a write");
    }
    match table.open("e") {
        Err(Error::Event(EventError::BadPayload { path, .. })) => {
            assert_eq!(path, table.path("e/payload/role-16.json"));
        }
        other => panic!("{other:?}"),
    }
}

/// Showing what a role takes from the roles that it delegates to would take hours.
#[test]
fn rejects_a_payload_whose_paths_and_patterns_take_too_long_to_compare() {
    let table = Table::new();
    let bytes = fs::read(table.path("e/payload/targets.json")).expect("a file");
    let target = serde_json::from_slice::<Targets>(&bytes).expect("targets").targets["a"].clone();
    let fill = |count: usize, length: usize| {
        repay(&table, |targets| {
            let paths =
                (0..count).map(|number| (format!("{}c{number}", "a".repeat(2 * length)), target.clone()));
            targets.targets = paths.collect();
            let patterns = (0..count).map(|number| format!("*{}b{number}", "a".repeat(length)));
            let mut delegations = bins(table.keyid("stranger"), 1);
            delegations.roles = DelegatedRoles::Roles(vec![DelegatedRole {
                name: "role".to_owned(),
                keyids: Vec::new(),
                threshold: 1,
                scope: Scope::Paths(patterns.collect()),
                terminating: false,
                unrecognized: serde_json::Map::new(),
            }]);
            targets.delegations = Some(delegations);
        });
    };
    fill(150, 300);
    match table.open("e") {
        Err(Error::Event(EventError::BadPayload { reason, .. })) => {
            assert!(reason.contains("more than 2000000000 steps"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    fill(20, 30);
    assert_eq!(table.open("e").expect("few steps").shadowing().len(), 0);
}

#[test]
fn a_bin_is_found_by_its_name_as_it_is_among_all_names() {
    for bits in [1, 3, 4, 5, 8] {
        let bins = bins("keyid", bits);
        let names: Vec<String> = bins.signers().map(|(name, _)| name).collect();
        for name in &names {
            assert_eq!(bins.signers_of(name).count(), 1, "{bits}: {name}");
        }
        let long = format!("bin-0{}", names[0].trim_start_matches("bin-"));
        for name in ["bin", "bin-", "bin-+1", "bin-0A", "bin-100", "bin-1 ", "other-0", "bin-000", &long] {
            assert_eq!(
                bins.signers_of(name).count(),
                usize::from(names.iter().any(|bin| bin == name)),
                "{name}"
            );
        }
    }
    assert_eq!(bins("keyid", 32).signers_of("bin-ffffffff").count(), 1);
    assert_eq!(bins("keyid", u32::MAX).signers_of("bin-100000000").count(), 0);
}

#[cfg(unix)]
#[test]
fn rejects_links_in_an_event() {
    for file in [
        "base.json",
        "payload/targets.json",
        "payload/targets.bytes",
        "before/2.targets.json",
        "payload",
        ".",
    ] {
        let table = Table::new();
        let path = table.path("e").join(file);
        let path = if file == "." { table.path("e") } else { path };
        let moved = table.world.home().join("moved");
        fs::rename(&path, &moved).expect("a rename");
        std::os::unix::fs::symlink(&moved, &path).expect("a link");
        let refused = table.open("e").map(drop).expect_err(file);
        assert_eq!(refused.code(), "symbolic-link", "{file}: {refused}");
    }
    // The folder that a signature would be written to.
    let table = Table::new();
    let elsewhere = table.world.home().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a folder");
    std::os::unix::fs::symlink(&elsewhere, table.path("e/sigs")).expect("a link");
    assert_eq!(table.open("e").map(drop).expect_err("a link").code(), "symbolic-link");
    // A signature that is a link does not count, and is not replaced through the link.
    let table = Table::new();
    let target = table.world.home().join("target");
    fs::write(&target, "mine").expect("a file");
    fs::create_dir(table.path("e/sigs")).expect("a folder");
    let link = table.path(&format!("e/sigs/targets.{}", table.keyid("second")));
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    assert_eq!(table.verdict(), "symbolic-link");
    assert_eq!(table.sign("e", &["second"]).expect_err("a link").code(), "symbolic-link");
    assert_eq!(fs::read(&target).expect("a file"), b"mine");
    table.sign("e", &["targets", "third"]).expect("the others are not hindered");
    table.publish(&["e"]).expect("a publish");
}

#[test]
fn a_signature_that_does_not_count_hinders_nobody() {
    type Put = fn(&Table, &Path);
    let table: [(&str, &str, Put); 6] = [
        ("second", "event-file-too-long", |_, path| {
            let file = fs::File::create(path).expect("a file");
            file.set_len(1 << 30).expect("a sparse file");
        }),
        ("second", "event-bad-signature", |_, path| fs::write(path, "no hexadecimal").expect("a write")),
        ("second", "event-bad-signature", |t, path| {
            // Of the right bytes, by another key.
            let bytes = fs::read(t.path("e/payload/targets.bytes")).expect("a file");
            let sig = t.world.keys["third"].sign(&bytes).expect("a signature");
            fs::write(path, hexadecimal(&sig)).expect("a write");
        }),
        ("second", "event-stale-signature", |t, path| {
            let sig = t.world.keys["second"].sign(b"an earlier payload").expect("a signature");
            let over = sha256_hex(b"an earlier payload");
            fs::write(path, format!("{}\nover sha256:{over}\n", hexadecimal(&sig))).expect("a write");
        }),
        ("stranger", "event-not-asked", |t, path| {
            let bytes = fs::read(t.path("e/payload/targets.bytes")).expect("a file");
            let sig = t.world.keys["stranger"].sign(&bytes).expect("a signature");
            fs::write(path, hexadecimal(&sig)).expect("a write");
        }),
        ("second", "unreadable", |_, path| fs::create_dir(path).expect("a folder")),
    ];
    for (name, code, put) in table {
        let table = Table::new();
        fs::create_dir(table.path("e/sigs")).expect("a folder");
        put(&table, &table.path(&format!("e/sigs/targets.{}", table.keyid(name))));
        fs::write(table.path("e/sigs/README"), "no signature").expect("a write");
        assert_eq!(table.verdict(), code, "{name}");
        assert_eq!(table.open("e").expect("an event").strays(), ["README"]);
        assert_eq!(table.publish(&["e"]).expect_err(code).code(), "event-incomplete");
        if code != "unreadable" {
            // Whoever is asked signs over what does not count.
            table.sign("e", &["second"]).expect("a signature");
        }
        table.sign("e", &["targets", "third"]).expect("signatures");
        table.publish(&["e"]).expect("a publish");
        Client::default().find(table.world.path(), "a", NOW).expect("an update");
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn one_key_under_two_keyids_counts_once() {
    let world = World::with_keys(&["second", "third"]);
    let repository = world.open();
    let mut twin = world.keys["third"].public().clone();
    twin.unrecognized.insert("x".to_owned(), 1.into());
    let mut keys = world.role_keys(&["third", "second"]);
    keys.keys.push(twin.clone());
    let mut staged = repository.stage().expect("a set of changes");
    staged.set_keys("targets", &keys, Handover::Overlapping).expect("new keys");
    staged.save().expect("saved changes");
    repository.publish(NOW).expect("a publish");
    let table = Table { events: world.home().join("events"), world };
    table.stage("a", b"bytes");
    table.make("e").expect("an event");
    table.sign("e", &["third"]).expect("a signature");
    let sigs = table.path("e/sigs");
    let twin = twin.keyid().expect("a keyid");
    let first = sigs.join(format!("targets.{}", table.keyid("third")));
    fs::copy(first, sigs.join(format!("targets.{twin}"))).expect("a copy");
    let event = table.open("e").expect("an event");
    let duplicates = event.signatures().iter().filter(|file| matches!(file.verdict, Verdict::Duplicate(_)));
    assert_eq!(duplicates.count(), 1);
    let refused = table.publish(&["e"]).expect_err("one key");
    assert!(matches!(refused, Error::Event(EventError::Incomplete { signed: 1, .. })), "{refused:?}");
}

#[test]
fn attaches_signatures_that_were_made_elsewhere() {
    let world = World::with_keys(&[]);
    let kinds = [KeyType::EcdsaP256, KeyType::EcdsaP384, KeyType::Ed25519];
    let keys: Vec<_> = kinds.iter().map(|kind| SigningKey::generate(*kind).expect("a key")).collect();
    let repository = world.open();
    let mut staged = repository.stage().expect("a set of changes");
    let role = RoleKeys { keys: keys.iter().map(|key| key.public().clone()).collect(), threshold: 3 };
    staged.set_keys("targets", &role, Handover::Overlapping).expect("new keys");
    staged.save().expect("saved changes");
    let table = Table { events: world.home().join("events"), world };
    table.make("e").expect("an event");
    let bytes = fs::read(table.path("e/payload/targets.bytes")).expect("the bytes to sign");
    let attach = |key: &SigningKey, bytes: &[u8]| {
        table.open("e").expect("an event").attach("targets", key.keyid(), bytes, "FILE")
    };
    let made = table.files();
    for (key, other) in [(&keys[0], &keys[1]), (&keys[2], &keys[0])] {
        let wrong = other.sign(&bytes).expect("a signature");
        assert_eq!(attach(key, &wrong).expect_err("another key's").code(), "event-bad-signature");
        assert_eq!(attach(key, b"").expect_err("nothing").code(), "event-bad-signature");
    }
    let stranger = &table.world.keys["timestamp"];
    let sig = stranger.sign(&bytes).expect("a signature");
    assert_eq!(attach(stranger, &sig).expect_err("a stranger").code(), "event-not-asked");
    let event = table.open("e").expect("an event");
    assert_eq!(
        event.attach("x", stranger.keyid(), &sig, "FILE").expect_err("no role").code(),
        "event-no-such-role"
    );
    assert!(table.files() == made, "the event is as it was");

    // Two numbers of the same length, as tokens and services return them; then hexadecimal, and raw.
    let sig = keys[0].sign(&bytes).expect("a signature");
    attach(&keys[0], &numbers(&sig, 32)).expect("two numbers");
    let sig = keys[1].sign(&bytes).expect("a signature");
    attach(&keys[1], format!("{}\n", hexadecimal(&numbers(&sig, 48)).to_uppercase()).as_bytes())
        .expect("hexadecimal");
    let sig = keys[2].sign(&bytes).expect("a signature");
    attach(&keys[2], &sig).expect("raw");
    assert_eq!(attach(&keys[2], &sig).expect_err("again").code(), "event-already-signed");
    table.sign("e", &["root", "targets"]).expect("the keys of before");
    table.publish(&["e"]).expect("a publish");
    Client::default().update(table.world.path(), NOW).expect("an update");
}

/// The two numbers of an ECDSA signature in DER, each with this many bytes.
fn numbers(der: &[u8], length: usize) -> Vec<u8> {
    let mut at = 2;
    let mut found = Vec::new();
    for _ in 0..2 {
        let size = usize::from(der[at + 1]);
        let number = &der[at + 2..at + 2 + size];
        let number = &number[size.saturating_sub(length)..];
        found.extend(std::iter::repeat_n(0, length - number.len()).chain(number.iter().copied()));
        at += 2 + size;
    }
    found
}

#[test]
fn signs_only_what_hangs_on_the_right_root_metadata() {
    let table = Table::new();
    let confirm = |trust: &RootTrust| table.open("e").expect("an event").confirm(trust).map(drop);
    let root = table.open("e").expect("an event").root().1.to_owned();
    confirm(&RootTrust::Compared(vec![root.to_uppercase()])).expect("compared");
    // The chain of the event leads from the first one to its own.
    let first = sha256_hex(&fs::read(table.path("e/before/1.root.json")).expect("a file"));
    confirm(&RootTrust::Compared(vec![first])).expect("compared with the first one");
    for none in [vec![], vec![sha256_hex(b"another")]] {
        let is_given = !none.is_empty();
        let refused = confirm(&RootTrust::Compared(none)).expect_err("not compared");
        assert_eq!(refused.code(), "not-confirmed");
        match refused {
            Error::Event(EventError::NotConfirmed { version: 2, sha256, was_compared, .. }) => {
                assert_eq!((&sha256, was_compared), (&root, is_given));
            }
            other => panic!("{other:?}"),
        }
    }
    let RootTrust::Remembered(known) = table.trust() else { panic!("remembered") };
    confirm(&RootTrust::Remembered(known[..1].to_vec()))
        .expect("the next one is signed by the one that is known");
    let newer = [&known[..], &[sha256_hex(b"version 3")]].concat();
    assert_eq!(confirm(&RootTrust::Remembered(newer)).expect_err("newer").code(), "event-base-moved");
    let other = vec![known[0].clone(), sha256_hex(b"another version 2")];
    assert_eq!(confirm(&RootTrust::Remembered(other)).expect_err("another").code(), "event-other-root");

    // An event of another repository, made by somebody who has the folder of events.
    let stranger = Table::new();
    fs::rename(stranger.path("e"), table.path("f")).expect("a rename");
    let base = table.path("f/base.json");
    let text = fs::read_to_string(&base).expect("a file").replace("\"event\": \"e\"", "\"event\": \"f\"");
    fs::write(base, text).expect("a write");
    assert_eq!(table.sign("f", &["second"]).expect_err("another").code(), "event-other-root");
    assert_eq!(table.publish(&["f"]).expect_err("another").code(), "event-other-root");
    assert_eq!(
        table.world.open().rebase_event(&table.events, "f", NOW).expect_err("another").code(),
        "event-other-root"
    );
}

#[test]
fn a_new_threshold_asks_old_and_new_keys() {
    let table = Table::new();
    table.world.open().discard_event(&table.events, "e").expect("a discarded event");
    let repository = table.world.open();
    let mut staged = repository.stage().expect("a set of changes");
    for role in ["root", "targets"] {
        let keys = RoleKeys { threshold: 1, ..table.world.role_keys(&["stranger"]) };
        staged.set_keys(role, &keys, Handover::Overlapping).expect("new keys");
    }
    staged.save().expect("saved changes");
    table.make("keys").expect("an event");
    let event = table.open("keys").expect("an event");
    let duties: Vec<_> = event
        .progress()
        .iter()
        .flat_map(|role| {
            role.duties.iter().map(|duty| (role.role.to_owned(), duty.duty.threshold)).collect::<Vec<_>>()
        })
        .collect();
    let expected = [("root", 1), ("root", 1), ("targets", 2), ("targets", 1)];
    assert_eq!(duties, expected.map(|(role, threshold)| (role.to_owned(), threshold)));
    table.sign("keys", &["stranger", "root"]).expect("signatures");
    let refused = table.publish(&["keys"]).expect_err("the old keys of targets are missing");
    assert!(refused.to_string().contains("for the published root version 2"), "{refused}");
    table.sign("keys", &["second", "third"]).expect("signatures");
    table.publish(&["keys"]).expect("a publish");
    assert_eq!(Client::default().update(table.world.path(), NOW).expect("an update").root.version, 3);
}

#[test]
fn a_delegated_role_is_signed_by_those_its_delegator_lists() {
    let table = Table::new();
    table.world.open().discard_event(&table.events, "e").expect("a discarded event");
    let delegation = |name: &str, path: &str| Delegation::Role {
        name: name.to_owned(),
        keys: table.world.role_keys(&["stranger"]),
        scope: Scope::Paths(vec![path.to_owned()]),
        terminating: false,
    };
    let repository = table.world.open();
    repository.delegate("targets", delegation("upper", "u/*")).expect("a delegation");
    repository.delegate("upper", delegation("lower", "u/*")).expect("a delegation");
    repository.add_target("lower", "u/1", b"1").expect("a staged target");
    let event = table.make("roles").expect("an event");
    let roles: Vec<_> = event.progress().iter().map(|role| role.role.to_owned()).collect();
    assert_eq!(roles, ["targets", "lower", "upper"]);
    table.sign("roles", &["second", "third", "stranger"]).expect("signatures");
    table.publish(&["roles"]).expect("a publish");
    // Now the delegators are published: copies of them are in the event, and are verified.
    repository.add_target("lower", "u/2", b"2").expect("a staged target");
    table.make("lower").expect("an event");
    let files = table.files();
    for name in ["3.targets.json", "1.upper.json", "1.lower.json"] {
        assert!(files.contains_key(&PathBuf::from("lower/before").join(name)), "{name}");
    }
    table.sign("lower", &["stranger"]).expect("a signature");
    table.publish(&["lower"]).expect("a publish");
    let found = Client::default().find(table.world.path(), "u/2", NOW).expect("an update").1;
    assert_eq!(found, Found::By("lower".to_owned()));
}

#[test]
fn rebases_over_what_was_published_and_keeps_what_stays() {
    let table = Table::new();
    let delegation = Delegation::Role {
        name: "role".to_owned(),
        keys: table.world.role_keys(&["stranger"]),
        scope: Scope::Paths(vec!["r/*".to_owned()]),
        terminating: false,
    };
    let repository = table.world.open();
    let rebase = |id: &str| table.world.open().rebase_event(&table.events, id, NOW);
    let before = table.files();
    assert_eq!(rebase("e").expect("nothing to do"), tuf_repository::Rebased::default());
    assert!(table.files() == before);
    table.sign("e", &["second", "third"]).expect("signatures");
    repository.delegate("targets", delegation).expect("a delegation");
    repository.add_target("role", "r/1", b"1").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    assert_eq!(table.publish(&["e"]).expect_err("moved").code(), "event-base-moved");
    let rebased = rebase("e").expect("an event that goes on");
    assert_eq!(rebased.renewed, [("targets".to_owned(), 3, 4)]);
    assert_eq!(rebased.lapsed.len(), 2);
    let event = table.open("e").expect("an event");
    assert!(event.signatures().is_empty() && !event.is_complete());
    table.sign("e", &["second", "third"]).expect("signatures");
    table.publish(&["e"]).expect("a publish");
    for (path, role) in [("a", "targets"), ("r/1", "role")] {
        let found = Client::default().find(table.world.path(), path, NOW).expect("an update").1;
        assert_eq!(found, Found::By(role.to_owned()), "{path}");
    }
}

#[test]
fn rebases_root_and_keeps_the_signatures_of_other_roles() {
    let table = Table::new();
    let repository = table.world.open();
    let set = |role: &str, name: &str| {
        let mut staged = repository.stage().expect("a set of changes");
        staged.set_keys(role, &table.world.role_keys(&[name]), Handover::Overlapping).expect("new keys");
        staged.save().expect("saved changes");
    };
    set("root", "stranger");
    table.stage("b", b"b");
    table.make("both").expect("an event");
    table.sign("both", &["root", "stranger", "second", "third"]).expect("signatures");
    set("timestamp", "stranger");
    repository.publish(NOW).expect("a publish");
    let rebased = repository.rebase_event(&table.events, "both", NOW).expect("an event that goes on");
    assert_eq!(rebased.renewed, [("root".to_owned(), 3, 4)]);
    assert!(rebased.lapsed.iter().all(|(role, _)| role == "root"), "{rebased:?}");
    table.sign("both", &["root", "stranger"]).expect("signatures");
    table.publish(&["both"]).expect("a publish with the signatures of targets that stayed");
    let report = Client::default().update(table.world.path(), NOW).expect("an update");
    assert_eq!(report.root.version, 4);
}

#[test]
fn rejects_to_rebase_over_another_change_of_the_same() {
    let table = Table::new();
    let repository = table.world.open();
    table.stage("a", b"others");
    repository.publish(NOW).expect("a publish");
    let before = table.files();
    let refused = repository.rebase_event(&table.events, "e", NOW).expect_err("a conflict");
    assert!(matches!(&refused, Error::Event(EventError::Conflict { published: 3, .. })), "{refused:?}");
    assert!(refused.to_string().contains("target a "), "{refused}");
    assert!(table.files() == before, "the event is as it was");
    // The same change is no conflict, and nothing is left of the event.
    let table = Table::new();
    table.stage("a", b"bytes");
    table.world.open().publish(NOW).expect("a publish");
    let before = table.files();
    let refused = table.world.open().rebase_event(&table.events, "e", NOW).expect_err("nothing is left");
    assert_eq!(refused.code(), "event-nothing-left");
    assert!(table.files() == before, "the event is as it was");
}

#[test]
fn renews_an_event_that_has_expired_or_was_edited() {
    let table = Table::new();
    table.sign("e", &["second", "third"]).expect("signatures");
    let later = UnixTime(NOW.0 + 100 * DAY);
    let expired = Event::open(&table.events, "e", later).map(drop).expect_err("expired");
    assert_eq!(expired.code(), "event-bad-payload");
    let rebased = table.world.open().rebase_event(&table.events, "e", later).expect("a renewed event");
    assert_eq!(rebased.lapsed.len(), 2);
    assert!(Event::open(&table.events, "e", later).is_ok());
    let table = Table::new();
    replace(&table, "e/payload/targets.json", "\"length\": 5", "\"length\": 6");
    table.world.open().rebase_event(&table.events, "e", NOW).expect("the edit is kept, and all sign it");
    assert!(table.open("e").is_ok());
}

#[test]
fn discarding_what_is_staged_keeps_what_events_need() {
    let table = Table::new();
    table.stage("b", b"more");
    table.world.open().discard().expect("discarded changes");
    table.sign("e", &["second", "third"]).expect("signatures");
    table.publish(&["e"]).expect("the bytes of the target are there");
    table.stage("c", b"c");
    table.world.open().discard().expect("discarded changes");
    assert!(files(&table.world.path().join("staged/targets")).is_empty(), "no event needs them any more");
}

#[test]
fn leaves_what_is_staged_as_it_is() {
    let table = Table::new();
    table.stage("mine", b"mine");
    table.sign("e", &["second", "third"]).expect("signatures");
    table.publish(&["e"]).expect("a publish");
    let repository: Repository = table.world.open();
    assert_eq!(repository.status().expect("a status").staged, ["targets"]);
    repository.publish(NOW).expect("a publish of what is staged, over the event");
    for path in ["a", "mine"] {
        let found = Client::default().find(table.world.path(), path, NOW).expect("an update").1;
        assert_eq!(found, Found::By("targets".to_owned()), "{path}");
    }
}

/// An event that its own check refuses is none: what is staged stays so, and the name is free.
#[test]
fn an_event_that_cannot_be_read_again_leaves_nothing_behind() {
    let table = Table::new();
    table.stage("b", b"more");
    let (before, open) = (table.files(), files(&table.world.state().join("events")));
    let title = Some("x".repeat(2 << 20));
    let request = EventRequest { id: "long".to_owned(), title, ..EventRequest::default() };
    let refused = table.world.open().new_event(&table.events, &request, NOW).expect_err("too long");
    assert!(matches!(refused, Error::Event(EventError::TooLong { .. })), "{refused:?}");
    assert!(table.files() == before && files(&table.world.state().join("events")) == open);
    assert!(!table.path("long").exists());
    table.make("long").expect("an event of what is staged");
}

#[test]
fn rejects_names_that_are_no_folder_everywhere() {
    let table = Table::new();
    table.stage("b", b"b");
    for id in ["", "..", "a/b", "A", "done", "-x", "a.b", "con\u{301}", &"x".repeat(65)] {
        assert_eq!(table.make(id).map(drop).expect_err(id).code(), "bad-event-id", "{id}");
        assert_eq!(table.open(id).map(drop).expect_err(id).code(), "bad-event-id", "{id}");
    }
}

#[test]
fn a_crash_at_any_write_of_a_publish_loses_no_event() {
    let table = Table::new();
    table.sign("e", &["second", "third"]).expect("signatures");
    for crash in 0.. {
        let copy = TempDir::new().expect("a temporary folder");
        copy_folder(table.world.home(), copy.path());
        let events = copy.path().join("events");
        let open = || [Event::open(&events, "e", NOW).expect("an event")];
        let observer = CrashAt::write(crash);
        let crashing = table.world.open_at(copy.path()).observe_writes(observer);
        match crashing.publish_events(&open(), NOW) {
            Ok(_) => {
                assert!(crash > 8, "there are writes to crash at");
                return;
            }
            Err(Error::Io { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
        let (folder, repository) = (copy.path().join("repo"), table.world.open_at(copy.path()));
        Client::default().update(&folder, NOW).expect("a whole repository");
        // Before its record is whole, the event is published again; afterwards it is finished.
        let published = repository.publish(NOW).expect("the next publish");
        if published.metadata.is_empty() {
            repository.publish_events(&open(), NOW).expect("a publish of the event");
        }
        let found = Client::default().find(&folder, "a", NOW).expect("a whole repository").1;
        assert_eq!(found, Found::By("targets".to_owned()), "crash at write {crash}");
        assert!(
            events.join("done/e/base.json").exists() && !events.join("e").exists(),
            "crash at write {crash}"
        );
    }
}

#[test]
fn a_crash_while_an_event_is_made_loses_no_change() {
    let table = Table::new();
    table.stage("b", b"b");
    for crash in 0.. {
        let copy = TempDir::new().expect("a temporary folder");
        copy_folder(table.world.home(), copy.path());
        let observer = CrashAt::write(crash);
        let crashing = table.world.open_at(copy.path()).observe_writes(observer);
        let request = EventRequest { id: "b".to_owned(), ..EventRequest::default() };
        let events = copy.path().join("events");
        match crashing.new_event(&events, &request, NOW) {
            Ok(_) => {
                assert!(crash > 6, "there are writes to crash at");
                return;
            }
            Err(Error::Io { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
        let repository = table.world.open_at(copy.path());
        if Event::open(&events, "b", NOW).is_err() {
            // It is not there yet: what was staged is staged, and the name is free.
            assert_eq!(repository.status().expect("a status").staged, ["targets"], "crash at write {crash}");
            repository.new_event(&events, &request, NOW).expect("an event");
        }
    }
}

#[test]
fn a_crash_while_an_event_is_rebased_is_gone_on_with() {
    let table = Table::new();
    table.sign("e", &["second", "third"]).expect("signatures");
    let repository = table.world.open();
    repository.add_target("targets", "other", b"other").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    let expected = TempDir::new().expect("a temporary folder");
    copy_folder(table.world.home(), expected.path());
    let events = |home: &TempDir| home.path().join("events");
    table.world.open_at(expected.path()).rebase_event(&events(&expected), "e", NOW).expect("a rebase");
    for crash in 0.. {
        let copy = TempDir::new().expect("a temporary folder");
        copy_folder(table.world.home(), copy.path());
        let observer = CrashAt::write(crash);
        let crashing = table.world.open_at(copy.path()).observe_writes(observer);
        match crashing.rebase_event(&events(&copy), "e", NOW) {
            Ok(_) => {
                assert!(crash > 6, "there are writes to crash at");
                return;
            }
            Err(Error::Io { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
        table.world.open_at(copy.path()).rebase_event(&events(&copy), "e", NOW).expect("the next rebase");
        let event = Event::open(&events(&copy), "e", NOW).expect("an event");
        assert!(!event.is_complete(), "crash at write {crash}");
        for part in ["payload", "base.json"] {
            let of = |home: &TempDir| {
                let path = events(home).join("e").join(part);
                if path.is_dir() {
                    files(&path)
                } else {
                    BTreeMap::from([(path.clone(), fs::read(path).expect("a file"))])
                }
            };
            let (found, wanted): (Vec<_>, Vec<_>) =
                (of(&copy).into_values().collect(), of(&expected).into_values().collect());
            assert!(found == wanted, "crash at write {crash}: {part}");
        }
    }
}

#[test]
fn the_envelope_has_one_signature_a_key() {
    let table = Table::new();
    table.sign("e", &["targets", "second", "third"]).expect("signatures");
    table.publish(&["e"]).expect("a publish");
    let bytes = fs::read(table.world.path().join("metadata/3.targets.json")).expect("a file");
    let signed: Signed<Targets> = serde_json::from_slice(&bytes).expect("metadata");
    let mut keyids: Vec<_> = signed.signatures.iter().map(|Signature { keyid, .. }| keyid.as_str()).collect();
    keyids.sort_unstable();
    let mut expected = ["targets", "second", "third"].map(|name| table.keyid(name));
    expected.sort_unstable();
    assert_eq!(keyids, expected);
    let root: Signed<Root> =
        serde_json::from_slice(&fs::read(table.world.path().join("metadata/2.root.json")).expect("a file"))
            .expect("metadata");
    assert_eq!(root.signed.roles["targets"].threshold, 2);
}

/// The canonical form of a PEM has line ends in a string, which JSON forbids: it is signed, and never read.
#[test]
fn makes_an_event_of_a_repository_with_keys_in_pem() {
    let mut world = World::without_repository(&[]);
    let key = SigningKey::generate(KeyType::EcdsaP256).expect("random numbers");
    world.keys.insert("root".to_owned(), Arc::new(key));
    world.init().expect("a new repository");
    let table = Table { events: world.home().join("events"), world };
    table.stage("a", b"bytes");
    table.make("e").expect("an event");
    table.sign("e", &["targets"]).expect("a signature");
    table.publish(&["e"]).expect("a publish");
}

/// The attack that this defence is for: everybody signs what somebody put in the place of the payload.
#[test]
fn rejects_a_payload_that_the_publisher_did_not_make() {
    let table = Table::new();
    repay(&table, |document| {
        let mut target = document.targets["a"].clone();
        target.length = 6;
        document.targets.insert("b".to_owned(), target);
    });
    table.sign("e", &["second", "third"]).expect("those who do not look sign it");
    let (event, published) = (table.files(), files(&table.world.path().join("metadata")));
    assert_eq!(table.publish(&["e"]).expect_err("replaced").code(), "event-not-made-here");
    let (keyid, roles) = (Some(table.keyid("stranger").to_owned()), ["targets".to_owned()].into());
    let admission = Admission { name: "x".to_owned(), keyid, roles, ..Admission::default() };
    let admitted = table.open("e").expect("an event").accept("x", &*table.world.keys["stranger"]);
    assert_eq!(admitted.expect_err("not invited").code(), "event-not-invited");
    let admitted = table.world.open().admit(&table.events, "e", &admission, NOW);
    assert_eq!(admitted.expect_err("replaced").code(), "event-not-made-here");
    assert!(table.files() == event, "the event is as it was");
    assert!(files(&table.world.path().join("metadata")) == published, "nothing was published");
}

#[test]
fn rejects_signatures_of_a_discarded_event_under_another_name() {
    let table = Table::new();
    table.sign("e", &["second", "third"]).expect("signatures");
    let kept = table.world.home().join("kept");
    copy_folder(&table.path("e"), &kept);
    table.world.open().discard_event(&table.events, "e").expect("a discarded event");
    table.stage("b", b"other");
    table.make("f").expect("an event");
    for part in ["payload", "sigs"] {
        copy_folder(&kept.join(part), &table.path("f").join(part));
    }
    assert!(table.open("f").expect("an event").is_complete(), "the signatures count");
    assert_eq!(table.publish(&["f"]).expect_err("discarded").code(), "event-not-made-here");
    // Nor does the discarded event come back as itself.
    copy_folder(&kept, &table.path("e"));
    assert_eq!(table.publish(&["e"]).expect_err("discarded").code(), "event-not-made-here");
}

#[test]
fn rejects_an_event_with_a_role_taken_out() {
    let table = Table::new();
    let request = EventRequest {
        id: "two".to_owned(),
        renewed: ["root".to_owned(), "targets".to_owned()].into(),
        ..EventRequest::default()
    };
    table.world.open().new_event(&table.events, &request, NOW).expect("an event");
    let base = table.path("two/base.json");
    let text = fs::read(&base).expect("a file");
    let mut json: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    json["roles"].as_object_mut().expect("roles").remove("root").expect("root");
    fs::write(&base, json.to_string()).expect("a write");
    table.sign("two", &["second", "third"]).expect("signatures");
    let refused = table.publish(&["two"]).expect_err("root is gone");
    assert!(
        matches!(&refused, Error::Event(EventError::NotMadeHere { role, .. }) if role == "root"),
        "{refused:?}"
    );
}

/// What the event's folder says of targets decides nothing.
#[test]
fn rejects_to_believe_that_bytes_are_elsewhere() {
    let table = Table::new();
    let staged = table.world.path().join("staged/targets");
    fs::remove_dir_all(&staged).expect("the bytes are gone");
    replace(&table, "e/base.json", "\"before\": {", "\"elsewhere\": [\"a\"], \"before\": {");
    let event = table.open("e").expect("an event");
    assert_eq!(event.elsewhere()["targets"], ["a"], "it is shown");
    table.sign("e", &["second", "third"]).expect("signatures");
    let published = files(&table.world.path().join("metadata"));
    table.publish(&["e"]).expect_err("the bytes are nowhere");
    assert!(files(&table.world.path().join("metadata")) == published, "nothing was published");
}

#[test]
fn rejects_a_key_under_the_keyid_of_another_one() {
    let table = Table::new();
    let repository = table.world.open();
    repository.discard_event(&table.events, "e").expect("a discarded event");
    let mut changes = repository.stage().expect("a set of changes");
    changes
        .set_keys("root", &table.world.role_keys(&["root", "second"]), Handover::Overlapping)
        .expect("new keys");
    changes.save().expect("saved changes");
    table.make("keys").expect("an event");
    let path = table.path("keys/payload/root.json");
    let mut root: Root = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("root");
    // The published keyid of `third`, which is listed already, and a keyid that is new.
    for keyid in [table.keyid("third"), &"0".repeat(64)] {
        let stranger = table.world.keys["stranger"].public().clone();
        root.keys.insert(keyid.to_owned(), stranger);
        let text = serde_json::to_vec(&root).expect("JSON");
        fs::write(&path, &text).expect("a write");
        let bytes = tuf_verifier_core::canonicalize(&text).expect("canonical");
        fs::write(table.path("keys/payload/root.bytes"), bytes).expect("a write");
        assert_eq!(table.open("keys").map(drop).expect_err(keyid).code(), "event-key-mismatch");
        let rebased = repository.rebase_event(&table.events, "keys", NOW);
        assert_eq!(rebased.expect_err(keyid).code(), "event-key-mismatch");
    }
}

/// A step of two would let an old base hide what was published since.
#[test]
fn rejects_a_version_that_is_not_the_next_one() {
    let table = Table::new();
    repay(&table, |document| document.version = 4);
    assert_eq!(table.open("e").map(drop).expect_err("a step of two").code(), "event-bad-payload");
    // A file that a publish left: the next event would have to pass its version over.
    let table = Table::new();
    table.stage("b", b"b");
    fs::write(table.world.path().join("metadata/3.targets.json"), "left").expect("a write");
    let refused = table.make("f").map(drop).expect_err("a version that is taken");
    assert_eq!(refused.code(), "event-version-taken");
    assert_eq!(table.world.open().status().expect("a status").staged, ["targets"], "it stays staged");
}

#[cfg(unix)]
#[test]
fn an_event_that_cannot_be_put_away_stops_no_publish() {
    let table = Table::new();
    table.sign("e", &["second", "third"]).expect("signatures");
    let elsewhere = table.world.home().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a folder");
    std::os::unix::fs::symlink(&elsewhere, table.path("done")).expect("a link");
    let published = table.publish(&["e"]).expect("a publish");
    assert!(matches!(&published.left_events[..], [left] if left.contains("symbolic-link")), "{published:?}");
    assert!(table.path("e/base.json").exists() && files(&elsewhere).is_empty());
    table.stage("b", b"b");
    table.world.open().publish(NOW).expect("the next publish");
}

#[test]
fn shows_every_target_with_length_and_digest() {
    let table = Table::new();
    for number in 0..5 {
        table.stage(&format!("many/{number}"), format!("bytes {number}").as_bytes());
    }
    let event = table.make("many").expect("an event");
    let changes = event.changes(&tuf_repository::review::KeyNames::none());
    let added = changes.iter().find(|change| change.paths.len() == 5).expect("targets");
    assert!(format!("{added:#}").ends_with("many/0, many/1, many/2, many/3, many/4"), "{added:#}");
    let line = event.target_change("targets", "many/4");
    assert_eq!(line, format!("targets: many/4: 7 bytes, sha256:{}", sha256_hex(b"bytes 4")));
}

fn edit_base(table: &Table, id: &str, edit: impl FnOnce(&mut serde_json::Value)) {
    let path = table.path(&format!("{id}/base.json"));
    let mut base = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON");
    edit(&mut base);
    fs::write(path, base.to_string()).expect("a write");
}

fn remove(base: &mut serde_json::Value, member: &str) -> serde_json::Value {
    base.as_object_mut().expect("an object").remove(member).expect("a member")
}

/// Publishes `team` and `other`, which `stranger` signs for, without an event.
fn publish_team(table: &Table) {
    let repository = table.world.open();
    for name in ["other", "team"] {
        let delegation = Delegation::Role {
            name: name.to_owned(),
            keys: table.world.role_keys(&["stranger"]),
            scope: Scope::Paths(vec![format!("{name}/*")]),
            terminating: false,
        };
        repository.delegate("targets", delegation).expect("a delegation");
        repository.add_target(name, &format!("{name}/1"), b"1").expect("a staged target");
    }
    repository.publish(NOW).expect("a publish");
}

/// The attack: targets look new, so that nothing is removed and no threshold is lowered.
#[test]
fn rejects_an_event_that_hides_what_was_published_of_targets() {
    let table = Table::new();
    edit_base(&table, "e", |base| {
        let targets = &mut base["roles"]["targets"];
        let listed = remove(targets, "before")["version"].clone();
        targets["listed"] = listed;
    });
    assert_eq!(table.open("e").map(drop).expect_err("hidden").code(), "event-base-edited");
}

#[test]
fn rejects_a_published_role_that_an_event_calls_new() {
    let table = Table::new();
    publish_team(&table);
    table.world.open().add_target("team", "team/2", b"2").expect("a staged target");
    table.make("team").expect("an event");
    edit_base(&table, "team", |base| {
        let team = &mut base["roles"]["team"];
        let listed = remove(team, "before")["version"].clone();
        team["listed"] = listed;
    });
    let refused = table.open("team").map(drop).expect_err("hidden");
    assert_eq!(refused.code(), "event-base-edited");
    assert!(refused.to_string().contains("it hides what was published of role team"), "{refused}");
}

/// With an old copy of a delegator, the key that was stolen and taken away signs alone.
#[test]
fn rejects_other_delegators_than_the_published_ones() {
    let table = Table::new();
    publish_team(&table);
    let repository = table.world.open();
    let old = fs::read(table.world.path().join("metadata/3.targets.json")).expect("a file");
    let mut staged = repository.stage().expect("a set of changes");
    staged.set_keys("team", &table.world.role_keys(&["second"]), Handover::Overlapping).expect("new keys");
    staged.save().expect("saved changes");
    repository.publish(NOW).expect("a publish");
    repository.add_target("team", "team/2", b"2").expect("a staged target");
    table.make("team").expect("an event");
    let whole = table.world.home().join("whole");
    copy_folder(&table.path("team"), &whole);
    let check = || repository.check_event(&table.open("team").expect("an event"));
    check().expect("the delegators that are published");
    // Another role that is published, and that does not lead to this one.
    let other = fs::read(table.world.path().join("metadata/1.other.json")).expect("a file");
    fs::write(table.path("team/before/1.other.json"), &other).expect("a write");
    edit_base(&table, "team", |base| {
        base["delegators"]["other"] = serde_json::json!({"version": 1, "sha256": sha256_hex(&other)});
    });
    assert_eq!(check().expect_err("another role").code(), "event-base-edited");
    copy_folder(&whole, &table.path("team"));
    edit_base(&table, "team", |base| drop(remove(base, "delegators")));
    fs::remove_file(table.path("team/before/4.targets.json")).expect("gone");
    edit_base(&table, "team", |base| {
        let team = &mut base["roles"]["team"];
        let listed = remove(team, "before")["version"].clone();
        team["listed"] = listed;
    });
    assert_eq!(check().expect_err("no delegator").code(), "event-base-moved");
    fs::write(table.path("team/before/3.targets.json"), &old).expect("a write");
    copy_folder(&whole, &table.path("team"));
    let first = fs::read(table.world.path().join("metadata/1.team.json")).expect("a file");
    fs::write(table.path("team/before/1.team.json"), &first).expect("a write");
    edit_base(&table, "team", |base| {
        base["delegators"]["targets"] = serde_json::json!({"version": 3, "sha256": sha256_hex(&old)});
        base["roles"]["team"]["before"] = serde_json::json!({"version": 1, "sha256": sha256_hex(&first)});
    });
    repay_version(&table, "team", 2);
    assert!(table.open("team").is_ok(), "what was published once");
    assert_eq!(check().expect_err("an old delegator").code(), "event-base-moved");
}

/// Puts another version into both files of a payload.
fn repay_version(table: &Table, id: &str, version: u64) {
    let path = table.path(&format!("{id}/payload/{id}.json"));
    let mut document: Targets = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("targets");
    document.version = version;
    let text = serde_json::to_vec(&document).expect("JSON");
    fs::write(&path, &text).expect("a write");
    let bytes = tuf_verifier_core::canonicalize(&text).expect("canonical");
    fs::write(table.path(&format!("{id}/payload/{id}.bytes")), bytes).expect("a write");
}

/// A colleague edits `base.json` between two publishes: the removal would be merged from nothing, and be gone.
#[test]
fn rebases_from_what_the_publisher_remembers() {
    let edits: [fn(&mut serde_json::Value); 3] = [
        |base| drop(remove(&mut base["roles"]["targets"], "before")),
        |base| base["roles"]["targets"]["listed"] = 2.into(),
        |base| base["roles"]["targets"]["before"] = serde_json::json!({"version": 2, "sha256": "00"}),
    ];
    for edit in edits {
        let table = Table::new();
        publish_team(&table);
        let repository = table.world.open();
        let mut staged = repository.stage().expect("a set of changes");
        staged.revoke("team").expect("a revoked delegation");
        staged.add_target("targets", "b", &b"b"[..], None).expect("a staged target");
        staged.save().expect("saved changes");
        table.make("revoked").expect("an event");
        table.stage("c", b"c");
        repository.publish(NOW).expect("a publish that goes first");
        edit_base(&table, "revoked", edit);
        repository.rebase_event(&table.events, "revoked", NOW).expect("an event that goes on");
        table.sign("revoked", &["second", "third"]).expect("signatures");
        table.publish(&["revoked"]).expect("a publish");
        let mut client = Client::default();
        for (path, found) in [("b", Found::By("targets".to_owned())), ("team/1", Found::Nothing)] {
            assert_eq!(client.find(table.world.path(), path, NOW).expect("an update").1, found, "{path}");
        }
    }
}

#[test]
fn rejects_to_publish_what_was_shown_with_an_edited_base() {
    let table = Table::new();
    table.sign("e", &["second", "third"]).expect("signatures");
    edit_base(&table, "e", |base| base["title"] = "harmless".into());
    assert_eq!(table.publish(&["e"]).expect_err("edited").code(), "event-base-edited");
    table.world.open().rebase_event(&table.events, "e", NOW).expect("what was made here");
    assert_eq!(table.open("e").expect("an event").title(), None);
    table.publish(&["e"]).expect("the signatures stay");
}

#[test]
fn keeps_what_an_event_needs_while_its_folder_is_away() {
    let table = Table::new();
    let away = table.world.home().join("away");
    fs::rename(&table.events, &away).expect("a disk that is unplugged");
    table.world.open().discard().expect("discarded changes");
    fs::rename(&away, &table.events).expect("a disk that is plugged in");
    table.sign("e", &["second", "third"]).expect("signatures");
    table.publish(&["e"]).expect("the record and the bytes of the target are there");
}

#[test]
fn forgets_an_event_that_is_thrown_away_without_its_folder() {
    let table = Table::new();
    let away = table.world.home().join("away");
    fs::rename(table.path("e"), &away).expect("a branch that is left");
    table.world.open().discard_event(&table.events, "e").expect("an event that is thrown away");
    let refused = table.world.open().discard_event(&table.events, "e").expect_err("nothing is left");
    assert_eq!(refused.code(), "no-such-event");
    fs::rename(&away, table.path("e")).expect("the branch");
    table.sign("e", &["second", "third"]).expect("signatures");
    assert_eq!(table.publish(&["e"]).expect_err("thrown away").code(), "event-not-made-here");
}

/// Two events would share one record, and the first could not be published any more.
#[test]
fn rejects_a_second_event_of_one_id_in_another_folder() {
    let table = Table::new();
    table.stage("b", b"b");
    let elsewhere = table.world.home().join("elsewhere");
    let request = EventRequest { id: "e".to_owned(), ..EventRequest::default() };
    let refused = table.world.open().new_event(&elsewhere, &request, NOW).map(drop).expect_err("the same id");
    assert_eq!(refused.code(), "event-exists");
    assert!(refused.to_string().contains(&table.path("e").display().to_string()), "{refused}");
    assert_eq!(table.world.open().status().expect("a status").staged, ["targets"], "it stays staged");
    // A copy goes alone.
    copy_folder(&table.path("e"), &elsewhere.join("e"));
    table.world.open().discard_event(&elsewhere, "e").expect("a copy that is thrown away");
    assert!(!elsewhere.join("e").exists());
    table.sign("e", &["second", "third"]).expect("signatures");
    table.publish(&["e"]).expect("a publish");
}
