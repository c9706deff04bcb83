//! Signature schemes inside of the sandbox, where stack and memory are the component's.

use tuf_tests::{Authority, Key, Repository, Scheme};

use crate::world::{CONTENT, PATH, World, found, verdict};

/// A repository with one target and two root metadata files. Root needs two keys of the scheme, every other role one.
fn repository_of(scheme: Scheme) -> Repository {
    let mut repository = Repository::new();
    let root = ["root-1", "root-2"].map(|label| Key::of(scheme, label));
    repository.rotate("root", Authority { keys: root.to_vec(), threshold: 2 });
    for role in ["timestamp", "snapshot", "targets"] {
        repository.rotate(role, Authority::any_of(&[Key::of(scheme, role)]));
    }
    repository.add_target("targets", PATH, CONTENT).write_root().publish().next_root();
    repository
}

/// ML-DSA-87 has the largest keys and signatures, and needs the most stack.
#[test]
fn accepts_a_repository_whose_keys_are_ml_dsa_87() {
    let world = World::of(&repository_of(Scheme::MlDsa87));
    let session = world.client().refresh().unwrap();
    assert_eq!(session.report().root.version, 2);
    let target = found(&session, PATH);
    let place = tempfile::tempdir().unwrap();
    session.download(&target, &place.path().join("app")).unwrap();
    assert_eq!(std::fs::read(place.path().join("app")).unwrap(), CONTENT);
}

#[test]
fn accepts_a_repository_of_each_scheme_whose_key_can_be_another_for_each_role() {
    for scheme in [Scheme::EcdsaP256, Scheme::EcdsaP384, Scheme::EcdsaP521, Scheme::MlDsa44, Scheme::MlDsa65]
    {
        let world = World::of(&repository_of(scheme));
        assert_eq!(world.client().refresh().unwrap().report().root.version, 2, "{scheme:?}");
    }
}

#[test]
fn rejects_root_metadata_that_was_changed_after_ml_dsa_87_signed_it() {
    let mut world = World::of(&repository_of(Scheme::MlDsa87));
    world.mirror = world.mirror.clone().tampering("2.root.json", "28-", "29-");
    assert_eq!(verdict(world.client().refresh()), "arbitrary-software");
}
