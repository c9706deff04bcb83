//! Limits that no setting raises: what one file may list. Each is met by one item more, and as many as that are accepted.

use tuf_tests::expected::defect_of;
use tuf_tests::{Answer, Authority, Delegation, Device, Json, Listing, MultiRole, Repository, Rotation};
use tuf_verifier_core::{Defect, Failure, Settings};

/// A list of this many items, as JSON text that is signed as it is.
fn list(count: usize, item: impl Fn(usize) -> String) -> Json {
    let items: Vec<String> = (0..count).map(item).collect();
    Json::raw(&format!("[{}]", items.join(",")))
}

/// What a file of this name has too many of, and the limit.
fn surplus(file: &str, failure: Failure) -> (&'static str, usize) {
    match defect_of(file, failure) {
        Defect::TooMany { what, limit } => (what, limit),
        other => panic!("{other:?}"),
    }
}

/// Sees that `targets.json` may have `limit` of something and no more. `edit` puts a number of them into its signed part.
fn limits(what: &'static str, limit: usize, edit: impl Fn(&mut Json, usize) + Copy + 'static) {
    let refresh = |count: usize| {
        let mut repository = Repository::new();
        repository.listing = Listing::Everything;
        repository.delegate_to_roles("targets", MultiRole::new("release", 1, &["a"], &["x/*"]));
        repository.edit("targets", move |signed| edit(signed, count)).publish();
        Device::new(&repository).refresh(&repository.mirror)
    };
    refresh(limit).expect("as many as the limit");
    let failure = refresh(limit + 1).expect_err("one more than the limit");
    assert_eq!(surplus("1.targets.json", failure), (what, limit));
}

/// Replaces the delegations by this many in the form of the specification (4.5).
fn delegate(signed: &mut Json, count: usize, role: impl Fn(usize) -> String) {
    signed.remove("keys_for_delegations");
    signed.set("delegations", Json::object([("keys", Json::raw("{}")), ("roles", list(count, role))]));
}

#[test]
fn rejects_too_many_delegations() {
    limits("delegations of one role", Settings::MAX_LISTED_DELEGATIONS, |signed, count| {
        let role =
            |n| format!(r#"{{"keyids":[],"name":"{n}","paths":[],"terminating":false,"threshold":1}}"#);
        delegate(signed, count, role);
    });
}

#[test]
fn rejects_too_many_keyids_of_a_delegated_role() {
    limits("keyids of one role", Settings::MAX_KEYIDS, |signed, count| {
        delegate(signed, 1, |_| {
            let keyids = list(count, |n| format!("\"{n}\"")).canonical();
            format!(r#"{{"keyids":{keyids},"name":"a","paths":[],"terminating":false,"threshold":1}}"#)
        });
    });
}

#[test]
fn rejects_a_role_name_that_is_too_long() {
    limits("bytes of a role name", Settings::MAX_ROLE_NAME, |signed, count| {
        let name = "x".repeat(count);
        delegate(signed, 1, |_| {
            format!(r#"{{"keyids":[],"name":"{name}","paths":[],"terminating":false,"threshold":1}}"#)
        });
    });
}

#[test]
fn rejects_too_many_multi_role_delegations() {
    limits("delegations of one role", Settings::MAX_LISTED_DELEGATIONS, |signed, count| {
        let delegation = |n| {
            format!(
                r#"{{"min_roles_in_agreement":1,"name":"{n}","paths":[],"roleinfo":[{{"keyids":[],"rolename":"r","threshold":1}}],"terminating":false}}"#
            )
        };
        signed.set("delegations", list(count, delegation));
    });
}

#[test]
fn rejects_too_many_roles_of_a_multi_role_delegation() {
    limits("roles of one delegation", Settings::MAX_LISTED_DELEGATIONS, |signed, count| {
        let info = |n| format!(r#"{{"keyids":[],"rolename":"{n}","threshold":1}}"#);
        signed.at(&["delegations", "0"]).set("roleinfo", list(count, info));
    });
}

#[test]
fn rejects_too_many_keys_of_a_rotate_file() {
    let find = |count: usize| {
        let labels: Vec<String> = (0..count).map(|n| format!("key {n}")).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let mut repository = Repository::new();
        repository.delegate("targets", Delegation::paths("team", &["x/*"])).add_target("team", "x/app", b"1");
        repository.add_rotation("team", Rotation::to(Authority::of(1, &labels), &["team"])).publish();
        Device::new(&repository).find(&repository.mirror, "x/app")
    };
    let limit = Settings::MAX_KEYIDS;
    assert!(matches!(find(limit), Ok(Answer::Found(_))));
    let failure = find(limit + 1).expect_err("one more than the limit");
    assert_eq!(surplus("rotate/team.rotate.1", failure), ("keys of one rotate file", limit));
}
