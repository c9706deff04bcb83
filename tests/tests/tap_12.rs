//! TAP 12, opaque keyids: each delegator names keys for itself. Thresholds of distinct keys are tested in `keys`.

use tuf_tests::expected::{arbitrary_software, signed_twice};
use tuf_tests::{Answer, Authority, Delegation, Device, Drive, Json, Key, Repository};
use tuf_verifier_core::Failure;

/// `a` and `b` delegate to `shared`, each with one key, which it calls as it likes.
fn shared_by(a: &Key, b: &Key) -> Repository {
    let mut repository = Repository::new();
    for (parent, paths, key) in [("a", "a/*", a), ("b", "b/*", b)] {
        repository.delegate("targets", Delegation::paths(parent, &[paths]));
        let authority = Authority::any_of(std::slice::from_ref(key));
        repository.delegate(parent, Delegation { authority, ..Delegation::paths("shared", &[paths]) });
    }
    repository.add_target("shared", "a/app", b"1").add_target("shared", "b/app", b"2");
    repository
}

/// Searches through both parents in one cycle, in either order. What came of the way through `a` and through `b`.
fn through_both(repository: &Repository) -> [Result<(), Failure>; 2] {
    let find = |drive: &mut Drive<'_>, path| match drive.find(&repository.mirror, path) {
        Ok(Answer::Found(_)) => Ok(()),
        Ok(other) => panic!("{other:?}"),
        Err(failure) => Err(failure),
    };
    let [forward, backward] = [["a/app", "b/app"], ["b/app", "a/app"]].map(|paths| {
        let mut device = Device::new(repository);
        let mut drive = device.start().unwrap();
        drive.refresh(&repository.mirror).unwrap();
        paths.map(|path| find(&mut drive, path))
    });
    let [b, a] = backward;
    assert_eq!(forward, [a, b], "the order of searches does not matter");
    forward
}

fn refused_under(delegator: &str) -> Result<(), Failure> {
    Err(arbitrary_software("shared", (delegator, 1), 1, 0))
}

#[test]
fn accepts_one_key_under_another_keyid_of_each_delegator() {
    let key = Key::new("D");
    let mut repository = shared_by(&key.with_keyid("K"), &key.with_keyid("L"));
    assert_eq!(through_both(repository.publish()), [Ok(()), Ok(())]);
    repository.sign_with("shared", &[key.with_keyid("K")]).publish();
    assert_eq!(through_both(&repository), [Ok(()), refused_under("b")]);
}

#[test]
fn accepts_one_keyid_for_another_key_of_each_delegator() {
    let (d, e) = (Key::new("D").with_keyid("K"), Key::new("E").with_keyid("K"));
    let mut repository = shared_by(&d, &e);
    repository.sign_with("shared", &[d]).publish();
    assert_eq!(through_both(&repository), [Ok(()), refused_under("b")]);
    repository.sign_with("shared", &[e]).publish();
    assert_eq!(through_both(&repository), [refused_under("a"), Ok(())]);
}

/// The proposal would let both signatures stand under one keyid. 4.2.1 of the specification does not.
#[test]
fn rejects_two_signatures_of_one_keyid_by_the_keys_of_two_delegators() {
    let (d, e) = (Key::new("D").with_keyid("K"), Key::new("E").with_keyid("K"));
    let mut repository = shared_by(&d, &e);
    repository.sign_with("shared", &[d, e]).publish();
    let twice = || Err(signed_twice("1.shared.json"));
    assert_eq!(through_both(&repository), [twice(), twice()]);
}

#[test]
fn rejects_a_keyid_that_another_file_explains() {
    let key = Key::new("D").with_keyid("K");
    let mut repository = shared_by(&key, &key);
    repository.edit("b", |signed| {
        signed.at(&["delegations"]).set("keys", Json::Object(vec![]));
    });
    assert_eq!(through_both(repository.publish()), [Ok(()), refused_under("b")]);
}

#[test]
fn counts_one_key_of_a_delegated_role_once() {
    let twins = ["K", "L"].map(|keyid| Key::new("D").with_keyid(keyid));
    let mut repository = shared_by(&twins[0], &twins[1]);
    repository.role("a").delegations[0].authority = Authority { keys: twins.to_vec(), threshold: 2 };
    let below = Err(arbitrary_software("shared", ("a", 1), 2, 1));
    assert_eq!(through_both(repository.publish()), [below, Ok(())]);
}
