//! A staged change is laid over what another publisher has published since.

use crate::world;

use std::fs;

use crate::world::{Client, Found, NOW, World, copy_folder};
use serde_json::{Value, json};
use tuf_repository::metadata::{DelegatedRoles, Root, Scope, Targets};
use tuf_repository::rebase::{self, Conflict};
use tuf_repository::{Delegation, Error, Handover};

/// Targets metadata: target paths with a length each, delegated roles with a threshold each.
fn document(targets: &[(&str, u64)], roles: &[(&str, u64)]) -> Targets {
    let key = json!({"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": "00"}});
    let targets: Value = targets
        .iter()
        .map(|(path, length)| ((*path).to_owned(), json!({"length": length, "hashes": {"sha256": "00"}})))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let listed: Vec<Value> = roles
        .iter()
        .map(|(name, threshold)| {
            json!({"name": name, "keyids": [format!("key-of-{name}")], "threshold": threshold,
                   "paths": [name], "terminating": false})
        })
        .collect();
    let keys: serde_json::Map<String, Value> =
        roles.iter().map(|(name, _)| (format!("key-of-{name}"), key.clone())).collect();
    let mut text = json!({"_type": "targets", "spec_version": "1.0.34", "version": 1,
                          "expires": "2026-01-01T00:00:00Z", "targets": targets});
    if !roles.is_empty() {
        text["delegations"] = json!({"keys": keys, "roles": listed});
    }
    serde_json::from_value(text).expect("targets metadata")
}

#[test]
fn merges_targets_one_by_one() {
    type Listed = &'static [(&'static str, u64)];
    let conflict = || Err(Conflict::Target("a".to_owned()));
    let table: [(Listed, Listed, Listed, Result<Listed, Conflict>); 12] = [
        // base, changed, published, merged
        (&[], &[("a", 1)], &[], Ok(&[("a", 1)])),
        (&[], &[("a", 1)], &[("b", 1)], Ok(&[("a", 1), ("b", 1)])),
        (&[], &[("a", 1)], &[("a", 1)], Ok(&[("a", 1)])),
        (&[], &[("a", 1)], &[("a", 2)], conflict()),
        (&[("a", 1)], &[("a", 2)], &[("a", 1), ("b", 1)], Ok(&[("a", 2), ("b", 1)])),
        (&[("a", 1)], &[("a", 1)], &[("a", 2)], Ok(&[("a", 2)])),
        (&[("a", 1)], &[("a", 2)], &[("a", 3)], conflict()),
        (&[("a", 1)], &[], &[("a", 1), ("b", 1)], Ok(&[("b", 1)])),
        (&[("a", 1)], &[("a", 1), ("b", 1)], &[], Ok(&[("b", 1)])),
        (&[("a", 1)], &[], &[], Ok(&[])),
        (&[("a", 1)], &[], &[("a", 2)], conflict()),
        (&[("a", 1)], &[("a", 2)], &[], conflict()),
    ];
    for (base, changed, published, merged) in table {
        let found = rebase::targets(&document(base, &[]), &document(changed, &[]), &document(published, &[]));
        let expected = merged.map(|merged| document(merged, &[]));
        assert_eq!(found, expected, "{base:?} {changed:?} {published:?}");
    }
}

#[test]
fn merges_delegated_roles_and_keeps_their_order() {
    let (a, b, c, d) = (("a", 1), ("b", 1), ("c", 1), ("d", 1));
    type Listed = Vec<(&'static str, u64)>;
    let table: Vec<(Listed, Listed, Listed, Result<Listed, Conflict>)> = vec![
        (vec![a], vec![a, b], vec![a, c], Ok(vec![a, c, b])),
        (vec![a], vec![b, a], vec![a, c], Ok(vec![b, a, c])),
        (vec![a, b], vec![a, c, b], vec![a, b, d], Ok(vec![a, c, b, d])),
        (vec![a, b], vec![b, a], vec![a, b, c], Ok(vec![b, c, a])),
        (vec![a, b], vec![a, b, c], vec![b, a], Ok(vec![b, c, a])),
        (vec![a, b], vec![b], vec![a, b, c], Ok(vec![b, c])),
        (vec![a, b], vec![a, b, c], vec![a], Ok(vec![a, c])),
        (vec![a, b], vec![b, a], vec![b, a], Ok(vec![b, a])),
        (vec![a, b], vec![("a", 2), b], vec![a, ("b", 2)], Ok(vec![("a", 2), ("b", 2)])),
        (vec![a], vec![("a", 2)], vec![("a", 3)], Err(Conflict::Delegation("a".to_owned()))),
        (vec![a], vec![("a", 2)], vec![b], Err(Conflict::Delegation("a".to_owned()))),
        (vec![a, b, c], vec![b, a, c], vec![a, c, b], Err(Conflict::Order)),
    ];
    for (base, changed, published, merged) in table {
        let document = |roles: &[(&str, u64)]| document(&[], roles);
        let found = rebase::targets(&document(&base), &document(&changed), &document(&published));
        let expected = merged.map(|merged| document(&merged));
        assert_eq!(found, expected, "{base:?} {changed:?} {published:?}");
    }
}

#[test]
fn merges_no_bins_with_a_list_of_roles() {
    let mut bins = document(&[], &[("a", 1)]);
    let text = json!({"keys": {}, "succinct_roles":
        {"keyids": [], "threshold": 1, "bit_length": 2, "name_prefix": "bin"}});
    bins.delegations = Some(serde_json::from_value(text).expect("bins"));
    let (base, list) = (document(&[], &[]), document(&[], &[("a", 1)]));
    assert_eq!(rebase::targets(&base, &bins, &list), Err(Conflict::Delegations));
    assert_eq!(rebase::targets(&base, &bins, &base), Ok(bins.clone()));
    assert_eq!(rebase::targets(&base, &list, &bins), Err(Conflict::Delegations));
}

/// Root metadata: a keyid or several, divided by spaces, and a threshold for each role.
fn root(roles: &[(&str, &str, u64)]) -> Root {
    let key = json!({"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": "00"}});
    let keyids = roles.iter().flat_map(|(_, keyids, _)| keyids.split(' '));
    let keys: serde_json::Map<_, _> = keyids.map(|keyid| (keyid.to_owned(), key.clone())).collect();
    let listed: serde_json::Map<_, _> = roles
        .iter()
        .map(|(role, keyids, threshold)| {
            let keyids: Vec<_> = keyids.split(' ').collect();
            ((*role).to_owned(), json!({"keyids": keyids, "threshold": threshold}))
        })
        .collect();
    let text = json!({"_type": "root", "spec_version": "1.0.34", "version": 1, "expires": "2026-01-01T00:00:00Z",
                      "consistent_snapshot": true, "keys": keys, "roles": listed});
    serde_json::from_value(text).expect("root metadata")
}

#[test]
fn merges_roles_of_root_metadata_with_their_keys() {
    let (old, new) = (("root", "r", 1), ("root", "s", 1));
    let base = root(&[old, ("targets", "t", 1)]);
    // Each side gives another role a key; `r` is used by no role any more, and `s` by two.
    let changed = root(&[new, ("targets", "t", 1)]);
    let published = root(&[old, ("targets", "s", 1)]);
    assert_eq!(rebase::root(&base, &changed, &published), Ok(root(&[new, ("targets", "s", 1)])));
    // One side dropped the key that the other side begins to use.
    let changed = root(&[("root", "r t", 2), ("targets", "t", 1)]);
    let published = root(&[old, ("targets", "u", 1)]);
    let merged = root(&[("root", "r t", 2), ("targets", "u", 1)]);
    assert_eq!(rebase::root(&base, &changed, &published), Ok(merged));
    // A threshold and a key of one role are one decision.
    let changed = root(&[("root", "r", 2), ("targets", "t", 1)]);
    let published = root(&[new, ("targets", "t", 1)]);
    assert_eq!(rebase::root(&base, &changed, &published), Err(Conflict::Role("root".to_owned())));
}

#[test]
fn merges_fields_that_are_not_known() {
    let with = |name: &str, value: u64| {
        let mut document = document(&[], &[]);
        document.unrecognized.insert(name.to_owned(), value.into());
        document
    };
    let base = document(&[], &[]);
    let merged = rebase::targets(&base, &with("x", 1), &with("y", 1)).expect("no conflict");
    assert_eq!(merged.unrecognized.len(), 2);
    assert_eq!(rebase::targets(&base, &with("x", 1), &with("x", 2)), Err(Conflict::Field("x".to_owned())));
    let mut older = base.clone();
    older.spec_version = "1.0.0".to_owned();
    let (mut one, mut other) = (older.clone(), older.clone());
    one.spec_version = "1.0.1".to_owned();
    other.spec_version = "1.0.2".to_owned();
    assert_eq!(rebase::targets(&older, &one, &other), Err(Conflict::Field("spec_version".to_owned())));
}

#[test]
fn takes_version_and_expiry_of_what_is_published() {
    let base = document(&[], &[]);
    let (mut changed, mut published) = (document(&[("a", 1)], &[]), document(&[("b", 1)], &[]));
    (changed.version, published.version) = (0, 7);
    changed.expires.0 = 1;
    let merged = rebase::targets(&base, &changed, &published).expect("no conflict");
    assert_eq!((merged.version, merged.expires), (7, published.expires));
}

/// A second publisher of the same repository, who knows as much as the first one.
fn with_second_publisher(names: &[&str]) -> World {
    let world = World::with_keys(names);
    copy_folder(&world.state(), &world.home().join("second/state"));
    // Both publish to the same folder.
    #[cfg(unix)]
    std::os::unix::fs::symlink(world.path(), world.home().join("second/repo")).expect("a link");
    world
}

#[cfg(unix)]
#[test]
fn publishes_a_change_over_one_that_came_first() {
    let world = with_second_publisher(&["next", "delegate"]);
    let (first, second) = (world.open(), world.open_at(&world.home().join("second")));
    first.add_target("targets", "mine", b"bytes").expect("a staged target");
    let mut staged = first.stage().expect("a set of changes");
    staged.set_keys("snapshot", &world.role_keys(&["next"]), Handover::Overlapping).expect("new keys");
    staged.save().expect("saved changes");
    second.add_target("targets", "theirs", b"others").expect("a staged target");
    let mut staged = second.stage().expect("a set of changes");
    staged.set_keys("timestamp", &world.role_keys(&["next"]), Handover::Overlapping).expect("new keys");
    staged.save().expect("saved changes");
    let delegation = Delegation::Role {
        name: "role".to_owned(),
        keys: world.role_keys(&["delegate"]),
        scope: Scope::Paths(vec!["a/*".to_owned()]),
        terminating: false,
    };
    second.delegate("targets", delegation).expect("a delegation");
    second.publish(NOW).expect("a publish");

    let published = first.publish(NOW).expect("a publish of a change that is laid over the other one");
    assert!(published.metadata.contains(&("targets".to_owned(), 3)), "{published:?}");
    assert!(published.metadata.contains(&("root".to_owned(), 3)), "{published:?}");
    for path in ["mine", "theirs"] {
        let (report, found) = Client::default().find(world.path(), path, NOW).expect("an update");
        assert_eq!((report.root.version, found), (3, Found::By("targets".to_owned())), "{path}");
    }
    let status = first.status().expect("a status");
    let next = world.keys["next"].keyid();
    for role in &status.roles {
        if ["snapshot", "timestamp"].contains(&role.role.as_str()) {
            assert_eq!(role.keyids, [next], "{}", role.role);
        }
    }
    assert!(status.roles.iter().any(|role| role.role == "role"));
    let again = first.publish(NOW).expect("nothing is staged any more");
    assert!(again.metadata.is_empty(), "{again:?}");
}

/// A field that is not known here is a part of its own: of a role as of a document.
#[test]
fn merges_unknown_fields_of_roles_one_by_one() {
    let with = |threshold: u64, fields: &[(&str, u64)]| {
        let mut document = document(&[], &[("a", threshold)]);
        let delegations = document.delegations.as_mut().expect("delegations");
        delegations
            .unrecognized
            .extend(fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
        let DelegatedRoles::Roles(roles) = &mut delegations.roles else { panic!("bins") };
        roles[0].unrecognized = delegations.unrecognized.clone();
        document
    };
    let merged =
        rebase::targets(&with(1, &[("x", 1)]), &with(2, &[("x", 1)]), &with(1, &[("x", 2), ("y", 1)]));
    assert_eq!(merged, Ok(with(2, &[("x", 2), ("y", 1)])));
    let merged = rebase::targets(&with(1, &[("x", 1)]), &with(2, &[]), &with(1, &[("x", 1), ("y", 1)]));
    assert_eq!(merged, Ok(with(2, &[("y", 1)])));
    let merged = rebase::targets(&with(1, &[("x", 1)]), &with(1, &[("x", 2)]), &with(1, &[("x", 3)]));
    assert_eq!(merged, Err(Conflict::Field("x".to_owned())));
}

#[cfg(unix)]
#[test]
fn stages_more_on_a_change_whose_base_moved() {
    let world = with_second_publisher(&["next"]);
    let (first, second) = (world.open(), world.open_at(&world.home().join("second")));
    let set = |repository: &tuf_repository::Repository, role: &str| {
        let mut staged = repository.stage().expect("a set of changes");
        staged.set_keys(role, &world.role_keys(&["next"]), Handover::Overlapping).expect("new keys");
        staged.save().expect("saved changes");
    };
    set(&first, "snapshot");
    set(&second, "timestamp");
    second.publish(NOW).expect("a publish");
    set(&first, "targets");
    first.publish(NOW).expect("a publish");
    let status = first.status().expect("a status");
    for role in status.roles.iter().filter(|role| role.role != "root") {
        assert_eq!(role.keyids, [world.keys["next"].keyid()], "{}", role.role);
    }
}

#[cfg(unix)]
#[test]
fn rejects_a_change_of_what_was_changed_in_another_way() {
    let world = with_second_publisher(&[]);
    let (first, second) = (world.open(), world.open_at(&world.home().join("second")));
    first.add_target("targets", "a", b"mine").expect("a staged target");
    second.add_target("targets", "a", b"theirs").expect("a staged target");
    second.publish(NOW).expect("a publish");
    let before = world::files(world.path());
    let refused = first.publish(NOW).expect_err("refused");
    match &refused {
        Error::StagedConflict { role, base: 1, published: 2, conflict: Conflict::Target(path) } => {
            assert_eq!((role.as_str(), path.as_str()), ("targets", "a"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(refused.code(), "staged-conflict");
    assert_eq!(first.rehearse(NOW).expect_err("refused").code(), "staged-conflict");
    assert_eq!(first.stage().map(drop).expect_err("refused").code(), "staged-conflict");
    assert!(world::files(world.path()) == before, "nothing was written, and the change is still staged");
    assert!(world.state().join("roles/targets.json").exists());
    first.discard().expect("discarded changes");
}

#[cfg(unix)]
#[test]
fn rejects_a_draft_of_an_earlier_version_whose_base_moved() {
    let world = with_second_publisher(&[]);
    let (first, second) = (world.open(), world.open_at(&world.home().join("second")));
    first.add_target("targets", "a", b"mine").expect("a staged target");
    let path = world.state().join("roles/targets.json");
    let mut draft: Value = serde_json::from_slice(&fs::read(&path).expect("a draft")).expect("JSON");
    draft.as_object_mut().expect("an object").remove("from").expect("the base document");
    fs::write(&path, draft.to_string()).expect("a write");
    first.rehearse(NOW).expect("a draft on what is published");
    second.add_target("targets", "b", b"theirs").expect("a staged target");
    second.publish(NOW).expect("a publish");
    let refused = first.publish(NOW).expect_err("refused");
    assert!(matches!(refused, Error::BaseMoved { base: 1, published: 2, .. }), "{refused:?}");
}
