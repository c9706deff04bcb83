//! A folder that somebody else has written to: an error, and nothing written where it should not be.

mod world;

use std::fs;

use serde_json::{Value, json};
use tuf_repository::metadata::Scope;
use tuf_repository::{Delegation, Error, Repository};
use world::{NOW, World, files};

/// Changes the signed portion of a published file. Its signatures do not fit any more; a publisher does not look at
/// them before the rehearsal.
fn change(world: &World, name: &str, change: impl FnOnce(&mut Value)) {
    let path = world.path().join("metadata").join(name);
    let mut document: Value = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON");
    change(&mut document["signed"]);
    fs::write(&path, document.to_string()).expect("a file");
}

/// Tries everything that reads the repository. Gives the errors.
fn errors(repository: &Repository) -> Vec<Error> {
    let results = [
        repository.status().map(drop),
        repository.publish(NOW).map(drop),
        repository.refresh(&["timestamp"], NOW).map(drop),
        repository.add_target("targets", "a", b"bytes"),
        repository.stage().and_then(|staged| staged.has_role("nobody").map(drop)),
    ];
    results.into_iter().filter_map(Result::err).collect()
}

#[test]
fn refuses_role_names_that_leave_the_folder() {
    let world = World::with_keys(&[]);
    for name in ["../../evil", "/evil", "a/b", ".."] {
        change(&world, "1.targets.json", |signed| {
            let role =
                json!({"name": name, "keyids": [], "threshold": 1, "paths": ["*"], "terminating": false});
            signed["delegations"] = json!({"keys": {}, "roles": [role]});
        });
        let errors = errors(&world.open());
        let refused = errors.iter().filter(|error| matches!(error, Error::BadRoleName { .. })).count();
        assert_eq!(refused, errors.len(), "{name}: {errors:?}");
        assert!(refused >= 4, "{name}");
        let staged = world.open().add_target(name, "a", b"bytes");
        assert!(matches!(staged, Err(Error::BadRoleName { .. })), "{name}: {staged:?}");
        assert!(!world.path().join("../evil.json").exists());
    }
}

#[test]
fn refuses_more_bins_than_can_be_written() {
    let world = World::with_keys(&[]);
    change(&world, "1.targets.json", |signed| {
        let bins = json!({"keyids": [], "threshold": 1, "bit_length": 32, "name_prefix": "bin"});
        signed["delegations"] = json!({"keys": {}, "succinct_roles": bins});
    });
    for error in errors(&world.open()) {
        assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
    }
    assert!(matches!(world.open().status(), Err(Error::Unreadable { .. })));
}

#[test]
fn refuses_versions_that_do_not_fit() {
    let world = World::with_keys(&[]);
    let root = fs::read(world.path().join("metadata/1.root.json")).expect("a file");
    fs::write(world.path().join("metadata/2.root.json"), root).expect("a file");
    assert!(matches!(world.open().publish(NOW), Err(Error::Unreadable { .. })));
    fs::remove_file(world.path().join("metadata/2.root.json")).expect("a removal");
    change(&world, "timestamp.json", |signed| signed["meta"]["snapshot.json"]["version"] = json!(7));
    assert!(matches!(world.open().publish(NOW), Err(Error::Unreadable { .. })));
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

#[test]
fn refuses_to_build_on_metadata_that_has_been_changed() {
    let world = World::with_keys(&[]);
    change(&world, "1.targets.json", |signed| signed["expires"] = json!("2030-01-01T00:00:00Z"));
    let before = files(&world.path().join("metadata"));
    match world.open().refresh(&["timestamp"], NOW) {
        Err(Error::Rehearsal(error)) => {
            assert!(error.to_string().contains("mix-and-match attack"), "{error}")
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(files(&world.path().join("metadata")), before);
}
