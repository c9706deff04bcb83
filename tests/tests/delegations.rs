//! Delegated roles: who may speak for a path, and how their metadata is judged.

use tuf_tests::expected::{
    arbitrary_software, defect_of, digest, endless_data, freeze, length, mix_and_match, no_supported_hash,
    rollback, version,
};
use tuf_tests::{Answer, Authority, Delegation, Device, Header, Json, Key, Listing, NOW, Repository, sha256};
use tuf_verifier_core::{Defect, Failure, Mismatch, NotFound};

const PATH: &str = "x/app";

/// `targets` delegates `x/*` to `team`, which lists [`PATH`].
fn with_team() -> Repository {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("team", &["x/*"])).add_target("team", PATH, b"1");
    repository.publish();
    repository
}

fn role_of(answer: Answer) -> String {
    match answer {
        Answer::Found(target) => target.role.into(),
        Answer::NotFound(reason) => panic!("{reason:?}"),
    }
}

/// One refreshed cycle: the search on the spoiled repository fails this way, and goes on with the honest one.
fn refuses(spoiled: &Repository, failure: &Failure, honest: &Repository) {
    let mut device = Device::new(spoiled);
    let mut drive = device.start().unwrap();
    drive.refresh(&spoiled.mirror).unwrap();
    assert_eq!(&drive.find(&spoiled.mirror, PATH).unwrap_err(), failure);
    assert!(!drive.persisted().contains(&"team.json"));
    assert_eq!(role_of(drive.search(&honest.mirror).unwrap()), "team");
}

/// What is malformed about `targets.json` once its delegations were edited.
fn malformed_delegations(edit: impl Fn(&mut Json) + 'static) -> Defect {
    let mut repository = with_team();
    repository.edit("targets", move |signed| edit(signed.at(&["delegations"]))).publish();
    defect_of("1.targets.json", Device::new(&repository).refresh(&repository.mirror).unwrap_err())
}

#[test]
fn rejects_delegated_metadata_below_the_threshold() {
    let mut honest = with_team();
    honest.role("targets").delegations[0].authority = Authority::of(2, &["a", "b", "c"]);
    honest.publish();
    for signers in [vec![Key::new("a")], vec![Key::new("a"), Key::new("targets-1")]] {
        let mut spoiled = honest.clone();
        spoiled.sign_with("team", &signers).publish();
        refuses(&spoiled, &arbitrary_software("team", ("targets", 1), 2, 1), &honest);
    }
}

#[test]
fn rejects_delegated_metadata_of_another_version() {
    let honest = with_team();
    let mut spoiled = honest.clone();
    spoiled.edit("team", |signed| {
        signed.set("version", 2_u64);
    });
    refuses(spoiled.publish(), &mix_and_match("team", version(1, 2)), &honest);
}

#[test]
fn rejects_delegated_metadata_of_another_hash_or_length() {
    let mut honest = with_team();
    honest.listing = Listing::Everything;
    honest.publish();
    let listed = honest.mirror.file("1.team.json").len();
    let mut spoiled = honest.clone();
    spoiled.mirror = honest.mirror.clone().tampering("1.team.json", "\"targets\": {", "\"targets\" :{");
    refuses(&spoiled, &mix_and_match("team", digest("sha256")), &honest);
    spoiled.mirror = honest.mirror.clone().endlessly("1.team.json");
    refuses(&spoiled, &endless_data("1.team.json", listed as u64), &honest);
    let cut = honest.mirror.file("1.team.json")[..listed - 1].to_vec();
    spoiled.mirror = honest.mirror.clone().replacing("1.team.json", cut);
    refuses(&spoiled, &mix_and_match("team", length(listed as u64, listed as u64 - 1)), &honest);
}

#[test]
fn rejects_delegated_metadata_that_has_expired() {
    let honest = with_team();
    let mut spoiled = honest.clone();
    spoiled.role("team").header.expires = NOW;
    refuses(spoiled.publish(), &freeze("team", 1, NOW), &honest);
}

#[test]
fn rejects_delegated_metadata_of_a_version_that_went_back() {
    let mut repository = with_team();
    repository.role("team").header = Header { version: 4, expires: NOW + 1_000 };
    let mut device = Device::refreshed(repository.release());
    repository.role("team").header.version = 3;
    let failure = device.refresh(&repository.release().mirror).unwrap_err();
    assert_eq!(failure, rollback("snapshot", "team", 4, Some(3)));
}

/// A search that no other mirror can help fails this way, from the network and from the store; others go on.
fn fails(repository: &Repository, failure: &Failure) {
    let mut device = Device::new(repository);
    for _ in ["with an empty store", "with a full one"] {
        let mut drive = device.start().unwrap();
        drive.refresh(&repository.mirror).unwrap();
        for _ in ["once", "again"] {
            assert_eq!(&drive.find(&repository.mirror, PATH).unwrap_err(), failure);
        }
        assert!(matches!(drive.find(&repository.mirror, "app-1.0.tar.gz"), Ok(Answer::Found(_))));
    }
}

#[test]
fn rejects_a_role_that_the_snapshot_does_not_list() {
    let mut repository = with_team();
    repository.delegate("team", Delegation::paths("inner", &["x/*"]));
    repository.role("team").targets.clear();
    for unlisted in ["team", "inner"] {
        repository.edit("snapshot", move |signed| {
            signed.at(&["meta"]).remove(&format!("{unlisted}.json"));
        });
        fails(repository.publish(), &mix_and_match(unlisted, Mismatch::Unlisted));
    }
}

#[test]
fn rejects_a_target_of_a_role_of_which_nothing_could_be_checked() {
    let mut repository = with_team();
    repository.role("team").targets[0].hashes = vec![("md5".into(), "00".repeat(16))];
    fails(repository.publish(), &no_supported_hash(PATH, &["md5"]));
}

#[test]
fn accepts_a_stored_role_without_fetching_it_again() {
    let repository = with_team();
    let mut device = Device::new(&repository);
    device.find(&repository.mirror, PATH).unwrap();
    assert_eq!(device.stored("team.json"), repository.mirror.file("1.team.json"));
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    drive.find(&repository.mirror, PATH).unwrap();
    assert_eq!(drive.fetched(), ["2.root.json", "timestamp.json"]);
}

/// Two parents of one role, with other keys under each.
pub(crate) fn diamond() -> Repository {
    let mut repository = Repository::new();
    for (parent, paths) in [("a", "a/*"), ("b", "b/*")] {
        repository.delegate("targets", Delegation::paths(parent, &[paths]));
        let mut shared = Delegation::paths("shared", &[paths]);
        shared.authority = Authority::one(&format!("shared of {parent}"));
        repository.delegate(parent, shared);
    }
    repository.add_target("shared", "a/app", b"1").add_target("shared", "b/app", b"2");
    repository
}

#[test]
fn accepts_a_role_of_two_parents_where_the_keys_of_both_signed() {
    let mut repository = diamond();
    let mut device = Device::new(repository.publish());
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    for path in ["a/app", "b/app"] {
        assert_eq!(role_of(drive.find(&repository.mirror, path).unwrap()), "shared");
    }
}

#[test]
fn rejects_a_role_of_two_parents_under_the_parent_with_the_higher_threshold() {
    let mut repository = diamond();
    for (parent, threshold) in [("a", 1), ("b", 2)] {
        repository.role(parent).delegations[0].authority = Authority::of(threshold, &["one", "two"]);
    }
    repository.sign_with("shared", &[Key::new("one")]).publish();
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert_eq!(role_of(drive.find(&repository.mirror, "a/app").unwrap()), "shared");
    let failure = drive.find(&repository.mirror, "b/app").unwrap_err();
    assert_eq!(failure, arbitrary_software("shared", ("b", 1), 2, 1));
}

#[test]
fn rejects_a_role_of_two_parents_under_the_parent_whose_key_did_not_sign() {
    let mut repository = diamond();
    repository.sign_with("shared", &[Key::new("shared of a")]).publish();
    let mut device = Device::new(&repository);
    for _ in ["with an empty store", "with shared.json in it"] {
        let mut drive = device.start().unwrap();
        drive.refresh(&repository.mirror).unwrap();
        assert_eq!(role_of(drive.find(&repository.mirror, "a/app").unwrap()), "shared");
        let failure = drive.find(&repository.mirror, "b/app").unwrap_err();
        assert_eq!(failure, arbitrary_software("shared", ("b", 1), 1, 0));
        assert_eq!(role_of(drive.find(&repository.mirror, "a/app").unwrap()), "shared");
    }
}

#[test]
fn answers_that_a_kind_of_delegation_is_not_supported() {
    let mut repository = Repository::new();
    let unknown = Delegation { paths: None, ..Delegation::paths("unknown", &[]) };
    repository
        .delegate("targets", unknown.terminating())
        .delegate("targets", Delegation::paths("b", &["x/*"]));
    let answer = Device::new(repository.publish()).find(&repository.mirror, PATH).unwrap();
    assert_eq!(answer, Answer::NotFound(NotFound::UnsupportedDelegation { role: "unknown".into() }));
}

/// A repository in which `a`, then a delegation of an unknown kind, then `b` may speak for the path.
fn around_an_unknown_kind(terminating: bool, lists: &str) -> Repository {
    let mut repository = Repository::new();
    let unknown = Delegation { paths: None, terminating, ..Delegation::paths("unknown", &[]) };
    repository
        .delegate("targets", Delegation::paths("a", &["x/*"]))
        .delegate("targets", unknown)
        .delegate("targets", Delegation::paths("b", &["x/*"]).terminating())
        .add_target(lists, PATH, b"1");
    repository
}

/// Whether it is terminating or not: nobody can say that it does not speak for the path.
#[test]
fn rejects_a_role_after_a_delegation_of_an_unknown_kind() {
    for terminating in [false, true] {
        let mut repository = around_an_unknown_kind(terminating, "b");
        let answer = Device::new(repository.publish()).find(&repository.mirror, PATH).unwrap();
        let unsupported = NotFound::UnsupportedDelegation { role: "unknown".into() };
        assert_eq!(answer, Answer::NotFound(unsupported), "terminating: {terminating}");
    }
}

#[test]
fn accepts_a_role_before_a_delegation_of_an_unknown_kind() {
    for terminating in [false, true] {
        let mut repository = around_an_unknown_kind(terminating, "a");
        let found = Device::new(repository.publish()).find(&repository.mirror, PATH).unwrap();
        assert_eq!(role_of(found), "a", "terminating: {terminating}");
    }
}

/// The delegation stands in a role that is searched first, so that what the outer role puts after it is not asked either.
#[test]
fn rejects_a_role_after_one_that_delegates_in_an_unknown_way() {
    let mut repository = Repository::new();
    let unknown = Delegation { paths: None, ..Delegation::paths("unknown", &[]) };
    repository
        .delegate("targets", Delegation::paths("a", &["x/*"]))
        .delegate("a", unknown)
        .delegate("targets", Delegation::paths("b", &["x/*"]))
        .add_target("b", PATH, b"1");
    let answer = Device::new(repository.publish()).find(&repository.mirror, PATH).unwrap();
    assert_eq!(answer, Answer::NotFound(NotFound::UnsupportedDelegation { role: "unknown".into() }));
}

/// A prefix of another digest, or written in another way, may be the path's.
#[test]
fn rejects_a_role_after_hash_prefixes_that_are_not_understood() {
    for prefix in ["A", "x", "0f-", "ü", &"0".repeat(65)] {
        let mut repository = Repository::new();
        repository
            .delegate("targets", Delegation::prefixes("other", &[prefix]))
            .delegate("targets", Delegation::paths("b", &["x/*"]))
            .add_target("b", PATH, b"1");
        let answer = Device::new(repository.publish()).find(&repository.mirror, PATH).unwrap();
        let unsupported = NotFound::UnsupportedDelegation { role: "other".into() };
        assert_eq!(answer, Answer::NotFound(unsupported), "{prefix}");
    }
}

/// The other prefixes of the delegation say it.
#[test]
fn accepts_a_hash_prefix_beside_one_that_is_not_understood() {
    let prefix = &sha256(PATH.as_bytes())[..3];
    let mut repository = Repository::new();
    repository
        .delegate("targets", Delegation::prefixes("other", &["A", prefix]))
        .add_target("other", PATH, b"1");
    assert_eq!(role_of(Device::new(repository.publish()).find(&repository.mirror, PATH).unwrap()), "other");
}

#[test]
fn rejects_delegations_that_name_a_top_level_role() {
    for name in ["root", "timestamp", "snapshot", "targets", ""] {
        let defect = malformed_delegations(move |delegations| {
            delegations.at(&["roles", "0"]).set("name", name);
        });
        assert!(matches!(defect, Defect::Field { field: "name", .. }), "{name}: {defect:?}");
    }
}

#[test]
fn rejects_a_role_with_both_paths_and_hash_prefixes() {
    let defect = malformed_delegations(|delegations| {
        delegations.at(&["roles", "0"]).set("path_hash_prefixes", Json::array(["00"]));
    });
    assert!(matches!(defect, Defect::Field { field: "roles", .. }), "{defect:?}");
}

#[test]
fn rejects_a_role_that_is_delegated_to_twice_in_one_file() {
    let defect = malformed_delegations(|delegations| {
        let twin = delegations.at(&["roles", "0"]).clone();
        delegations.at(&["roles"]).elements().push(twin);
    });
    assert!(matches!(defect, Defect::Field { field: "roles", .. }), "{defect:?}");
}

#[test]
fn rejects_roles_together_with_succinct_bins() {
    let defect = malformed_delegations(|delegations| {
        let mut bins = Json::object([("bit_length", Json::from(1_u64)), ("name_prefix", "bin".into())]);
        bins.set("keyids", Json::Array(vec![])).set("threshold", 1_u64);
        delegations.set("succinct_roles", bins);
    });
    assert!(matches!(defect, Defect::Field { field: "delegations", .. }), "{defect:?}");
}
