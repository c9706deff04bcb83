//! Delegations to several roles, so many of which must agree (TAP 3): what is published of them, and what clients take.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;

use crate::command::Desk;
use crate::peer::{Peer, Served, Visit};
use crate::world::{Client, Found, NOW, World, files, skip};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tuf_repository::clients::{ClientProfile, ClientRules};
use tuf_repository::event::Event;
use tuf_repository::inspection::{Question, inspect};
use tuf_repository::metadata::{
    DelegatedRoles, MetaFile, Scope, Signed, Snapshot, TargetFile, Targets, Timestamp, seal, sha256_hex,
};
use tuf_repository::rebase;
use tuf_repository::review::{Documents, KeyNames, Severity, changes};
use tuf_repository::simulation::{ConsequenceKind, simulate, simulate_each};
use tuf_repository::source::{Access, open};
use tuf_repository::{
    Delegation, Error, EventRequest, Handover, KeyType, Published, RehearsalError, RoleKeys, SigningKey,
    Staged,
};

const NAMES: [&str; 6] = ["app", "dev", "qa", "ci", "deep", "other"];

/// So many of these roles must agree on `app/*` and `app/deep/*`.
fn agreement(world: &World, roles: &[&str], needed: u64) -> Delegation {
    Delegation::MultiRole {
        name: "release".to_owned(),
        roles: roles.iter().map(|role| ((*role).to_owned(), world.role_keys(&[role]))).collect(),
        min_roles_in_agreement: needed,
        scope: paths(&["app/*", "app/deep/*"]),
        terminating: true,
    }
}

fn paths(patterns: &[&str]) -> Scope {
    Scope::Paths(patterns.iter().map(|pattern| (*pattern).to_owned()).collect())
}

fn ordinary(world: &World, name: &str, patterns: &[&str]) -> Delegation {
    let keys = world.role_keys(&[name]);
    Delegation::Role { name: name.to_owned(), keys, scope: paths(patterns), terminating: false }
}

/// A repository in which role `app`, for `app/*`, lets so many of these roles agree.
fn world(roles: &[&str], needed: u64) -> World {
    let world = World::with_keys(&NAMES);
    let repository = world.open();
    repository.delegate("targets", ordinary(&world, "app", &["app/*", "app/deep/*"])).expect("a delegation");
    repository.delegate("app", agreement(&world, roles, needed)).expect("a delegation");
    repository.publish(NOW).expect("a publish");
    world
}

/// Stages in one go, and publishes.
fn publish(world: &World, change: impl FnOnce(&mut Staged<'_>)) -> Published {
    let repository = world.open();
    let mut staged = repository.stage().expect("a set of changes");
    change(&mut staged);
    staged.save().expect("saved changes");
    repository.publish(NOW).expect("a publish")
}

/// Publishes a target of each of these roles.
fn add(world: &World, targets: &[(&str, &str)]) -> Published {
    publish(world, |staged| {
        for (role, bytes) in targets {
            staged.add_target(role, "app/x", bytes.as_bytes(), None).expect("a target");
        }
    })
}

fn found(world: &World) -> Found {
    Client::default().find(world.path(), "app/x", NOW).expect("an update").1
}

fn by(role: &str) -> Found {
    Found::By(role.to_owned())
}

fn told(published: &Published) -> Vec<String> {
    published.disagreements.iter().map(ToString::to_string).collect()
}

/// The newest document of a role.
fn newest<M: DeserializeOwned>(world: &World, role: &str) -> M {
    let suffix = format!("{role}.json");
    let version = |name: &str| match name.strip_suffix(&suffix)?.strip_suffix('.') {
        Some(version) => version.parse::<u64>().ok(),
        None => (name == suffix).then_some(0),
    };
    let all = files(&world.path().join("metadata"));
    let named = all.iter().filter_map(|(path, bytes)| Some((version(path.to_str()?)?, bytes)));
    let (_, bytes) = named.max_by_key(|(version, _)| *version).expect("a file");
    serde_json::from_slice::<Signed<M>>(bytes).expect("a document").signed
}

fn documents(world: &World, roles: &[&str]) -> Documents {
    let targets = roles.iter().map(|role| ((*role).to_owned(), newest(world, role)));
    Documents {
        root: Some(newest(world, "root")),
        timestamp: Some(newest(world, "timestamp")),
        snapshot: Some(newest(world, "snapshot")),
        targets: targets.collect(),
        rotated: BTreeMap::new(),
    }
}

fn refused(result: Result<(), Error>) -> String {
    match result {
        Err(
            error @ (Error::BadDelegation { .. }
            | Error::BadRevocation { .. }
            | Error::BadRoleName { .. }
            | Error::BadThreshold { .. }),
        ) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Attack: one of two that have to agree is enough to plant a target.
#[test]
fn clients_take_a_target_only_after_both_roles_list_it() {
    let world = world(&["dev", "qa"], 2);
    assert_eq!(found(&world), Found::Nothing);
    let alone = add(&world, &[("dev", "bytes")]);
    assert_eq!(found(&world), Found::Nothing);
    assert_eq!(
        told(&alone),
        [
            "clients do not take target app/x: 2 of the 2 roles of release must list it alike, and dev alone does; it is missing in qa"
        ]
    );
    assert_eq!(world.open().status().expect("a status").disagreements, alone.disagreements);
    let both = add(&world, &[("qa", "bytes")]);
    assert_eq!((found(&world), told(&both).len()), (by("dev"), 0));
    // Nothing is told twice, nor what stays.
    assert_eq!(world.open().status().expect("a status").disagreements, []);
    let other = add(&world, &[("qa", "other bytes")]);
    assert_eq!(found(&world), Found::Nothing);
    assert_eq!(
        told(&other),
        [
            "clients do not take target app/x: 2 of the 2 roles of release must list it alike, and dev, qa list it each in another \
          way; until now they take it"
        ]
    );
    assert_eq!(
        told(&publish(&world, |staged| {
            staged.add_target("targets", "else", &b"else"[..], None).expect("a target");
        }))
        .len(),
        0
    );
    add(&world, &[("dev", "other bytes")]);
    assert_eq!(found(&world), by("dev"));
    let gone = publish(&world, |staged| staged.remove_target("dev", "app/x").expect("a removal"));
    assert_eq!(
        (found(&world), told(&gone)[0].ends_with("it is missing in dev; until now they take it")),
        (Found::Nothing, true)
    );
}

/// The earliest role wins that enough agree with (TAP 3), and what it says of the target besides length and hashes.
#[test]
fn two_of_three_are_enough_and_the_earliest_of_them_wins() {
    let world = world(&["dev", "qa", "ci"], 2);
    let published = add(&world, &[("dev", "one"), ("qa", "two"), ("ci", "two")]);
    assert_eq!(found(&world), by("qa"));
    assert_eq!(
        told(&published),
        [
            "clients take target app/x as qa and ci list it, and not as dev: 2 of the 3 roles of release are enough"
        ]
    );
    add(&world, &[("ci", "one")]);
    assert_eq!(found(&world), by("dev"));
    let lost = publish(&world, |staged| staged.remove_target("dev", "app/x").expect("a removal"));
    assert!(told(&lost)[0].ends_with("it is missing in dev; until now they take it"), "{lost:?}");
    assert_eq!(found(&world), Found::Nothing);
}

#[test]
fn what_is_written_is_what_tap_3_says() {
    let world = world(&["dev", "qa"], 2);
    let text = fs::read(world.path().join("metadata/1.app.json")).expect("a file");
    let file: Value = serde_json::from_slice(&text).expect("JSON");
    let keyid = |name: &str| world.keys[name].keyid().to_owned();
    assert_eq!(
        file["signed"]["delegations"],
        json!([{
            "name": "release", "paths": ["app/*", "app/deep/*"], "terminating": true, "min_roles_in_agreement": 2,
            "roleinfo": [
                {"rolename": "dev", "keyids": [keyid("dev")], "threshold": 1},
                {"rolename": "qa", "keyids": [keyid("qa")], "threshold": 1},
            ],
        }])
    );
    let keys = file["signed"]["keys_for_delegations"].as_object().expect("keys");
    assert_eq!(keys.keys().cloned().collect::<BTreeSet<_>>(), [keyid("dev"), keyid("qa")].into());
    let snapshot: Snapshot = newest(&world, "snapshot");
    let listed: Vec<_> = snapshot.meta.keys().map(String::as_str).collect();
    assert_eq!(listed, ["app.json", "dev.json", "qa.json", "targets.json"]);
}

/// The document of `app` with fields of others at every level.
fn foreign() -> Value {
    json!({
        "_type": "targets", "spec_version": "1.0.34", "version": 1, "expires": "2027-01-01T00:00:00Z", "targets": {},
        "x-document": 1,
        "keys_for_delegations": {"k": {
            "keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": "ab", "x-public": 2}, "x-key": 3,
        }},
        "delegations": [{
            "name": "release", "path_hash_prefixes": ["0"], "terminating": false, "min_roles_in_agreement": 1, "x-delegation": 4,
            "roleinfo": [{"rolename": "dev", "keyids": ["k"], "threshold": 1, "x-role": 5}],
        }],
    })
}

#[test]
fn fields_that_are_not_known_are_kept_at_every_level_and_their_changes_are_reviewed() {
    let document: Targets = serde_json::from_value(foreign()).expect("a document");
    assert_eq!(serde_json::to_value(&document).expect("JSON"), foreign());
    let mut changed = foreign();
    let places = [
        ("/x-document", "x-document"),
        ("/keys_for_delegations/k/x-key", "keys_for_delegations.k.x-key"),
        ("/keys_for_delegations/k/keyval/x-public", "keys_for_delegations.k.keyval.x-public"),
        ("/delegations/0/x-delegation", "delegations.release.x-delegation"),
        ("/delegations/0/roleinfo/0/x-role", "delegations.release.roleinfo.dev.x-role"),
    ];
    for (place, _) in places {
        *changed.pointer_mut(place).expect("a field") = json!(6);
    }
    changed["version"] = json!(2);
    let of = |document: &Value| {
        let document = serde_json::from_value(document.clone()).expect("a document");
        Documents { targets: BTreeMap::from([("targets".to_owned(), document)]), ..Documents::default() }
    };
    let found = changes(&of(&foreign()), &of(&changed), &KeyNames::none());
    let subjects: BTreeSet<_> = found.into_iter().filter_map(|change| change.subject).collect();
    assert_eq!(subjects, places.iter().map(|(_, subject)| (*subject).to_owned()).collect());
}

/// What the verifier refuses as malformed is not read as something else.
#[test]
fn refuses_half_of_the_form() {
    let refused = |change: fn(&mut Value)| {
        let mut document = foreign();
        change(&mut document);
        serde_json::from_value::<Targets>(document).expect_err("half of it").to_string()
    };
    let without_keys =
        refused(|document| drop(document.as_object_mut().expect("an object").remove("keys_for_delegations")));
    assert_eq!(without_keys, "missing field `keys_for_delegations`");
    let without_list =
        refused(|document| drop(document.as_object_mut().expect("an object").remove("delegations")));
    assert_eq!(without_list, "keys_for_delegations stands only beside delegations that are an array");
    let object = refused(|document| document["delegations"] = json!({"keys": {}, "roles": []}));
    assert_eq!(object, without_list);
    let both = refused(|document| document["delegations"][0]["paths"] = json!(["a"]));
    assert_eq!(both, "it has both paths and path_hash_prefixes");
    let text = refused(|document| document["delegations"] = json!("text"));
    assert!(text.contains("an object, or an array"), "{text}");
}

#[test]
fn refuses_delegations_that_no_roles_could_meet() {
    let world = world(&["dev", "qa"], 2);
    let repository = world.open();
    let other = |roles: &[&str], needed| match agreement(&world, roles, needed) {
        Delegation::MultiRole { roles, min_roles_in_agreement, scope, terminating, .. } => {
            Delegation::MultiRole {
                name: "second".to_owned(),
                roles,
                min_roles_in_agreement,
                scope,
                terminating,
            }
        }
        other => other,
    };
    let refusal = |delegator: &str, delegation| refused(repository.delegate(delegator, delegation));
    for (delegation, reason) in [
        (other(&["ci"], 1), "at least two roles"),
        (other(&["ci", "deep"], 0), "0 of 2 roles cannot agree"),
        (other(&["ci", "deep"], 3), "3 of 2 roles cannot agree"),
        (other(&["ci", "ci"], 2), "need names of their own"),
        (other(&["ci", "qa"], 2), "role app delegates to a role of this name already"),
        (agreement(&world, &["ci", "deep"], 2), "role app delegates to a role of this name already"),
    ] {
        let refusal = refusal("app", delegation);
        assert!(refusal.contains(reason), "{refusal}");
    }
    let mut keys = world.role_keys(&["ci"]);
    keys.threshold = 2;
    let roles = vec![("ci".to_owned(), keys), ("deep".to_owned(), world.role_keys(&["deep"]))];
    let unmet = Delegation::MultiRole {
        name: "second".to_owned(),
        roles,
        min_roles_in_agreement: 2,
        scope: paths(&["x"]),
        terminating: false,
    };
    assert!(refusal("app", unmet).contains("a threshold of 2"));
    let ordinary_form = refusal("targets", other(&["ci", "deep"], 2));
    assert!(ordinary_form.contains("delegate the paths to a role of their own"), "{ordinary_form}");
    // An ordinary delegation beside it is written in the same form.
    repository.delegate("app", ordinary(&world, "other", &["app/o"])).expect("a delegation");
    repository.add_target("other", "app/y", b"y").expect_err("another role speaks for it");
    repository.publish(NOW).expect("a publish");
    let document: Targets = newest(&world, "app");
    let Some(DelegatedRoles::MultiRole(list)) = document.delegations.map(|it| it.roles) else {
        panic!("another form")
    };
    assert_eq!((list[1].min_roles_in_agreement, list[1].roleinfo[0].rolename.as_str()), (1, "other"));
}

/// Attack: a role that no delegation needs is signed by nobody.
#[test]
fn every_role_is_signed_by_enough_of_its_keys() {
    let world = World::with_keys(&NAMES);
    let repository = world.open();
    repository.delegate("targets", agreement(&world, &["dev", "qa"], 1)).expect("a delegation");
    let without = world.open_with(world.home(), world.ring_without("qa"));
    let refusal = without.publish(NOW).expect_err("a key is missing");
    assert!(matches!(&refusal, Error::MissingKeys { role, .. } if role == "qa"), "{refusal}");
    repository.publish(NOW).expect("a publish");
    add(&world, &[("dev", "bytes"), ("qa", "bytes")]);
    // Other keys and thresholds, as for every delegated role.
    publish(&world, |staged| {
        let keys = world.role_keys(&["qa", "other"]);
        staged.set_keys("qa", &keys, Handover::Overlapping).expect("other keys");
        assert_eq!(staged.keys("qa").expect("keys").threshold, 2);
    });
    assert_eq!(found(&world), by("dev"));
    let document: Targets = newest(&world, "targets");
    let keys = document.delegations.expect("delegations").keys;
    assert_eq!(keys.len(), 3);
    publish(&world, |staged| {
        staged
            .set_keys("qa", &RoleKeys::single(world.keys["other"].public()), Handover::Overlapping)
            .expect("one key");
        let shared = staged.keys_of_agreeing_roles("qa").expect("a repository");
        // One of two is enough: nobody has to agree.
        assert_eq!(shared, []);
    });
    let document: Targets = newest(&world, "targets");
    assert_eq!(document.delegations.expect("delegations").keys.len(), 2, "what no role uses is dropped");
    assert_eq!(found(&world), by("dev"));
}

#[test]
fn a_key_of_two_roles_that_must_agree_is_told() {
    let world = world(&["dev", "qa"], 2);
    let repository = world.open();
    let mut staged = repository.stage().expect("a set of changes");
    staged.set_keys("qa", &world.role_keys(&["dev", "qa"]), Handover::Overlapping).expect("keys");
    for name in ["qa", "dev", "release"] {
        let shared = staged.keys_of_agreeing_roles(name).expect("a repository");
        assert_eq!(shared.len(), 1, "{name}");
        assert_eq!(
            (shared[0].delegation.as_str(), &shared[0].roles),
            ("release", &["dev".to_owned(), "qa".to_owned()])
        );
    }
}

#[test]
fn what_is_taken_back_is_gone_with_its_roles() {
    let world = world(&["dev", "qa", "ci"], 2);
    add(&world, &[("dev", "bytes"), ("qa", "bytes"), ("ci", "other")]);
    publish(&world, |staged| staged.revoke("ci").expect("two are left"));
    assert_eq!(found(&world), by("dev"));
    let repository = world.open();
    let mut staged = repository.stage().expect("a set of changes");
    let refusal = refused(staged.revoke("qa"));
    assert!(
        refusal.contains("2 roles of release must agree, and 1 would be left: take release back"),
        "{refusal}"
    );
    drop(staged);
    publish(&world, |staged| staged.revoke("release").expect("it is there"));
    assert_eq!(found(&world), Found::Nothing);
    let document: Targets = newest(&world, "app");
    assert_eq!(document.delegations, None);
    let no_role = repository.add_target("dev", "app/x", b"bytes").expect_err("no such role");
    assert!(matches!(no_role, Error::NoSuchRole(_)), "{no_role}");
    // What it delegates now is in the form that every client reads.
    repository.delegate("app", ordinary(&world, "other", &["app/*"])).expect("a delegation");
    add(&world, &[("other", "bytes")]);
    assert_eq!(found(&world), by("other"));
}

#[test]
fn other_numbers_are_made_of_the_same_roles() {
    let world = world(&["dev", "qa", "ci"], 2);
    add(&world, &[("dev", "bytes")]);
    assert_eq!(found(&world), Found::Nothing);
    let before = documents(&world, &["targets", "app", "dev"]);
    let published = publish(&world, |staged| {
        staged.revoke("release").expect("it is there");
        staged.delegate("app", agreement(&world, &["dev", "qa", "ci"], 1)).expect("another one");
    });
    assert_eq!((found(&world), told(&published).len()), (by("dev"), 0));
    let after = documents(&world, &["targets", "app", "dev"]);
    let found: Vec<_> = changes(&before, &after, &KeyNames::none())
        .into_iter()
        .filter(|change| change.severity != Severity::Info)
        .map(|change| (change.severity, change.to_string()))
        .collect();
    let sentence =
        "release: roles that must agree: 2 of 3 (dev, qa, ci) → 1 of 3 (dev, qa, ci) (delegated by app)";
    assert_eq!(found, [(Severity::Danger, sentence.to_owned())]);
}

/// What changed of the delegations of role `app`, in words, but not of keys and versions.
fn reviewed(world: &World, change: impl FnOnce(&mut Staged<'_>)) -> Vec<(Severity, String)> {
    let before = documents(world, &["targets", "app"]);
    publish(world, change);
    let after = documents(world, &["targets", "app"]);
    let found = changes(&before, &after, &KeyNames::none()).into_iter();
    let found = found.filter(|change| change.severity != Severity::Info);
    found
        .map(|change| {
            (change.severity, change.to_string().split(", threshold").next().unwrap_or_default().to_owned())
        })
        .collect()
}

#[test]
fn a_review_says_who_must_agree() {
    let world = World::with_keys(&NAMES);
    let repository = world.open();
    repository.delegate("targets", ordinary(&world, "app", &["app/*"])).expect("a delegation");
    repository.publish(NOW).expect("a publish");
    let redelegate = |staged: &mut Staged<'_>, delegation: Delegation| {
        staged.revoke("release").expect("it is there");
        staged.delegate("app", delegation).expect("a delegation");
    };
    let new =
        reviewed(&world, |staged| staged.delegate("app", agreement(&world, &["dev", "qa"], 2)).expect("new"));
    let sentences: Vec<_> = new.iter().map(|(_, sentence)| sentence.as_str()).collect();
    assert_eq!(
        sentences,
        [
            "dev: new role",
            "qa: new role",
            "release: trusted with app/*, app/deep/* (delegated by app)",
            "release: roles that must agree: 2 of 2 (dev, qa) (delegated by app)",
        ]
    );
    let one_more = reviewed(&world, |staged| redelegate(staged, agreement(&world, &["dev", "qa", "ci"], 2)));
    assert_eq!(one_more.last().expect("a change").0, Severity::Notice);
    assert!(one_more.iter().any(|(_, one)| one == "ci: new role"), "{one_more:?}");
    assert!(
        one_more.iter().any(|(_, one)| one.contains("2 of 2 (dev, qa) → 2 of 3 (dev, qa, ci)")),
        "{one_more:?}"
    );
    let raised = reviewed(&world, |staged| redelegate(staged, agreement(&world, &["dev", "qa", "ci"], 3)));
    assert_eq!(raised.len(), 1, "{raised:?}");
    assert_eq!(raised[0].0, Severity::Notice);
    // A role that needed two others is now trusted by itself.
    let alone = reviewed(&world, |staged| {
        staged.revoke("release").expect("it is there");
        staged.delegate("app", ordinary(&world, "dev", &["app/*"])).expect("a delegation");
    });
    assert_eq!(
        alone[0],
        (
            Severity::Danger,
            "release: roles that must agree: 3 of 3 (dev, qa, ci) → none (delegated by app)".to_owned()
        )
    );
}

/// Signs with stolen keys, whatever a publisher would say: a target of each of these roles, which have keys of their names.
fn plant(world: &World, roles: &[&str]) {
    let bytes = b"the thief's bytes";
    let sha256 = sha256_hex(bytes);
    fs::create_dir_all(world.path().join("targets/app")).expect("a folder");
    fs::write(world.path().join(format!("targets/app/{sha256}.x")), bytes).expect("a target");
    let target = json!({"length": bytes.len(), "hashes": {"sha256": sha256}});
    let target: TargetFile = serde_json::from_value(target).expect("a target");
    let planted = roles.iter().map(|role| {
        let mut document: Targets = newest(world, role);
        document.version += 1;
        document.targets.insert("app/x".to_owned(), target.clone());
        ((*role).to_owned(), (*role, document))
    });
    serve(world, planted.collect());
}

/// Signs documents of roles, each with a key, and a snapshot and a timestamp for them.
fn serve(world: &World, documents: BTreeMap<String, (&str, Targets)>) {
    let metadata = world.path().join("metadata");
    let mut snapshot: Snapshot = newest(world, "snapshot");
    for (role, (key, document)) in documents {
        let sealed = seal(&document, [&*world.keys[key]]).expect("metadata");
        fs::write(metadata.join(format!("{}.{role}.json", document.version)), &sealed).expect("a file");
        snapshot.meta.insert(format!("{role}.json"), MetaFile::describe(document.version, &sealed));
    }
    snapshot.version += 1;
    let sealed = seal(&snapshot, [&*world.keys["snapshot"]]).expect("metadata");
    fs::write(metadata.join(format!("{}.snapshot.json", snapshot.version)), &sealed).expect("a file");
    let mut timestamp: Timestamp = newest(world, "timestamp");
    timestamp.version += 1;
    timestamp.meta.insert("snapshot.json".to_owned(), MetaFile::describe(snapshot.version, &sealed));
    let sealed = seal(&timestamp, [&*world.keys["timestamp"]]).expect("metadata");
    fs::write(metadata.join("timestamp.json"), sealed).expect("a file");
}

/// What is simulated of a theft of these keys, and of those of timestamp and snapshot; and what clients take then.
fn theft(world: &World, roles: &[&str], stolen: &[&str]) -> (BTreeMap<String, ConsequenceKind>, Found) {
    let documents = documents(world, roles);
    let keys = stolen.iter().chain(&["timestamp", "snapshot"]);
    let keyids = keys.map(|name| world.keys[*name].keyid().to_owned()).collect();
    let simulation = simulate(&documents, &keyids, &KeyNames::none());
    let of_roles = simulation.consequences.into_iter().filter_map(|one| Some((one.role?, one.kind)));
    plant(world, stolen);
    (of_roles.collect(), found(world))
}

/// Attack: a stolen key of one role plants a target.
#[test]
fn one_stolen_role_plants_nothing_and_enough_of_them_do() {
    let missing = |missing| ConsequenceKind::PartOfAgreement { missing };
    let all = ["targets", "app", "dev", "qa", "ci"];
    let one = theft(&world(&["dev", "qa", "ci"], 2), &all, &["dev"]);
    assert_eq!(one, (BTreeMap::from([("dev".to_owned(), missing(1))]), Found::Nothing));
    let two = theft(&world(&["dev", "qa", "ci"], 2), &all, &["qa", "ci"]);
    let any = |role: &str| (role.to_owned(), ConsequenceKind::AnyTarget);
    assert_eq!(two, ([any("qa"), any("ci")].into(), by("qa")));
    let of_three = theft(&world(&["dev", "qa", "ci"], 3), &all, &["dev", "qa"]);
    let part = |role: &str| (role.to_owned(), missing(1));
    assert_eq!(of_three, ([part("dev"), part("qa")].into(), Found::Nothing));
    let any_one = theft(&world(&["dev", "qa", "ci"], 1), &all, &["qa"]);
    assert_eq!(any_one, ([any("qa")].into(), by("qa")));
}

/// Attack: who is delegated to by one of the roles gets around the others.
#[test]
fn a_role_below_one_that_must_agree_has_its_voice_and_no_more() {
    let world = world(&["dev", "qa"], 2);
    publish(&world, |staged| {
        staged.delegate("dev", ordinary(&world, "deep", &["app/*"])).expect("a delegation")
    });
    let all = ["targets", "app", "dev", "qa", "deep"];
    let simulated = simulate_each(&documents(&world, &all), &KeyNames::none());
    let deep: Vec<_> =
        simulated.iter().filter(|one| one.roles.iter().any(|held| held.role == "deep")).collect();
    assert_eq!(deep[0].consequences[0].kind, ConsequenceKind::PartOfAgreement { missing: 1 });
    let told_of = told(&add(&world, &[("deep", "bytes")]));
    assert_eq!((found(&world), told_of.len()), (Found::Nothing, 1));
    add(&world, &[("qa", "bytes")]);
    assert_eq!(found(&world), by("deep"));
    // The same voice twice is one voice.
    let stolen = theft(&world, &all, &["deep", "dev"]);
    assert_eq!(stolen.1, Found::Nothing);
    assert!(
        stolen.0.values().all(|kind| *kind == ConsequenceKind::PartOfAgreement { missing: 1 }),
        "{stolen:?}"
    );
}

/// What agrees on a path is asked before what comes after it, and the delegation may end the search.
#[test]
fn a_target_that_no_client_would_take_from_its_role_is_refused() {
    let world = World::with_keys(&NAMES);
    let repository = world.open();
    let open = |delegation| match delegation {
        Delegation::MultiRole { name, roles, min_roles_in_agreement, scope, .. } => {
            Delegation::MultiRole { name, roles, min_roles_in_agreement, scope, terminating: false }
        }
        other => other,
    };
    repository.delegate("targets", open(agreement(&world, &["dev", "qa"], 2))).expect("a delegation");
    repository.delegate("targets", ordinary(&world, "other", &["app/*"])).expect("a delegation");
    let shadowing = repository.add_target("targets", "app/x", b"bytes").expect_err("it is delegated");
    assert!(matches!(&shadowing, Error::ShadowsDelegated { owner, .. } if owner == "release"), "{shadowing}");
    let outside = repository.add_target("dev", "else", b"bytes").expect_err("not delegated");
    assert!(matches!(outside, Error::NotDelegated { .. }), "{outside}");
    // The roles do not agree: clients go on to the next one.
    add(&world, &[("dev", "one"), ("other", "three")]);
    assert_eq!(found(&world), by("other"));
    let lost = add(&world, &[("qa", "two")]);
    assert!(!told(&lost)[0].contains("until now"), "{lost:?}");
    assert_eq!(found(&world), by("other"));
    add(&world, &[("qa", "one")]);
    assert_eq!(found(&world), by("dev"));
    let late = repository.add_target("other", "app/x", b"four").expect_err("others are asked first");
    assert!(late.to_string().contains("the roles dev, qa agree on it and are asked first"), "{late}");
}

/// As the verifier's core does, which ends a search with a terminating delegation below one of the roles.
#[test]
fn a_terminating_delegation_below_one_of_the_roles_ends_the_search_around() {
    let world = World::with_keys(&NAMES);
    let repository = world.open();
    let Delegation::MultiRole { name, roles, min_roles_in_agreement, scope, .. } =
        agreement(&world, &["dev", "qa"], 2)
    else {
        panic!("several roles")
    };
    let open = Delegation::MultiRole { name, roles, min_roles_in_agreement, scope, terminating: false };
    repository.delegate("targets", open).expect("a delegation");
    repository.delegate("targets", ordinary(&world, "other", &["app/*"])).expect("a delegation");
    add(&world, &[("other", "bytes")]);
    assert_eq!(found(&world), by("other"));
    let keys = world.role_keys(&["deep"]);
    let (name, scope) = ("deep".to_owned(), paths(&["app/*"]));
    let ends = Delegation::Role { name, keys, scope, terminating: true };
    repository.delegate("dev", ends).expect("a delegation");
    repository.publish(NOW).expect("a publish");
    assert_eq!(found(&world), Found::Nothing);
    let late = repository.add_target("other", "app/x", b"others").expect_err("the search ends before it");
    assert!(late.to_string().contains("the terminating delegation to deep covers it"), "{late}");
}

/// Attack: stolen keys sign delegations of several roles to several roles, so that each level doubles a publisher's search.
#[test]
fn a_search_through_delegations_that_double_ends() {
    let world = world(&["dev", "qa"], 2);
    let mut documents: BTreeMap<String, (&str, Targets)> = BTreeMap::new();
    let pair = |level: usize| ["a", "b"].map(|side| format!("level-{level:02}-{side}"));
    let below = |level: usize| -> Targets {
        let keyid = world.keys["deep"].keyid();
        let [a, b] = pair(level).map(|role| json!({"rolename": role, "keyids": [keyid], "threshold": 1}));
        let mut document = foreign();
        document["keys_for_delegations"] = json!({keyid: world.keys["deep"].public()});
        document["delegations"][0] = json!({
            "name": "next", "paths": ["app/*"], "terminating": false, "min_roles_in_agreement": 2, "roleinfo": [a, b],
        });
        serde_json::from_value(document).expect("a document")
    };
    for role in ["dev", "qa"] {
        documents.insert(role.to_owned(), (role, Targets { version: 2, ..below(0) }));
    }
    for level in 0..40 {
        pair(level).into_iter().for_each(|role| drop(documents.insert(role, ("deep", below(level + 1)))));
    }
    let target = json!({"length": 5, "hashes": {"sha256": sha256_hex(b"bytes")}});
    let target: TargetFile = serde_json::from_value(target).expect("a target");
    let targets = BTreeMap::from([("app/x".to_owned(), target)]);
    let last = Targets { delegations: None, targets, ..below(0) };
    pair(40).into_iter().for_each(|role| drop(documents.insert(role, ("deep", last.clone()))));
    serve(&world, documents);
    let status = world.open().status().expect("a status");
    assert_eq!(status.roles.len(), 4 + 3 + 2 * 41);
    world.open().add_target("targets", "plain", b"bytes").expect("a target");
    let refusal = world.open().add_target("targets", "app/x", b"bytes").expect_err("it is delegated");
    assert!(matches!(refusal, Error::ShadowsDelegated { .. }), "{refusal}");
    let refusal =
        world.open().add_target("level-40-b", "app/x", b"bytes").expect_err("no client comes so far");
    assert!(matches!(refusal, Error::NotDelegated { .. }), "{refusal}");
}

/// A rehearsal believes no explanation but the right one.
#[test]
fn a_target_that_no_disagreement_hides_is_still_missed() {
    let world = world(&["dev", "qa"], 2);
    let repository = world.open();
    // Two ways to one role: the budget of a search is spent before the last of many roles is asked.
    let mut staged = repository.stage().expect("a set of changes");
    for number in 0..40 {
        let delegation = Delegation::Role {
            name: format!("before-{number:02}"),
            keys: world.role_keys(&["other"]),
            scope: paths(&["far/*"]),
            terminating: false,
        };
        staged.delegate("targets", delegation).expect("a delegation");
    }
    staged.add_target("before-39", "far/x", &b"bytes"[..], None).expect("a target");
    staged.save().expect("saved changes");
    let refusal = repository.publish(NOW).expect_err("no client comes to it");
    assert!(matches!(refusal, Error::Rehearsal(RehearsalError::NotFound { .. })), "{refusal}");
}

#[test]
fn two_publishers_changes_of_different_delegations_are_merged() {
    let world = world(&["dev", "qa"], 2);
    let base: Targets = newest(&world, "app");
    let list = |document: &Targets| match document.delegations.as_ref().map(|it| it.roles.clone()) {
        Some(DelegatedRoles::MultiRole(list)) => list,
        other => panic!("{other:?}"),
    };
    let with = |change: &dyn Fn(&mut Vec<tuf_repository::metadata::MultiRole>)| {
        let mut document = base.clone();
        let mut changed = list(&base);
        change(&mut changed);
        document.delegations.as_mut().expect("delegations").roles = DelegatedRoles::MultiRole(changed);
        document
    };
    let number = with(&|list| list[0].min_roles_in_agreement = 1);
    let added = with(&|list| {
        let mut second = list[0].clone();
        second.name = "second".to_owned();
        list.push(second);
    });
    let merged = rebase::targets(&base, &number, &added).expect("two parts");
    let names: Vec<_> =
        list(&merged).iter().map(|one| (one.name.clone(), one.min_roles_in_agreement)).collect();
    assert_eq!(names, [("release".to_owned(), 1), ("second".to_owned(), 2)]);
    let other = with(&|list| drop(list[0].roleinfo.pop()));
    rebase::targets(&base, &number, &other).expect_err("one decision");
    let mut none = base.clone();
    none.delegations = None;
    let second = with(&|list| list[0].name = "second".to_owned());
    let both = rebase::targets(&none, &base, &second).expect("two parts");
    let names: Vec<_> = list(&both).into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["release", "second"]);
}

#[test]
fn people_sign_for_their_own_roles_in_events() {
    let world = world(&["dev", "qa"], 2);
    let repository = world.open();
    let events = world.home().join("events");
    for role in ["dev", "qa"] {
        repository.add_target(role, "app/x", b"bytes").expect("a target");
        let request = EventRequest { id: role.to_owned(), ..EventRequest::default() };
        repository.new_event(&events, &request, NOW).expect("an event");
        let event = Event::open(&events, role, NOW).expect("an event");
        let trust = repository.root_trust().expect("a state").expect("a known repository");
        let made =
            event.confirm(&trust).expect("it is ours").sign(&world.ring(), &[]).expect("a signature").made;
        assert_eq!(made.len(), 1, "{role}");
        let event = Event::open(&events, role, NOW).expect("an event");
        let published = repository.publish_events(&[event], NOW).expect("a publish");
        assert_eq!(published.disagreements.len(), usize::from(role == "dev"));
    }
    assert_eq!(found(&world), by("dev"));
}

/// A repository whose role `app` has one target that both roles list; `plain` is a target of the role targets.
fn with_targets(world: &World) {
    publish(world, |staged| {
        staged.add_target("targets", "plain", &b"plain"[..], None).expect("a target");
        staged.add_target("dev", "app/x", &b"bytes"[..], None).expect("a target");
        staged.add_target("qa", "app/x", &b"bytes"[..], None).expect("a target");
    });
}

fn served(world: &World) -> Served {
    let read = |name: &str| -> BTreeMap<String, Vec<u8>> {
        let found = files(&world.path().join(name)).into_iter();
        found.map(|(path, bytes)| (path.to_string_lossy().into_owned(), bytes)).collect()
    };
    Served { metadata: read("metadata"), targets: read("targets"), now: NOW }
}

/// What another client makes of a target of the role targets, and of one that two roles agree on.
fn visited(test: &str, peer: Result<Peer, String>) -> Option<[Visit; 2]> {
    let mut peer = match peer {
        Ok(peer) => peer,
        Err(reason) => {
            skip(&format!("agreement::{test}"), &reason);
            return None;
        }
    };
    let apart = world(&["dev", "qa"], 2);
    with_targets(&apart);
    let direct = World::with_keys(&NAMES);
    direct.open().delegate("targets", agreement(&direct, &["dev", "qa"], 2)).expect("a delegation");
    with_targets(&direct);
    let visits = [apart, direct].map(|world| {
        assert_eq!(found(&world), by("dev"));
        let served = served(&world);
        let root = served.metadata["1.root.json"].clone();
        peer.begin(&root, &[&served], &["plain", "app/x"]);
        peer.visits().remove(0)
    });
    Some(visits)
}

/// A delegation to several roles below a role of its own costs other clients the paths of that role, and nothing else.
fn check_other_client(test: &str, peer: Result<Peer, String>) {
    let Some([apart, direct]) = visited(test, peer) else { return };
    let Visit::Accepted { found, .. } = apart else { panic!("{apart:?}") };
    let plain = sha256_hex(b"plain");
    assert_eq!(found["plain"], Some(plain));
    let sha256 = sha256_hex(b"bytes");
    assert_ne!(found["app/x"], Some(sha256), "{found:?}");
    let is_refused = match direct {
        Visit::Refused(_) => true,
        Visit::Accepted { found, .. } => found["plain"] != Some(sha256_hex(b"plain")),
    };
    assert!(is_refused, "what the role targets lists is not read either");
}

#[test]
fn python_tuf_reads_the_rest_of_the_repository() {
    check_other_client("python_tuf_reads_the_rest_of_the_repository", Peer::python());
}

#[test]
fn tuf_js_reads_the_rest_of_the_repository() {
    check_other_client("tuf_js_reads_the_rest_of_the_repository", Peer::node());
}

#[test]
fn other_clients_are_said_to_refuse_the_role_that_delegates() {
    let world = World::with_keys(&NAMES);
    let mut repository = world.open();
    repository.delegate("targets", ordinary(&world, "app", &["app/*", "app/deep/*"])).expect("a delegation");
    repository.delegate("app", agreement(&world, &["dev", "qa"], 2)).expect("a delegation");
    let rules = |check, require| ClientRules { check, require };
    *repository.clients_mut() = rules(ClientProfile::ALL.to_vec(), Vec::new());
    let told = repository.rehearse(NOW).expect("a rehearsal").obstacles;
    let told: Vec<_> = told.iter().map(|one| (one.client, one.role.as_str(), one.kind.code())).collect();
    let expected = ClientProfile::ALL.map(|client| (client.name, "app", "client-multi-role-delegations"));
    assert_eq!(told, expected);
    *repository.clients_mut() = rules(Vec::new(), vec![ClientProfile::ALL[0]]);
    assert!(matches!(repository.publish(NOW), Err(Error::ClientsRefuse(_))));
}

#[test]
fn the_keys_of_roles_that_must_agree_are_compared_with_what_other_clients_verify() {
    let mut world = World::with_keys(&NAMES);
    let key = SigningKey::generate(KeyType::EcdsaP521).expect("random numbers");
    world.keys.insert("qa".to_owned(), Arc::new(key));
    let mut repository = world.open();
    repository.delegate("targets", agreement(&world, &["dev", "qa"], 2)).expect("a delegation");
    let check = vec![ClientProfile::named("tuf-js").expect("a client")];
    *repository.clients_mut() = ClientRules { check, require: Vec::new() };
    let told = repository.rehearse(NOW).expect("a rehearsal").obstacles;
    let told: Vec<_> = told.iter().map(|one| (one.role.as_str(), one.kind.code())).collect();
    assert_eq!(told, [("qa", "client-threshold"), ("targets", "client-multi-role-delegations")]);
}

/// A desk with the keys of the roles.
fn desk() -> Desk {
    let desk = Desk::with_repository();
    for name in ["app", "dev", "qa-1", "qa-2"] {
        desk.ok(&["key", "new", name, "--unencrypted"]);
    }
    desk.write("app.bin", "bytes");
    desk
}

const DELEGATE: [&str; 8] = [
    "delegate",
    "release",
    "--paths=app/*",
    "--combine=dev=dev",
    "--combine=qa=qa-1",
    "--combine=qa=qa-2",
    "--combine-threshold=qa=2",
    "--terminating",
];

#[test]
fn the_command_line_says_who_agrees() {
    let desk = desk();
    desk.ok(&["delegate", "app", "--paths=app/*", "--key=app"]);
    desk.refused(
        &[&DELEGATE[..], &["--delegator=targets"]].concat(),
        "delegates in the form of the specification",
    );
    let delegated = desk.run(&[&DELEGATE[..], &["--delegator=app"]].concat());
    assert_eq!(delegated.status, Some(0), "{}", delegated.stderr);
    assert!(delegated.stderr.contains("they refuse all metadata of role app"), "{}", delegated.stderr);
    desk.ok(&["target", "add", "app/x", "app.bin", "--role=dev"]);
    let staged = desk.run(&["target", "list", "--staged"]);
    assert!(staged.stderr.contains("dev alone does; it is missing in qa"), "{}", staged.stderr);
    let dry = desk.run(&["publish", "--dry-run"]);
    assert!(dry.stderr.contains("it is missing in qa [disagreement]"), "{}", dry.stderr);
    let published = desk.run(&["publish"]);
    assert_eq!(published.status, Some(0), "{}", published.stderr);
    assert!(
        published.stdout.contains("qa 1\n") && published.stdout.contains("dev 1\n"),
        "{}",
        published.stdout
    );
    assert!(published.stderr.contains("[client-multi-role-delegations]"), "{}", published.stderr);
    for asked in [&["status"][..], &["target", "list"], &["target", "list", "--role=dev"]] {
        let run = desk.run(asked);
        assert!(run.stderr.contains("it is missing in qa"), "{asked:?}: {}", run.stderr);
    }
    assert!(!desk.run(&["target", "list", "--role=targets"]).stderr.contains("missing in qa"));
    let status: Value = serde_json::from_str(&desk.ok(&["status", "--json"])).expect("JSON");
    assert_eq!(status["disagreements"][0]["missing"], json!(["qa"]));
    let qa =
        status["roles"].as_array().expect("roles").iter().find(|role| role["role"] == "qa").expect("a role");
    assert_eq!((qa["threshold"].as_u64(), qa["keys"].as_array().map(Vec::len)), (Some(2), Some(2)));
    let repository = desk.repository();
    let inspected = desk.run(&["inspect", &repository.to_string_lossy()]);
    assert!(inspected.stdout.contains("must agree"), "{}", inspected.stdout);
    assert!(inspected.stdout.contains("2 of 2 (dev, qa)"), "{}", inspected.stdout);
    let simulated = desk.run(&["simulate", &repository.to_string_lossy(), "--stolen=dev"]);
    let words: Vec<_> = simulated.stdout.split_whitespace().collect();
    let sentence = "signs any bytes for app/*, within app/*, as role dev; no client takes them unless 1 more of qa lists the same.";
    assert!(words.join(" ").contains(sentence), "{}{}", simulated.stdout, simulated.stderr);
    desk.ok(&["revoke", "release"]);
    desk.ok(&["publish"]);
    assert!(!desk.ok(&["target", "list"]).contains("app/x"));
}

#[test]
fn the_command_line_refuses_what_it_cannot_read() {
    let desk = desk();
    desk.refused(&["delegate", "release", "--paths=a", "--combine=dev"], "not of the form ROLE=KEY");
    let unknown = ["delegate", "release", "--paths=a", "--combine=dev=dev", "--combine-threshold=qa=2"];
    desk.refused(&unknown, "no role qa");
    let words = ["delegate", "release", "--paths=a", "--combine=dev=dev", "--combine-threshold=dev=two"];
    desk.refused(&words, "no number");
    let direct = desk.run(&DELEGATE);
    assert!(direct.stderr.contains("delegate these paths to a role of their own"), "{}", direct.stderr);
    let changes: [&[&str]; 2] = [
        &["role", "set", "qa", "--key=dev", "--key=qa-1"],
        &["rotate", "qa", "--new-key=dev", "--threshold=1"],
    ];
    for shared in changes.map(|change| desk.run(change)) {
        assert!(
            shared.stderr.contains("signs for dev and for qa, which must agree in release"),
            "{}",
            shared.stderr
        );
    }
}

/// Readers without the publisher's state see it as well.
#[test]
fn inspections_and_monitors_say_which_targets_roles_do_not_list_alike() {
    let desk = desk();
    desk.ok(&["delegate", "app", "--paths=app/*", "--key=app"]);
    desk.ok(&[&DELEGATE[..], &["--delegator=app"]].concat());
    desk.ok(&["target", "add", "app/x", "app.bin", "--role=dev"]);
    desk.ok(&["publish"]);
    let told = "clients do not take target app/x: 2 of the 2 roles of release must list it alike, and dev alone does; it is \
                missing in qa";
    let monitor = ["monitor", "repo", "--root=repo/metadata/1.root.json"];
    let observed = || desk.run(&monitor).stderr;
    let found = || {
        let report: Value = serde_json::from_str(&desk.ok(&["inspect", "--json", "repo"])).expect("JSON");
        let findings = report["findings"].as_array().expect("findings").clone();
        let of = |finding: &Value| finding["code"] == "disagreement";
        findings.into_iter().filter(of).collect::<Vec<_>>()
    };
    assert_eq!(
        found(),
        [json!({ "role": "app", "code": "disagreement", "severity": "notice", "message": told })]
    );
    let text = desk.ok(&["inspect", "repo"]);
    assert!(text.contains("clients do not take target app/x: 2 of the 2 roles of release"), "{text}");
    assert!(observed().contains(&format!("warning: {told}")), "{}", observed());
    desk.ok(&["target", "add", "app/x", "app.bin", "--role=qa"]);
    desk.ok(&["publish"]);
    assert_eq!(found(), Vec::<Value>::new());
    assert!(!observed().contains("clients do not take"), "{}", observed());
}

/// A repository of anybody: what a reader is told of it has an end, and so has the time that it takes.
#[test]
fn inspections_tell_so_many_disagreements_and_no_more() {
    let world = world(&["dev", "qa"], 2);
    publish(&world, |staged| {
        for number in 0..150 {
            staged.add_target("dev", &format!("app/{number}"), &b"bytes"[..], None).expect("a target");
        }
    });
    let source = open(world.path().to_str().expect("UTF-8"), &Access::default()).expect("a source");
    let question = Question { root: None, at: NOW, names: KeyNames::none(), most_roles: 100 };
    let report = inspect(&*source, &question).expect("an inspection").inspection;
    let told: Vec<_> = report.findings.iter().filter(|finding| finding.code == "disagreement").collect();
    assert_eq!(told.len(), 101);
    assert_eq!(told[100].message, "50 more targets are not listed alike");
    assert!(!report.not_checked.iter().any(|text| text.contains("only so many are looked at")));
}

/// What clients refuse lists nothing; and a repository of anybody is not searched without end.
#[test]
fn inspections_look_at_what_clients_accept_and_at_so_many_paths() {
    let report = |world: &World| {
        let source = open(world.path().to_str().expect("UTF-8"), &Access::default()).expect("a source");
        let question = Question { root: None, at: NOW, names: KeyNames::none(), most_roles: 100 };
        inspect(&*source, &question).expect("an inspection").inspection
    };
    let told = |world: &World| {
        let findings = report(world).findings;
        let of_path = |text: &str| text.starts_with("clients do not take target app/y:");
        findings.iter().filter(|finding| finding.code == "disagreement" && of_path(&finding.message)).count()
    };
    for (key, count) in [("dev", 1), ("qa", 0)] {
        let world = world(&["dev", "qa"], 2);
        add(&world, &[("dev", "bytes"), ("qa", "bytes")]);
        let mut document: Targets = newest(&world, "dev");
        document.version += 1;
        let target = document.targets["app/x"].clone();
        document.targets.insert("app/y".to_owned(), target);
        serve(&world, BTreeMap::from([("dev".to_owned(), (key, document))]));
        assert_eq!(told(&world), count, "signed by {key}");
    }
    let world = world(&["dev", "qa"], 2);
    add(&world, &[("dev", "bytes"), ("qa", "bytes")]);
    let mut document: Targets = newest(&world, "dev");
    document.version += 1;
    let target = document.targets["app/x"].clone();
    document.targets.extend((0..10_001).map(|number| (format!("app/{number}"), target.clone())));
    serve(&world, BTreeMap::from([("dev".to_owned(), ("dev", document))]));
    let sentence =
        "whether roles that must agree list more than 10000 targets alike: only so many are looked at";
    let not_checked = report(&world).not_checked;
    assert!(not_checked.iter().any(|text| text == sentence), "{not_checked:?}");
}
