//! Metadata that the right keys have signed and that no publisher should follow, and what nobody should publish.

use std::fs;

use crate::world::{NOW, World};
use serde_json::{Map, Value, json};
use tuf_repository::metadata::{
    DelegatedRole, DelegatedRoles, Delegations, MetaFile, Scope, Signed, Snapshot, SuccinctRoles, Targets,
    Timestamp, seal,
};
use tuf_repository::{Delegation, Difference, Error, Repository};
use tuf_verifier_core::{Failure, Refusal};

/// Changes the signed portion of a published file. Its signatures do not fit any more.
fn change(world: &World, name: &str, change: impl FnOnce(&mut Value)) {
    let path = world.path().join("metadata").join(name);
    let mut document: Value = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON");
    change(&mut document["signed"]);
    fs::write(&path, document.to_string()).expect("a file");
}

/// Lets the top-level targets role delegate as another program might, all of it signed by the right keys.
fn sign_delegations(world: &World, roles: DelegatedRoles) {
    fn read<M: tuf_repository::metadata::Metadata>(world: &World, name: &str) -> M {
        let bytes = fs::read(world.path().join("metadata").join(name)).expect("a file");
        serde_json::from_slice::<Signed<M>>(&bytes).expect("metadata").signed
    }
    let write = |name: &str, bytes: &[u8]| {
        fs::write(world.path().join("metadata").join(name), bytes).expect("a file");
        MetaFile::describe(1, bytes)
    };
    let key = |role: &str| [&*world.keys[role]];
    let mut targets: Targets = read(world, "1.targets.json");
    targets.delegations = Some(Delegations { keys: [].into(), roles, unrecognized: Map::new() });
    let listed = write("1.targets.json", &seal(&targets, key("targets")).expect("signed"));
    let mut snapshot: Snapshot = read(world, "1.snapshot.json");
    snapshot.meta.insert("targets.json".to_owned(), listed);
    let listed = write("1.snapshot.json", &seal(&snapshot, key("snapshot")).expect("signed"));
    let mut timestamp: Timestamp = read(world, "timestamp.json");
    timestamp.meta.insert("snapshot.json".to_owned(), listed);
    write("timestamp.json", &seal(&timestamp, key("timestamp")).expect("signed"));
}

/// Tries everything that reads the repository. Gives the errors.
fn errors(repository: &Repository) -> Vec<Error> {
    let results = [
        repository.status().map(drop),
        repository.publish(NOW).map(drop),
        repository.rehearse(NOW).map(drop),
        repository.refresh(&["timestamp"], NOW).map(drop),
        repository.adoption().map(drop),
        repository.add_target("targets", "a", b"bytes"),
        repository.stage().and_then(|staged| staged.has_role("nobody").map(drop)),
    ];
    results.into_iter().filter_map(Result::err).collect()
}

#[test]
fn refuses_role_names_that_leave_the_folder() {
    let world = World::with_keys(&[]);
    for name in ["../../evil", "/evil", "a/b", ".."] {
        sign_delegations(
            &world,
            DelegatedRoles::Roles(vec![DelegatedRole {
                name: name.to_owned(),
                keyids: Vec::new(),
                threshold: 1,
                scope: Scope::Paths(vec!["*".to_owned()]),
                terminating: false,
                unrecognized: Map::new(),
            }]),
        );
        let errors = errors(&world.open());
        let refused = errors.iter().filter(|error| matches!(error, Error::BadRoleName { .. })).count();
        assert_eq!((refused, errors.len()), (7, 7), "{name}: {errors:?}");
        assert!(!world.path().join("../evil.json").exists());
    }
}

#[test]
fn refuses_more_bins_than_can_be_written() {
    let world = World::with_keys(&[]);
    sign_delegations(
        &world,
        DelegatedRoles::SuccinctRoles(SuccinctRoles {
            keyids: Vec::new(),
            threshold: 1,
            bit_length: 32,
            name_prefix: "bin".to_owned(),
            unrecognized: Map::new(),
        }),
    );
    let errors = errors(&world.open());
    assert_eq!(errors.len(), 7);
    for error in errors {
        assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
    }
}

#[test]
fn refuses_versions_that_do_not_fit() {
    let world = World::with_keys(&[]);
    let root = fs::read(world.path().join("metadata/1.root.json")).expect("a file");
    fs::write(world.path().join("metadata/2.root.json"), root).expect("a file");
    match world.open().publish(NOW) {
        Err(Error::Changed {
            path,
            difference: Difference::Refused(Failure::Refused(Refusal::Rollback { .. })),
        }) => assert_eq!(path, world.path().join("metadata/2.root.json")),
        other => panic!("{other:?}"),
    }
    fs::remove_file(world.path().join("metadata/2.root.json")).expect("a removal");
    change(&world, "timestamp.json", |signed| signed["meta"]["snapshot.json"]["version"] = json!(7));
    assert!(matches!(world.open().publish(NOW), Err(Error::Changed { .. })));
}

#[test]
fn refuses_targets_beyond_the_search_budget_of_clients() {
    let world = World::with_keys(&["delegate"]);
    let repository = world.open();
    let mut staged = repository.stage().expect("a set of changes");
    for number in 0..40 {
        let delegation = Delegation::Role {
            name: format!("role-{number}"),
            keys: world.role_keys(&["delegate"]),
            scope: Scope::Paths(vec!["*".to_owned()]),
            terminating: false,
        };
        staged.delegate("targets", delegation).expect("a delegation");
    }
    staged.add_target("role-39", "a", &b"bytes"[..], None).expect("a staged target");
    staged.save().expect("saved changes");
    match repository.publish(NOW) {
        Err(Error::Rehearsal(error)) => assert!(error.to_string().contains("search budget"), "{error}"),
        other => panic!("{other:?}"),
    }
    assert!(repository.status().expect("a status").roles.iter().all(|role| !role.role.starts_with("role")));
}
