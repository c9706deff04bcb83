//! What changed between two states of a repository, as its reviewers read it.

use std::collections::BTreeMap;

use serde_json::{Map, json};
use tuf_repository::UnixTime;
use tuf_repository::metadata::{
    DelegatedRole, DelegatedRoles, Delegations, Key, MetaFile, Role, Root, Scope, Snapshot, SuccinctRoles,
    TargetFile, Targets, Timestamp,
};
use tuf_repository::review::{Change, ChangeKind, Documents, KeyNames, Severity, changes, span};

const DAY: i64 = 86_400;
/// 2026-01-01T00:00:00Z.
const NOW: i64 = 1_767_225_600;

/// The keyid that the tests give to a key with this name.
fn keyid(name: &str) -> String {
    format!("{name}-0123456789abcdef")
}

fn role(names: &[&str], threshold: u64) -> Role {
    Role::new(names.iter().map(|name| keyid(name)).collect(), threshold)
}

fn key_table(names: &[&str]) -> BTreeMap<String, Key> {
    names.iter().map(|name| (keyid(name), Key::new("ed25519", "ed25519", format!("public-{name}")))).collect()
}

/// Root needs two of alice, bob and carol; targets has dora; the server has snapshot and timestamp.
fn documents() -> Documents {
    let roles = [
        ("root", role(&["alice", "bob", "carol"], 2)),
        ("targets", role(&["dora"], 1)),
        ("snapshot", role(&["server"], 1)),
        ("timestamp", role(&["server"], 1)),
    ];
    let root = Root {
        spec_version: "1.0.34".to_owned(),
        version: 1,
        expires: UnixTime(NOW + 365 * DAY),
        consistent_snapshot: true,
        keys: key_table(&["alice", "bob", "carol", "dora", "server", "eve"]),
        roles: roles.into_iter().map(|(name, role)| (name.to_owned(), role)).collect(),
        unrecognized: Map::new(),
    };
    let mut targets = Targets::empty();
    targets.version = 4;
    targets.expires = UnixTime(NOW + 90 * DAY);
    targets.targets.insert("a.txt".to_owned(), target(1));
    targets.delegations = Some(delegations());
    let listed =
        |name: &str, version| BTreeMap::from([(name.to_owned(), MetaFile::describe(version, b"{}"))]);
    let snapshot = Snapshot {
        spec_version: "1.0.34".to_owned(),
        version: 5,
        expires: UnixTime(NOW + 7 * DAY),
        meta: listed("targets.json", 4),
        unrecognized: Map::new(),
    };
    let timestamp = Timestamp {
        spec_version: "1.0.34".to_owned(),
        version: 6,
        expires: UnixTime(NOW + DAY),
        meta: listed("snapshot.json", 5),
        unrecognized: Map::new(),
    };
    let targets = BTreeMap::from([("targets".to_owned(), targets)]);
    let rotated = BTreeMap::new();
    Documents { root: Some(root), timestamp: Some(timestamp), snapshot: Some(snapshot), targets, rotated }
}

fn delegations() -> Delegations {
    let listed = |name: &str, patterns: &[&str]| DelegatedRole {
        name: name.to_owned(),
        keyids: vec![keyid(name)],
        threshold: 1,
        scope: paths(patterns),
        terminating: false,
        unrecognized: Map::new(),
    };
    let roles = vec![listed("docs", &["docs/*"]), listed("tools", &["tools/*"])];
    let (keys, roles) = (key_table(&["docs", "tools"]), DelegatedRoles::Roles(roles));
    Delegations { keys, roles, unrecognized: Map::new() }
}

fn paths(patterns: &[&str]) -> Scope {
    Scope::Paths(patterns.iter().map(|pattern| (*pattern).to_owned()).collect())
}

fn target(content: u64) -> TargetFile {
    let hashes = BTreeMap::from([("sha256".to_owned(), format!("{content:064x}"))]);
    TargetFile { length: content, hashes, custom: None, unrecognized: Map::new() }
}

fn root(documents: &mut Documents) -> &mut Root {
    documents.root.as_mut().expect("root metadata")
}

fn root_role<'d>(documents: &'d mut Documents, name: &str) -> &'d mut Role {
    root(documents).roles.get_mut(name).expect("a role")
}

fn targets(documents: &mut Documents) -> &mut Targets {
    documents.targets.get_mut("targets").expect("targets metadata")
}

fn delegated(documents: &mut Documents) -> &mut Vec<DelegatedRole> {
    match targets(documents).delegations.as_mut().map(|delegations| &mut delegations.roles) {
        Some(DelegatedRoles::Roles(roles)) => roles,
        other => panic!("{other:?}"),
    }
}

fn names() -> KeyNames {
    ["alice", "bob", "carol", "dora", "server", "eve"].map(|name| (keyid(name), name)).into_iter().collect()
}

/// What changed when the documents were edited.
fn review(edit: impl Fn(&mut Documents)) -> Vec<Change> {
    let mut after = documents();
    edit(&mut after);
    changes(&documents(), &after, &names())
}

/// A name for the case, the edit, and the severity and sentence of every change.
type Case = (&'static str, fn(&mut Documents), &'static [(Severity, &'static str)]);

fn check(cases: &[Case]) {
    for (name, edit, expected) in cases {
        let found = review(edit);
        let found: Vec<_> = found.iter().map(|change| (change.severity, change.to_string())).collect();
        let expected: Vec<_> =
            expected.iter().map(|(severity, text)| (*severity, (*text).to_owned())).collect();
        assert_eq!(found, expected, "{name}");
    }
}

use Severity::{Danger, Info, Notice};

/// What is not known here is signed all the same.
#[test]
fn tells_of_unknown_fields_of_every_object() {
    check(&[
        (
            "a field of a top-level role",
            |documents| {
                root(documents).version += 1;
                root_role(documents, "timestamp").unrecognized.insert("x-days".to_owned(), json!(4));
            },
            &[(Info, "root: version 1 → 2"), (Info, "root: field roles.timestamp.x-days: none → 4")],
        ),
        (
            "a field of a key",
            |documents| {
                root(documents).version += 1;
                let key = root(documents).keys.get_mut(&keyid("dora")).expect("a key");
                key.unrecognized.insert("x-owner".to_owned(), json!("@eve"));
                key.keyval.unrecognized.insert("x-note".to_owned(), json!([]));
            },
            &[
                (Info, "root: version 1 → 2"),
                (Info, "root: field keys.dora-0123456789abcdef.x-owner: none → \"@eve\""),
                (Info, "root: field keys.dora-0123456789abcdef.keyval.x-note: none → []"),
            ],
        ),
        (
            "a field of the delegations and of a delegated role",
            |documents| {
                targets(documents).version += 1;
                delegated(documents)[0].unrecognized.insert("x-note".to_owned(), json!({"a": 1}));
                let delegations = targets(documents).delegations.as_mut().expect("delegations");
                delegations.unrecognized.insert("x-all".to_owned(), json!(true));
            },
            &[
                (Info, "targets: version 4 → 5"),
                (Info, "targets: field delegations.x-all: none → true"),
                (Info, "targets: field delegations.roles.docs.x-note: none → {\"a\":1}"),
            ],
        ),
        (
            "a field of a listed file",
            |documents| {
                let snapshot = documents.snapshot.as_mut().expect("snapshot metadata");
                let listed = snapshot.meta.get_mut("targets.json").expect("a listed file");
                listed.unrecognized.insert("x-note".to_owned(), json!("n"));
                snapshot.version += 1;
            },
            &[
                (Info, "snapshot: version 5 → 6"),
                (Info, "snapshot: field meta.targets.json.x-note: none → \"n\""),
            ],
        ),
    ]);
}

/// Those who sign see the beginning of a long value: another end has another digest.
#[test]
fn two_ends_of_a_long_unknown_field_do_not_look_alike() {
    let shown = |end: &str| {
        let found = review(|documents| {
            let value = format!("{}{end}", "A".repeat(130));
            root(documents).unrecognized.insert("x-policy".to_owned(), value.into());
        });
        let change = found.into_iter().find(|change| change.kind == ChangeKind::UnknownField);
        change.expect("a change").after.expect("a value")
    };
    let (benign, evil) = (shown(" benign"), shown(" evil"));
    assert!(benign.starts_with("\"AAAA") && benign.contains("A… (SHA-256 "), "{benign}");
    assert_ne!(benign, evil);
}

#[test]
fn says_nothing_of_equal_documents() {
    assert_eq!(review(|_| {}), []);
    assert_eq!(changes(&Documents::default(), &Documents::default(), &KeyNames::none()), []);
}

#[test]
fn tells_changes_of_thresholds_and_keys() {
    let cases: &[Case] = &[
        (
            "fewer signatures",
            |documents| root_role(documents, "root").threshold = 1,
            &[
                (
                    Danger,
                    "root: other contents under the same version 1: clients that have the old ones keep them",
                ),
                (Danger, "root: threshold 2 → 1"),
            ],
        ),
        (
            "more signatures",
            |documents| {
                root(documents).version = 2;
                root_role(documents, "root").threshold = 3;
            },
            &[(Notice, "root: threshold 2 → 3"), (Info, "root: version 1 → 2")],
        ),
        (
            "one key for another",
            |documents| {
                root(documents).version = 2;
                root_role(documents, "root").keyids[2] = keyid("eve");
            },
            &[
                (Notice, "root: key replaced: carol (carol-01, ed25519) → eve (eve-0123, ed25519)"),
                (Info, "root: version 1 → 2"),
            ],
        ),
        (
            "one key less",
            |documents| {
                root(documents).version = 2;
                root_role(documents, "root").keyids.truncate(2);
            },
            &[(Notice, "root: key removed: carol (carol-01, ed25519)"), (Info, "root: version 1 → 2")],
        ),
        (
            "the same key under another keyid",
            |documents| {
                root(documents).version = 2;
                let key = Key::new("ed25519", "ed25519", "public-carol".to_owned());
                root(documents).keys.insert("again".to_owned(), key);
                root_role(documents, "root").keyids[2] = "again".to_owned();
            },
            &[
                (Info, "root: version 1 → 2"),
                (
                    Info,
                    "root: same public key under another keyid: carol (carol-01, ed25519) → again (ed25519)",
                ),
            ],
        ),
        (
            "a keyid that nothing is known of",
            |documents| {
                root(documents).version = 2;
                root_role(documents, "root").keyids.push("nowhere".to_owned());
            },
            &[(Notice, "root: key added: nowhere (no such key)"), (Info, "root: version 1 → 2")],
        ),
        (
            "another key under the same keyid",
            |documents| {
                root(documents).version = 2;
                root(documents)
                    .keys
                    .insert(keyid("dora"), Key::new("ed25519", "ed25519", "public-x".to_owned()));
            },
            &[
                (Danger, "targets: keyid dora (dora-012, ed25519) now names another public key"),
                (Info, "root: version 1 → 2"),
            ],
        ),
        (
            "another scheme of the same key",
            |documents| {
                root(documents).version = 2;
                let key = root(documents).keys.get_mut(&keyid("dora")).expect("a key");
                "rsa".clone_into(&mut key.keytype);
                "rsassa-pss-sha256".clone_into(&mut key.scheme);
            },
            &[
                (
                    Danger,
                    "targets: key dora (dora-012) has another scheme: ed25519 → rsa with rsassa-pss-sha256",
                ),
                (Info, "root: version 1 → 2"),
            ],
        ),
    ];
    check(cases);
}

#[test]
fn warns_of_keys_in_the_wrong_places() {
    let cases: &[Case] = &[
        (
            "the server's key may sign targets",
            |documents| {
                root(documents).version = 2;
                root_role(documents, "targets").keyids.push(keyid("server"));
            },
            &[
                (
                    Danger,
                    "targets: key server (server-0, ed25519) also signs for snapshot, timestamp, whose keys are \
                     online: whoever takes the server has it",
                ),
                (Notice, "targets: key added: server (server-0, ed25519)"),
                (Info, "root: version 1 → 2"),
            ],
        ),
        (
            "an offline key goes to the server",
            |documents| {
                root(documents).version = 2;
                root_role(documents, "timestamp").keyids[0] = keyid("dora");
            },
            &[
                (
                    Danger,
                    "targets: key dora (dora-012, ed25519) also signs for timestamp, whose keys are online: whoever \
                     takes the server has it",
                ),
                (Notice, "timestamp: key replaced: server (server-0, ed25519) → dora (dora-012, ed25519)"),
                (Info, "root: version 1 → 2"),
            ],
        ),
        (
            "a key changes its role",
            |documents| {
                root(documents).version = 2;
                root_role(documents, "root").keyids[2] = keyid("dora");
                root_role(documents, "targets").keyids[0] = keyid("eve");
            },
            &[
                (Notice, "root: key replaced: carol (carol-01, ed25519) → dora (dora-012, ed25519)"),
                (Notice, "targets: key replaced: dora (dora-012, ed25519) → eve (eve-0123, ed25519)"),
                (Notice, "root: key dora (dora-012, ed25519) moved here from targets"),
                (Info, "root: version 1 → 2"),
            ],
        ),
        (
            "one key counts twice, and the threshold is out of reach",
            |documents| {
                root(documents).version = 2;
                let key = Key::new("ed25519", "ed25519", "public-dora".to_owned());
                root(documents).keys.insert("again".to_owned(), key);
                root_role(documents, "targets").keyids.push("again".to_owned());
                root_role(documents, "targets").threshold = 2;
            },
            &[
                (Danger, "targets: a threshold of 2 cannot be met: the role has 1 key"),
                (
                    Danger,
                    "targets: keyids dora (dora-012) and again are one public key, which some clients count more than once",
                ),
                (Notice, "targets: threshold 1 → 2"),
                (Notice, "targets: key added: again (ed25519)"),
                (Info, "root: version 1 → 2"),
            ],
        ),
    ];
    check(cases);
}

/// One key as two authors may write it: scheme, and both spellings.
const SPELLINGS: [(&str, [&str; 2]); 2] = [
    (
        "ed25519",
        [
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "3D4017C3E843895A92B70AA74D1B7EBC9C982CCF2EC4968CC0CD55F12AF4660C",
        ],
    ),
    (
        "ecdsa-sha2-nistp256",
        [
            "-----BEGIN PUBLIC KEY-----\n\
             MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVbW81qm4gDLAbYE78/Fe4pV7cuCR\n\
             N5gFWP0h2DSDhIoBuA/xV3XXXz6lgSkQqHzipRpSYkhUmIx+Uylla4cvFQ==\n\
             -----END PUBLIC KEY-----\n",
            "0355b5bcd6a9b88032c06d813bf3f15ee2957b72e09137980558fd21d83483848a",
        ],
    ),
];

/// What changes if a role of root metadata, which has dora's key in the first spelling, is edited with the key in the second.
fn respelt(edit: impl Fn(&mut Root, Key)) -> Vec<Vec<(Severity, String)>> {
    let reviewed = SPELLINGS.map(|(scheme, [first, second])| {
        let key = |public: &str| Key::new(scheme, scheme, public.to_owned());
        let mut before = documents();
        root(&mut before).keys.insert(keyid("dora"), key(first));
        let mut after = before.clone();
        root(&mut after).version = 2;
        edit(root(&mut after), key(second));
        let found = changes(&before, &after, &names());
        let told = |change: &Change| {
            let text = change.to_string().replace(scheme, "SCHEME");
            (
                change.severity,
                text.replace(first, "FIRST").replace(first.trim(), "FIRST").replace(second, "SECOND"),
            )
        };
        found.iter().map(told).filter(|(_, text)| text != "root: version 1 → 2").collect()
    });
    reviewed.into()
}

#[test]
fn one_key_in_two_spellings_is_one_key() {
    let check = |name: &str, edit: fn(&mut Root, Key), expected: &[(Severity, &str)]| {
        let expected: Vec<_> =
            expected.iter().map(|(severity, text)| (*severity, (*text).to_owned())).collect();
        for found in respelt(edit) {
            assert_eq!(found, expected, "{name}");
        }
    };
    let rewritten =
        "targets: keyid dora (dora-012, SCHEME) now names the same public key in another way: FIRST → SECOND";
    let rewrite = |root: &mut Root, key| drop(root.keys.insert(keyid("dora"), key));
    check("under its keyid", rewrite, &[(Notice, rewritten)]);
    let renamed = "targets: same public key under another keyid: dora (dora-012, SCHEME) → again (SCHEME)";
    let rename = |root: &mut Root, key| {
        root.keys.insert("again".to_owned(), key);
        root.roles.get_mut("targets").expect("a role").keyids[0] = "again".to_owned();
    };
    check("under another keyid", rename, &[(Info, renamed)]);
    let counted_twice = |root: &mut Root, key| {
        root.keys.insert("again".to_owned(), key);
        let targets = root.roles.get_mut("targets").expect("a role");
        targets.keyids.push("again".to_owned());
        targets.threshold = 2;
    };
    let expected = [
        (Danger, "targets: a threshold of 2 cannot be met: the role has 1 key"),
        (
            Danger,
            "targets: keyids dora (dora-012) and again are one public key, which some clients count more than once",
        ),
        (Notice, "targets: threshold 1 → 2"),
        (Notice, "targets: key added: again (SCHEME)"),
    ];
    check("2 of 2", counted_twice, &expected);
    let online = |root: &mut Root, key| {
        root.keys.insert("again".to_owned(), key);
        root.roles.get_mut("timestamp").expect("a role").keyids.push("again".to_owned());
    };
    let expected = [
        (
            Danger,
            "targets: key again (SCHEME) also signs for timestamp, whose keys are online: whoever takes the server \
             has it",
        ),
        (Notice, "timestamp: key added: again (SCHEME)"),
    ];
    check("on the server too", online, &expected);
}

#[test]
fn tells_versions_expiries_and_fields() {
    let cases: &[Case] = &[
        (
            "nine years more",
            |documents| {
                root(documents).version = 2;
                root(documents).expires.0 += 9 * 365 * DAY;
            },
            &[
                (Danger, "root: expires 9 years later: 2027-01-01T00:00:00Z → 2035-12-30T00:00:00Z"),
                (Info, "root: version 1 → 2"),
            ],
        ),
        (
            "a long and a short timestamp",
            |documents| {
                let timestamp = documents.timestamp.as_mut().expect("a timestamp");
                timestamp.version = 7;
                timestamp.expires.0 += 60 * DAY;
                let snapshot = documents.snapshot.as_mut().expect("a snapshot");
                snapshot.version = 6;
                snapshot.expires.0 -= 2 * DAY;
            },
            &[
                (Notice, "timestamp: expires 60 days later: 2026-01-02T00:00:00Z → 2026-03-03T00:00:00Z"),
                (Notice, "snapshot: expires 2 days earlier: 2026-01-08T00:00:00Z → 2026-01-06T00:00:00Z"),
                (Info, "timestamp: version 6 → 7"),
                (Info, "snapshot: version 5 → 6"),
            ],
        ),
        (
            "rollback and fast-forward",
            |documents| {
                targets(documents).version = 3;
                documents.snapshot.as_mut().expect("a snapshot").version = (1 << 31) - 1;
            },
            &[
                (Danger, "snapshot: version 5 → 2147483647: a jump that uses up the versions that are left"),
                (Danger, "targets: version 4 → 3: clients refuse the lower one as a rollback attack"),
            ],
        ),
        (
            "what documents list",
            |documents| {
                let snapshot = documents.snapshot.as_mut().expect("a snapshot");
                snapshot.version = 6;
                snapshot.meta.insert("docs.json".to_owned(), MetaFile::describe(1, b"{}"));
                snapshot.meta.remove("targets.json");
                let timestamp = documents.timestamp.as_mut().expect("a timestamp");
                timestamp.version = 7;
                let listed = timestamp.meta.get_mut("snapshot.json").expect("a listing");
                (listed.version, listed.length) = (4, None);
            },
            &[
                (
                    Danger,
                    "timestamp: lists snapshot.json with version 5 → 4: clients refuse that as a rollback attack",
                ),
                (Danger, "snapshot: no longer lists targets.json: clients refuse that as a rollback attack"),
                (
                    Notice,
                    "timestamp: no longer lists the length of snapshot.json: clients use their own limits",
                ),
                (Info, "timestamp: version 6 → 7"),
                (Info, "snapshot: version 5 → 6"),
                (Info, "snapshot: lists docs.json for the first time, version 1"),
            ],
        ),
        (
            "other fields",
            |documents| {
                root(documents).version = 2;
                root(documents).consistent_snapshot = false;
                root(documents).spec_version = "2.0.0".to_owned();
                root(documents).unrecognized.insert("owner".to_owned(), json!({"team": 7}));
            },
            &[
                (Danger, "root: version of the specification 1.0.34 → 2.0.0"),
                (Danger, "root: consistent_snapshot true → false"),
                (Info, "root: version 1 → 2"),
                (Info, "root: field owner: none → {\"team\":7}"),
            ],
        ),
    ];
    check(cases);
}

#[test]
fn tells_what_delegations_mean() {
    let cases: &[Case] = &[
        (
            "everything",
            |documents| {
                targets(documents).version = 5;
                delegated(documents)[0].scope = paths(&["docs/*", "*", "*/*"]);
            },
            &[
                (Danger, "docs: trusted with every path of the form * or */* (delegated by targets)"),
                (Notice, "docs: trusted with more paths: docs/* → docs/*, *, */* (delegated by targets)"),
                (Info, "targets: version 4 → 5"),
            ],
        ),
        (
            "every hash",
            |documents| {
                targets(documents).version = 5;
                let digits = "0123456789abcde".chars().map(String::from);
                let last = "0123456789abcdef".chars().map(|digit| format!("f{digit}"));
                delegated(documents)[0].scope = Scope::PathHashPrefixes(digits.chain(last).collect());
            },
            &[
                (Danger, "docs: trusted with every path (delegated by targets)"),
                (
                    Notice,
                    "docs: trusted with other paths: docs/* → hash prefixes 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, a, b, c, d, e, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, fa, fb, fc, fd, fe, ff (delegated by targets)",
                ),
                (Info, "targets: version 4 → 5"),
            ],
        ),
        (
            "fewer paths, terminating, another order",
            |documents| {
                targets(documents).version = 5;
                let roles = delegated(documents);
                roles[0].scope = paths(&["docs/v1-*"]);
                roles[1].terminating = true;
                roles.reverse();
            },
            &[
                (Notice, "tools: terminating false → true (delegated by targets)"),
                (Notice, "targets: order of priority of its delegated roles: docs, tools → tools, docs"),
                (Info, "targets: version 4 → 5"),
                (Info, "docs: trusted with fewer paths: docs/* → docs/v1-* (delegated by targets)"),
            ],
        ),
        (
            "one more, one less",
            |documents| {
                targets(documents).version = 5;
                delegated(documents)[1].name = "more".to_owned();
            },
            &[
                (Notice, "more: new role, threshold 1 of 1: tools-01 (ed25519) (delegated by targets)"),
                (
                    Notice,
                    "tools: role removed, it had threshold 1 of 1: tools-01 (ed25519) (delegated by targets)",
                ),
                (Notice, "more: key tools-01 (ed25519) moved here from tools"),
                (Notice, "more: trusted with tools/* (delegated by targets)"),
                (Info, "targets: version 4 → 5"),
            ],
        ),
        (
            "bins",
            |documents| {
                targets(documents).version = 5;
                let bins = SuccinctRoles {
                    keyids: vec![keyid("docs")],
                    threshold: 1,
                    bit_length: 10,
                    name_prefix: "bin".to_owned(),
                    unrecognized: Map::new(),
                };
                let delegations = targets(documents).delegations.as_mut().expect("delegations");
                delegations.roles = DelegatedRoles::SuccinctRoles(bins);
            },
            &[
                (Notice, "bin-*: new role, threshold 1 of 1: docs-012 (ed25519) (delegated by targets)"),
                (
                    Notice,
                    "docs: role removed, it had threshold 1 of 1: docs-012 (ed25519) (delegated by targets)",
                ),
                (
                    Notice,
                    "tools: role removed, it had threshold 1 of 1: tools-01 (ed25519) (delegated by targets)",
                ),
                (Notice, "bin-*: key docs-012 (ed25519) moved here from docs"),
                (Notice, "targets: bins none → 1024 with names bin-*, for every path"),
                (Info, "targets: version 4 → 5"),
            ],
        ),
    ];
    check(cases);
}

/// A hundred million steps are for all comparisons together: the patterns of an untrusted repository would take hours.
#[test]
fn says_which_scopes_take_too_many_steps_to_compare() {
    let lists = |count: usize| {
        let globs = (0..count).map(|number| format!("*{}b{number}", "a".repeat(100)));
        let literals = (0..count).map(|number| format!("{}c{number}", "a".repeat(200)));
        (globs.chain(["x*".to_owned()]).collect::<Vec<_>>(), literals.collect::<Vec<_>>())
    };
    let kinds = |count: usize| {
        let (globs, literals) = lists(count);
        let (mut before, mut after) = (documents(), documents());
        delegated(&mut before)[0].scope = Scope::Paths(globs.clone());
        delegated(&mut after)[0].scope = Scope::Paths(literals.clone());
        delegated(&mut before)[1].scope = Scope::Paths(globs);
        delegated(&mut after)[1].scope = Scope::Paths(literals);
        let found = changes(&before, &after, &names());
        let scopes = found.into_iter().filter(|change| change.role == "docs" || change.role == "tools");
        scopes.map(|change| (change.role.clone(), change.kind, change.to_string())).collect::<Vec<_>>()
    };
    // Each comparison ends with the first text that nothing covers, after `count` pairs.
    let few = kinds(100);
    assert!(few.iter().all(|(_, kind, _)| *kind == ChangeKind::ScopeChanged), "{few:?}");
    let many = kinds(3000);
    let [(one, first, _), (other, second, text)] = &many[..] else { panic!("{} changes", many.len()) };
    assert_eq!((one.as_str(), *first), ("docs", ChangeKind::ScopeChanged));
    assert_eq!((other.as_str(), *second), ("tools", ChangeKind::ScopeNotCompared));
    let said = "tools: trusted with other paths, maybe more: too many or too long patterns to compare *aaa";
    assert!(text.starts_with(said), "{}", &text[..120]);
}

#[test]
fn groups_targets_by_role() {
    let found = review(|documents| {
        let targets = targets(documents);
        targets.version = 5;
        for number in 0..5 {
            targets.targets.insert(format!("new/{number}"), target(number));
        }
        targets.targets.insert("a.txt".to_owned(), target(9));
    });
    let texts: Vec<_> = found.iter().map(Change::to_string).collect();
    assert_eq!(
        texts,
        [
            "targets: 1 target with other contents: a.txt",
            "targets: version 4 → 5",
            "targets: 5 targets added: new/0, new/1, new/2 and 2 more",
        ]
    );
    assert_eq!(found[2].paths.len(), 5);
    let described = review(|documents| {
        let target = targets(documents).targets.get_mut("a.txt").expect("a target");
        target.custom = json!({"channel": "beta"}).as_object().cloned();
        targets(documents).version = 5;
    });
    assert_eq!(described[1].to_string(), "targets: 1 target with another description: a.txt");
    let removed = review(|documents| {
        targets(documents).targets.clear();
        targets(documents).version = 5;
    });
    assert_eq!((removed[0].kind, removed[0].severity), (ChangeKind::TargetsRemoved, Notice));
}

#[test]
fn tells_everything_of_a_new_repository() {
    let found = changes(&Documents::default(), &documents(), &names());
    let of = |kind| found.iter().filter(|change| change.kind == kind).count();
    assert_eq!(of(ChangeKind::DocumentAdded), 4);
    assert_eq!(of(ChangeKind::RoleAdded), 6);
    let root = found.iter().find(|change| change.kind == ChangeKind::RoleAdded && change.role == "root");
    assert_eq!(
        root.expect("the root role").to_string(),
        "root: new role, threshold 2 of 3: alice (alice-01, ed25519), bob (bob-0123, ed25519), carol (carol-01, ed25519)"
    );
    let gone = changes(&documents(), &Documents::default(), &names());
    let gone = gone.iter().filter(|change| change.severity == Danger).map(|change| change.kind);
    assert_eq!(gone.filter(|kind| *kind == ChangeKind::DocumentRemoved).count(), 4);
}

#[test]
fn writes_changes_as_json() {
    let found = review(|documents| root_role(documents, "root").threshold = 1);
    let lowered = serde_json::to_value(&found[1]).expect("JSON");
    assert_eq!(
        lowered,
        json!({
            "role": "root", "kind": "threshold-lowered", "severity": "danger", "before": "2", "after": "1",
            "message": "root: threshold 2 → 1",
        })
    );
    assert_eq!(found[1].kind.code(), "threshold-lowered");
    assert_eq!(found[1].severity.code(), "danger");
}

#[test]
fn spans_are_told_in_their_largest_unit() {
    for (seconds, text) in [
        (0, "0 seconds"),
        (1, "1 second"),
        (119, "119 seconds"),
        (21_600, "6 hours"),
        (172_799, "47 hours"),
        (172_800, "2 days"),
        (9 * 365 * 86_400, "9 years"),
    ] {
        assert_eq!(span(seconds), text);
    }
}

/// A keyid or a scheme that reads like another key with its keyid.
#[test]
fn quotes_what_is_no_plain_keyid_or_scheme() {
    let names = KeyNames::none().with_whole_keyids();
    assert_eq!(names.describe("alice (a1, ed25519)", None), "\"alice (a1, ed25519)\" (no such key)");
    let key = serde_json::json!({"keytype": "x", "scheme": "x), alice (a1, x", "keyval": {"public": "x"}});
    let key = serde_json::from_value(key).expect("a key");
    assert_eq!(names.describe("b2", Some(&key)), "b2 (\"x), alice (a1, x\")");
}
