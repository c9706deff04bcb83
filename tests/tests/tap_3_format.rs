//! TAP 3, the format of multi-role delegations.

use tuf_tests::expected::defect_of;
use tuf_tests::{Answer, Device, Json, MultiRole, Repository, sha256};
use tuf_verifier_core::{Defect, NotFound};

const PATH: &str = "x/app";

/// `targets` delegates `x/*` to `a`, which lists [`PATH`], after this edit of the delegation.
fn edited(edit: impl Fn(&mut MultiRole)) -> Repository {
    let mut delegation = MultiRole::new("release", 1, &["a"], &["x/*"]);
    edit(&mut delegation);
    let mut repository = Repository::new();
    repository.delegate_to_roles("targets", delegation).add_target("a", PATH, b"1");
    repository
}

fn search(repository: &mut Repository) -> Answer {
    let mirror = &repository.publish().mirror;
    Device::new_for(mirror).find(mirror, PATH).unwrap()
}

#[test]
fn accepts_hash_prefixes_of_the_path() {
    let hash = sha256(PATH.as_bytes());
    for (prefix, covered) in [(&hash[..2], true), (&hash[1..9], false)] {
        let mut repository = edited(|delegation| {
            delegation.paths = None;
            delegation.path_hash_prefixes = Some(vec![prefix.into()]);
        });
        assert_eq!(matches!(search(&mut repository), Answer::Found(_)), covered, "{prefix}");
    }
}

#[test]
fn answers_that_a_delegation_by_neither_paths_nor_prefixes_is_not_supported() {
    let mut repository = edited(|delegation| {
        delegation.paths = None;
        delegation.terminating = true;
    });
    let unsupported = NotFound::UnsupportedDelegation { role: "release".into() };
    assert_eq!(search(&mut repository), Answer::NotFound(unsupported));
    repository.delegate_to_roles("targets", MultiRole::new("later", 1, &["b"], &["x/*"]));
    repository.add_target("b", PATH, b"1");
    let unsupported = NotFound::UnsupportedDelegation { role: "release".into() };
    assert_eq!(search(&mut repository), Answer::NotFound(unsupported), "what comes after it is not asked");
}

/// What is malformed about `targets.json` after this edit of its signed part.
fn malformed(edit: impl Fn(&mut Json) + 'static) -> Defect {
    let mut repository = Repository::new();
    repository.delegate_to_roles("targets", MultiRole::new("release", 2, &["a", "b"], &["x/*"]));
    repository.edit("targets", edit).publish();
    defect_of("1.targets.json", Device::new(&repository).refresh(&repository.mirror).unwrap_err())
}

/// The field of which the one delegation is malformed after this edit.
fn malformed_field(edit: impl Fn(&mut Json) + 'static) -> &'static str {
    match malformed(move |signed| edit(signed.at(&["delegations", "0"]))) {
        Defect::Field { field, .. } | Defect::MissingField(field) => field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn rejects_agreement_of_no_role_or_of_more_than_there_are() {
    for number in ["0", "3", "-1", "1.0", "\"1\"", "null", "18446744073709551617"] {
        let defect = malformed(move |signed| {
            signed.at(&["delegations", "0"]).set("min_roles_in_agreement", Json::raw(number));
        });
        match defect {
            Defect::Field { field, .. } => assert_eq!(field, "min_roles_in_agreement", "{number}"),
            other => assert!(matches!(other, Defect::Json(_)) && number == "1.0", "{number}: {other:?}"),
        }
    }
}

#[test]
fn rejects_a_delegation_to_no_role() {
    let field = malformed_field(|delegation| _ = delegation.set("roleinfo", Json::Array(vec![])));
    assert_eq!(field, "min_roles_in_agreement");
}

#[test]
fn rejects_a_role_that_would_count_twice() {
    let field = malformed_field(|delegation| {
        let twin = delegation.at(&["roleinfo", "0"]).clone();
        delegation.at(&["roleinfo", "1"]).clone_from(&twin);
    });
    assert_eq!(field, "roleinfo");
}

#[test]
fn rejects_two_delegations_of_one_name() {
    let defect = malformed(|signed| {
        let twin = signed.at(&["delegations", "0"]).clone();
        signed.at(&["delegations"]).elements().push(twin);
    });
    assert!(matches!(defect, Defect::Field { field: "delegations", .. }), "{defect:?}");
}

#[test]
fn rejects_roles_with_the_name_of_a_top_level_role() {
    for name in ["root", "timestamp", "snapshot", "targets", ""] {
        let field = malformed_field(move |delegation| {
            delegation.at(&["roleinfo", "1"]).set("rolename", name);
        });
        assert_eq!(field, "rolename", "{name}");
    }
}

#[test]
fn rejects_a_delegation_by_both_paths_and_prefixes() {
    let field = malformed_field(|delegation| {
        delegation.set("path_hash_prefixes", Json::array(["00"]));
    });
    assert_eq!(field, "delegations");
}

#[test]
fn rejects_delegations_without_what_they_need() {
    for member in ["name", "min_roles_in_agreement", "roleinfo"] {
        assert_eq!(malformed_field(move |delegation| _ = delegation.remove(member)), member);
    }
    for member in ["rolename", "keyids", "threshold"] {
        let field = malformed_field(move |delegation| _ = delegation.at(&["roleinfo", "1"]).remove(member));
        assert_eq!(field, member);
    }
}

#[test]
fn rejects_keys_without_delegations_to_several_roles_and_such_delegations_without_keys() {
    let missing = malformed(|signed| _ = signed.remove("keys_for_delegations"));
    assert_eq!(missing, Defect::MissingField("keys_for_delegations"));
    let alone = malformed(|signed| _ = signed.remove("delegations"));
    let beside_an_object = malformed(|signed| {
        let keys = signed.at(&["keys_for_delegations"]).clone();
        let mut object = Json::object([("keys", keys)]);
        object.set("roles", Json::Array(vec![]));
        signed.set("delegations", object);
    });
    for defect in [alone, beside_an_object] {
        assert!(matches!(defect, Defect::Field { field: "keys_for_delegations", .. }), "{defect:?}");
    }
}

#[test]
fn accepts_an_array_of_no_delegations() {
    let mut repository = Repository::new();
    repository.edit("targets", |signed| {
        signed.set("keys_for_delegations", Json::Object(vec![])).set("delegations", Json::Array(vec![]));
    });
    assert_eq!(search(&mut repository), Answer::NotFound(NotFound::Absent));
}
